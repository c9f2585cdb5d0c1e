#!/usr/bin/env bash
# The main job end to end, against a stand-in for the API on this machine: installs what is missing,
# builds, runs pipelines/demo.toml and prints the shortlist and what it cost. Leaves demo.db behind;
# run it again and what is still fresh is not bought again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

readonly database=demo.db
readonly binaries=build/release/bin
# The sandbox's own key; no real account has it.
key=tk_test_$(printf '0%.0s' {1..48})
readonly key

# Flags win over variables, but a budget or a log format in the caller's environment would win here.
unset "${!TOKSYNC_@}"

scripts/install_packages
build_preset release toksync toksta-sandbox

step "Starting the sandbox on a free port"
coproc sandbox { exec "$binaries/toksta-sandbox" --port 0 --time-scale 10 --job-latency 10; }
# The shell forgets the variables of a coprocess as soon as it ends.
sandbox_process=${sandbox_PID:?}
trap 'kill "$sandbox_process" 2>/dev/null && wait "$sandbox_process" || true' EXIT
read -r -t 30 greeting <&"${sandbox[0]}" || die "the sandbox did not start"
base_url=${greeting##* }
step "The sandbox listens on $base_url"

step "Running pipelines/demo.toml into $database"
code=0
TOKSTA_API_KEY=$key "$binaries/toksync" run pipelines/demo.toml --base-url "$base_url" --db "$database" || code=$?
((code == 0)) || die "the run ended with exit code $code; see $binaries/toksync status --db $database"
