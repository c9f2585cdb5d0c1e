-- The sqlite3 shell, before the first page: as the store sets it, but for the foreign keys, which the shell leaves
-- off. A temporary table holds one page, so that nothing is taken out of the text twice.
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16384;
PRAGMA wal_autocheckpoint = 16000;
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE record (
  position INTEGER PRIMARY KEY, creator_id TEXT, raw TEXT, followers_count, engagement_rate, avg_posts_per_month,
  avg_views_per_post, reactions_per_post, comments_per_post, shares_per_post, creator_key INTEGER, has_news INTEGER);
