#!/usr/bin/python3
"""Holds what schedulers and monitoring get from toksync against their own tools.

  tests/cli/test_schedulers.py FOLDER     FOLDER holds toksync and toksta-sandbox; exit code 1 when something is wrong

The units go through systemd-analyze, which also rates how hard they are; the metrics of a real run through the parser of
Prometheus' Python client, and through promtool where it is installed; the script for cron is run by sh.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from complaints import Complaints

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
KEY = "tk_test_" + 48 * "0"
PATIENCE = 60
# systemd-analyze's measure, from 0 (nothing is allowed) to 10; it takes the network itself for 1.
HIGHEST_EXPOSURE = 1.5
PIPELINE = """version = 1
name = "small"
[keyword_sets.first]
keywords = ["B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"]
[keyword_sets.second]
keywords = ["developer tools", "cloud", "devops", "platform engineering", "observability"]
[search]
max_creators = 50
[enrich.select]
top = 20
"""


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE, **options)


@contextlib.contextmanager
def sandbox(binaries):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([binaries / "toksta-sandbox", "--port", str(port), "--time-scale", "100", "--quiet"])
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def check_units(complaints, folder, binaries):
    units = []
    for source in (ROOT / "scripts/systemd").iterdir():
        text = source.read_text(encoding="utf-8")
        units.append(folder / source.name.replace("@", "@nightly"))
        units[-1].write_text(text.replace("ExecStart=toksync", f"ExecStart={binaries}/toksync"), encoding="utf-8")
    complaints.expect("number of units", len(units), 2)
    done = run("systemd-analyze", "verify", "--man=no", *units)
    complaints.expect("systemd-analyze verify", (done.returncode, done.stdout + done.stderr), (0, ""))
    service = next(unit for unit in units if unit.suffix == ".service")
    done = run("systemd-analyze", "security", "--offline=yes", f"--threshold={HIGHEST_EXPOSURE * 10:.0f}", "--no-pager",
               service)
    if done.returncode != 0:
        complaints.expect("systemd-analyze security", f"{done.stdout}{done.stderr}", "a lower exposure")


def check_exit_codes(complaints):
    """Each code of interface and --help is either a success, worth another try, or needs somebody."""
    unit = (ROOT / "scripts/systemd/toksync@.service").read_text(encoding="utf-8")
    lines = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#"))
    successes = {0, *map(int, lines["SuccessExitStatus"].split())}
    hopeless = set(map(int, lines["RestartPreventExitStatus"].split()))
    complaints.expect("codes that are success and failure", successes & hopeless, set())
    complaints.expect("codes that are tried again", {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 143} - successes - hopeless, {5})


def samples_of(text):
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def check_metrics(complaints, folder, binaries, address):
    done = run(binaries / "toksync", "run", "p.toml", "--base-url", address, "--metrics-file", "small.prom", "--json",
               cwd=folder, env=os.environ | {"TOKSTA_API_KEY": KEY})
    document = json.loads(done.stdout)
    text = (folder / "small.prom").read_text(encoding="utf-8")
    families = list(text_string_to_metric_families(text))
    for family in families:
        complaints.expect(f"{family.name} has help and a type", (bool(family.documentation), family.type != "unknown"),
                          (True, True))
        complaints.expect(f"{family.name} is ours", family.name.startswith("toksync_"), True)
        for sample in family.samples:
            complaints.expect(f"{sample.name} tells the pipeline", sample.labels.get("pipeline"), "small")
    complaints.expect("families told once", len({family.name for family in families}), len(families))
    samples = samples_of(text)
    value = lambda name, **labels: samples.get((name, tuple(sorted({"pipeline": "small", **labels}.items()))))
    complaints.expect("charged", value("toksync_run_credits_charged"), document["credits_charged"])
    complaints.expect("charged in all", value("toksync_credits_charged_total"), document["credits_charged"])
    complaints.expect("requests", value("toksync_run_requests"), document["requests"])
    complaints.expect("exit code", value("toksync_run_exit_code"), document["exit_code"])
    complaints.expect("outcome", value("toksync_run_outcome", outcome=document["outcome"]), 1)
    complaints.expect("age", 0 <= time.time() - value("toksync_completed_timestamp_seconds") < PATIENCE, True)
    complaints.expect("balance", value("toksync_account_balance_credits") is not None, True)
    for stage in document["stages"]:
        labels = {"keyword_set": stage["keyword_set"], "stage": stage["stage"]}
        complaints.expect(f"done of {labels}", value("toksync_run_stage_items", state="done", **labels),
                          stage["items_done"])
        complaints.expect(f"charged of {labels}", value("toksync_run_stage_credits_charged", **labels),
                          stage["credits_charged"])
    if shutil.which("promtool"):
        done = run("promtool", "check", "metrics", input=text)
        complaints.expect("promtool", (done.returncode, done.stdout + done.stderr), (0, ""))


def check_cron(complaints, folder, binaries, address):
    (folder / "key").write_text(f"{KEY}\n", encoding="utf-8")
    variables = os.environ | {"PATH": f"{binaries}:{os.environ['PATH']}", "TOKSYNC_BASE_URL": address}
    night = lambda **more: run("sh", ROOT / "scripts/cron/nightly.sh", "p.toml", "key", cwd=folder, env=variables | more)
    done = night(TOKSYNC_NEW="true", TOKSYNC_MAX_CREDITS="0")
    complaints.expect("cron, a stopped night", (done.returncode, "by a budget" in done.stdout), (8, True))
    done = night()
    complaints.expect("cron, a night that is done", (done.returncode in (0, 3), done.stdout, done.stderr), (True, "", ""))
    summary = json.loads((folder / "last-run.json").read_text(encoding="utf-8"))
    complaints.expect("cron, the summary", summary["exit_code"], done.returncode)
    (folder / "key").unlink()
    done = night()
    complaints.expect("cron, no key", (done.returncode, "key" in done.stderr), (4, True))


def main():
    binaries = Path(sys.argv[1]).resolve()
    complaints = Complaints()
    with tempfile.TemporaryDirectory() as name, sandbox(binaries) as address:
        folder = Path(name)
        (folder / "p.toml").write_text(PIPELINE, encoding="utf-8")
        check_units(complaints, folder, binaries)
        check_exit_codes(complaints)
        check_metrics(complaints, folder, binaries, address)
        check_cron(complaints, folder, binaries, address)
    print(f"{complaints.count} wrong" if complaints.count else "units, metrics and cron are right")
    return 1 if complaints.count else 0


if __name__ == "__main__":
    sys.exit(main())
