-- Searches: the pages that were walked, the creators they found, and whom each later stage chose.

CREATE TABLE search_page_rows (
  -- One answer of a search. A page, its hits, the cursor behind it and its charge are one transaction.
  stage_key     INTEGER NOT NULL REFERENCES stage_rows,
  page          INTEGER NOT NULL,  -- 1 is the first
  seen_at       TEXT NOT NULL,
  creator_count INTEGER NOT NULL,  -- records on the page
  new_count     INTEGER NOT NULL,  -- of them new to this search, and kept as hits
  search_mode   TEXT,              -- the mode that the API really used
  next_cursor   TEXT,
  request_id    TEXT,
  evidence_posts   INTEGER NOT NULL DEFAULT 0,  -- how many posts are wanted behind each of its hits
  evidence_pending INTEGER NOT NULL DEFAULT 0 CHECK (evidence_pending IN (0, 1)),  -- 1: some are still to be fetched
  error_of_posts   TEXT,           -- why they cannot be had
  meta_json     TEXT NOT NULL,     -- what the answer held beside the creators, as it came
  PRIMARY KEY (stage_key, page)
) STRICT, WITHOUT ROWID;
-- Which posts are still to be fetched? Few pages of many.
CREATE INDEX search_page_pending ON search_page_rows (stage_key, page) WHERE evidence_pending = 1;

CREATE VIEW search_pages (
  -- An answer of a search.
  run_id,         -- of the run
  keyword_set,    -- whose search
  page,           -- 1 is the first
  seen_at,        -- when it came
  creator_count,  -- creators on it
  new_count,      -- of them, not on an earlier page of this search
  search_mode,    -- the mode that the API really used
  next_cursor,    -- where the next page begins; NULL on the last
  request_id,     -- the API's id of the answer
  meta_json,      -- what it held beside the creators, as it came
  evidence_posts,  -- how many posts were wanted behind each of its hits
  error_of_posts   -- why these posts cannot be had; NULL: they are there, still to be fetched, or not wanted
) AS
SELECT r.run_id, s.keyword_set, p.page, p.seen_at, p.creator_count, p.new_count, p.search_mode, p.next_cursor,
       p.request_id, p.meta_json, p.evidence_posts, p.error_of_posts
  FROM search_page_rows p
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r USING (run_key);

CREATE TABLE search_hit_rows (
  -- A creator that a search found. Rankings move between pages: one that comes twice is one hit.
  stage_key   INTEGER NOT NULL REFERENCES stage_rows,
  rank        INTEGER NOT NULL,  -- position in the walk, 1 is the first
  creator_key INTEGER NOT NULL REFERENCES creators,
  page        INTEGER NOT NULL,
  score       REAL,              -- the API's own, discovery only
  match_rank  REAL,              -- likewise
  PRIMARY KEY (stage_key, rank),
  FOREIGN KEY (stage_key, page) REFERENCES search_page_rows (stage_key, page)
) STRICT, WITHOUT ROWID;
-- Is this creator a hit of that search already? Also: where was this creator ever found?
CREATE UNIQUE INDEX search_hit_by_creator ON search_hit_rows (creator_key, stage_key);

CREATE VIEW search_hits (
  -- A creator found by the search of a keyword set in a run.
  run_id,       -- of the run
  keyword_set,  -- whose search
  creator_id,   -- who was found
  rank,         -- the place in the search, 1 is the first
  score,        -- the API's own, discovery only
  match_rank,   -- the API's own, discovery only
  search_mode,  -- the mode that the API really used
  seen_at       -- when
) AS
SELECT r.run_id, s.keyword_set, c.creator_id, h.rank, h.score, h.match_rank, p.search_mode, p.seen_at
  FROM search_hit_rows h
  JOIN search_page_rows p USING (stage_key, page)
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r USING (run_key)
  JOIN creators c USING (creator_key);

CREATE TABLE search_hit_evidence_rows (
  -- Why a search found a creator, by the API's word. A search that took over the hits of another has it from there.
  stage_key           INTEGER NOT NULL REFERENCES stage_rows,
  creator_key         INTEGER NOT NULL REFERENCES creators,
  posts_asked         INTEGER NOT NULL,  -- how many posts were asked for
  matched_posts_count INTEGER,
  cached_post_count   INTEGER,
  matched_keywords    TEXT NOT NULL,     -- JSON array
  unsupported         TEXT,              -- why there are no posts to be had
  fetched_at          TEXT NOT NULL,
  run_key             INTEGER NOT NULL REFERENCES run_rows,
  raw_json            TEXT,              -- as it came; NULL when the answer said nothing of the creator
  PRIMARY KEY (stage_key, creator_key)
) STRICT, WITHOUT ROWID;
-- What goes with a creator who is forgotten?
CREATE INDEX search_hit_evidence_by_creator ON search_hit_evidence_rows (creator_key);

CREATE TABLE search_hit_post_rows (
  -- A post behind a hit.
  stage_key       INTEGER NOT NULL REFERENCES stage_rows,
  creator_key     INTEGER NOT NULL REFERENCES creators,
  position        INTEGER NOT NULL,  -- in the order of the answer, 1 is the first
  post_url        TEXT,
  posted_at       TEXT,
  snippet         TEXT,
  relevance_score REAL,
  reactions       INTEGER,
  comments        INTEGER,
  shares          INTEGER,
  keyword_matches TEXT NOT NULL,     -- JSON array
  PRIMARY KEY (stage_key, creator_key, position)
) STRICT, WITHOUT ROWID;
-- What did this creator post that any search found?
CREATE INDEX search_hit_post_by_creator ON search_hit_post_rows (creator_key);

CREATE VIEW search_hit_evidence (
  -- Why a search found a creator; with `evidence_posts` in [search].
  run_id,               -- of the run
  keyword_set,          -- whose search
  creator_id,           -- who was found
  matched_posts_count,  -- posts that match the keywords
  cached_post_count,    -- posts that the API knows
  matched_keywords,     -- JSON array
  unsupported,          -- why there are no posts to be had
  fetched_at,           -- when
  raw_json              -- the whole answer about the creator; NULL when it said nothing
) AS
SELECT r.run_id, s.keyword_set, c.creator_id, e.matched_posts_count, e.cached_post_count, e.matched_keywords,
       e.unsupported, e.fetched_at, e.raw_json
  FROM search_hit_evidence_rows e
  JOIN stage_rows s ON coalesce(s.reused_from, s.stage_key) = e.stage_key
  JOIN run_rows r ON r.run_key = s.run_key
  JOIN creators c ON c.creator_key = e.creator_key;

CREATE VIEW search_hit_posts (
  -- A post behind a hit of a search; with `evidence_posts` in [search].
  run_id,           -- of the run
  keyword_set,      -- whose search
  creator_id,       -- who was found, and wrote it
  position,         -- in the order of the API, 1 is the first
  post_url,         -- the post
  posted_at,        -- when
  snippet,          -- how it begins
  relevance_score,  -- the API's own
  keyword_matches,  -- JSON array: the keywords in it
  reactions,        -- likes and their kin
  comments,         -- comments
  shares            -- shares
) AS
SELECT r.run_id, s.keyword_set, c.creator_id, p.position, p.post_url, p.posted_at, p.snippet, p.relevance_score,
       p.keyword_matches, p.reactions, p.comments, p.shares
  FROM search_hit_post_rows p
  JOIN stage_rows s ON coalesce(s.reused_from, s.stage_key) = p.stage_key
  JOIN run_rows r ON r.run_key = s.run_key
  JOIN creators c ON c.creator_key = p.creator_key;

CREATE TABLE stage_creator_rows (
  -- Whom a stage chose, in what order, and why each is bought or not (`plan --explain`).
  stage_key   INTEGER NOT NULL REFERENCES stage_rows,
  position    INTEGER NOT NULL,  -- 1 is the first
  creator_key INTEGER NOT NULL REFERENCES creators,
  decision    TEXT NOT NULL CHECK (decision IN ('buy', 'fresh', 'outstanding', 'held', 'failed', 'unaffordable')),
  PRIMARY KEY (stage_key, position)
) STRICT, WITHOUT ROWID;

CREATE VIEW stage_creators (
  -- A creator that a stage chose by its `select`, and what it did about them.
  run_id,       -- of the run
  keyword_set,  -- whose stage
  stage,        -- enrich, content_match or audience_match
  position,     -- 1 is the first
  creator_id,   -- who was chosen
  decision      -- buy; fresh: known and young enough; outstanding: paid for, the result is awaited; held: an earlier
                -- purchase is ambiguous; failed: not tried again in this run; unaffordable: no credits left
) AS
SELECT r.run_id, s.keyword_set, s.stage, p.position, c.creator_id, p.decision
  FROM stage_creator_rows p
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r USING (run_key)
  JOIN creators c USING (creator_key);

CREATE TABLE backfill_rows (
  -- A backfill: a run that takes its creators from a list instead of from searches.
  run_key           INTEGER PRIMARY KEY REFERENCES run_rows,
  stages            TEXT NOT NULL,     -- JSON array: the stages that it runs
  keyword_sets      TEXT NOT NULL,     -- JSON array: the keyword sets for which it runs them
  ignores_freshness INTEGER NOT NULL CHECK (ignores_freshness IN (0, 1)),
  chosen_by         TEXT NOT NULL,     -- how its creators were chosen: all, where and the SQL, or list and a hash
  sha256            TEXT NOT NULL      -- of all this and of the pipeline: the same backfill again goes on
) STRICT;

CREATE TABLE backfill_creator_rows (
  -- A creator of a backfill. Chosen once: a backfill that is picked up keeps to them.
  run_key     INTEGER NOT NULL REFERENCES run_rows,
  position    INTEGER NOT NULL,  -- 1 is the first
  creator_key INTEGER NOT NULL REFERENCES creators,
  PRIMARY KEY (run_key, position)
) STRICT, WITHOUT ROWID;
-- Is this creator one of that backfill? Also: what goes with a creator who is forgotten?
CREATE UNIQUE INDEX backfill_creator_by_creator ON backfill_creator_rows (creator_key, run_key);

CREATE VIEW backfill_creators (
  -- A creator that a backfill was given.
  run_id,     -- the backfill, as in `runs`
  pipeline,   -- `name` of the pipeline file, and that it is a backfill
  position,   -- in the order given, 1 is the first
  creator_id  -- whom
) AS
SELECT r.run_id, r.pipeline, b.position, c.creator_id
  FROM backfill_creator_rows b
  JOIN run_rows r USING (run_key)
  JOIN creators c USING (creator_key);
