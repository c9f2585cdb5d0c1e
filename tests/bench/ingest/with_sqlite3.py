"""Python's json and sqlite3: with_sqlite3.py PAGES COUNT DATABASE same|text, into our tables or into those that its
user would make."""

import sqlite3

from pages import COLUMNS, METRICS, PRAGMAS, TEXT_TABLES, distinct_tags, each_page, raw_json, run

ALL = COLUMNS + METRICS + ("source_updated_at", "raw_json")
SET_ALL = ", ".join(f"{name} = coalesce(?, {name})" for name in ALL)
TIMES = ("first_seen_at", "last_seen_at")


def marks(count):
    return ", ".join("?" * count)


INSERT = f"INSERT INTO creators (creator_id, {', '.join(ALL + TIMES)}) VALUES ({marks(len(ALL) + 3)})"
HISTORY_COLUMNS = ", ".join(METRICS)

SAME = {
    "find": f"SELECT creator_key, {HISTORY_COLUMNS} FROM creators WHERE creator_id = ?",
    "update": f"UPDATE creators SET {SET_ALL}, last_seen_at = ? WHERE creator_key = ?",
    "tag": "INSERT OR IGNORE INTO creator_tag_rows (creator_key, kind, value) VALUES (?, ?, ?)",
    "no tags": "DELETE FROM creator_tag_rows WHERE creator_key = ? AND kind = ?",
    "history": f"INSERT INTO creator_metric_rows (run_key, creator_key, observed_at, {HISTORY_COLUMNS})"
               f" VALUES (1, {marks(len(METRICS) + 2)})",
    "hit": "INSERT INTO search_hit_rows (stage_key, rank, creator_key, page, score, match_rank)"
           " VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (creator_key, stage_key) DO NOTHING",
    "page": "INSERT INTO search_page_rows (stage_key, page, seen_at, creator_count, new_count, meta_json)"
            " VALUES (1, ?, ?, ?, 0, '{}')",
    "count": "UPDATE search_page_rows SET new_count = ? WHERE stage_key = 1 AND page = ?",
}
RUN = "('5f0c2f5e-1d0b-4d8e-9a53-0c5f9f2f7a11', 'all'"
TEXT = {
    "find": f"SELECT creator_id, {HISTORY_COLUMNS} FROM creators WHERE creator_id = ?",
    "update": f"UPDATE creators SET {SET_ALL}, last_seen_at = ? WHERE creator_id = ?",
    "tag": "INSERT OR IGNORE INTO creator_tags (creator_id, kind, value) VALUES (?, ?, ?)",
    "no tags": "DELETE FROM creator_tags WHERE creator_id = ? AND kind = ?",
    "history": f"INSERT INTO creator_metrics (run_id, creator_id, observed_at, {HISTORY_COLUMNS})"
               f" VALUES ('5f0c2f5e-1d0b-4d8e-9a53-0c5f9f2f7a11', {marks(len(METRICS) + 2)})",
    "hit": "INSERT INTO search_hits (run_id, keyword_set, rank, creator_id, page, score, match_rank)"
           f" VALUES {RUN}, ?, ?, ?, ?, ?) ON CONFLICT (creator_id, run_id, keyword_set) DO NOTHING",
    "page": "INSERT INTO search_pages (run_id, keyword_set, page, seen_at, creator_count, new_count, meta_json)"
            f" VALUES {RUN}, ?, ?, ?, 0, '{{}}')",
    "count": "UPDATE search_pages SET new_count = ? WHERE keyword_set = 'all' AND page = ?",
}


def ingest(folder, count, path, tables):
    database = sqlite3.connect(path, isolation_level=None)
    if tables == "text":
        database.executescript(TEXT_TABLES)
    database.executescript(PRAGMAS)
    sql = TEXT if tables == "text" else SAME
    cursor = database.cursor()
    rank = 0
    for page, seen_at, answer in each_page(folder, count):
        creators = answer["data"]["creators"]
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(sql["page"], (page, seen_at, len(creators)))
        rank_before = rank
        tags, history = [], []
        for record in creators:
            metrics = tuple(record["metrics"].get(name) for name in METRICS)
            values = (*(record.get(name) for name in COLUMNS), *metrics, record.get("updated_at"), raw_json(record))
            known = cursor.execute(sql["find"], (record["id"],)).fetchone()
            if known is None:
                cursor.execute(INSERT, (record["id"], *values, seen_at, seen_at))
                key = record["id"] if tables == "text" else cursor.lastrowid
                now = metrics
            else:
                key, before = known[0], known[1:]
                now = tuple(new if new is not None else old for new, old in zip(metrics, before))
                cursor.execute(sql["update"], (*values, seen_at, key))
                cursor.executemany(sql["no tags"], {(key, kind) for kind, _ in distinct_tags(record)})
            if known is None or now != before:
                history.append((key, seen_at, *now))
            tags.extend((key, kind, value) for kind, value in distinct_tags(record))
            rank += cursor.execute(sql["hit"], (rank + 1, key, page, record["score"], record["match_rank"])).rowcount
        cursor.executemany(sql["tag"], tags)
        cursor.executemany(sql["history"], history)
        cursor.execute(sql["count"], (rank - rank_before, page))
        cursor.execute("COMMIT")
    database.close()


run(ingest)
