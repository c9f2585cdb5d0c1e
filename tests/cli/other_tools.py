"""Opens a database as people do: the sqlite3 shell, sqlite-utils, Python and Node get the same rows, see the comments of
the schema, and leave the file as it was. Used by test_readme.py with README's own queries."""

import contextlib
import hashlib
import json
import shutil
import sqlite3
import subprocess

PATIENCE = 60  # seconds
NO_SQLITE = 77  # exit code of the script below when the node at hand has no SQLite
# node:sqlite is part of Node since 22.13; Debian's package for its own Node is node-sqlite3.
NODE_SCRIPT = """
const [database, ...queries] = process.argv.slice(1);
function loaded(name) {
  try { return require(name); } catch { return null; }
}
const builtIn = loaded("node:sqlite");
const library = builtIn ? null : loaded("sqlite3");
if (builtIn) {
  const connection = new builtIn.DatabaseSync(database, { readOnly: true });
  console.log(JSON.stringify(queries.map((query) => connection.prepare(query).all())));
} else if (library) {
  const connection = new library.Database(database, library.OPEN_READONLY);
  const answers = queries.map((query) => new Promise((resolve, reject) =>
    connection.all(query, (problem, rows) => (problem ? reject(problem) : resolve(rows)))));
  Promise.all(answers).then((rows) => console.log(JSON.stringify(rows)));
} else {
  process.exit(77);
}
"""
# The views that people begin with, whole rows of them.
VIEWS = (
    "SELECT * FROM shortlist ORDER BY pipeline, keyword_set, rank LIMIT 20",
    "SELECT * FROM creator_growth ORDER BY creator_id LIMIT 20",
    "SELECT * FROM credit_spend_daily ORDER BY day, pipeline, keyword_set, stage",
    "SELECT * FROM run_summary ORDER BY run_id",
)


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=PATIENCE)


def by_python(database, queries):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [[dict(row) for row in connection.execute(query)] for query in queries]


def by_shell(database, queries):
    answers = [run("sqlite3", "-json", database, query) for query in queries]
    return [json.loads(answer.stdout or "[]") for answer in answers], "".join(answer.stderr for answer in answers)


def by_sqlite_utils(database, queries):
    answers = [run("sqlite-utils", "query", database, query) for query in queries]
    return [json.loads(answer.stdout or "[]") for answer in answers], "".join(answer.stderr for answer in answers)


def by_node(database, queries):
    """Nothing when there is no Node, or none with SQLite."""
    if not shutil.which("node"):
        return None
    answer = run("node", "--eval", NODE_SCRIPT, "--", database, *queries)
    if answer.returncode == NO_SQLITE:
        return None
    return json.loads(answer.stdout or "[]"), "" if answer.returncode == 0 else answer.stderr


def differences(name, expected, answer):
    """What one tool makes otherwise of the queries."""
    rows, words = answer
    if words:
        yield f"{name} says: {words}"
    for number, (wanted, got) in enumerate(zip(expected, rows, strict=True), start=1):
        if not wanted:
            yield f"query {number} has no rows to compare"
        if wanted != got:
            yield f"{name} makes something else of query {number}:\n{got}\ninstead of\n{wanted}"


def check_comments(database):
    shell = run("sqlite3", database, ".schema shortlist").stdout
    if "-- A creator in the newest search of a keyword set" not in shell or "0 to 100: half content_score" not in shell:
        yield "the sqlite3 shell shows no comments of the schema"
    views = {view["view"] for view in json.loads(run("sqlite-utils", "views", database).stdout)}
    if not {"shortlist", "creator_growth", "credit_spend_daily", "run_summary"} <= views:
        yield f"sqlite-utils knows only the views {views}"


def check(database, queries):
    """Everything that is not as it should be, as texts."""
    for tool in ("sqlite3", "sqlite-utils"):
        if not shutil.which(tool):
            yield f"there is no {tool}: scripts/install_packages --test installs it"
            return
    queries = [*queries, *VIEWS]
    before = hashlib.sha256(database.read_bytes()).digest()
    expected = by_python(database, queries)
    yield from differences("the sqlite3 shell", expected, by_shell(database, queries))
    yield from differences("sqlite-utils", expected, by_sqlite_utils(database, queries))
    if answer := by_node(database, queries):
        yield from differences("Node", expected, answer)
    else:
        print("The node at hand has no SQLite, or there is none: README's queries were not run through it")
    yield from check_comments(database)
    if hashlib.sha256(database.read_bytes()).digest() != before:
        yield "reading changed the file"
