-- What was bought: intents, the jobs they start, and every credit that moved.

CREATE TABLE intents (
  -- One billable request. Committed before its first byte leaves, so that a crash cannot hide it.
  intent_key        INTEGER PRIMARY KEY,
  run_key           INTEGER NOT NULL REFERENCES run_rows,    -- the run that pays
  stage_key         INTEGER NOT NULL REFERENCES stage_rows,
  family            TEXT NOT NULL,
  criteria_key      INTEGER NOT NULL REFERENCES criteria,
  created_at        TEXT NOT NULL,
  sent_at           TEXT,           -- committed immediately before sending; NULL: surely not sent
  answered_at       TEXT,           -- also when it became clear that no answer comes
  request_id        TEXT,           -- the API's id of the answer
  request_json      TEXT NOT NULL,  -- what was asked, for evidence
  snapshot_key      INTEGER REFERENCES usage_snapshot_rows  -- the newest reading of the account's usage before it
) STRICT;
-- The jobs of a run and family; and those of a stage, by which the views of results find a keyword set's.
CREATE INDEX intent_by_run ON intents (run_key, family);
CREATE INDEX intent_by_stage ON intents (stage_key);

CREATE TABLE job_rows (
  -- One piece of paid work: a creator to enrich or analyze, a search page, a thought-leader search.
  -- Jobs belong to the database: any later run collects what an earlier one paid for.
  job_key           INTEGER PRIMARY KEY,
  intent_key        INTEGER NOT NULL REFERENCES intents,
  family            TEXT NOT NULL,
  criteria_key      INTEGER NOT NULL REFERENCES criteria,
  creator_key       INTEGER REFERENCES creators,  -- NULL for search and thought_leaders, and when forgotten
  external_id       TEXT,                         -- the API's job id; with '#' and the creator's id where it is shared
  units             INTEGER NOT NULL DEFAULT 1,   -- how many times the price was reserved
  status            TEXT NOT NULL DEFAULT 'intent'
                    CHECK (status IN ('intent', 'sent', 'queued', 'running', 'succeeded', 'failed', 'canceled',
                                      'expired', 'ambiguous')),
  credits_reserved  INTEGER NOT NULL DEFAULT 0,   -- the sums of this job's ledger entries
  credits_charged   INTEGER NOT NULL DEFAULT 0,
  credits_released  INTEGER NOT NULL DEFAULT 0,
  credits_open      INTEGER GENERATED ALWAYS AS (credits_reserved - credits_charged - credits_released) VIRTUAL,
  is_settled        INTEGER NOT NULL DEFAULT 0 CHECK (is_settled IN (0, 1)),  -- its price is final
  details_pending   INTEGER NOT NULL DEFAULT 0 CHECK (details_pending IN (0, 1)),  -- free details still to fetch
  is_unfinished     INTEGER GENERATED ALWAYS AS (details_pending = 1 OR
                      status IN ('intent', 'sent', 'queued', 'running', 'ambiguous')) VIRTUAL,
  finished_at       TEXT,
  result_expires_at TEXT,                         -- until when the API keeps the result
  error_code        TEXT,
  error_message     TEXT,
  raw_json          TEXT,                         -- thought_leaders: the job's own record as it came
  CHECK (credits_reserved >= credits_charged + credits_released)
) STRICT;
-- With the status, so that the jobs of a run are counted and looked through without being read.
CREATE INDEX job_by_intent ON job_rows (intent_key, status);
-- Has this work been bought before? The creator comes first, because all views of results find a creator's by it.
CREATE INDEX job_by_work ON job_rows (creator_key, criteria_key);
-- What a run has to collect, and what each run left unfinished: few rows of many.
CREATE INDEX job_unfinished ON job_rows (is_unfinished, intent_key) WHERE is_unfinished = 1;
-- What came back of them may have moved the account's usage.
CREATE INDEX job_leaders_finished ON job_rows (finished_at) WHERE family = 'thought_leaders';

CREATE TABLE evidence_rows (
  -- What was found out about requests whose answers were lost, and what was decided on it. A row without a
  -- job is about all jobs of its request.
  evidence_key INTEGER PRIMARY KEY,
  intent_key   INTEGER NOT NULL REFERENCES intents,
  job_key      INTEGER REFERENCES job_rows,
  at           TEXT NOT NULL,
  source       TEXT NOT NULL CHECK (source IN ('request', 'results', 'usage', 'person')),
  decision     TEXT CHECK (decision IN ('adopted', 'released', 'lost', 'held')),
                                    -- adopted: it arrived, its result is awaited; released: it never arrived;
                                    -- lost: it was charged, and its result cannot be had; held: undecided
  finding      TEXT NOT NULL        -- one sentence
) STRICT;
CREATE INDEX evidence_by_intent ON evidence_rows (intent_key);

CREATE VIEW job_evidence (
  -- A finding about a job whose answer was lost.
  job_key,      -- the job, as `toksync jobs list` numbers it
  at,           -- when it was found
  source,       -- request, results, usage or person
  decision,     -- adopted: it arrived, its result is awaited; released: it never arrived; lost: it was charged, and its
                -- result cannot be had; held: undecided
  finding,      -- one sentence
  intent_key,   -- the request, for joins with intents
  evidence_key  -- in the order of finding
) AS
SELECT j.job_key, e.at, e.source, e.decision, e.finding, e.intent_key, e.evidence_key
  FROM evidence_rows e
  JOIN job_rows j ON j.intent_key = e.intent_key AND (e.job_key IS NULL OR e.job_key = j.job_key);

CREATE VIEW jobs (
  -- A piece of paid work: a creator to enrich or to analyze, a page of a search, a search for thought leaders.
  job_key,            -- its number in `toksync jobs`
  family,             -- search, enrich, content_match, audience_match or thought_leaders
  external_id,        -- the API's id of it; with '#' and the creator's id where one job is about several creators
  creator_id,         -- whom it is about; NULL for search and thought_leaders
  keyword_set,        -- for which it was bought
  run_id,             -- the run that paid
  status,             -- intent, sent, queued, running, succeeded, failed, canceled, expired or ambiguous
  credits_reserved,   -- set aside before it was sent
  credits_charged,    -- what it cost, as far as known
  request_id,         -- the API's id of the answer to its start
  submitted_at,       -- when its request was sent; NULL: surely not sent
  finished_at,        -- NULL while it runs
  result_expires_at,  -- until when the API keeps the result
  error_code,         -- the API's code, or ours
  error_message,      -- likewise
  pipeline,           -- `name` of the pipeline file
  creator_name,       -- whom it is about
  details_pending,    -- 1: details that are free are still to be fetched
  is_unfinished,      -- 1: something about it is still to be done
  criteria,           -- JSON object: what it was asked to look for
  evidence            -- the newest finding, when its answer was lost
) AS
SELECT j.job_key, j.family, j.external_id, c.creator_id, s.keyword_set, r.run_id, j.status, j.credits_reserved,
       j.credits_charged, i.request_id, i.sent_at AS submitted_at, j.finished_at, j.result_expires_at, j.error_code,
       j.error_message, r.pipeline, c.name AS creator_name, j.details_pending, j.is_unfinished,
       k.json AS criteria,
       (SELECT e.finding FROM evidence_rows e
         WHERE e.intent_key = j.intent_key AND (e.job_key IS NULL OR e.job_key = j.job_key)
         ORDER BY e.evidence_key DESC LIMIT 1) AS evidence
  FROM job_rows j
  JOIN intents i USING (intent_key)
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r ON r.run_key = i.run_key
  JOIN criteria k ON k.criteria_key = j.criteria_key
  LEFT JOIN creators c ON c.creator_key = j.creator_key;

CREATE TABLE credit_ledger_rows (
  -- Every movement of credits, never changed afterwards. For each job, and so for every sum of jobs:
  -- reserved = charged + released + what is still open. Open counts as spent.
  entry_id   INTEGER PRIMARY KEY,
  at         TEXT NOT NULL,
  run_key    INTEGER NOT NULL REFERENCES run_rows,    -- the run that pays, which need not be the one that collects
  stage_key  INTEGER NOT NULL REFERENCES stage_rows,
  job_key    INTEGER NOT NULL REFERENCES job_rows,
  kind       TEXT NOT NULL CHECK (kind IN ('reserve', 'charge', 'release')),
  credits    INTEGER NOT NULL CHECK (credits > 0),
  source     TEXT NOT NULL,  -- who says so: price_table, body, header, usage, person; answer (a reservation that
                             -- proved too small); not_sent, not_arrived, refused, settled (why it was released)
  request_id TEXT
) STRICT;
-- The entries of a run, and those of one job of it.
CREATE INDEX credit_by_run ON credit_ledger_rows (run_key, job_key);

CREATE TABLE credit_day_rows (
  -- The sums of the ledger by day (UTC) and stage, so that neither the budget of a month nor a report reads it whole.
  day       TEXT NOT NULL,
  stage_key INTEGER NOT NULL REFERENCES stage_rows,
  reserved  INTEGER NOT NULL DEFAULT 0,
  charged   INTEGER NOT NULL DEFAULT 0,
  released  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, stage_key)
) STRICT, WITHOUT ROWID;

CREATE VIEW credit_ledger (
  -- A movement of credits, never changed afterwards. In sum: reserved = charged + released + what is still open.
  entry_id,     -- in the order of booking
  at,           -- when
  run_id,       -- the run that pays
  stage,        -- of the job
  keyword_set,  -- of the job
  job_key,      -- the job
  kind,         -- reserve: set aside before a request; charge: what it cost; release: given back
  credits,      -- more than 0
  source,       -- who says so: price_table, body, header, usage, person; answer (a reservation that proved too small);
                -- not_sent, not_arrived, refused, settled (why it was released)
  request_id,   -- the API's id of the answer that said so
  pipeline      -- `name` of the pipeline file
) AS
SELECT l.entry_id, l.at, r.run_id, s.stage, s.keyword_set, l.job_key, l.kind, l.credits, l.source, l.request_id,
       r.pipeline
  FROM credit_ledger_rows l
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r ON r.run_key = l.run_key;

CREATE TABLE api_request_rows (
  -- Every request that was made, free or not.
  request_key INTEGER PRIMARY KEY,
  at          TEXT NOT NULL,
  run_key     INTEGER NOT NULL REFERENCES run_rows,
  method      TEXT NOT NULL,
  path        TEXT NOT NULL,
  status      INTEGER,           -- HTTP; NULL when there was no answer
  error_code  TEXT,              -- the API's code, or ours such as TIMEOUT
  request_id  TEXT,
  duration_ms INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,  -- 1 is the first
  credit_cost INTEGER            -- header X-Toksta-Credit-Cost
) STRICT;
CREATE INDEX api_request_by_run ON api_request_rows (run_key);

CREATE VIEW api_requests (
  -- A request to the API, free or not.
  at,           -- when it was sent
  run_id,       -- of the run
  method,       -- GET or POST
  path,         -- without the address of the server
  status,       -- HTTP; NULL when there was no answer
  error_code,   -- the API's code, or ours such as TIMEOUT
  request_id,   -- the API's id of the answer
  duration_ms,  -- until the answer was here
  attempt,      -- 1 is the first
  credit_cost   -- by the header X-Toksta-Credit-Cost
) AS
SELECT q.at, r.run_id, q.method, q.path, q.status, q.error_code, q.request_id, q.duration_ms, q.attempt,
       q.credit_cost
  FROM api_request_rows q
  JOIN run_rows r USING (run_key);

CREATE TABLE usage_snapshot_rows (
  -- What the account itself says it has used in its month so far, each time it was asked.
  snapshot_key          INTEGER PRIMARY KEY,
  at                    TEXT NOT NULL,
  run_key               INTEGER NOT NULL REFERENCES run_rows,
  period                TEXT NOT NULL,     -- "2026-05"
  total_credits_charged INTEGER,           -- NULL when the API tells no charges
  total_calls           INTEGER NOT NULL,
  balance               INTEGER,           -- NULL when the API reports none
  operations_json       TEXT NOT NULL,     -- one object: credits charged by operation
  raw_json              TEXT NOT NULL
) STRICT;

CREATE VIEW usage_snapshots (
  -- What the account said of itself: what was used of it in its month, by whomever.
  at,                     -- when it was asked
  run_id,                 -- by which run
  period,                 -- the month, such as 2026-05
  total_credits_charged,  -- in that month until then; NULL when the API tells no charges
  total_calls,            -- requests in that month until then
  balance,                -- credits left; NULL when the API reports none
  operations_json,        -- JSON object: credits charged by operation
  raw_json                -- the answer as it came
) AS
SELECT u.at, r.run_id, u.period, u.total_credits_charged, u.total_calls, u.balance, u.operations_json, u.raw_json
  FROM usage_snapshot_rows u
  JOIN run_rows r USING (run_key);

CREATE TABLE api_fact_rows (
  -- What runs learned of an API's ways, so that the next one does not have to find out again.
  base_url   TEXT NOT NULL,
  family     TEXT NOT NULL CHECK (family IN ('search', 'enrich', 'content_match', 'audience_match',
                                             'thought_leaders')),
  fact       TEXT NOT NULL CHECK (fact IN ('ids_per_start', 'ids_per_read', 'shortest_job_ms', 'longest_job_ms')),
  value      INTEGER NOT NULL CHECK (value >= 0),
  learned_at TEXT NOT NULL,
  PRIMARY KEY (base_url, family, fact)
) STRICT, WITHOUT ROWID;

CREATE VIEW api_facts (
  -- What runs learned of an API's ways, so that the next one does not have to find out again.
  base_url,   -- of the API
  family,     -- search, enrich, content_match, audience_match or thought_leaders
  fact,       -- ids_per_start, ids_per_read, shortest_job_ms or longest_job_ms
  value,      -- a number, or milliseconds
  learned_at  -- when
) AS
SELECT base_url, family, fact, value, learned_at FROM api_fact_rows;

CREATE VIEW runs (
  -- A run with all its resumptions.
  run_id,               -- as `toksync status` names it; sorts by time
  pipeline,             -- `name` of the pipeline file
  status,               -- running, succeeded, partial, failed, stopped, interrupted or abandoned
  started_at,           -- when it began
  finished_at,          -- NULL while it runs
  exit_code,            -- of the last process that worked on it
  error,                -- why it did not succeed
  credits_estimated,    -- by the price table, for what was sent or still may be
  credits_charged,      -- what it cost so far
  requests,             -- to the API, free or not
  pipeline_toml,        -- the pipeline file as it was
  pipeline_sha256,      -- of it
  toksync_version,      -- of the program that began it
  usage_drift,          -- credits by which the account's usage moved more (less: negative) than the ledger knows
  active_seconds,       -- how long it was worked on; NULL when not known, as the next six
  least_seconds,        -- how long that takes at least
  time_ratio,           -- the one divided by the other
  least_by,             -- what decides the least time: rate_limit or job_times
  rate_limit_seconds,   -- the least time by the rate limit
  job_chain_seconds,    -- the least time by the longest chain of jobs that wait for each other
  requests_needed,      -- the fewest that could have done the same
  requests_per_minute,  -- that the server, or a ceiling of the pipeline, allowed last
  run_key               -- for joins with run_rows
) AS
SELECT r.run_id, r.pipeline, r.status, r.started_at, r.finished_at, r.exit_code, r.error,
       (SELECT coalesce(sum(s.credits_estimated), 0) FROM stage_rows s WHERE s.run_key = r.run_key)
         AS credits_estimated,
       (SELECT coalesce(sum(s.credits_charged), 0) FROM stage_rows s WHERE s.run_key = r.run_key) AS credits_charged,
       (SELECT count(*) FROM api_request_rows q WHERE q.run_key = r.run_key) AS requests,
       r.pipeline_toml, r.pipeline_sha256, r.toksync_version, r.usage_drift,
       -- How long it was worked on, how long that takes at least, and what decides it. NULL: not known.
       nullif(r.active_ms, 0) / 1000.0 AS active_seconds,
       nullif(r.least_ms, 0) / 1000.0 AS least_seconds,
       round(1.0 * nullif(r.active_ms, 0) / nullif(r.least_ms, 0), 3) AS time_ratio,
       CASE WHEN r.least_ms > 0 THEN iif(r.rate_limit_ms >= r.job_chain_ms, 'rate_limit', 'job_times') END AS least_by,
       iif(r.active_ms > 0, r.rate_limit_ms, NULL) / 1000.0 AS rate_limit_seconds,
       iif(r.active_ms > 0, r.job_chain_ms, NULL) / 1000.0 AS job_chain_seconds,
       iif(r.active_ms > 0, r.requests_needed, NULL) AS requests_needed, r.requests_per_minute, r.run_key
  FROM run_rows r;
