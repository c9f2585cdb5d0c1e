#!/usr/bin/env bash
# Mirrors an API against its stand-in on this machine, twice, with three days of the stand-in's world between: installs
# what is missing, builds, runs pipelines/NAME.toml into NAME.db and shows what the views answer.
#
#   scripts/demo_mirror.sh tokportal|toktra     as scripts/demo.sh calls it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

readonly name=${1:?tokportal or toktra}
readonly database=$name.db
readonly binaries=build/release/bin

unset "${!TOKSYNC_@}"

scripts/install_packages
build_preset release toksync toksta-sandbox

step "Starting the stand-in for $name on a free port"
exec {greetings}< <(exec "$binaries/toksta-sandbox" --api "$name" --creators 24 --port 0)
sandbox_process=$!
trap 'kill "$sandbox_process" 2>/dev/null && wait "$sandbox_process" || true' EXIT
read -r -t 30 greeting <&"$greetings" || die "the stand-in did not start"
address=${greeting##* }

# The stand-ins' own keys; no real account has them.
case $name in
tokportal)
  base_url=$address/api/ext
  TOKPORTAL_API_KEY=sk_$(printf '0%.0s' {1..64})
  export TOKPORTAL_API_KEY
  views=(tokportal_growing_posts tokportal_account_growth tokportal_credits_by_purpose)
  ;;
toktra)
  base_url=$address/v1
  export TOKTRA_CLIENT_ID=client_test TOKTRA_CLIENT_SECRET=secret_test
  export TOKSYNC_REDACT_KEY=only-for-the-demo
  views=(toktra_cost_by_department toktra_cost_by_model toktra_budgets_near_end toktra_open_alerts)
  ;;
*) die "there is no demo \"$name\"" ;;
esac

step "Running pipelines/$name.toml into $database"
"$binaries/toksync" run "pipelines/$name.toml" --base-url "$base_url" --db "$database"

step "Three days pass there; what has changed is read"
python3 - "$address/sandbox/advance" <<'PYTHON'
import sys
import urllib.request

urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=b'{"days": 3}'), timeout=10).read()
PYTHON
"$binaries/toksync" run "pipelines/$name.toml" --base-url "$base_url" --db "$database"

for view in "${views[@]}"; do
  step "The first rows of $view"
  sqlite3 -readonly -box "$database" "SELECT * FROM $view LIMIT 5"
done
step "Everything is in $database, for example: sqlite3 -box $database 'SELECT * FROM mirrors'"
