"""What the contestants in Python share: the pages, the columns, and the time that a page came at."""

import datetime
import json
import pathlib
import sys
import time

COLUMNS = ("platform", "handle", "name", "bio", "location", "profile_url", "avatar_url", "is_enriched")
METRICS = ("followers_count", "engagement_rate", "avg_posts_per_month", "avg_views_per_post", "reactions_per_post",
           "comments_per_post", "shares_per_post")
LISTS = {"content_category": "content_categories", "target_audience": "target_audiences", "language": "languages"}

# As the store sets them, but for the foreign keys, which Python leaves off.
PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16384;
PRAGMA wal_autocheckpoint = 16000;
"""

# What who knows no integer keys would make.
TEXT_TABLES = """
PRAGMA page_size = 8192;
CREATE TABLE creators (
  creator_id TEXT PRIMARY KEY, platform TEXT, handle TEXT, name TEXT, bio TEXT, location TEXT, profile_url TEXT,
  avatar_url TEXT, followers_count INTEGER, engagement_rate REAL, avg_posts_per_month REAL, avg_views_per_post REAL,
  reactions_per_post REAL, comments_per_post REAL, shares_per_post REAL, is_enriched INTEGER, source_updated_at TEXT,
  first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, raw_json TEXT);
CREATE TABLE creator_tags (
  creator_id TEXT NOT NULL REFERENCES creators, kind TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (creator_id, kind, value));
CREATE TABLE creator_metrics (
  creator_id TEXT NOT NULL REFERENCES creators, observed_at TEXT NOT NULL, run_id TEXT NOT NULL,
  followers_count INTEGER, engagement_rate REAL, avg_posts_per_month REAL, avg_views_per_post REAL,
  reactions_per_post REAL, comments_per_post REAL, shares_per_post REAL);
CREATE INDEX creator_metrics_by_creator ON creator_metrics (creator_id, observed_at);
CREATE TABLE search_pages (
  run_id TEXT NOT NULL, keyword_set TEXT NOT NULL, page INTEGER NOT NULL, seen_at TEXT NOT NULL,
  creator_count INTEGER NOT NULL, new_count INTEGER NOT NULL, meta_json TEXT NOT NULL,
  PRIMARY KEY (run_id, keyword_set, page));
CREATE TABLE search_hits (
  run_id TEXT NOT NULL, keyword_set TEXT NOT NULL, rank INTEGER NOT NULL, creator_id TEXT NOT NULL REFERENCES creators,
  page INTEGER NOT NULL, score REAL, match_rank REAL, PRIMARY KEY (run_id, keyword_set, rank),
  UNIQUE (creator_id, run_id, keyword_set));
"""


def each_page(folder, count):
    """The number of each page, when it came, and what it holds."""
    for page in range(1, count + 1):
        text = pathlib.Path(folder, f"page-{page:05}.json").read_bytes()
        moment = datetime.datetime.fromtimestamp(1_780_272_000 + page, datetime.timezone.utc)
        yield page, moment.strftime("%Y-%m-%dT%H:%M:%SZ"), json.loads(text)


def raw_json(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def distinct_tags(record):
    for kind, name in LISTS.items():
        for value in record.get(name) or ():
            yield kind, value


def run(ingest):
    """Runs ingest(folder, count, database, *rest) as the command line says, and prints how long it took."""
    folder, count, *rest = sys.argv[1:]
    begin = time.perf_counter()
    ingest(folder, int(count), *rest)
    print(f"seconds {time.perf_counter() - begin:.4f}")
