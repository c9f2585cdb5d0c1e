#!/usr/bin/env python3
"""Keeps README.md true: runs what it shows and compares.

  tests/cli/test_readme.py FOLDER     FOLDER holds toksync and toksta-sandbox; exit code 1 when README is wrong

What is done with README's fenced blocks:

  toml      must pass `toksync check`
  sql       is run on the database of the demo; the text block behind it is the answer, to the letter. The same
            queries are run through everything else that opens SQLite (other_tools.py)
  console   each line that begins with "$ " is run in one shell, in order; the lines behind it are what it
            printed. A line of only "…" stands for any lines, "…" inside a line for anything. Run ids, times,
            days and months of sums, durations, request ids, addresses and numbers of requests may differ, and so
            may the credits of the thought leaders. `$ scripts/demo.sh` is not run: its transcript is compared with
            a run of the same pipeline, with the answers to the script's own queries and with the steps that it
            announces.
  ini       is given to systemd-analyze verify as a part of the service in scripts/systemd, where that is installed

Besides: the relations and columns, the exit codes, the flags, the paths and the commands that README names.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import other_tools

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
KEY = "tk_test_" + 48 * "0"
PATIENCE = 60  # seconds that a command may take on a busy machine
# Flags of programs that are not ours.
FOREIGN_FLAGS = {"--preset", "--build", "--now", "--install", "--target", "--table"}

MASKS = [(re.compile(pattern), name) for pattern, name in (
    (r"\b\d{8}T\d{6}Z-\w{4}\b", "RUN"),
    (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?", "TIME"),
    (r"\((\d+ min |)\d+(\.\d+)? ?(ms|s|min)\)", "(DURATION)"),
    (r"^Credits since \d{4}-\d\d-\d\d", "Credits since DAY"),
    (r"\bin \d{4}-\d\d\b", "in MONTH"),
    (r"\breq_\d+\b", "REQUEST"),
    (r"http://127\.0\.0\.1:\d+", "ADDRESS"),
    (r"^Requests: \d+; \d+ at least", "Requests: NUMBER; NUMBER at least"),
    (r"^Requests: \d+", "Requests: NUMBER"),
    (r"^Time: +((\d+ min |)\d+(\.\d+)? (ms|s)); at least .*$", "Time: DURATION"),
)]


class Complaints:
    """What README has wrong; printed as it is found."""

    def __init__(self):
        self.count = 0

    def add(self, text):
        self.count += 1
        print(f"README.md: {text}\n", flush=True)


def blocks(language):
    return [match.group(2) for match in BLOCK.finditer(README) if match.group(1) == language]


def masked(line):
    """A line without what differs between two runs. Columns grow with their content: spaces count once."""
    for pattern, name in MASKS:
        line = pattern.sub(name, line)
    return re.sub(r"\s+", " ", line).rstrip()


def pattern_of(expected):
    """A regular expression for lines in which … stands for what was left out."""
    parts = []
    for line in expected:
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(re.escape(masked(line)).replace("…", ".*") + r"\n")
    return "".join(parts)


def says(expected, actual):
    text = "".join(masked(line) + "\n" for line in actual)
    return re.fullmatch(pattern_of(expected), text) is not None


def environment(folder, binaries):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOKSYNC_", "TOKSTA_"))}
    return kept | {"PATH": f"{binaries}:{kept['PATH']}", "HOME": str(folder), "TOKSTA_API_KEY": KEY}


def answer(binaries, *arguments):
    """Exit code and output of a command that needs nothing but its arguments."""
    done = subprocess.run([binaries / "toksync", *arguments], capture_output=True, text=True, check=False,
                          timeout=PATIENCE)
    return done.returncode, done.stdout + done.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_listener(port):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
    raise TimeoutError(f"nothing listens on port {port}")


class Shell:
    """One bash for all console blocks, so that variables and sandboxes stay. Ends with everything it began."""

    MARK = "--- the command has ended ---"

    def __init__(self, folder, binaries):
        self.ports = {}
        self.process = subprocess.Popen(["bash"], cwd=folder, env=environment(folder, binaries), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)

    def run(self, command):
        """The lines that the command prints. Sandboxes listen elsewhere than README says, and work faster."""
        command = command.replace("--time-scale 10 ", "--time-scale 100 ")
        for named in re.findall(r"--port (\d+)", command):
            self.ports[named] = free_port()
        for named, actual in self.ports.items():
            command = command.replace(f":{named}", f":{actual}").replace(f"--port {named}", f"--port {actual}")
        self.process.stdin.write(f"(exit ${{code-0}})\n{{ {command}\n}} </dev/null\n"
                                 f"code=$?; echo; echo '{self.MARK}'\n")
        self.process.stdin.flush()
        for port in re.findall(r"--port (\d+)", command):
            wait_for_listener(int(port))
        lines = []
        for line in self.process.stdout:
            if line.rstrip("\n") == self.MARK:
                return lines[:-1] if lines and not lines[-1] else lines
            lines.append(line.rstrip("\n"))
        raise EOFError(f"the shell ended in: {command}")


def check_pipelines(complaints, folder, binaries):
    for number, text in enumerate(blocks("toml"), start=1):
        path = folder / f"example-{number}.toml"
        path.write_text(text, encoding="utf-8")
        code, output = answer(binaries, "check", path)
        if code != 0:
            complaints.add(f"toksync check refuses TOML block {number}:\n{output}")


def ask(database, query):
    done = subprocess.run(["sqlite3", "-readonly", "-box", database, query], capture_output=True, text=True,
                          check=False, timeout=PATIENCE)
    return done.stdout + done.stderr


def check_queries(complaints, database):
    shown = re.findall(r"^```sql\n(.*?)^```\n+^```text\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    if len(shown) != len(blocks("sql")):
        complaints.add("a sql block has no text block behind it")
    for query, expected in shown:
        actual = ask(database, query)
        if actual != expected:
            complaints.add(f"this query\n{query}gives\n{actual}")


def commands_of(block):
    """[(command, lines that it printed)]; a command goes on in lines that begin with "> "."""
    commands = []
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif line.startswith("> ") and not commands[-1][1]:
            commands[-1] = (f"{commands[-1][0]}\n{line[2:]}", [])
        else:
            commands[-1][1].append(line)
    return commands


def check_consoles(complaints, folder, binaries):
    with Shell(folder, binaries) as shell:
        for block in blocks("console"):
            for command, expected in commands_of(block):
                if command.startswith("scripts/"):
                    continue
                actual = shell.run(command)
                if not says(expected, actual):
                    complaints.add(f"$ {command}\nprints\n" + "\n".join(actual))


def run_demo(folder, binaries):
    """What the demo's run and its queries print; the sandbox and the flags are those of the script."""
    script = (ROOT / "scripts/demo.sh").read_text(encoding="utf-8")
    with Shell(folder, binaries) as shell:
        shell.run("toksta-sandbox --port 8787 --time-scale 10 --job-latency 10 --quiet &")
        lines = shell.run("toksync run pipelines/demo.toml --base-url http://127.0.0.1:8787 --db demo.db")
    queries = re.findall(r'^query "\n(.*?)"$', script, re.DOTALL | re.MULTILINE)
    for query in queries:
        lines += ask(folder / "demo.db", query.replace("$pipeline", "demo")).splitlines()
    return lines


def steps_of_scripts():
    """Each `step "…"` of the scripts as a regular expression: what the shell fills in may be anything."""
    text = "".join((ROOT / "scripts" / name).read_text(encoding="utf-8")
                   for name in ("demo.sh", "lib.sh", "install_packages"))
    for step in re.findall(r'\bstep "(.*)"$', text, re.MULTILINE):
        parts = re.split(r"\$\(\(.*?\)\)|\$\{.*?\}|\$\w+", step)
        yield ".*".join(re.escape(part) for part in parts)


def check_transcript(complaints, demo):
    transcript = [lines for block in blocks("console") for command, lines in commands_of(block)
                  if command == "scripts/demo.sh"]
    if len(transcript) != 1:
        complaints.add("there should be one transcript of scripts/demo.sh")
        return
    steps = [line[4:] for line in transcript[0] if line.startswith("==> ")]
    for step in steps:
        if not any(re.fullmatch(pattern, step) for pattern in steps_of_scripts()):
            complaints.add(f"scripts/demo.sh does not say: {step}")
    if not says([line for line in transcript[0] if not line.startswith("==> ")], demo):
        complaints.add("beside its steps the demo prints\n" + "\n".join(demo))


def check_relations(complaints, database):
    described = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| (.*) \|$", README, re.MULTILINE))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        views = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
        for name in sorted(views - described.keys()):
            complaints.add(f"the view {name} is not described")
        for relation, text in described.items():
            columns = {row[1] for row in connection.execute(f"PRAGMA table_info({relation})")}
            for name in re.findall(r"`(\w+)`", text):
                if name not in columns:
                    complaints.add(f"{relation} has no column {name}")


def check_exit_codes(complaints, binaries):
    told = re.findall(r"^  (\d+) +\S", answer(binaries, "--help")[1].partition("Exit codes:")[2], re.MULTILINE)
    written = re.findall(r"^\| (\d+) \|", README, re.MULTILINE)
    if written != told:
        complaints.add(f"the exit codes are {told}, not {written}")


def check_flags(complaints, binaries):
    sandbox = subprocess.run([binaries / "toksta-sandbox", "--help"], capture_output=True, text=True, check=True)
    helps = [answer(binaries, *command.split(), "--help")[1]
             for command in ("", "init", "check", "plan", "run", "backfill",
                             "resume", "status", "report", "jobs", "jobs list", "credits", "doctor",
                              "export", "db schema")]
    scripts = [path.read_text(encoding="utf-8") for path in (ROOT / "scripts").iterdir() if path.is_file()]
    known = set(re.findall(r"--[a-z][a-z-]+", "".join([sandbox.stdout, *helps, *scripts]))) | FOREIGN_FLAGS
    for flag in sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - known):
        complaints.add(f"nothing has a flag {flag}")


def check_commands(complaints, binaries):
    """Those described exist; those announced do not, or README is late."""
    listed = {match for parent in ((), ("jobs",))
              for match in (" ".join((*parent, name)) for name in
                            re.findall(r"^  ([a-z]+) +[A-Z]", answer(binaries, *parent, "--help")[1], re.MULTILINE))}
    for command in sorted(set(re.findall(r"`toksync ([a-z]+)", README)) - listed):
        complaints.add(f"there is no command toksync {command}")
    for line in re.findall(r"^Not yet: .*", README, re.MULTILINE):
        for command in sorted(set(re.findall(r"`([a-z ]+)`", line)) & listed):
            complaints.add(f"toksync {command} exists by now")


def check_paths(complaints):
    named = set(re.findall(r"(?<![\w/])((?:docs|scripts|pipelines|src|schema|tests)/[\w./-]*\w)", README))
    for path in sorted(named):
        if not (ROOT / path).exists():
            complaints.add(f"there is no {path}")


def check_named_tests(complaints):
    """What README says a test shows, a test of that name has to exist for."""
    for path, quoted in re.findall(r'`(tests/[\w/.]+)`(?:: "([^"…]+)…?")?', README):
        place = ROOT / path
        if not place.exists():
            complaints.add(f"there is no {path}")
            continue
        test = rf'TEST_CASE(_FIXTURE\(\w+, |\()"{re.escape(quoted)}'
        if quoted and not re.search(test, place.read_text(encoding="utf-8")):
            complaints.add(f'{path} has no test whose name begins with "{quoted}"')


def check_units(complaints, folder, binaries):
    """Each block behind the service that it is to change, with the program where it is here."""
    if not shutil.which("systemd-analyze"):
        return
    service = (ROOT / "scripts/systemd/toksync@.service").read_text(encoding="utf-8")
    for block in blocks("ini"):
        unit = folder / "toksync@nightly.service"
        unit.write_text(service.replace("ExecStart=", f"ExecStart={binaries}/") + block, encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True,
                              check=False, timeout=PATIENCE)
        if done.returncode != 0 or done.stderr:
            complaints.add(f"systemd-analyze verify says of the service with\n{block}{done.stdout}{done.stderr}")


def main():
    binaries = Path(sys.argv[1]).resolve()
    complaints = Complaints()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pipelines").symlink_to(ROOT / "pipelines")
        check_pipelines(complaints, folder, binaries)
        check_flags(complaints, binaries)
        check_commands(complaints, binaries)
        check_exit_codes(complaints, binaries)
        check_paths(complaints)
        check_units(complaints, folder, binaries)
        check_transcript(complaints, run_demo(folder, binaries))
        check_relations(complaints, folder / "demo.db")
        check_named_tests(complaints)
        check_queries(complaints, folder / "demo.db")
        for problem in other_tools.check(folder / "demo.db", blocks("sql")):
            complaints.add(problem)
        check_consoles(complaints, folder, binaries)
    print(f"README.md: {complaints.count} wrong" if complaints.count else "README.md is true")
    return 1 if complaints.count else 0


if __name__ == "__main__":
    sys.exit(main())
