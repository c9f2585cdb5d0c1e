-- Creators: who they are, what is known of them now, and how their numbers moved.

CREATE TABLE creators (
  -- A creator ever seen, with the newest that is known of them. NULL is "unknown", which is not zero.
  creator_key         INTEGER PRIMARY KEY,   -- by which the lean tables refer to creators
  creator_id          TEXT NOT NULL UNIQUE,  -- the API's UUID
  platform            TEXT,                  -- linkedin or youtube
  handle              TEXT,                  -- the name in the address of the profile
  name                TEXT,                  -- as the profile shows it
  location            TEXT,                  -- as the profile says it
  profile_url         TEXT,                  -- the profile
  avatar_url          TEXT,                  -- the picture
  followers_count     INTEGER,               -- newest, from a search or an enrichment, as the other metrics
  engagement_rate     REAL,                  -- in percent
  avg_posts_per_month REAL,                  -- despite its name a median of recent activity, as the next four
  avg_views_per_post  REAL,                  -- median
  reactions_per_post  REAL,                  -- likes and their kin
  comments_per_post   REAL,                  -- comments
  shares_per_post     REAL,                  -- shares
  is_enriched         INTEGER CHECK (is_enriched IN (0, 1)),  -- 1: the whole profile was bought, by anybody
  enriched_at         TEXT,                  -- by the API's word, else when we received it
  source_updated_at   TEXT,                  -- `updated_at` of the API's record
  first_seen_at       TEXT NOT NULL,         -- by this database
  last_seen_at        TEXT NOT NULL,         -- in a search or an enrichment: how old the metrics are
  raw_request_key     INTEGER,               -- whose answer brought raw_json (api_request_rows): enrichments of later
                                             -- requests are newer
  -- Long texts stand last, so that reading the rest skips them.
  bio                 TEXT,                  -- as the profile says it
  raw_json            TEXT                   -- the newest search record as it came; NULL when no search found them
) STRICT;

CREATE TABLE creator_tag_rows (
  -- What a creator writes about, for whom, and in which languages. Newest word of the API, no duplicates.
  creator_key INTEGER NOT NULL REFERENCES creators,
  -- Not IN: SQLite would build a table of such a list for each row that is written.
  kind        TEXT NOT NULL CHECK (kind = 'content_category' OR kind = 'target_audience' OR kind = 'language'),
  value       TEXT NOT NULL,
  PRIMARY KEY (creator_key, kind, value)
) STRICT, WITHOUT ROWID;

CREATE VIEW creator_tags (
  -- A tag of a creator: what they write about, for whom, in which language. Newest word of the API.
  creator_id,  -- whose
  kind,        -- content_category, target_audience or language
  value        -- in the API's words
) AS
SELECT c.creator_id, t.kind, t.value FROM creator_tag_rows t JOIN creators c USING (creator_key);

CREATE TABLE creator_metric_rows (
  -- History: a row whenever at least one metric changed. It holds all seven as they were known from then
  -- on, so the newest row of a creator equals the metrics in `creators`.
  metric_key          INTEGER PRIMARY KEY,
  creator_key         INTEGER NOT NULL REFERENCES creators,
  observed_at         TEXT NOT NULL,
  run_key             INTEGER NOT NULL REFERENCES run_rows,
  followers_count     INTEGER,
  engagement_rate     REAL,
  avg_posts_per_month REAL,
  avg_views_per_post  REAL,
  reactions_per_post  REAL,
  comments_per_post   REAL,
  shares_per_post     REAL
) STRICT;
-- creator_growth asks for the state of one creator at one moment.
CREATE INDEX creator_metric_by_creator ON creator_metric_rows (creator_key, observed_at);
-- What changed last, or in a certain week? Rows come in this order, so each costs little.
CREATE INDEX creator_metric_by_time ON creator_metric_rows (observed_at);

CREATE VIEW creator_metrics (
  -- A moment at which a metric of a creator changed, with all seven as they were known from then on.
  creator_id,           -- whose
  observed_at,          -- when
  run_id,               -- the run that observed it
  followers_count,      -- as in creators, and so are the others
  engagement_rate,      -- in percent
  avg_posts_per_month,  -- median
  avg_views_per_post,   -- median
  reactions_per_post,   -- median
  comments_per_post,    -- median
  shares_per_post       -- median
) AS
SELECT c.creator_id, m.observed_at, r.run_id, m.followers_count, m.engagement_rate, m.avg_posts_per_month,
       m.avg_views_per_post, m.reactions_per_post, m.comments_per_post, m.shares_per_post
  FROM creator_metric_rows m
  JOIN creators c USING (creator_key)
  JOIN run_rows r USING (run_key);

CREATE TABLE creator_detail_rows (
  -- The newest full record of a creator, fetched for those whom the last stage of a keyword set chose.
  creator_key INTEGER PRIMARY KEY REFERENCES creators,
  fetched_at  TEXT NOT NULL,
  run_key     INTEGER NOT NULL REFERENCES run_rows,
  request_key INTEGER,   -- whose answer it is (api_request_rows)
  error       TEXT,      -- why there is none
  created_at  TEXT,
  raw_json    TEXT       -- the last record that there was, as it came
) STRICT;

CREATE VIEW creator_details (
  -- The newest full record of a creator; with `detail = true` in [search].
  creator_id,  -- whose
  fetched_at,  -- when it was asked for
  run_id,      -- the run that asked
  error,       -- why there is none, such as 404 NOT_FOUND
  created_at,  -- when the API first had the creator
  raw_json     -- the last record that there was, as it came
) AS
SELECT c.creator_id, d.fetched_at, r.run_id, d.error, d.created_at, d.raw_json
  FROM creator_detail_rows d
  JOIN creators c USING (creator_key)
  JOIN run_rows r USING (run_key);

CREATE TABLE forgotten_rows (
  -- People who asked to be forgotten (toksync db forget): whatever the API sends of them again is dropped. A
  -- hash tells nobody who they are, but for those who know the id or the address and look for it.
  kind         TEXT NOT NULL CHECK (kind IN ('creator_id', 'profile_url')),
  sha256       TEXT NOT NULL,  -- of the id, or of the URL in its simplest form
  forgotten_at TEXT NOT NULL,
  PRIMARY KEY (kind, sha256)
) STRICT, WITHOUT ROWID;
