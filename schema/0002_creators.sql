-- Creators: who they are, what is known of them now, and how their numbers moved.

-- One row for each creator ever seen. Everything else refers to creators by the short integer key.
-- NULL is "unknown", which is not zero; a value once known is never overwritten by an unknown one.
CREATE TABLE creators (
  creator_key         INTEGER PRIMARY KEY,
  creator_id          TEXT NOT NULL UNIQUE,  -- the API's UUID
  platform            TEXT,
  handle              TEXT,
  name                TEXT,
  location            TEXT,
  profile_url         TEXT,
  avatar_url          TEXT,
  followers_count     INTEGER,               -- the newest of the seven metrics, from a search or an enrichment;
  engagement_rate     REAL,                  -- their names say averages, the API sends medians of recent activity
  avg_posts_per_month REAL,
  avg_views_per_post  REAL,
  reactions_per_post  REAL,
  comments_per_post   REAL,
  shares_per_post     REAL,
  is_enriched         INTEGER CHECK (is_enriched IN (0, 1)),
  enriched_at         TEXT,                  -- by the API's word, else when we received it
  source_updated_at   TEXT,                  -- `updated_at` of the API's record
  first_seen_at       TEXT NOT NULL,
  last_seen_at        TEXT NOT NULL,
  raw_request_key     INTEGER,               -- whose answer brought raw_json (api_request_rows): enrichments of later
                                             -- requests are newer
  bio                 TEXT,                  -- long texts stand last, so that reading the rest skips them
  raw_json            TEXT                   -- the newest search record as it came; NULL when no search found them
) STRICT;

-- What a creator writes about, for whom, and in which languages. Newest word of the API, no duplicates.
CREATE TABLE creator_tag_rows (
  creator_key INTEGER NOT NULL REFERENCES creators,
  -- Not IN: SQLite would build a table of such a list for each row that is written.
  kind        TEXT NOT NULL CHECK (kind = 'content_category' OR kind = 'target_audience' OR kind = 'language'),
  value       TEXT NOT NULL,
  PRIMARY KEY (creator_key, kind, value)
) STRICT, WITHOUT ROWID;

CREATE VIEW creator_tags AS
SELECT c.creator_id, t.kind, t.value FROM creator_tag_rows t JOIN creators c USING (creator_key);

-- History: a row whenever at least one metric changed. It holds all seven as they were known from then
-- on, so the newest row of a creator equals the metrics in `creators`.
CREATE TABLE creator_metric_rows (
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

CREATE VIEW creator_metrics AS
SELECT c.creator_id, m.observed_at, r.run_id, m.followers_count, m.engagement_rate, m.avg_posts_per_month,
       m.avg_views_per_post, m.reactions_per_post, m.comments_per_post, m.shares_per_post
  FROM creator_metric_rows m
  JOIN creators c USING (creator_key)
  JOIN run_rows r USING (run_key);

-- People who asked to be forgotten (toksync db forget): whatever the API sends of them again is dropped. A
-- hash tells nobody who they are, but for those who know the id or the address and look for it.
CREATE TABLE forgotten_rows (
  kind         TEXT NOT NULL CHECK (kind IN ('creator_id', 'profile_url')),
  sha256       TEXT NOT NULL,  -- of the id, or of the URL in its simplest form
  forgotten_at TEXT NOT NULL,
  PRIMARY KEY (kind, sha256)
) STRICT, WITHOUT ROWID;
