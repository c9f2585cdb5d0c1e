#!/usr/bin/env bash
# Builds the coverage preset, runs every test and prints the share of lines covered in each room of
# src/. Fails when a test fails, or when a room is below the minimum (80 % unless given):
#   scripts/coverage.sh [MINIMUM]
# The lines that no test reaches stand in build/coverage/html/index.html.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

readonly minimum=${1-80}
readonly summary=build/coverage/coverage.json

scripts/install_packages --check
scripts/install_packages --test
build_preset coverage
step "Running the tests"
# Counts of an earlier run would be added to this one's.
find build/coverage -name '*.gcda' -delete
run_quietly build/coverage-tests.log ctest --preset coverage --parallel "$(nproc)"

step "Reading the counts"
mkdir -p build/coverage/html
gcovr --root . --filter src/ --json-summary "$summary" --html-details build/coverage/html/index.html build/coverage

python3 - "$summary" "$minimum" <<'PYTHON'
import collections
import json
import sys

summary, minimum = sys.argv[1], float(sys.argv[2])
with open(summary, encoding="utf-8") as file:
    files = json.load(file)["files"]
rooms = collections.defaultdict(lambda: [0, 0])
for entry in files:
    room = rooms[entry["filename"].split("/")[1]]
    room[0] += entry["line_covered"]
    room[1] += entry["line_total"]
below = []
print(f"{'room':<10} {'lines':>7} {'covered':>8} {'percent':>8}")
for name, (covered, total) in sorted(rooms.items()):
    percent = 100 * covered / total if total else 100.0
    print(f"{name:<10} {total:>7} {covered:>8} {percent:>7.1f}%")
    if percent < minimum:
        below.append(name)
if not rooms:
    sys.exit("error: nothing was measured")
if below:
    sys.exit(f"error: below {minimum:.0f} %: {', '.join(below)}")
PYTHON
