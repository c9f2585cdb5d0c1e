"""sqlite-utils, used from Python: with_sqlite_utils.py PAGES COUNT DATABASE, into our tables."""

from pages import COLUMNS, METRICS, PRAGMAS, distinct_tags, each_page, raw_json, run

import sqlite_utils


def row_of(record):
    row = {name: record.get(name) for name in COLUMNS}
    row.update((name, record["metrics"].get(name)) for name in METRICS)
    row["source_updated_at"] = record.get("updated_at")
    row["raw_json"] = raw_json(record)
    return row


def known_of(database, ids):
    where = f"creator_id in ({', '.join('?' * len(ids))})"
    columns = f"creator_id, creator_key, {', '.join(METRICS)}"
    return {row["creator_id"]: row for row in database["creators"].rows_where(where, ids, select=columns)}


def save_page(database, page, seen_at, creators, rank):
    ids = [record["id"] for record in creators]
    before = known_of(database, ids)
    database["creators"].insert_all(
        {"creator_id": record["id"], **row_of(record), "first_seen_at": seen_at, "last_seen_at": seen_at}
        for record in creators if record["id"] not in before)
    tags, history, hits = [], [], []
    now = known_of(database, ids)
    for record in creators:
        key = now[record["id"]]["creator_key"]
        known = before.get(record["id"])
        metrics = {name: record["metrics"].get(name) for name in METRICS}
        if known:
            values = {name: value for name, value in row_of(record).items() if value is not None}
            database["creators"].update(key, {**values, "last_seen_at": seen_at})
            metrics = {name: known[name] if value is None else value for name, value in metrics.items()}
            for kind in {kind for kind, _ in distinct_tags(record)}:
                database["creator_tag_rows"].delete_where("creator_key = ? and kind = ?", [key, kind])
        else:
            rank += 1
            hits.append({"stage_key": 1, "rank": rank, "creator_key": key, "page": page, "score": record["score"],
                         "match_rank": record["match_rank"]})
        if not known or any(metrics[name] != known[name] for name in METRICS):
            history.append({"creator_key": key, "observed_at": seen_at, "run_key": 1, **metrics})
        tags.extend({"creator_key": key, "kind": kind, "value": value} for kind, value in distinct_tags(record))
    database["search_page_rows"].insert({"stage_key": 1, "page": page, "seen_at": seen_at,
                                         "creator_count": len(creators), "new_count": len(hits), "meta_json": "{}"})
    database["creator_tag_rows"].insert_all(tags, ignore=True)
    database["creator_metric_rows"].insert_all(history)
    database["search_hit_rows"].insert_all(hits)
    return rank


def ingest(folder, count, path):
    database = sqlite_utils.Database(path)
    database.executescript(PRAGMAS)
    rank = 0
    for page, seen_at, answer in each_page(folder, count):
        rank = save_page(database, page, seen_at, answer["data"]["creators"], rank)
    database.conn.close()


run(ingest)
