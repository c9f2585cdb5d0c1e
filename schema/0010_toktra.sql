-- Toktra: who of an organisation uses which model, what it costs, what it may cost. The tables are mirrors of the API's
-- lists (src/api/toktra/resources.cpp); fields that have no column are in raw_json.

CREATE TABLE toktra_users (
  -- Somebody who uses models.
  source         TEXT NOT NULL,  -- which account of the API: `name` of [source], else that of the pipeline
  user_id        TEXT NOT NULL,  -- the API's
  org_id         TEXT,           -- the organisation, by the API's id
  email          TEXT,           -- with redact = ["email"] its keyed hash
  name           TEXT,           -- with redact = ["name"] its keyed hash
  department     TEXT,           -- its name; NULL: none
  role           TEXT,           -- such as member or admin
  status         TEXT,           -- active, inactive, or suspended: locked out of models
  last_active_at TEXT,           -- NULL: not yet
  created_at     TEXT,           -- by the API's word
  updated_at     TEXT,           -- likewise
  first_seen_at  TEXT NOT NULL,  -- by this database
  last_seen_at   TEXT NOT NULL,  -- by this database
  changed_at     TEXT NOT NULL,  -- when this database first saw the record as it is now
  missing_since  TEXT,           -- a whole walk through the list did not bring it any more; NULL: it is there
  walk_key       INTEGER NOT NULL REFERENCES mirror_walk_rows,  -- the walk that saw it last
  raw_json       TEXT NOT NULL,  -- as it came, but for what is redacted
  PRIMARY KEY (source, user_id)
) STRICT;

CREATE TABLE toktra_budgets (
  -- What a department, or everybody, may spend in a period, and has spent.
  source        TEXT NOT NULL,  -- which account of the API
  budget_id     TEXT NOT NULL,  -- the API's
  org_id        TEXT,           -- the organisation, by the API's id
  name          TEXT,           -- such as "Engineering Monthly"
  department    TEXT,           -- whose; NULL: of the whole organisation
  amount        REAL,           -- what may be spent in a period
  spent         REAL,           -- in the period that is running
  remaining     REAL,           -- amount less spent
  currency      TEXT,           -- of the three; budgets of different ones do not add up
  period        TEXT,           -- daily, weekly, monthly, quarterly or annual
  hard_cap      INTEGER,        -- 1: it blocks when nothing remains; 0: it only alerts
  created_at    TEXT,           -- by the API's word
  updated_at    TEXT,           -- likewise
  first_seen_at TEXT NOT NULL,  -- by this database
  last_seen_at  TEXT NOT NULL,  -- by this database: how old the figures are
  changed_at    TEXT NOT NULL,  -- when this database first saw the record as it is now
  missing_since TEXT,           -- a whole walk through the list did not bring it any more; NULL: it is there
  walk_key      INTEGER NOT NULL REFERENCES mirror_walk_rows,  -- the walk that saw it last
  raw_json      TEXT NOT NULL,  -- as it came, but for what is redacted
  PRIMARY KEY (source, budget_id)
) STRICT;

CREATE TABLE toktra_budget_days (
  -- A budget as it was when it was last read on a day: what the API itself does not keep.
  source    TEXT NOT NULL,  -- which account of the API
  budget_id TEXT NOT NULL,  -- of toktra_budgets
  day       TEXT NOT NULL,  -- such as 2026-05-28, UTC
  amount    REAL,           -- what might be spent in the period
  spent     REAL,           -- in the period that was running; begins anew with each
  remaining REAL,           -- amount less spent
  currency  TEXT,           -- of the three
  period    TEXT,           -- daily, weekly, monthly, quarterly or annual
  PRIMARY KEY (source, budget_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE toktra_policies (
  -- Who may use what.
  source        TEXT NOT NULL,  -- which account of the API
  policy_id     TEXT NOT NULL,  -- the API's
  org_id        TEXT,           -- the organisation, by the API's id
  name          TEXT,           -- for people
  description   TEXT,           -- likewise
  model         TEXT,           -- that it is about; NULL: all
  action        TEXT,           -- allow, block, alert or require_approval
  conditions    TEXT,           -- JSON object: when it applies
  enabled       INTEGER,        -- 1: it is in force
  created_at    TEXT,           -- by the API's word
  updated_at    TEXT,           -- likewise
  first_seen_at TEXT NOT NULL,  -- by this database
  last_seen_at  TEXT NOT NULL,  -- by this database
  changed_at    TEXT NOT NULL,  -- when this database first saw the record as it is now
  missing_since TEXT,           -- a whole walk through the list did not bring it any more; NULL: it is there
  walk_key      INTEGER NOT NULL REFERENCES mirror_walk_rows,  -- the walk that saw it last
  raw_json      TEXT NOT NULL,  -- as it came, but for what is redacted
  PRIMARY KEY (source, policy_id)
) STRICT;

CREATE TABLE toktra_alerts (
  -- Something that somebody should look at, or has looked at.
  source        TEXT NOT NULL,  -- which account of the API
  alert_id      TEXT NOT NULL,  -- the API's
  org_id        TEXT,           -- the organisation, by the API's id
  type          TEXT,           -- policy_violation, budget_exceeded, anomaly_detected or security_event
  severity      TEXT,           -- low, medium, high or critical
  status        TEXT,           -- open, acknowledged or resolved
  title         TEXT,           -- with redact = ["name"] its keyed hash
  message       TEXT,           -- likewise; with redact = ["email"] addresses in it are keyed hashes
  user_id       TEXT,           -- of toktra_users; NULL: about nobody
  policy_id     TEXT,           -- of toktra_policies; NULL: about none
  metadata      TEXT,           -- JSON object, another one for each type
  created_at    TEXT,           -- by the API's word
  resolved_at   TEXT,           -- NULL: it is not resolved
  first_seen_at TEXT NOT NULL,  -- by this database
  last_seen_at  TEXT NOT NULL,  -- by this database
  changed_at    TEXT NOT NULL,  -- when this database first saw the record as it is now
  missing_since TEXT,           -- a whole walk through the list did not bring it any more; NULL: it is there
  walk_key      INTEGER NOT NULL REFERENCES mirror_walk_rows,  -- the walk that saw it last
  raw_json      TEXT NOT NULL,  -- as it came, but for what is redacted
  PRIMARY KEY (source, alert_id)
) STRICT;

CREATE TABLE toktra_usage (
  -- What one user did with one model on one day. Days are read again for some time, because the API corrects its
  -- figures; what it does not bring any more is then gone here, too. The newest day is not over when it is read.
  source             TEXT NOT NULL,  -- which account of the API
  day                TEXT NOT NULL,  -- such as 2026-05-28; whose midnight the API does not say, UTC is assumed
  period             TEXT NOT NULL,  -- the API's own label of the day
  user_id            TEXT NOT NULL,  -- of toktra_users; empty: nobody is known for it
  provider           TEXT NOT NULL,  -- such as openai; empty: not told
  model              TEXT NOT NULL,  -- such as gpt-4; empty: not told
  user_email         TEXT,           -- with redact = ["email"] its keyed hash
  requests           INTEGER,        -- how many
  input_tokens       INTEGER,        -- in all of them
  output_tokens      INTEGER,        -- likewise
  estimated_cost_usd REAL,           -- of all of them
  last_seen_at       TEXT NOT NULL,  -- by this database
  walk_key           INTEGER NOT NULL REFERENCES mirror_walk_rows,  -- the walk that saw it last
  raw_json           TEXT NOT NULL,  -- as it came, but for what is redacted
  PRIMARY KEY (source, day, period, user_id, provider, model)
) STRICT, WITHOUT ROWID;
-- What did somebody use, and when?
CREATE INDEX toktra_usage_by_user ON toktra_usage (source, user_id, day);

CREATE VIEW toktra_cost_by_department (
  -- What the people of a department used in a month. They count where they are now.
  source,              -- which account of the API
  month,               -- such as 2026-05
  department,          -- in whatever case; NULL: of people without one, or of nobody who is known
  users,               -- people who used anything
  requests,            -- how many
  input_tokens,        -- in all of them
  output_tokens,       -- likewise
  estimated_cost_usd,  -- of all of them
  cost_share_percent   -- of what the month cost in all
) AS
SELECT u.source, substr(u.day, 1, 7) AS month, min(p.department) AS department,
       count(DISTINCT nullif(u.user_id, '')) AS users, sum(u.requests) AS requests,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       round(sum(u.estimated_cost_usd), 2) AS estimated_cost_usd,
       round(100.0 * sum(u.estimated_cost_usd)
             / nullif(sum(sum(u.estimated_cost_usd)) OVER (PARTITION BY u.source, substr(u.day, 1, 7)), 0), 1)
         AS cost_share_percent
  FROM toktra_usage u
  LEFT JOIN toktra_users p ON p.source = u.source AND p.user_id = u.user_id
 GROUP BY u.source, substr(u.day, 1, 7), p.department COLLATE NOCASE;

CREATE VIEW toktra_cost_by_model (
  -- What a model was used for in a month.
  source,              -- which account of the API
  month,               -- such as 2026-05
  provider,            -- such as openai
  model,               -- such as gpt-4
  users,               -- people who used it
  requests,            -- how many
  input_tokens,        -- in all of them
  output_tokens,       -- likewise
  estimated_cost_usd,  -- of all of them
  cost_share_percent,  -- of what the month cost in all
  usd_per_million      -- tokens, in and out
) AS
SELECT u.source, substr(u.day, 1, 7) AS month, u.provider, u.model,
       count(DISTINCT nullif(u.user_id, '')) AS users, sum(u.requests) AS requests,
       sum(u.input_tokens) AS input_tokens, sum(u.output_tokens) AS output_tokens,
       round(sum(u.estimated_cost_usd), 2) AS estimated_cost_usd,
       round(100.0 * sum(u.estimated_cost_usd)
             / nullif(sum(sum(u.estimated_cost_usd)) OVER (PARTITION BY u.source, substr(u.day, 1, 7)), 0), 1)
         AS cost_share_percent,
       round(1e6 * sum(u.estimated_cost_usd)
             / nullif(coalesce(sum(u.input_tokens), 0) + coalesce(sum(u.output_tokens), 0), 0), 2) AS usd_per_million
  FROM toktra_usage u
 GROUP BY u.source, substr(u.day, 1, 7), u.provider, u.model;

CREATE VIEW toktra_budgets_near_end (
  -- A budget of which four fifths or more are spent. ORDER BY spent_percent DESC puts the nearest first.
  source,         -- which account of the API
  name,           -- such as "Engineering Monthly"
  department,     -- whose; NULL: of the whole organisation
  period,         -- daily, weekly, monthly, quarterly or annual
  amount,         -- what may be spent in a period
  spent,          -- in the period that is running
  remaining,      -- less than nothing: overspent
  spent_percent,  -- of the amount; NULL: nothing may be spent
  currency,       -- of the amounts
  hard_cap,       -- 1: it blocks when nothing remains; 0: it only alerts
  spent_since,    -- what of it was spent since since_day; NULL: that is not known, or a new period has begun
  since_day,      -- the newest day before last_seen_at that toktra_budget_days knows
  last_seen_at,   -- how old the figures are
  budget_id       -- of toktra_budgets
) AS
SELECT b.source, b.name, b.department, b.period, b.amount, b.spent, b.remaining,
       round(100.0 * b.spent / nullif(b.amount, 0), 1) AS spent_percent, b.currency, b.hard_cap,
       iif(b.spent >= d.spent, round(b.spent - d.spent, 2), NULL) AS spent_since, d.day AS since_day, b.last_seen_at,
       b.budget_id
  FROM toktra_budgets b
  LEFT JOIN toktra_budget_days d ON d.source = b.source AND d.budget_id = b.budget_id AND d.day =
       (SELECT max(x.day) FROM toktra_budget_days x
         WHERE x.source = b.source AND x.budget_id = b.budget_id AND x.day < substr(b.last_seen_at, 1, 10))
 WHERE b.missing_since IS NULL AND b.spent >= 0.8 * b.amount AND (b.amount > 0 OR b.spent > 0);

CREATE VIEW toktra_open_alerts (
  -- An alert that is not resolved. ORDER BY severity_rank, age_days DESC puts first what has waited too long.
  source,         -- which account of the API
  severity_rank,  -- 1 critical, 2 high, 3 medium, 4 low, 5 any other
  severity,       -- low, medium, high or critical
  status,         -- open, or acknowledged: somebody has seen it
  age_days,       -- when it was last seen
  type,           -- policy_violation, budget_exceeded, anomaly_detected or security_event
  title,          -- what it says
  message,        -- likewise, longer
  user_name,      -- whom it is about; NULL: nobody, or not in toktra_users
  user_email,     -- likewise
  department,     -- theirs
  policy,         -- the name of the policy that made it; NULL: none, or not in toktra_policies
  created_at,     -- by the API's word
  last_seen_at,   -- by this database
  alert_id        -- of toktra_alerts
) AS
SELECT a.source,
       CASE a.severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 WHEN 'low' THEN 4 ELSE 5 END
         AS severity_rank,
       a.severity, a.status, round(julianday(a.last_seen_at) - julianday(a.created_at), 1) AS age_days, a.type,
       a.title, a.message, u.name AS user_name, u.email AS user_email, u.department, p.name AS policy, a.created_at,
       a.last_seen_at, a.alert_id
  FROM toktra_alerts a
  LEFT JOIN toktra_users u ON u.source = a.source AND u.user_id = a.user_id
  LEFT JOIN toktra_policies p ON p.source = a.source AND p.policy_id = a.policy_id
 WHERE a.missing_since IS NULL AND a.resolved_at IS NULL AND a.status IS NOT 'resolved';
