-- What was bought, as it came: enrichments, analyses with their evidence, thought leaders.
-- run_id is the run that collected a result; jobs.run_id is the one that paid.

CREATE TABLE enrichment_rows (
  -- A whole profile, as it was bought.
  job_key                   INTEGER PRIMARY KEY REFERENCES job_rows,
  creator_key               INTEGER NOT NULL REFERENCES creators,
  run_key                   INTEGER NOT NULL REFERENCES run_rows,
  request_key               INTEGER,        -- whose answer brought it (api_request_rows)
  enriched_at               TEXT NOT NULL,  -- by the API's word, else when we received it
  median_posts_per_month    REAL,
  median_reactions_per_post REAL,
  median_comments_per_post  REAL,
  median_shares_per_post    REAL,
  engagement_rate           REAL,
  followers_count           INTEGER,
  raw_json                  TEXT NOT NULL   -- summary and full record together
) STRICT;
-- What did a run bring? The same for analyses below. (Whose it is, job_by_work tells.)
CREATE INDEX enrichment_by_run ON enrichment_rows (run_key);

CREATE VIEW enrichments (
  -- A whole profile, as it was bought.
  creator_id,                 -- whose
  enriched_at,                -- by the API's word, else when we received it
  median_posts_per_month,     -- of recent activity
  median_reactions_per_post,  -- likewise
  median_comments_per_post,   -- likewise
  median_shares_per_post,     -- likewise
  engagement_rate,            -- in percent
  followers_count,            -- at that time
  run_id,                     -- the run that collected it
  raw_json,                   -- summary and full record together, as they came
  job_key                     -- the job that paid for it
) AS
SELECT c.creator_id, e.enriched_at, e.median_posts_per_month, e.median_reactions_per_post,
       e.median_comments_per_post, e.median_shares_per_post, e.engagement_rate, e.followers_count, r.run_id,
       e.raw_json, e.job_key
  FROM enrichment_rows e
  JOIN job_rows j USING (job_key)
  JOIN creators c ON c.creator_key = j.creator_key
  JOIN run_rows r ON r.run_key = e.run_key;

CREATE TABLE content_match_rows (
  -- How well a creator's posts fit a keyword set's keywords.
  match_key            INTEGER PRIMARY KEY,
  analysis_id          TEXT NOT NULL UNIQUE,  -- the API's; stored again, it replaces what stood here
  job_key              INTEGER NOT NULL REFERENCES job_rows,
  creator_key          INTEGER NOT NULL REFERENCES creators,
  criteria_key         INTEGER NOT NULL REFERENCES criteria,  -- topic keywords and depth
  run_key              INTEGER NOT NULL REFERENCES run_rows,
  status               TEXT NOT NULL,
  match_score          REAL,
  matching_posts_count INTEGER,
  total_posts_analyzed INTEGER,
  content_fit_label    TEXT,
  completed_at         TEXT,
  raw_json             TEXT NOT NULL,         -- the result as it came
  details_json         TEXT                   -- the matched posts' record as it came
) STRICT;
CREATE INDEX content_match_by_job ON content_match_rows (job_key);
CREATE INDEX content_match_by_run ON content_match_rows (run_key);
-- The newest score of a creator for given criteria: selection and shortlist ask for it row by row.
CREATE INDEX content_match_score ON content_match_rows (criteria_key, creator_key, job_key, match_score)
  WHERE status = 'succeeded';

CREATE VIEW content_matches (
  -- An analysis of how well a creator's posts fit keywords.
  analysis_id,           -- the API's
  job_id,                -- the API's
  creator_id,            -- whose posts
  keyword_set,           -- for which it was bought
  topic_keywords,        -- JSON array: what was looked for; NULL when a campaign said it
  posts_to_analyze,      -- 10, 20 or 30
  status,                -- succeeded, or the API's other word
  match_score,           -- 0 to 100
  matching_posts_count,  -- posts that fit
  total_posts_analyzed,  -- posts looked at
  content_fit_label,     -- the score in the API's words
  completed_at,          -- by the API's word
  run_id,                -- the run that collected it
  raw_json,              -- the result as it came
  details_json,          -- the matched posts' record as it came
  job_key,               -- the job that paid for it
  campaign_id            -- whose keywords were looked for, instead of topic_keywords
) AS
SELECT m.analysis_id, j.external_id AS job_id, c.creator_id, s.keyword_set,
       k.topic_keywords, k.posts_to_analyze, m.status, m.match_score,
       m.matching_posts_count, m.total_posts_analyzed, m.content_fit_label, m.completed_at,
       r.run_id, m.raw_json, m.details_json, m.job_key, k.campaign_id
  FROM content_match_rows m
  JOIN job_rows j USING (job_key)
  JOIN intents i USING (intent_key)
  JOIN stage_rows s ON s.stage_key = i.stage_key AND s.stage = 'content_match'
  JOIN run_rows r ON r.run_key = m.run_key
  JOIN creators c ON c.creator_key = j.creator_key
  JOIN criteria k ON k.criteria_key = m.criteria_key;

CREATE TABLE content_match_post_rows (
  -- The posts that made the score, best first as the API sends them.
  post_key        INTEGER PRIMARY KEY,
  match_key       INTEGER NOT NULL REFERENCES content_match_rows,
  post_url        TEXT,
  title           TEXT,
  posted_date     TEXT,           -- as it came
  content_type    TEXT,
  match_score     REAL,
  keyword_matches TEXT NOT NULL,  -- JSON
  match_reason    TEXT,
  raw_json        TEXT NOT NULL
) STRICT;
CREATE INDEX content_match_post_by_match ON content_match_post_rows (match_key);

CREATE VIEW content_match_posts (
  -- A post that made the score of a content match; as many as `evidence_posts` keeps.
  analysis_id,      -- of the content match
  post_url,         -- the post
  title,            -- or its first words
  posted_date,      -- as it came
  content_type,     -- as it came
  match_score,      -- 0 to 100
  keyword_matches,  -- JSON array: which keywords it meets
  match_reason,     -- in the API's words
  raw_json          -- as it came
) AS
SELECT m.analysis_id, p.post_url, p.title, p.posted_date, p.content_type, p.match_score, p.keyword_matches,
       p.match_reason, p.raw_json
  FROM content_match_post_rows p
  JOIN content_match_rows m USING (match_key);

CREATE TABLE audience_match_rows (
  -- How well the people who engage with a creator fit a keyword set's audience criteria.
  match_key               INTEGER PRIMARY KEY,
  analysis_id             TEXT NOT NULL UNIQUE,
  job_key                 INTEGER NOT NULL REFERENCES job_rows,
  creator_key             INTEGER NOT NULL REFERENCES creators,
  criteria_key            INTEGER NOT NULL REFERENCES criteria,  -- audience criteria and depth
  run_key                 INTEGER NOT NULL REFERENCES run_rows,
  status                  TEXT NOT NULL,
  match_score             REAL,
  matching_engagers_count INTEGER,
  total_engagers_analyzed INTEGER,
  unique_companies        INTEGER,
  audience_summary        TEXT,
  completed_at            TEXT,
  raw_json                TEXT NOT NULL,
  details_json            TEXT
) STRICT;
CREATE INDEX audience_match_by_job ON audience_match_rows (job_key);
CREATE INDEX audience_match_by_run ON audience_match_rows (run_key);
CREATE INDEX audience_match_score ON audience_match_rows (criteria_key, creator_key, job_key, match_score)
  WHERE status = 'succeeded';

CREATE VIEW audience_matches (
  -- An analysis of how well the people who engage with a creator fit an audience.
  analysis_id,              -- the API's
  job_id,                   -- the API's
  creator_id,               -- whose audience
  keyword_set,              -- for which it was bought
  criteria,                 -- JSON array: the audience that was looked for; NULL when a campaign said it
  analysis_depth,           -- quick_scan, deep_dive or comprehensive
  status,                   -- succeeded, or the API's other word
  match_score,              -- 0 to 100
  matching_engagers_count,  -- people who fit
  total_engagers_analyzed,  -- people looked at
  unique_companies,         -- that they work for
  audience_summary,         -- in the API's words
  completed_at,             -- by the API's word
  run_id,                   -- the run that collected it
  raw_json,                 -- the result as it came
  details_json,             -- people, companies and titles as they came
  job_key,                  -- the job that paid for it
  campaign_id               -- whose criteria were looked for, instead of these
) AS
SELECT m.analysis_id, j.external_id AS job_id, c.creator_id, s.keyword_set,
       k.audience_criteria AS criteria, k.analysis_depth, m.status, m.match_score,
       m.matching_engagers_count, m.total_engagers_analyzed, m.unique_companies,
       m.audience_summary, m.completed_at, r.run_id, m.raw_json, m.details_json, m.job_key, k.campaign_id
  FROM audience_match_rows m
  JOIN job_rows j USING (job_key)
  JOIN intents i USING (intent_key)
  JOIN stage_rows s ON s.stage_key = i.stage_key AND s.stage = 'audience_match'
  JOIN run_rows r ON r.run_key = m.run_key
  JOIN creators c ON c.creator_key = j.creator_key
  JOIN criteria k ON k.criteria_key = m.criteria_key;

-- Who engages, in the API's order.
CREATE TABLE audience_engager_rows (
  -- A person who engages with a creator.
  match_key        INTEGER NOT NULL REFERENCES audience_match_rows,
  position         INTEGER NOT NULL,
  name             TEXT,
  job_title        TEXT,
  company          TEXT,
  headline         TEXT,
  linkedin_url     TEXT,
  engagement_count INTEGER,
  PRIMARY KEY (match_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audience_company_rows (
  -- A company that they work for.
  match_key  INTEGER NOT NULL REFERENCES audience_match_rows,
  position   INTEGER NOT NULL,
  name       TEXT,
  count      INTEGER,
  percentage REAL,
  PRIMARY KEY (match_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audience_job_title_rows (
  -- A title that they hold.
  match_key INTEGER NOT NULL REFERENCES audience_match_rows,
  position  INTEGER NOT NULL,
  title     TEXT,
  count     INTEGER,
  PRIMARY KEY (match_key, position)
) STRICT, WITHOUT ROWID;

CREATE VIEW audience_engagers (
  -- A person who engages with a creator.
  analysis_id,      -- of the audience match
  name,             -- of the person
  job_title,        -- as the API reads the headline
  company,          -- likewise
  headline,         -- as the profile says it
  linkedin_url,     -- the profile
  engagement_count  -- how often they reacted or commented
) AS
SELECT m.analysis_id, e.name, e.job_title, e.company, e.headline, e.linkedin_url, e.engagement_count
  FROM audience_engager_rows e JOIN audience_match_rows m USING (match_key);
CREATE VIEW audience_companies (
  -- A company for which people work who engage with a creator.
  analysis_id,  -- of the audience match
  name,         -- of the company
  count,        -- people
  percentage    -- of the people analyzed
) AS
SELECT m.analysis_id, e.name, e.count, e.percentage
  FROM audience_company_rows e JOIN audience_match_rows m USING (match_key);
CREATE VIEW audience_job_titles (
  -- A title that people hold who engage with a creator.
  analysis_id,  -- of the audience match
  title,        -- the title
  count         -- people
) AS
SELECT m.analysis_id, e.title, e.count
  FROM audience_job_title_rows e JOIN audience_match_rows m USING (match_key);

CREATE TABLE thought_leader_rows (
  -- The creators that one thought-leader job looked at, approved or not.
  job_key             INTEGER NOT NULL REFERENCES job_rows,
  creator_key         INTEGER NOT NULL REFERENCES creators,
  run_key             INTEGER NOT NULL REFERENCES run_rows,
  search_rank         INTEGER,
  score               REAL,
  relevance_score     REAL,
  content_match_score REAL,
  matching_posts      INTEGER,
  posts_analyzed      INTEGER,
  status              TEXT,           -- approved | rejected
  processed_at        TEXT,
  reasoning           TEXT,
  raw_json            TEXT NOT NULL,
  PRIMARY KEY (job_key, creator_key)
) STRICT;
-- shortlist asks for the newest row of a creator.
CREATE INDEX thought_leader_by_creator ON thought_leader_rows (creator_key, job_key);

CREATE VIEW thought_leaders (
  -- A creator that a search for thought leaders looked at, approved or not.
  job_id,               -- the API's
  creator_id,           -- who
  keyword_set,          -- for which it was bought
  mode,                 -- strict, balanced or broad
  search_rank,          -- the place in that search, 1 is the first
  score,                -- the API's own, 0 to 100
  relevance_score,      -- likewise
  content_match_score,  -- likewise
  matching_posts,       -- posts that fit
  posts_analyzed,       -- posts looked at
  status,               -- approved or rejected
  reasoning,            -- in the API's words
  processed_at,         -- by the API's word
  run_id,               -- the run that collected it
  raw_json,             -- as it came
  job_key               -- the job that paid for it
) AS
SELECT j.external_id AS job_id, c.creator_id, s.keyword_set, k.mode, t.search_rank,
       t.score, t.relevance_score, t.content_match_score, t.matching_posts, t.posts_analyzed, t.status, t.reasoning,
       t.processed_at, r.run_id, t.raw_json, t.job_key
  FROM thought_leader_rows t
  JOIN job_rows j USING (job_key)
  JOIN intents i USING (intent_key)
  JOIN stage_rows s ON s.stage_key = i.stage_key AND s.stage = 'thought_leaders'
  JOIN run_rows r ON r.run_key = t.run_key
  JOIN creators c ON c.creator_key = t.creator_key
  JOIN criteria k ON k.criteria_key = j.criteria_key;
