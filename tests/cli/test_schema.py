#!/usr/bin/env python3
"""Holds the JSON schema of pipeline files against the loader.

  tests/cli/test_schema.py TOKSYNC [--write]     exit code 1 when they disagree; --write renews docs/

The schema is the one that `toksync schema` prints, and docs/pipeline.schema.json is a copy of it. Each pipeline that
the project ships, and each of a thousand or so small changes to a large one, is judged by both: what the loader
takes, the schema must take, so that no editor complains of a good file; and what the loader refuses for the sake of
a single key (its name, type, range or choices), the schema must refuse too.
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "docs/pipeline.schema.json"
# Values that most keys refuse, and some take.
VALUES = (True, -1, 0, 1, 15, 20, 150, 10**7, 0.5, "", "word", "30d", "never", "${HOME}", "full", [], ["one", "two"],
          ["broad"], [1], {})
# What only the loader knows: bounds of durations, rules between keys, and addresses in full.
BEYOND = re.compile(r"needs (at least|\[)|nothing can pass|not used by|found \"\$\{|found \".*\", allowed is a duration|"
                    r"youtube")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          env=os.environ | {"NAME": "people"})


def toml_of(table, path=()):
    """The table as lines of dotted keys."""
    lines = []
    for key, value in table.items():
        here = (*path, json.dumps(key))
        if isinstance(value, dict) and value:
            lines += toml_of(value, here)
        else:
            lines.append(".".join(here) + " = " + json.dumps(value))
    return lines


def places(table, path=()):
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from places(value, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def changes(document):
    """Every key replaced by every value, taken away, and joined by one that nobody knows."""
    for path in places(document):
        for value in VALUES:
            changed = copy.deepcopy(document)
            at(changed, path[:-1])[path[-1]] = value
            yield f"{'.'.join(path)} = {json.dumps(value)}", changed
        without = copy.deepcopy(document)
        del at(without, path[:-1])[path[-1]]
        yield f"without {'.'.join(path)}", without
        if isinstance(at(document, path), dict):
            strange = copy.deepcopy(document)
            at(strange, path)["strange key"] = 1
            yield f"{'.'.join(path)} with a strange key", strange


def judged_by_loader(toksync, documents):
    """What the loader says of each, by one call."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, document in enumerate(documents):
            files.append(str(Path(folder) / f"{number}.toml"))
            Path(files[-1]).write_text("\n".join(toml_of(document)) + "\n", encoding="utf-8")
        verdict = json.loads(run(toksync, "check", "--json", *files).stdout)
    problems = {}
    for problem in verdict["problems"]:
        problems.setdefault(problem["file"], []).append(problem["message"])
    return [problems.get(file, []) for file in files]


def main(toksync, write):
    printed = run(toksync, "schema").stdout
    if write:
        COPY.parent.mkdir(exist_ok=True)
        COPY.write_text(printed, encoding="utf-8")
    complaints = []
    if not COPY.exists() or COPY.read_text(encoding="utf-8") != printed:
        complaints.append("docs/pipeline.schema.json is not what toksync schema prints; "
                          "tests/cli/test_schema.py build/dev/bin/toksync --write renews it")
    schema = json.loads(printed)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)

    cases = [(path.name, tomllib.loads(path.read_text(encoding="utf-8")))
             for path in sorted((ROOT / "pipelines").glob("*.toml"))]
    everything = tomllib.loads((ROOT / "tests/fuzz/corpus/pipeline/everything.toml").read_text(encoding="utf-8"))
    for keyword_set in everything["keyword_sets"].values():
        keyword_set |= {"keywords": ["one", "two", "three", "four", "five"], "audience": ["CMO"]}
    cases.append(("everything.toml", everything))
    cases += changes(everything)
    taken = refused = 0
    for (name, document), problems in zip(cases, judged_by_loader(toksync, [case[1] for case in cases]), strict=True):
        is_valid = validator.is_valid(document)
        taken += not problems
        refused += not is_valid
        if not problems and not is_valid:
            error = next(validator.iter_errors(document))
            complaints.append(f"{name}: the loader takes it, the schema says {error.message[:120]}")
        if problems and is_valid and not any(BEYOND.search(problem) for problem in problems):
            complaints.append(f"{name}: the schema takes it, the loader says {problems}")
    if taken < 100 or refused < 500:
        complaints.append(f"a test that tests too little: {taken} taken, {refused} refused")
    for complaint in complaints:
        print(complaint)
    print(f"{len(cases)} pipelines: {taken} taken, {refused} refused by the schema, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--write" in sys.argv[2:]))
