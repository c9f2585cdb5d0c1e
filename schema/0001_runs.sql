-- Runs and their stages: what was asked for, when, and how far it got.
--
-- A relation named ..._rows is the lean table; the view beside it, without the suffix, is what analysts
-- read: the same facts with names in place of integer keys. All times are ISO 8601 text in UTC with Z.
--
-- Comments inside a CREATE statement stay in the database; `toksync db schema` reads them (store/dictionary.cpp).
-- The lines behind the opening parenthesis tell what a row is. What stands behind a column, with the lines below it
-- that are indented further, is about that column. Every other comment is for whoever reads this file.

CREATE TABLE run_rows (
  -- A run: one row each time a pipeline is started, with all its resumptions.
  run_key         INTEGER PRIMARY KEY,
  run_id          TEXT NOT NULL UNIQUE,        -- the name people use
  pipeline        TEXT NOT NULL,               -- `name` of the pipeline file
  status          TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'partial', 'failed', 'stopped',
                                                  'interrupted', 'abandoned')),
  started_at      TEXT NOT NULL,
  finished_at     TEXT,                        -- NULL while it runs
  exit_code       INTEGER,                     -- of the last process that worked on it
  error           TEXT,                        -- why it did not succeed
  usage_drift     INTEGER,                     -- credits by which the account's usage moved more (less: negative)
                                               -- than the ledger knows; NULL when it did not, or nobody looked
  creators_found  INTEGER,                     -- by its searches, each counted once; NULL until it ends
  -- How long its processes worked on it, and how long they had to: sums over those that ended by themselves.
  active_ms       INTEGER NOT NULL DEFAULT 0,
  least_ms        INTEGER NOT NULL DEFAULT 0,  -- of each process the greater of the next two
  rate_limit_ms   INTEGER NOT NULL DEFAULT 0,  -- in which the rate limit lets the needed requests leave
  job_chain_ms    INTEGER NOT NULL DEFAULT 0,  -- the longest chain of requests and jobs that wait for each other
  requests_needed INTEGER NOT NULL DEFAULT 0,  -- the fewest that could have done the same
  requests_per_minute INTEGER,                 -- that the server, or a ceiling of the pipeline, allowed last
  toksync_version TEXT NOT NULL,               -- of the program that began it
  pipeline_sha256 TEXT NOT NULL,               -- tells whether the file has changed since
  pipeline_toml   TEXT NOT NULL                -- the file as it was; keys are never in it
) STRICT;
-- The newest run of a pipeline is looked for at each start.
CREATE INDEX run_by_pipeline ON run_rows (pipeline);

CREATE TABLE criteria (
  -- What a job was asked to look for. Equal criteria are equal work, whichever run or keyword set asks.
  criteria_key INTEGER PRIMARY KEY,
  family       TEXT NOT NULL CHECK (family IN ('search', 'enrich', 'content_match', 'audience_match',
                                               'thought_leaders')),
  sha256       TEXT NOT NULL,                  -- of `json`
  json         TEXT NOT NULL,                  -- one object in canonical form: fixed keys, sorted lists
  -- What analysts want to see of `json`; NULL where a family has no such thing.
  topic_keywords    TEXT,                      -- JSON array: content_match
  posts_to_analyze  INTEGER,                   -- content_match, thought_leaders
  audience_criteria TEXT,                      -- JSON array: audience_match
  analysis_depth    TEXT,                      -- audience_match
  mode              TEXT,                      -- search, thought_leaders
  campaign_id       TEXT,                      -- content_match, audience_match: of the account's workspace; its keywords
                                               -- or criteria count, and the two above are NULL
  UNIQUE (family, sha256)
) STRICT;

CREATE TABLE stage_rows (
  -- The unit of progress: one stage of one keyword set in one run.
  stage_key    INTEGER PRIMARY KEY,
  run_key      INTEGER NOT NULL REFERENCES run_rows,
  keyword_set  TEXT NOT NULL,
  stage        TEXT NOT NULL CHECK (stage IN ('search', 'enrich', 'content_match', 'audience_match',
                                              'thought_leaders')),
  criteria_key INTEGER REFERENCES criteria,    -- NULL when the stage buys by several, as thought_leaders does
  status       TEXT NOT NULL DEFAULT 'waiting'
               CHECK (status IN ('waiting', 'running', 'succeeded', 'partial', 'failed', 'stopped', 'skipped')),
  cursor       TEXT,                           -- search: where the next page begins
  reused_from  INTEGER REFERENCES stage_rows,  -- search: the stage whose hits were taken over, free of charge
  items_total  INTEGER NOT NULL DEFAULT 0,
  items_done   INTEGER NOT NULL DEFAULT 0,
  items_failed INTEGER NOT NULL DEFAULT 0,
  -- The sums of this stage's ledger entries, so that no budget and no status has to read them all.
  credits_reserved  INTEGER NOT NULL DEFAULT 0,
  credits_charged   INTEGER NOT NULL DEFAULT 0,
  credits_released  INTEGER NOT NULL DEFAULT 0,
  credits_estimated INTEGER NOT NULL DEFAULT 0, -- by the price table, for what was sent or still may be
  credits_open      INTEGER GENERATED ALWAYS AS (credits_reserved - credits_charged - credits_released) VIRTUAL,
  started_at   TEXT,                           -- when it first ran
  finished_at  TEXT,
  error        TEXT,
  UNIQUE (run_key, keyword_set, stage)
) STRICT;
-- A search with the same criteria may still be fresh.
CREATE INDEX stage_by_criteria ON stage_rows (criteria_key);
-- All that was done for a keyword set, in whichever run: the views of results begin here.
CREATE INDEX stage_by_keyword_set ON stage_rows (keyword_set, stage);
-- What every budget counts as spent though nobody charged it yet: few rows of many.
CREATE INDEX stage_open_credits ON stage_rows (credits_open) WHERE credits_open <> 0;

CREATE VIEW stages (
  -- A stage of a keyword set in a run: how far it got.
  run_id,        -- of the run
  keyword_set,   -- its name in the pipeline file
  stage,         -- search, enrich, content_match, audience_match or thought_leaders
  status,        -- waiting, running, succeeded, partial, failed, stopped or skipped
  cursor,        -- search: where the next page begins
  items_total,   -- creators that the stage works on; thought_leaders: jobs
  items_done,    -- of them, with a result
  items_failed,  -- of them, without a result for good
  started_at,    -- when it first ran
  finished_at,   -- NULL while it runs
  error,         -- why it did not succeed
  pipeline,      -- `name` of the pipeline file
  criteria,      -- JSON object: what it asked for; NULL when it asks for several things
  run_key,       -- of the run, for joins with run_rows
  stage_key      -- of the stage, for joins with stage_rows
) AS
SELECT r.run_id, s.keyword_set, s.stage, s.status, s.cursor, s.items_total, s.items_done, s.items_failed,
       s.started_at, s.finished_at, s.error, r.pipeline, k.json AS criteria, s.run_key, s.stage_key
  FROM stage_rows s
  JOIN run_rows r USING (run_key)
  LEFT JOIN criteria k USING (criteria_key);
