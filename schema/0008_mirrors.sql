-- Mirrors: lists of other APIs kept as tables. What is common to all of them; each API's own tables follow in files of
-- their own.

CREATE TABLE mirror_walk_rows (
  -- A walk through one list of an API, from its first page to its last.
  walk_key     INTEGER PRIMARY KEY,
  run_key      INTEGER NOT NULL REFERENCES run_rows,
  source       TEXT NOT NULL,               -- `name` of [source], else that of the pipeline
  resource     TEXT NOT NULL,               -- the list: NAME of [mirror.NAME]
  status       TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'incomplete', 'not_entitled', 'failed')),
  since        TEXT,                        -- it asked only for what is not older; NULL: for everything
  watermark    TEXT,                        -- from which the next one asks; NULL: from the start
  started_at   TEXT NOT NULL,
  finished_at  TEXT,                        -- NULL while it goes on
  rows_read    INTEGER NOT NULL DEFAULT 0,  -- records that it brought, repetitions included
  rows_new     INTEGER NOT NULL DEFAULT 0,  -- of them, not in the table before
  rows_changed INTEGER NOT NULL DEFAULT 0,  -- of them, other than before
  rows_missing INTEGER NOT NULL DEFAULT 0,  -- rows that it did not bring any more
  error        TEXT                         -- why it did not succeed
) STRICT;
-- The newest walk of a list is looked for at each start.
CREATE INDEX mirror_walk_by_resource ON mirror_walk_rows (source, resource);
CREATE INDEX mirror_walk_by_run ON mirror_walk_rows (run_key);

CREATE TABLE mirror_slice_rows (
  -- What a walk that goes on still has to ask for, or has asked for. Emptied when it ends.
  walk_key INTEGER NOT NULL REFERENCES mirror_walk_rows,
  position INTEGER NOT NULL,            -- in which they are asked for
  slice    TEXT NOT NULL,               -- a row of another list, a metric, a day; empty: the list as a whole
  page     TEXT NOT NULL DEFAULT '',    -- where it goes on
  is_done  INTEGER NOT NULL DEFAULT 0 CHECK (is_done IN (0, 1)),
  was_read INTEGER NOT NULL DEFAULT 0 CHECK (was_read IN (0, 1)),  -- once before, when rows moved between its pages
  PRIMARY KEY (walk_key, position)
) STRICT, WITHOUT ROWID;

CREATE VIEW mirrors (
  -- A list of an API as a run walked through it.
  run_id,        -- of the run
  source,        -- which account of the API: `name` of [source], else that of the pipeline
  resource,      -- the list: NAME of [mirror.NAME] in the pipeline file
  status,        -- running, succeeded, incomplete (nothing was marked as missing), not_entitled or failed
  rows_read,     -- records that it brought
  rows_new,      -- of them, not known before
  rows_changed,  -- of them, other than before
  rows_missing,  -- rows that were not there any more
  since,         -- it asked only for what is not older
  started_at,    -- when it began
  finished_at,   -- NULL while it goes on
  error,         -- why it did not succeed
  pipeline       -- `name` of the pipeline file
) AS
SELECT r.run_id, w.source, w.resource, w.status, w.rows_read, w.rows_new, w.rows_changed, w.rows_missing, w.since,
       w.started_at, w.finished_at, w.error, r.pipeline
  FROM mirror_walk_rows w
  JOIN run_rows r USING (run_key);
