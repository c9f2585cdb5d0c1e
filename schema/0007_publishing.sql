-- Where shortlists are published to: lists of creators in the workspace of an account. Nothing of it costs credits, but
-- the API knows no idempotency: what is sent is committed first, so that no crash makes a list, or adds anybody, twice.

CREATE TABLE creator_list_rows (
  -- A list in the workspace of an account.
  list_key         INTEGER PRIMARY KEY,
  base_url         TEXT NOT NULL,  -- of the API
  name             TEXT,           -- as pipeline files call it; NULL while they only name its id
  list_id          TEXT,           -- the API's; NULL: not found and not made yet
  creation_sent_at TEXT,           -- when it was asked for, while nobody knows whether it was made; NULL otherwise
  total            INTEGER,        -- creators in it, whoever added them, as the API last told
  gone_at          TEXT,           -- when the API said that it is no more; NULL: it is there, as far as known
  UNIQUE (base_url, list_id)
) STRICT;

CREATE TABLE list_addition_rows (
  -- A request that adds creators to a list. Deleted when it surely changed nothing.
  addition_key INTEGER PRIMARY KEY,
  list_key     INTEGER NOT NULL REFERENCES creator_list_rows,
  run_key      INTEGER NOT NULL REFERENCES run_rows,
  sent_at      TEXT NOT NULL,     -- committed immediately before sending
  creators     INTEGER NOT NULL,  -- whom it was to add
  total_before INTEGER,           -- creators in the list before it; NULL: not known
  status       TEXT NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'added', 'unclear')),
                                  -- unclear: its answer was lost, and nothing tells whether it was carried out
  settled_at   TEXT,              -- when its answer came, or was given up; NULL while nobody knows
  request_id   TEXT               -- the API's id of the answer
) STRICT;
-- Those of a run, and those that are not settled: few rows of many.
CREATE INDEX list_addition_by_run ON list_addition_rows (run_key);
CREATE INDEX list_addition_sent ON list_addition_rows (list_key) WHERE status = 'sent';

CREATE TABLE published_creator_rows (
  -- A creator in a list who was added to it from here. Such a one is never added again.
  list_key     INTEGER NOT NULL REFERENCES creator_list_rows,
  creator_key  INTEGER NOT NULL REFERENCES creators,
  addition_key INTEGER NOT NULL REFERENCES list_addition_rows,
  PRIMARY KEY (list_key, creator_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX published_creator_by_creator ON published_creator_rows (creator_key);
CREATE INDEX published_creator_by_addition ON published_creator_rows (addition_key);

CREATE TABLE publication_rows (
  -- How a run published its shortlist.
  run_key   INTEGER PRIMARY KEY REFERENCES run_rows,
  list_key  INTEGER NOT NULL REFERENCES creator_list_rows,
  chosen    INTEGER NOT NULL,  -- creators of the shortlist that [publish] chose
  error     TEXT               -- why not all of them are in the list; NULL when they are
) STRICT;

CREATE VIEW creator_lists (
  -- A list of creators in the workspace of an account, to which shortlists are published.
  name,       -- as pipeline files call it; NULL when they only name its id
  list_id,    -- the API's id of it; NULL: not made yet
  total,      -- creators in it, whoever added them, as the API last told
  published,  -- creators added from here
  unclear,    -- creators of whom nobody knows whether they were added; they are not sent again
  gone_at,    -- when the API said that it is no more; NULL: it is there, as far as known
  base_url,   -- of the API
  list_key    -- of the list, for joins with published_creators
) AS
SELECT l.name, l.list_id, l.total,
       (SELECT count(*) FROM published_creator_rows p JOIN list_addition_rows a USING (addition_key)
         WHERE p.list_key = l.list_key AND a.status = 'added') AS published,
       (SELECT count(*) FROM published_creator_rows p JOIN list_addition_rows a USING (addition_key)
         WHERE p.list_key = l.list_key AND a.status <> 'added') AS unclear,
       l.gone_at, l.base_url, l.list_key
  FROM creator_list_rows l;

CREATE VIEW published_creators (
  -- A creator whom a run added to a list in the account's workspace.
  list,          -- its name, or its id when pipeline files only name that
  creator_id,    -- who
  name,          -- as the profile shows it
  status,        -- added; sent: on its way; unclear: the answer was lost, and nothing tells whether it was carried out
  published_at,  -- when it was sent
  run_id,        -- the run that did it
  list_id,       -- the API's id of the list
  list_key       -- of the list, for joins with creator_lists
) AS
SELECT coalesce(l.name, l.list_id) AS list, c.creator_id, c.name, a.status, a.sent_at AS published_at, r.run_id,
       l.list_id, p.list_key
  FROM published_creator_rows p
  JOIN list_addition_rows a USING (addition_key)
  JOIN creator_list_rows l ON l.list_key = p.list_key
  JOIN creators c USING (creator_key)
  JOIN run_rows r USING (run_key);

CREATE VIEW publications (
  -- How a run published its shortlist.
  run_id,    -- the run
  pipeline,  -- `name` of the pipeline file
  list,      -- the list's name, or its id when the pipeline file only names that
  chosen,    -- creators of the shortlist that [publish] chose
  added,     -- of them, added by this run
  unclear,   -- of them, sent by this run without anybody knowing whether they were added
  error,     -- why not all of them are in the list; NULL when they are
  list_id    -- the API's id of the list; NULL: not made yet
) AS
SELECT r.run_id, r.pipeline, coalesce(l.name, l.list_id) AS list, p.chosen,
       (SELECT coalesce(sum(a.creators), 0) FROM list_addition_rows a
         WHERE a.run_key = p.run_key AND a.status = 'added') AS added,
       (SELECT coalesce(sum(a.creators), 0) FROM list_addition_rows a
         WHERE a.run_key = p.run_key AND a.status <> 'added') AS unclear,
       p.error, l.list_id
  FROM publication_rows p
  JOIN run_rows r USING (run_key)
  JOIN creator_list_rows l USING (list_key);
