#!/usr/bin/env bash
# Builds the asan preset (AddressSanitizer and UBSan) and runs the tests in it.
#
#   scripts/sanitize.sh           every test
#   scripts/sanitize.sh --fast    those of the rooms, which start no program of ours, without the nights of deaths
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

readonly rooms=(base model pipeline stages http store plan api report engine)
case ${1-} in
  '') targets=() filter=() ;;
  --fast)
    targets=("${rooms[@]/#/test_}")
    filter=(--tests-regex "^($(IFS='|' && echo "${rooms[*]}"))(_random_nights|_nights_in_doubt)?\$")
    ;;
  *) die "unknown flag $1; there is --fast" ;;
esac

scripts/install_packages --test
build_preset asan "${targets[@]}"
step "Running the tests under the sanitizers"
exec ctest --preset asan --parallel "$(nproc)" "${filter[@]}"
