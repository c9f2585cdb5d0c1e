BEGIN IMMEDIATE;
DELETE FROM temp.record;
INSERT INTO temp.record
SELECT key, value ->> 'id', value, value ->> '$.metrics.followers_count', value ->> '$.metrics.engagement_rate',
       value ->> '$.metrics.avg_posts_per_month', value ->> '$.metrics.avg_views_per_post',
       value ->> '$.metrics.reactions_per_post', value ->> '$.metrics.comments_per_post',
       value ->> '$.metrics.shares_per_post', NULL, NULL
  FROM json_each(readfile('@FILE@'), '$.data.creators');
UPDATE temp.record SET creator_key = c.creator_key,
       has_news = (coalesce(record.followers_count, c.followers_count),
                   coalesce(record.engagement_rate, c.engagement_rate),
                   coalesce(record.avg_posts_per_month, c.avg_posts_per_month),
                   coalesce(record.avg_views_per_post, c.avg_views_per_post),
                   coalesce(record.reactions_per_post, c.reactions_per_post),
                   coalesce(record.comments_per_post, c.comments_per_post),
                   coalesce(record.shares_per_post, c.shares_per_post))
                  IS NOT (c.followers_count, c.engagement_rate, c.avg_posts_per_month, c.avg_views_per_post,
                          c.reactions_per_post, c.comments_per_post, c.shares_per_post)
  FROM creators c WHERE c.creator_id = record.creator_id;
INSERT INTO creators (creator_id, platform, handle, name, bio, location, profile_url, avatar_url, is_enriched,
                      source_updated_at, raw_json, first_seen_at, last_seen_at, followers_count, engagement_rate,
                      avg_posts_per_month, avg_views_per_post, reactions_per_post, comments_per_post, shares_per_post)
SELECT creator_id, raw ->> 'platform', raw ->> 'handle', raw ->> 'name', raw ->> 'bio', raw ->> 'location',
       raw ->> 'profile_url', raw ->> 'avatar_url', raw ->> 'is_enriched', raw ->> 'updated_at', raw, '@TIME@',
       '@TIME@', followers_count, engagement_rate, avg_posts_per_month, avg_views_per_post, reactions_per_post,
       comments_per_post, shares_per_post
  FROM temp.record WHERE true ORDER BY position
    ON CONFLICT (creator_id) DO UPDATE
   SET platform = coalesce(excluded.platform, platform), handle = coalesce(excluded.handle, handle),
       name = coalesce(excluded.name, name), bio = coalesce(excluded.bio, bio),
       location = coalesce(excluded.location, location), profile_url = coalesce(excluded.profile_url, profile_url),
       avatar_url = coalesce(excluded.avatar_url, avatar_url),
       is_enriched = coalesce(excluded.is_enriched, is_enriched),
       source_updated_at = coalesce(excluded.source_updated_at, source_updated_at), raw_json = excluded.raw_json,
       last_seen_at = excluded.last_seen_at, followers_count = coalesce(excluded.followers_count, followers_count),
       engagement_rate = coalesce(excluded.engagement_rate, engagement_rate),
       avg_posts_per_month = coalesce(excluded.avg_posts_per_month, avg_posts_per_month),
       avg_views_per_post = coalesce(excluded.avg_views_per_post, avg_views_per_post),
       reactions_per_post = coalesce(excluded.reactions_per_post, reactions_per_post),
       comments_per_post = coalesce(excluded.comments_per_post, comments_per_post),
       shares_per_post = coalesce(excluded.shares_per_post, shares_per_post);
DELETE FROM creator_tag_rows
 WHERE (creator_key, kind) IN (
         SELECT creator_key, 'content_category' FROM temp.record
          WHERE creator_key IS NOT NULL AND json_array_length(raw, '$.content_categories') > 0
         UNION ALL
         SELECT creator_key, 'target_audience' FROM temp.record
          WHERE creator_key IS NOT NULL AND json_array_length(raw, '$.target_audiences') > 0
         UNION ALL
         SELECT creator_key, 'language' FROM temp.record
          WHERE creator_key IS NOT NULL AND json_array_length(raw, '$.languages') > 0);
UPDATE temp.record SET creator_key = (SELECT creator_key FROM creators c WHERE c.creator_id = record.creator_id),
       has_news = 1 WHERE creator_key IS NULL;
INSERT OR IGNORE INTO creator_tag_rows
SELECT creator_key, 'content_category', value FROM temp.record, json_each(raw, '$.content_categories')
UNION ALL
SELECT creator_key, 'target_audience', value FROM temp.record, json_each(raw, '$.target_audiences')
UNION ALL
SELECT creator_key, 'language', value FROM temp.record, json_each(raw, '$.languages');
INSERT INTO creator_metric_rows (creator_key, observed_at, run_key, followers_count, engagement_rate,
                                 avg_posts_per_month, avg_views_per_post, reactions_per_post, comments_per_post,
                                 shares_per_post)
SELECT creator_key, '@TIME@', 1, c.followers_count, c.engagement_rate, c.avg_posts_per_month, c.avg_views_per_post,
       c.reactions_per_post, c.comments_per_post, c.shares_per_post
  FROM temp.record JOIN creators c USING (creator_key) WHERE has_news;
INSERT INTO search_page_rows (stage_key, page, seen_at, creator_count, new_count, meta_json)
SELECT 1, @PAGE@, '@TIME@', count(*), 0, '{}' FROM temp.record;
INSERT INTO search_hit_rows (stage_key, rank, creator_key, page, score, match_rank)
SELECT 1, (SELECT coalesce(max(rank), 0) FROM search_hit_rows WHERE stage_key = 1)
          + row_number() OVER (ORDER BY position), creator_key, @PAGE@, raw ->> 'score', raw ->> 'match_rank'
  FROM temp.record
 WHERE NOT EXISTS (SELECT 1 FROM search_hit_rows h WHERE h.creator_key = record.creator_key AND h.stage_key = 1);
UPDATE search_page_rows SET new_count = changes() WHERE stage_key = 1 AND page = @PAGE@;
COMMIT;
