#!/bin/sh
# One night, for cron: runs a pipeline, and says something only when there is something to do.
#   nightly.sh [PIPELINE [KEYFILE]]
# The key file belongs to the user alone (chmod 600) and holds the API key.
pipeline=${1:-/etc/toksync/nightly.toml}
TOKSTA_API_KEY=$(cat "${2:-/etc/toksync/nightly.key}") || exit 4
export TOKSTA_API_KEY
toksync run "$pipeline" --quiet --lock-wait 10m --max-duration 6h --summary-file last-run.json
code=$?
case $code in
  0 | 3) ;;              # done; 3: some creators failed, toksync status says which
  5 | 11 | 130 | 143) ;; # the next night goes on where this one stopped
  7) echo "toksync: the account has too few credits" ;;
  8) echo "toksync: stopped by a budget or by --max-duration; the next night goes on" ;;
  *) echo "toksync: needs a person, see toksync status" ;;
esac
exit "$code"
