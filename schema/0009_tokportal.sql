-- TokPortal: accounts, bundles, posts, metrics, credits and bans, as `toksync run` mirrors them.
--
-- `source` is the account of TokPortal: `name` of [source] in the pipeline file, else the pipeline's own. Secrets in
-- records are stripped before anything is stored. What has no column is in raw_json.

CREATE TABLE tokportal_accounts (
  -- A delivered account. One that is remade gets another id; its bundle stays the same.
  source              TEXT NOT NULL,     -- which account of TokPortal
  account_id          TEXT NOT NULL,     -- the id of the saved account
  platform            TEXT,              -- tiktok, instagram or another
  username            TEXT,              -- without @
  visible_name        TEXT,              -- as the profile shows it
  biography           TEXT,              -- as the profile shows it
  country             TEXT,              -- in the API's words
  status              TEXT,              -- in the API's words; NULL where it tells none
  is_banned           INTEGER,           -- 1: by staff or by a scan; NULL: not told
  profile_url         TEXT,              -- the profile
  profile_picture_url TEXT,              -- the picture
  link_in_bio         TEXT,              -- the link in the profile
  bundle_id           TEXT,              -- the bundle that brought it, where the API tells
  created_at          TEXT,              -- by the API's word
  updated_at          TEXT,              -- by the API's word
  first_seen_at       TEXT NOT NULL,     -- by this database
  last_seen_at        TEXT NOT NULL,     -- by this database
  changed_at          TEXT NOT NULL,     -- when its record was last other than before
  missing_since       TEXT,              -- since when the list has not had it; NULL: it is there
  walk_key            INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json            TEXT NOT NULL,     -- the record, without secrets
  PRIMARY KEY (source, account_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW tokportal_accounts_to_read (
  -- The accounts whose metrics and videos are asked for.
  source,  -- which account of TokPortal
  slice    -- the account's id
) AS
SELECT source, account_id AS slice FROM tokportal_accounts WHERE missing_since IS NULL;

CREATE TABLE tokportal_account_metrics (
  -- The metrics of an account on a day, as the API had them then. No row: it had none.
  source                  TEXT NOT NULL,     -- which account of TokPortal
  account_id              TEXT NOT NULL,     -- whose
  day                     TEXT NOT NULL,     -- UTC
  followers_count         INTEGER,           -- followers
  following_count         INTEGER,           -- accounts that it follows
  total_videos_tracked    INTEGER,           -- posts that the totals are about
  total_views             INTEGER,           -- of these posts, as the next four
  total_likes             INTEGER,           -- likes
  total_comments          INTEGER,           -- comments
  total_shares            INTEGER,           -- shares
  total_bookmarks         INTEGER,           -- bookmarks
  average_engagement_rate REAL,              -- in percent
  average_video_views     REAL,              -- a post
  weekly_post_average     REAL,              -- posts a week
  scraped_at              TEXT,              -- when the API looked
  first_seen_at           TEXT NOT NULL,     -- by this database
  last_seen_at            TEXT NOT NULL,     -- by this database
  changed_at              TEXT NOT NULL,     -- within the day
  walk_key                INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json                TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, account_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokportal_videos (
  -- A post of an account with its newest metrics.
  source          TEXT NOT NULL,     -- which account of TokPortal
  video_id        TEXT NOT NULL,     -- the API's id, or its address where there is none
  account_id      TEXT NOT NULL,     -- whose
  bundle_id       TEXT,              -- the bundle that it belongs to
  platform        TEXT,              -- tiktok, instagram or another
  url             TEXT,              -- the post
  caption         TEXT,              -- its text
  published_at    TEXT,              -- when it appeared
  views           INTEGER,           -- newest, as the next five
  likes           INTEGER,           -- likes
  comments        INTEGER,           -- comments
  shares          INTEGER,           -- shares
  bookmarks       INTEGER,           -- bookmarks
  engagement_rate REAL,              -- in percent
  scraped_at      TEXT,              -- when the API looked
  first_seen_at   TEXT NOT NULL,     -- by this database
  last_seen_at    TEXT NOT NULL,     -- by this database
  changed_at      TEXT NOT NULL,     -- when its record was last other than before
  missing_since   TEXT,              -- since when the account's list has not had it; NULL: it is there
  walk_key        INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json        TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, video_id)
) STRICT, WITHOUT ROWID;
-- What an account posted: for people, and for what is missing of its list. Without `source`, because SQLite would take
-- the primary key for as good then, and read the videos of all accounts for each of them.
CREATE INDEX tokportal_video_by_account ON tokportal_videos (account_id, published_at);

CREATE TABLE tokportal_video_metrics (
  -- History: the metrics of a post on each day on which it was read.
  source          TEXT NOT NULL,  -- which account of TokPortal
  video_id        TEXT NOT NULL,  -- whose
  day             TEXT NOT NULL,  -- UTC
  views           INTEGER,        -- as the last answer of the day told them
  likes           INTEGER,        -- likes
  comments        INTEGER,        -- comments
  shares          INTEGER,        -- shares
  bookmarks       INTEGER,        -- bookmarks
  engagement_rate REAL,           -- in percent
  PRIMARY KEY (source, video_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokportal_series (
  -- A metric of all accounts together on a day, as the API keeps it.
  source        TEXT NOT NULL,     -- which account of TokPortal
  metric        TEXT NOT NULL,     -- views, likes, comments, shares or followers
  day           TEXT NOT NULL,     -- in the API's words
  value         REAL,              -- cumulative
  first_seen_at TEXT NOT NULL,     -- by this database
  last_seen_at  TEXT NOT NULL,     -- by this database
  changed_at    TEXT NOT NULL,     -- when it was last other than before
  walk_key      INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json      TEXT NOT NULL,     -- the point
  PRIMARY KEY (source, metric, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokportal_bundles (
  -- An order of accounts and videos.
  source                  TEXT NOT NULL,     -- which account of TokPortal
  bundle_id               TEXT NOT NULL,     -- the API's id
  bundle_type             TEXT,              -- account_only, account_and_videos or videos_only
  platform                TEXT,              -- tiktok, instagram or another
  country                 TEXT,              -- in the API's words
  status                  TEXT,              -- in the API's words
  account_status          TEXT,              -- how far its account is
  title                   TEXT,              -- yours
  external_ref            TEXT,              -- yours
  account_id              TEXT,              -- the account that it brought; NULL: none yet
  videos_quantity         INTEGER,           -- ordered
  videos_configured_count INTEGER,           -- of them, described
  review_mode             TEXT,              -- auto or another
  is_published            INTEGER,           -- 1: it is
  account_configured      INTEGER,           -- 1: its account is described
  created_at              TEXT,              -- by the API's word, as the next two
  updated_at              TEXT,              -- last change
  published_at            TEXT,              -- handed over for work
  first_seen_at           TEXT NOT NULL,     -- by this database
  last_seen_at            TEXT NOT NULL,     -- by this database
  changed_at              TEXT NOT NULL,     -- when its record was last other than before
  missing_since           TEXT,              -- since when the list has not had it; NULL: it is there
  walk_key                INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json                TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, bundle_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokportal_bundle_videos (
  -- A video of a bundle, from its description to the post.
  source                 TEXT NOT NULL,     -- which account of TokPortal
  bundle_id              TEXT NOT NULL,     -- whose
  position               INTEGER NOT NULL,  -- in the bundle, from 1
  video_id               TEXT,              -- the API's id
  video_type             TEXT,              -- video, carousel or story
  status                 TEXT,              -- in the API's words
  name                   TEXT,              -- yours
  description            TEXT,              -- the text of the post
  external_ref           TEXT,              -- yours
  target_publish_date    TEXT,              -- the day on which it shall appear
  instagram_content_type TEXT,              -- reel or post
  platform_url           TEXT,              -- the post; NULL: not there yet
  finalized_at           TEXT,              -- when it was done
  first_seen_at          TEXT NOT NULL,     -- by this database
  last_seen_at           TEXT NOT NULL,     -- by this database
  changed_at             TEXT NOT NULL,     -- when its record was last other than before
  missing_since          TEXT,              -- since when the bundle has not had it; NULL: it is there
  walk_key               INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json               TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, bundle_id, position)
) STRICT, WITHOUT ROWID;

CREATE VIEW tokportal_bundles_to_read (
  -- The bundles whose videos are asked for: those that go on, and those that changed since.
  source,  -- which account of TokPortal
  slice    -- the bundle's id
) AS
SELECT b.source, b.bundle_id AS slice
  FROM tokportal_bundles b
 WHERE b.missing_since IS NULL AND b.bundle_type IS NOT 'account_only'
   AND (coalesce(b.status, '') NOT IN ('completed', 'finalized', 'cancelled', 'archived')
        OR NOT EXISTS (SELECT 1 FROM tokportal_bundle_videos v
                        WHERE v.source = b.source AND v.bundle_id = b.bundle_id AND v.last_seen_at >= b.changed_at));

CREATE TABLE tokportal_credit_history (
  -- A movement of the credits.
  source         TEXT NOT NULL,     -- which account of TokPortal
  transaction_id TEXT NOT NULL,     -- the API's id
  type           TEXT,              -- debit or another
  amount         REAL,              -- credits; spent is negative
  description    TEXT,              -- what for, in the API's words
  breakdown      TEXT,              -- JSON object: credits by category
  balance_after  REAL,              -- credits left then
  created_at     TEXT,              -- when
  first_seen_at  TEXT NOT NULL,     -- by this database
  last_seen_at   TEXT NOT NULL,     -- by this database
  changed_at     TEXT NOT NULL,     -- when its record was last other than before
  walk_key       INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json       TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, transaction_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokportal_balances (
  -- The credits left on a day.
  source                 TEXT NOT NULL,     -- which account of TokPortal
  day                    TEXT NOT NULL,     -- UTC
  total_credits          REAL,              -- as the last answer of the day told
  expiring_within_7_days REAL,              -- of them
  upcoming_expirations   TEXT,              -- JSON array: amount, expires_at, source
  last_updated           TEXT,              -- by the API's word
  first_seen_at          TEXT NOT NULL,     -- by this database
  last_seen_at           TEXT NOT NULL,     -- by this database
  changed_at             TEXT NOT NULL,     -- within the day
  walk_key               INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json               TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokportal_bans (
  -- An account that was banned, or is said to be; appeal_pending is not a ban yet.
  source                 TEXT NOT NULL,     -- which account of TokPortal
  ban_id                 TEXT NOT NULL,     -- the API's id
  account_id             TEXT,              -- the saved account
  username               TEXT,              -- without @
  platform               TEXT,              -- tiktok, instagram or another
  bundle_id              TEXT,              -- the bundle that brought it
  order_id               TEXT,              -- the order
  status                 TEXT,              -- appeal_pending, appeal_accepted, appeal_refused or no_appeal_banned
  reported_at            TEXT,              -- when it was told
  decided_at             TEXT,              -- when it was decided
  updated_at             TEXT,              -- last change
  resolution             TEXT,              -- refund, remake or no_remake; NULL: not decided
  resolution_reason_code TEXT,              -- in the API's words
  refund_credits         REAL,              -- credits that came back
  resolved_at            TEXT,              -- when
  first_seen_at          TEXT NOT NULL,     -- by this database
  last_seen_at           TEXT NOT NULL,     -- by this database
  changed_at             TEXT NOT NULL,     -- when its record was last other than before
  walk_key               INTEGER NOT NULL,  -- the walk that brought it last (mirror_walk_rows)
  raw_json               TEXT NOT NULL,     -- the record
  PRIMARY KEY (source, ban_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW tokportal_growing_posts (
  -- Posts by the views that they gained in the last seven days of their history. ORDER BY views_gained DESC puts the
  -- best first.
  source,        -- which account of TokPortal
  username,      -- whose
  caption,       -- its text
  views,         -- newest
  views_gained,  -- in the seven days before the last day on which it was read; NULL: not known that long
  published_at,  -- when it appeared
  url,           -- the post
  video_id,      -- for joins
  account_id     -- for joins
) AS
SELECT v.source, a.username, v.caption, v.views,
       v.views - (SELECT m.views FROM tokportal_video_metrics m
                   WHERE m.source = v.source AND m.video_id = v.video_id
                     AND m.day <= date(v.last_seen_at, '-7 days')
                   ORDER BY m.day DESC LIMIT 1) AS views_gained,
       v.published_at, v.url, v.video_id, v.account_id
  FROM tokportal_videos v
  LEFT JOIN tokportal_accounts a ON a.source = v.source AND a.account_id = v.account_id
 WHERE v.missing_since IS NULL;

CREATE VIEW tokportal_account_growth (
  -- Accounts by how their followers and views moved in the last seven days of their history: those that stall have
  -- views_gained 0, or no post for long.
  source,            -- which account of TokPortal
  username,          -- without @
  platform,          -- tiktok, instagram or another
  country,           -- in the API's words
  followers_count,   -- newest
  followers_gained,  -- in seven days; NULL: not known that long
  total_views,       -- newest
  views_gained,      -- in seven days; NULL: not known that long
  last_post_at,      -- the newest post that is known
  is_banned,         -- 1: it is
  day,               -- of the newest metrics
  account_id         -- for joins
) AS
SELECT a.source, a.username, a.platform, a.country, m.followers_count, m.followers_count - b.followers_count AS followers_gained,
       m.total_views, m.total_views - b.total_views AS views_gained,
       (SELECT max(v.published_at) FROM tokportal_videos v
         WHERE +v.source = a.source AND v.account_id = a.account_id) AS last_post_at,
       a.is_banned, m.day, a.account_id
  FROM tokportal_accounts a
  LEFT JOIN tokportal_account_metrics m
    ON m.source = a.source AND m.account_id = a.account_id
   AND m.day = (SELECT max(n.day) FROM tokportal_account_metrics n
                 WHERE n.source = a.source AND n.account_id = a.account_id)
  LEFT JOIN tokportal_account_metrics b
    ON b.source = m.source AND b.account_id = m.account_id
   AND b.day = (SELECT max(x.day) FROM tokportal_account_metrics x
                 WHERE x.source = m.source AND x.account_id = m.account_id AND x.day <= date(m.day, '-7 days'))
 WHERE a.missing_since IS NULL;

CREATE VIEW tokportal_credits_by_purpose (
  -- Credits by month and by what they were for.
  source,   -- which account of TokPortal
  month,    -- 2026-05, UTC
  purpose,  -- a category of the breakdown; without one, the type of the movement
  credits   -- spent is negative
) AS
SELECT source, month, purpose, sum(credits) AS credits
  FROM (SELECT h.source, substr(h.created_at, 1, 7) AS month, b.key AS purpose,
               iif(h.amount < 0, -abs(b.value), abs(b.value)) AS credits
          FROM tokportal_credit_history h, json_each(coalesce(h.breakdown, '{}')) b
         WHERE typeof(b.value) IN ('integer', 'real')
        UNION ALL
        SELECT h.source, substr(h.created_at, 1, 7), coalesce(h.type, 'unknown'), h.amount
          FROM tokportal_credit_history h
         WHERE h.breakdown IS NULL OR h.breakdown IN ('{}', 'null'))
 GROUP BY source, month, purpose;
