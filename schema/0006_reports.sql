-- What people ask first, as views.

CREATE VIEW shortlist (
  -- A creator in the newest search of a keyword set, with what is known of them. Scores are those of the newest
  -- analysis with the criteria that the keyword set uses now. ORDER BY combined_score DESC puts the best first.
  pipeline,                -- `name` of the pipeline file
  keyword_set,             -- its name in the pipeline file
  rank,                    -- the place in the search, 1 is the first
  name,                    -- as the profile shows it
  handle,                  -- the name in the address of the profile
  combined_score,          -- 0 to 100: half content_score, four tenths audience_score, one tenth thought_leader_score;
                           -- one of them that is not known counts as 50, neither for nor against; NULL when none is
  content_score,           -- 0 to 100: how well the posts fit the keywords; NULL: not analyzed, as in the next two
  audience_score,          -- 0 to 100: how well the people who engage fit the audience
  thought_leader_score,    -- 0 to 100: by the newest search for thought leaders that approved of them
  followers_count,         -- newest
  growth_30_days,          -- followers gained (lost: negative) in the 30 days before last_seen_at; NULL: not known
  growth_30_days_percent,  -- the same in percent of the followers then
  engagement_rate,         -- newest, in percent
  avg_posts_per_month,     -- newest, as the metrics below
  avg_views_per_post,      -- median
  reactions_per_post,      -- median
  comments_per_post,       -- median
  shares_per_post,         -- median
  last_seen_at,            -- how old the metrics are
  location,                -- as the profile says it
  profile_url,             -- the profile
  best_post_url,           -- the post that fits best, of those that a content match kept
  best_post_title,         -- its title
  search_score,            -- the API's own score in the search, discovery only
  content_fit_label,       -- content_score in the API's words
  creator_id               -- for joins with the other relations
) AS
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
SELECT n.pipeline, n.keyword_set, h.rank, c.name, c.handle,
       iif(coalesce(m.match_score, a.match_score, t.score, t.relevance_score) IS NULL, NULL,
           round(0.5 * coalesce(m.match_score, 50) + 0.4 * coalesce(a.match_score, 50)
                 + 0.1 * coalesce(t.score, t.relevance_score, 50), 1)) AS combined_score,
       m.match_score AS content_score, a.match_score AS audience_score,
       coalesce(t.score, t.relevance_score) AS thought_leader_score,
       c.followers_count, c.followers_count - g.followers_count AS growth_30_days,
       round(100.0 * (c.followers_count - g.followers_count) / nullif(g.followers_count, 0), 1)
         AS growth_30_days_percent,
       c.engagement_rate, c.avg_posts_per_month, c.avg_views_per_post, c.reactions_per_post, c.comments_per_post,
       c.shares_per_post, c.last_seen_at, c.location, c.profile_url, p.post_url AS best_post_url,
       p.title AS best_post_title, h.score AS search_score, m.content_fit_label, c.creator_id
  FROM newest_search n
  JOIN search_hit_rows h ON h.stage_key = n.stage_key
  JOIN creators c ON c.creator_key = h.creator_key
  LEFT JOIN newest_criteria content
    ON content.pipeline = n.pipeline AND content.keyword_set = n.keyword_set AND content.stage = 'content_match'
  LEFT JOIN newest_criteria audience
    ON audience.pipeline = n.pipeline AND audience.keyword_set = n.keyword_set AND audience.stage = 'audience_match'
  -- One row each by its key, so that what is not asked for is not looked up.
  LEFT JOIN content_match_rows m ON m.match_key =
       (SELECT x.match_key FROM content_match_rows x
         WHERE x.criteria_key = content.criteria_key AND x.creator_key = h.creator_key AND x.status = 'succeeded'
         ORDER BY x.job_key DESC LIMIT 1)
  LEFT JOIN audience_match_rows a ON a.match_key =
       (SELECT x.match_key FROM audience_match_rows x
         WHERE x.criteria_key = audience.criteria_key AND x.creator_key = h.creator_key AND x.status = 'succeeded'
         ORDER BY x.job_key DESC LIMIT 1)
  LEFT JOIN thought_leader_rows t ON t.rowid =
       (SELECT x.rowid
          FROM thought_leader_rows x
          JOIN job_rows j USING (job_key)
          JOIN intents i USING (intent_key)
          JOIN stage_rows ts USING (stage_key)
          JOIN run_rows tr ON tr.run_key = ts.run_key
         WHERE x.creator_key = h.creator_key AND ts.keyword_set = n.keyword_set AND tr.pipeline = n.pipeline
           AND x.status IS NOT 'rejected'
         ORDER BY x.job_key DESC LIMIT 1)
  LEFT JOIN creator_metric_rows g ON g.metric_key =
       (SELECT x.metric_key FROM creator_metric_rows x
         WHERE x.creator_key = h.creator_key
           AND x.observed_at <= strftime('%Y-%m-%dT%H:%M:%SZ', c.last_seen_at, '-30 days')
         ORDER BY x.observed_at DESC, x.metric_key DESC LIMIT 1)
  LEFT JOIN content_match_post_rows p ON p.post_key =
       (SELECT x.post_key FROM content_match_post_rows x
         WHERE x.match_key = m.match_key
         ORDER BY x.match_score DESC, x.post_key LIMIT 1);

CREATE VIEW creator_growth (
  -- A creator: followers when last seen, 30 days before that, and when first counted.
  creator_id,               -- whose
  name,                     -- as the profile shows it
  handle,                   -- the name in the address of the profile
  followers_count,          -- newest
  followers_30_days_ago,    -- 30 days before last_seen_at; NULL when not known for that long
  followers_first_seen,     -- when first counted
  first_seen_at,            -- by this database
  last_seen_at,             -- by this database
  growth_30_days,           -- followers gained (lost: negative) in the 30 days before last_seen_at
  growth_30_days_percent,   -- the same in percent of the followers then
  growth_since_first_seen,  -- followers gained (lost: negative) since first counted
  profile_url               -- the profile
) AS
SELECT c.creator_id, c.name, c.handle, c.followers_count, g.followers_count AS followers_30_days_ago,
       f.followers_count AS followers_first_seen, c.first_seen_at, c.last_seen_at,
       c.followers_count - g.followers_count AS growth_30_days,
       round(100.0 * (c.followers_count - g.followers_count) / nullif(g.followers_count, 0), 1)
         AS growth_30_days_percent,
       c.followers_count - f.followers_count AS growth_since_first_seen, c.profile_url
  FROM creators c
  LEFT JOIN creator_metric_rows g ON g.metric_key =
       (SELECT x.metric_key FROM creator_metric_rows x
         WHERE x.creator_key = c.creator_key
           AND x.observed_at <= strftime('%Y-%m-%dT%H:%M:%SZ', c.last_seen_at, '-30 days')
         ORDER BY x.observed_at DESC, x.metric_key DESC LIMIT 1)
  LEFT JOIN creator_metric_rows f ON f.metric_key =
       (SELECT x.metric_key FROM creator_metric_rows x
         WHERE x.creator_key = c.creator_key AND x.followers_count IS NOT NULL
         ORDER BY x.observed_at, x.metric_key LIMIT 1);

CREATE VIEW credit_spend_daily (
  -- Credits by day (UTC), pipeline, keyword set and stage.
  day,          -- such as 2026-05-28
  pipeline,     -- `name` of the pipeline file
  keyword_set,  -- its name in the pipeline file
  stage,        -- search, enrich, content_match, audience_match or thought_leaders
  reserved,     -- set aside that day
  charged,      -- what was paid, by the day on which it was known
  released      -- given back that day
) AS
SELECT d.day, r.pipeline, s.keyword_set, s.stage,
       sum(d.reserved) AS reserved, sum(d.charged) AS charged, sum(d.released) AS released
  FROM credit_day_rows d
  JOIN stage_rows s USING (stage_key)
  JOIN run_rows r USING (run_key)
 GROUP BY d.day, r.pipeline, s.keyword_set, s.stage;

CREATE VIEW run_summary (
  -- A run on one line: how long it took, what it found, what it cost, what went wrong.
  run_id,               -- as `toksync status` names it; sorts by time
  pipeline,             -- `name` of the pipeline file
  status,               -- running, succeeded, partial, failed, stopped, interrupted or abandoned
  started_at,           -- when it began
  finished_at,          -- NULL while it runs
  exit_code,            -- of the last process that worked on it
  duration_seconds,     -- from beginning to end, with the time between its resumptions
  active_seconds,       -- how long it was worked on; NULL when not known, as the next two
  least_seconds,        -- how long that takes at least
  time_ratio,           -- the one divided by the other
  creators_found,       -- by its searches, each counted once
  creators_enriched,    -- profiles bought
  content_matches,      -- analyses of posts bought
  audience_matches,     -- analyses of audiences bought
  thought_leader_jobs,  -- searches for thought leaders bought
  credits_estimated,    -- by the price table, for what was sent or still may be
  credits_charged,      -- what it cost so far
  credits_open,         -- reserved and not settled yet: counts as spent
  requests,             -- to the API, free or not
  requests_needed,      -- the fewest that could have done the same
  jobs_failed,          -- without a result for good
  jobs_ambiguous,       -- of which nobody knows whether they were charged
  jobs_unfinished       -- of which something is still to be done
) AS
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
