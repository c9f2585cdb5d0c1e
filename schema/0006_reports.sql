-- What people ask first, as views.

-- For each pipeline and keyword set: the hits of the newest run that found any, with what is known of
-- each. Scores are those of the newest analysis with the criteria that the keyword set uses now.
CREATE VIEW shortlist AS
WITH newest_search AS (
  SELECT r.pipeline, s.keyword_set, max(s.stage_key) AS stage_key
    FROM stage_rows s
    JOIN run_rows r USING (run_key)
   WHERE s.stage = 'search' AND EXISTS (SELECT 1 FROM search_hit_rows h WHERE h.stage_key = s.stage_key)
   GROUP BY r.pipeline, s.keyword_set),
newest_criteria AS (
  SELECT r.pipeline, s.keyword_set, s.stage, s.criteria_key, max(s.stage_key) AS stage_key
    FROM stage_rows s
    JOIN run_rows r USING (run_key)
   WHERE s.stage IN ('content_match', 'audience_match') AND s.criteria_key IS NOT NULL
   GROUP BY r.pipeline, s.keyword_set, s.stage)
SELECT n.pipeline, n.keyword_set, h.rank, c.creator_id, c.name, c.handle, c.profile_url, c.location,
       c.followers_count, c.engagement_rate, c.avg_posts_per_month, c.avg_views_per_post, c.reactions_per_post,
       c.comments_per_post, c.shares_per_post, h.score AS search_score,
       (SELECT m.match_score FROM content_match_rows m
         WHERE m.criteria_key = content.criteria_key AND m.creator_key = h.creator_key AND m.status = 'succeeded'
         ORDER BY m.job_key DESC LIMIT 1) AS content_score,
       (SELECT m.match_score FROM audience_match_rows m
         WHERE m.criteria_key = audience.criteria_key AND m.creator_key = h.creator_key AND m.status = 'succeeded'
         ORDER BY m.job_key DESC LIMIT 1) AS audience_score,
       (SELECT coalesce(t.score, t.relevance_score)
          FROM thought_leader_rows t
          JOIN job_rows j USING (job_key)
          JOIN intents i USING (intent_key)
          JOIN stage_rows ts USING (stage_key)
          JOIN run_rows tr ON tr.run_key = ts.run_key
         WHERE t.creator_key = h.creator_key AND ts.keyword_set = n.keyword_set AND tr.pipeline = n.pipeline
           AND t.status IS NOT 'rejected'
         ORDER BY t.job_key DESC LIMIT 1) AS thought_leader_score
  FROM newest_search n
  JOIN search_hit_rows h ON h.stage_key = n.stage_key
  JOIN creators c ON c.creator_key = h.creator_key
  LEFT JOIN newest_criteria content
    ON content.pipeline = n.pipeline AND content.keyword_set = n.keyword_set AND content.stage = 'content_match'
  LEFT JOIN newest_criteria audience
    ON audience.pipeline = n.pipeline AND audience.keyword_set = n.keyword_set AND audience.stage = 'audience_match';

-- Followers when the creator was last seen, 30 days before that, and when first counted.
CREATE VIEW creator_growth AS
SELECT g.creator_id, g.name, g.handle, g.followers_count, g.followers_30_days_ago, g.followers_first_seen,
       g.first_seen_at, g.last_seen_at,
       g.followers_count - g.followers_30_days_ago AS growth_30_days,
       g.followers_count - g.followers_first_seen AS growth_since_first_seen
  FROM (SELECT c.creator_id, c.name, c.handle, c.followers_count, c.first_seen_at, c.last_seen_at,
               (SELECT m.followers_count FROM creator_metric_rows m
                 WHERE m.creator_key = c.creator_key
                   AND m.observed_at <= strftime('%Y-%m-%dT%H:%M:%SZ', c.last_seen_at, '-30 days')
                 ORDER BY m.observed_at DESC, m.metric_key DESC LIMIT 1) AS followers_30_days_ago,
               (SELECT m.followers_count FROM creator_metric_rows m
                 WHERE m.creator_key = c.creator_key AND m.followers_count IS NOT NULL
                 ORDER BY m.observed_at, m.metric_key LIMIT 1) AS followers_first_seen
          FROM creators c) g;

-- Credits by day (UTC), pipeline, keyword set and stage.
CREATE VIEW credit_spend_daily AS
SELECT d.day, r.pipeline, s.keyword_set, s.stage,
       sum(d.reserved) AS reserved, sum(d.charged) AS charged, sum(d.released) AS released
  FROM credit_day_rows d
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r USING (run_key)
 GROUP BY d.day, r.pipeline, s.keyword_set, s.stage;

-- One line a run: how long it took, what it found, what it cost, what went wrong.
CREATE VIEW run_summary AS
SELECT r.run_id, r.pipeline, r.status, r.started_at, r.finished_at, r.exit_code,
       unixepoch(r.finished_at) - unixepoch(r.started_at) AS duration_seconds,
       r.active_seconds, r.least_seconds, r.time_ratio,
       coalesce(b.creators_found,
                (SELECT count(DISTINCT h.creator_key) FROM stage_rows s JOIN search_hit_rows h USING (stage_key)
                  WHERE s.run_key = r.run_key)) AS creators_found,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND i.family = 'enrich' AND j.status = 'succeeded') AS creators_enriched,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND i.family = 'content_match' AND j.status = 'succeeded') AS content_matches,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND i.family = 'audience_match' AND j.status = 'succeeded') AS audience_matches,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND i.family = 'thought_leaders' AND j.status = 'succeeded')
         AS thought_leader_jobs,
       r.credits_estimated, r.credits_charged,
       (SELECT coalesce(sum(s.credits_open), 0) FROM stage_rows s WHERE s.run_key = r.run_key) AS credits_open,
       r.requests, r.requests_needed,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND j.status IN ('failed', 'expired')) AS jobs_failed,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND j.status = 'ambiguous') AS jobs_ambiguous,
       (SELECT count(*) FROM intents i JOIN job_rows j USING (intent_key)
         WHERE i.run_key = r.run_key AND j.is_unfinished = 1) AS jobs_unfinished
  FROM runs r
  JOIN run_rows b USING (run_key);
