#!/usr/bin/env bash
# Installs what is missing, builds the dev preset and runs every test. Further arguments go to ctest:
#   scripts/test.sh                    everything
#   scripts/test.sh -R store           the tests whose names hold "store"
# The exit code is ctest's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

scripts/install_packages --test
build_preset dev
step "Running the tests"
# Two more than fit the cores: those that run the programs wait most of the time.
exec ctest --preset dev --parallel $(($(nproc) + 2)) "$@"
