#!/usr/bin/env bash
# Lets libFuzzer invent hostile input for everything that reads bytes from outside, and prints what came of it.
# Installs and builds what is missing.
#
#   scripts/fuzz.sh                            every target, a minute each
#   scripts/fuzz.sh --seconds 600 pipeline     the targets named, ten minutes each
#   scripts/fuzz.sh --seed 1                   the same inputs in the same order every time
#
# The targets are tests/fuzz/fuzz_*.cpp. They begin with tests/fuzz/corpus and with build/fuzz/corpus, where
# they keep what is new; what broke a property stays in build/fuzz/crashes. Fails when anything did.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

readonly folder=build/fuzz
readonly slowest_input=30 # seconds; a slower one counts as a crash
seconds=60
seed=0 # libFuzzer's word for a new one each time
targets=()
while (($# > 0)); do
  case $1 in
    --seconds | --seed)
      [[ ${2-} =~ ^[0-9]+$ ]] || die "$1 needs a number"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    -*) die "unknown flag $1; there are --seconds and --seed" ;;
    *)
      [[ -f tests/fuzz/fuzz_$1.cpp ]] || die "there is no target $1; tests/fuzz/ has them"
      targets+=("$1")
      ;;
  esac
  shift
done
if ((${#targets[@]} == 0)); then
  for source in tests/fuzz/fuzz_*.cpp; do
    target=${source##*/fuzz_}
    targets+=("${target%.cpp}")
  done
fi

# run_target TARGET: leaves its log and its exit code in $folder/logs.
run_target() {
  local -r target=$1 log=$folder/logs/$1.log
  local dictionary=() code=0
  mkdir -p "$folder/corpus/$target"
  [[ ! -f tests/fuzz/$target.dict ]] || dictionary=("-dict=tests/fuzz/$target.dict")
  "$folder/bin/fuzz_$target" -max_total_time="$seconds" -timeout="$slowest_input" -seed="$seed" -verbosity=1 \
    -artifact_prefix="$folder/crashes/$target-" "${dictionary[@]}" "$folder/corpus/$target" \
    "tests/fuzz/corpus/$target" >"$log" 2>&1 </dev/null || code=$?
  echo "$code" >"$log.code"
}

# last_number LOG WORD: the number behind the last "WORD " of the log.
last_number() {
  { grep -o "$2 [0-9]*" "$1" || echo "$2 -"; } | tail -n 1 | cut -d ' ' -f 2
}

# summarize TARGET: its line of the table, and how to see its crash again.
summarize() {
  local -r target=$1 log=$folder/logs/$1.log
  local runs result=ok
  runs=$({ grep -o '^#[0-9][0-9]*' "$log" || echo '#0'; } | tail -n 1)
  [[ $(cat "$log.code") == 0 ]] || result=CRASH
  printf '%-10s %10s %7s %8s  %s\n' "$target" "${runs#\#}" "$(last_number "$log" cov:)" "$(last_number "$log" corp:)" \
    "$result"
  [[ $result == CRASH ]] || return 0
  crashed+=("$target")
  local input
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  { grep -E 'not so: |ERROR: |runtime error: ' "$log" || tail -n 5 "$log"; } | head -n 3 >&2
  step "to see it again: $folder/bin/fuzz_$target ${input:-(no input; the log is $log)}"
}

scripts/install_packages --test
build_preset fuzz "${targets[@]/#/fuzz_}"
mkdir -p "$folder/logs" "$folder/crashes"
step "Fuzzing ${targets[*]} for $seconds s each"
for target in "${targets[@]}"; do
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
  run_target "$target" &
done
wait

crashed=()
printf '%-10s %10s %7s %8s  %s\n' target runs edges corpus result
for target in "${targets[@]}"; do summarize "$target"; done
((${#crashed[@]} == 0)) || die "an input broke ${crashed[*]}; fix it, and keep the input in tests/fuzz/corpus"
