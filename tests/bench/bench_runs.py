#!/usr/bin/env python3
"""What a creator costs in runs of 1,000, 10,000 and 100,000: time and memory of toksync against the sandbox.

    tests/bench/bench_runs.py [--all-stages] [--sets N] [--job-latency SECONDS] [--in-flight N]
                              [--bin build/release/bin] [--tolerance 0.2] [--keep FOLDER] [CREATORS...]

Each run searches and enriches that many creators for each keyword set, in an empty database, as fast as the sandbox
answers: the rate limit is far away, and jobs take no time unless one is named. With --all-stages every creator is
analyzed twice, for each keyword set anew. Prints a Markdown table, and ends with 1 when the time per creator differs by
more than the tolerance, or when a run takes 64 MB.
"""

import argparse
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

KEY = "tk_test_" + "0" * 48
MOST_MEGABYTES = 64

PIPELINE = """version = 1
name = "flat"
[source]
api = "toksta"
max_in_flight = {in_flight}
{keyword_sets}
[search]
kind = "database"
max_creators = {creators}
[enrich]
batch_size = {batch_size}
"""

KEYWORD_SET = """[keyword_sets.set{number}]
keywords = ["growth {number}"]
audience = ["CMO {number}"]
"""

ANALYSES = """[content_match]
batch_size = {batch_size}
[audience_match]
batch_size = {batch_size}
"""

# Of all jobs, from when they were accepted to when their results were stored.
OUTSTANDING = """SELECT max(outstanding) FROM (
  SELECT sum(step) OVER (ORDER BY at, step) AS outstanding FROM (
    SELECT submitted_at AS at, 1 AS step FROM jobs WHERE family <> 'search' AND finished_at IS NOT NULL
    UNION ALL SELECT finished_at, -1 FROM jobs WHERE family <> 'search' AND finished_at IS NOT NULL))"""

BATCH_SIZE = 100
REPEATED_BELOW = 5000


class Sandbox:
    """toksta-sandbox with enough creators, some of which are on another platform, for the time of a `with` block."""

    def __init__(self, binaries, folder, creators, job_latency):
        self.port_file = folder / "port"
        self.command = [binaries / "toksta-sandbox", "--port", "0", "--port-file", self.port_file, "--quiet",
                        "--creators", str(creators * 5 // 4), "--credits", "100000000", "--rate-limit", "100000000",
                        "--job-latency", str(job_latency), "--pre-enriched", "0"]

    def __enter__(self):
        self.process = subprocess.Popen([str(word) for word in self.command])
        deadline = time.monotonic() + 120
        while not self.port_file.exists() or not self.port_file.read_text().strip():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit("the sandbox does not start")
            time.sleep(0.02)
        return f"http://127.0.0.1:{self.port_file.read_text().strip()}"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def run(command, folder):
    """Runs toksync; returns wall time, processor time and peak memory in MB."""
    start = time.monotonic()
    with open(folder / "log", "w", encoding="utf-8") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"TOKSTA_API_KEY": KEY})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    # A few creators have no profile to enrich.
    if child.returncode not in (0, 3):
        sys.exit(f"toksync ended with {child.returncode}:\n{(folder / 'log').read_text()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def best_of(times, options, folder, creators):
    """The figures of the quickest of several runs: a short one is easily disturbed."""
    runs = []
    for number in range(times):
        part = folder / str(number)
        part.mkdir()
        runs.append(measure(options, part, creators))
    return min(runs, key=lambda figures: figures["processor"])


def pipeline_of(options, creators):
    sets = "".join(KEYWORD_SET.format(number=number) for number in range(options.sets))
    text = PIPELINE.format(creators=creators, batch_size=BATCH_SIZE, keyword_sets=sets,
                           in_flight=options.in_flight)
    return text + (ANALYSES.format(batch_size=BATCH_SIZE) if options.all_stages else "")


def measure(options, folder, creators):
    pipeline = folder / "flat.toml"
    pipeline.write_text(pipeline_of(options, creators))
    database = folder / "flat.db"
    with Sandbox(options.bin, folder, creators, options.job_latency) as url:
        wall, processor, megabytes = run([options.bin / "toksync", "run", pipeline, "--db", database, "--base-url", url,
                                          "--progress", "none"], folder)
    with sqlite3.connect(database) as connection:
        found, requests = connection.execute("SELECT creators_found, requests FROM run_summary").fetchone()
        jobs, = connection.execute("SELECT count(*) FROM jobs WHERE family <> 'search'").fetchone()
        outstanding, = connection.execute(OUTSTANDING).fetchone()
    return {"creators": found, "jobs": jobs, "outstanding": outstanding, "requests": requests, "wall": wall,
            "processor": processor, "megabytes": megabytes, "size": database.stat().st_size / 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--all-stages", action="store_true", help="analyze content and audience, too")
    parser.add_argument("--sets", type=int, default=1, help="keyword sets, which all find the same creators")
    parser.add_argument("--job-latency", type=float, default=0, help="seconds that a job takes, about")
    parser.add_argument("--in-flight", type=int, default=4, help="requests at the same time; held polls need more")
    parser.add_argument("--bin", type=pathlib.Path, default=root / "build/release/bin")
    parser.add_argument("--tolerance", type=float, default=0.2)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the databases, which are kept")
    parser.add_argument("sizes", type=int, nargs="*", default=[1000, 10000, 100000], metavar="CREATORS")
    options = parser.parse_args()
    print("| creators | jobs | outstanding at most | requests | s | processor s | µs per creator "
          "| processor µs per creator | MB | db MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    per_creator = []
    good = True
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            if options.keep:
                folder = options.keep / str(size)
                folder.mkdir(parents=True)
            figures = best_of(max(1, REPEATED_BELOW // size), options, folder, size)
        per_creator.append(figures["processor"] / figures["creators"])
        good = good and figures["megabytes"] < MOST_MEGABYTES
        print(f"| {figures['creators']} | {figures['jobs']} | {figures['outstanding']} | {figures['requests']} "
              f"| {figures['wall']:.1f} | {figures['processor']:.1f} | {figures['wall'] / figures['creators'] * 1e6:.0f} "
              f"| {per_creator[-1] * 1e6:.0f} | {figures['megabytes']:.0f} | {figures['size']:.0f} |", flush=True)
    spread = max(per_creator) / min(per_creator) - 1
    good = good and spread <= options.tolerance
    print(f"\nThe processor time per creator differs by {spread:.0%}; allowed is {options.tolerance:.0%}, "
          f"and {MOST_MEGABYTES} MB.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
