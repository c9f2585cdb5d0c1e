# shellcheck shell=bash
# What the scripts share: one clear line per step, and builds that are quiet unless they fail.
# Sourced from the root of the repository, never run.

# One line on standard error, so that standard output holds results only.
step() {
  printf '==> %s\n' "$*" >&2
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# run_quietly LOG COMMAND...: the output goes to LOG; when the command fails, the log's end and its
# path are shown and the script ends with the command's exit code.
run_quietly() {
  local -r log=$1
  shift
  mkdir -p "$(dirname "$log")"
  local code=0
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if ((code != 0)); then
    tail -n 40 "$log" >&2
    printf 'error: %s failed with exit code %d; the whole log is in %s\n' "$1 ${2-}" "$code" "$log" >&2
    exit "$code"
  fi
}

# A fresh clone has no build folder; configuring again is ninja's own decision after that.
configure_preset() {
  local -r preset=$1
  [[ -f build/$preset/build.ninja ]] ||
    run_quietly "build/$preset-configure.log" cmake --preset "$preset"
}

# build_preset PRESET [TARGET...]: says what it does, builds with as many processes as fit.
build_preset() {
  local -r preset=$1
  shift
  local -r begin=$SECONDS
  step "Building the $preset preset in build/$preset (the first time takes a few minutes)"
  configure_preset "$preset"
  local targets=()
  (($# == 0)) || targets=(--target "$@")
  run_quietly "build/$preset-build.log" cmake --build --preset "$preset" --parallel "$(build_jobs)" "${targets[@]}"
  step "Built in $((SECONDS - begin)) s"
}

# One process a core, but never more than one a gigabyte and a half of memory.
build_jobs() {
  local -r cores=$(nproc)
  local -r megabytes=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  local -r fitting=$((megabytes / 1500))
  if ((fitting < 1)); then
    echo 1
  elif ((fitting < cores)); then
    echo "$fitting"
  else
    echo "$cores"
  fi
}
