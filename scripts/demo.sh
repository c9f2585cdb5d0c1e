#!/usr/bin/env bash
# The main job end to end, against a stand-in for the API on this machine: installs what is missing,
# builds, runs pipelines/demo.toml and prints the shortlist and what it cost. Leaves demo.db behind;
# run it again and what is still fresh is not bought again.
#
#   scripts/demo.sh            the Toksta Public API v1
#   scripts/demo.sh partner    the Toksta Partner API: pipelines/partner.toml into partner.db
#   scripts/demo.sh tokportal  TokPortal, mirrored: pipelines/tokportal.toml into tokportal.db
#   scripts/demo.sh toktra     Toktra, mirrored: pipelines/toktra.toml into toktra.db
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

case "${1:-}" in
"") pipeline=demo sandbox_options=() ;;
partner) pipeline=partner sandbox_options=(--api partner) ;;
tokportal | toktra) exec scripts/demo_mirror.sh "$1" ;;
*) die "there is no demo \"$1\"; it is scripts/demo.sh, perhaps with partner, tokportal or toktra" ;;
esac
readonly pipeline sandbox_options
readonly database=$pipeline.db
readonly binaries=build/release/bin
# The sandbox's own key; no real account has it.
key=tk_test_$(printf '0%.0s' {1..48})
readonly key

# Flags win over variables, but a budget or a log format in the caller's environment would win here.
unset "${!TOKSYNC_@}"

scripts/install_packages
build_preset release toksync toksta-sandbox

step "Starting the sandbox on a free port"
exec {greetings}< <(exec "$binaries/toksta-sandbox" --port 0 --time-scale 10 --job-latency 10 "${sandbox_options[@]}")
sandbox_process=$!
trap 'kill "$sandbox_process" 2>/dev/null && wait "$sandbox_process" || true' EXIT
read -r -t 30 greeting <&"$greetings" || die "the sandbox did not start"
base_url=${greeting##* }
step "The sandbox listens on $base_url"

step "Running pipelines/$pipeline.toml into $database"
code=0
TOKSTA_API_KEY=$key "$binaries/toksync" run "pipelines/$pipeline.toml" --base-url "$base_url" --db "$database" || code=$?
# 3 is "done, but some creators failed": the sandbox has creators that cannot be enriched, as the API has.
((code == 0 || code == 3)) || die "the run ended with exit code $code; see $binaries/toksync status --db $database"

# query SQL: the answer of the database as a table.
query() {
  sqlite3 -readonly -box "$database" "$1"
}

step "The shortlist: of each keyword set the eight best by combined score"
query "
  SELECT keyword_set, name, followers_count AS followers, rank, combined_score AS combined, content_score AS content,
         audience_score AS audience, thought_leader_score AS thought_leader
    FROM (SELECT *, row_number() OVER (PARTITION BY keyword_set ORDER BY combined_score DESC NULLS LAST, rank) AS place
            FROM shortlist
           WHERE pipeline = '$pipeline')
   WHERE place <= 8
   ORDER BY keyword_set, place"

step "What this run cost, in credits"
query "
  SELECT keyword_set, stage,
         sum(credits) FILTER (WHERE kind = 'reserve') AS reserved,
         sum(credits) FILTER (WHERE kind = 'charge') AS charged,
         sum(credits) FILTER (WHERE kind = 'release') AS released
    FROM credit_ledger
   WHERE run_id = (SELECT run_id FROM runs ORDER BY started_at DESC LIMIT 1)
   GROUP BY keyword_set, stage
   ORDER BY keyword_set, instr('search, enrich, content_match, audience_match, thought_leaders', stage)"
charged=$(sqlite3 -readonly "$database" "SELECT credits_charged FROM runs ORDER BY started_at DESC LIMIT 1")
billed=$(python3 - "$base_url/sandbox/bill" <<'PYTHON'
import json
import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
    print(json.load(answer)["credits_charged"])
PYTHON
)
step "Charged by the ledger: $charged; billed by the sandbox: $billed"
step "Everything is in $database, for example: sqlite3 -box $database 'SELECT * FROM run_summary'"
