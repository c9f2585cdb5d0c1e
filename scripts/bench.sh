#!/usr/bin/env bash
# Builds the benchmarks with the release preset, runs them, prints a Markdown table each, and keeps the tables in
# tests/bench/RESULTS.md with machine and versions. Installs what is missing; DuckDB only where npm is there.
#
#   scripts/bench.sh                 all of them
#   scripts/bench.sh ingest          from the bytes of a page to rows, against what others would use (minutes)
#   scripts/bench.sh night           simulated nights against the least time that the rate limit allows
#   scripts/bench.sh queries         status, plan and views over a million creators (4 GB on the disk)
#   scripts/bench.sh runs            whole runs of up to 100,000 creators against the sandbox: time and memory
#
# What follows the name is handed to the program: scripts/bench.sh ingest --rounds 5. For figures that mean
# something, let nothing else run meanwhile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

readonly results=tests/bench/RESULTS.md
readonly node_folder=build/bench/node
readonly duckdb_package=@duckdb/node-api@1.5.6-r.1

names=()
while (($# > 0)) && [[ $1 != -* ]]; do
  [[ -f tests/bench/bench_$1.cpp || -f tests/bench/bench_$1.py ]] || die "there is no benchmark $1; tests/bench/ has them"
  names+=("$1")
  shift
done
if ((${#names[@]} == 0)); then
  names=(ingest night queries runs)
fi

install_duckdb() {
  if ! command -v npm >/dev/null; then
    step "There is no npm: DuckDB is not measured"
    return 0
  fi
  mkdir -p "$node_folder" build/bench
  if [[ ! -d $node_folder/node_modules/@duckdb/node-api ]] &&
    ! npm install --prefix "$node_folder" --no-audit --no-fund "$duckdb_package" >build/bench/npm.log 2>&1; then
    step "npm cannot install $duckdb_package (build/bench/npm.log): DuckDB is not measured"
    return 0
  fi
  TOKSYNC_BENCH_NODE_MODULES=$PWD/$node_folder/node_modules
  export TOKSYNC_BENCH_NODE_MODULES
}

# version_of PACKAGE: of a Debian package.
version_of() {
  dpkg-query --show --showformat="\${Version}" "$1" 2>/dev/null || echo missing
}

describe_machine() {
  local model memory
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  memory=$(awk '/^MemTotal:/ { printf "%.0f", $2 / 1024 / 1024 }' /proc/meminfo)
  printf 'Measured on %s at commit %s: %s with %s cores, %s GB, %s (%s), load %s at the start.\n' \
    "$(date --utc +%F)" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" "${model:-a processor}" "$(nproc)" \
    "$memory" "$(uname -sr)" "$(findmnt --noheadings --output FSTYPE --target build)" "$(cut -d ' ' -f 1 /proc/loadavg)"
}

describe_versions() {
  local duckdb=none
  [[ -z ${TOKSYNC_BENCH_NODE_MODULES-} ]] || duckdb="${duckdb_package##*@}, node $(node --version)"
  printf 'SQLite %s, simdjson %s, Python %s, sqlite-utils %s, DuckDB %s; %s.\n' "$(version_of libsqlite3-0)" \
    "$(version_of libsimdjson-dev)" "$(version_of python3)" "$(version_of sqlite-utils)" "$duckdb" \
    "$(g++ --version | head -n 1)"
}

# keep NAME FILE: puts the file in the place of that name's part of the results.
keep() {
  local -r name=$1 part=$2
  [[ -f $results ]] ||
    printf '# Results of the benchmarks\n\n%s\n' \
      "Written by scripts/bench.sh, a part each; what limits a figure stands below its table." >"$results"
  grep -q "^<!-- $name -->\$" "$results" || printf '\n<!-- %s -->\n<!-- end of %s -->\n' "$name" "$name" >>"$results"
  awk -v begin="<!-- $name -->" -v end="<!-- end of $name -->" -v part="$part" '
    $0 == end { inside = 0 }
    !inside { print }
    $0 == begin { inside = 1; while ((getline line < part) > 0) print line }' "$results" >"$results.new"
  mv "$results.new" "$results"
}

scripts/install_packages --bench
targets=(toksync toksta-sandbox)
for name in "${names[@]}"; do
  [[ ! -f tests/bench/bench_$name.cpp ]] || targets+=("bench_$name")
done
build_preset release "${targets[@]}"
mkdir -p build/bench
for name in "${names[@]}"; do
  [[ $name != ingest ]] || install_duckdb
  program=tests/bench/bench_$name.py
  [[ -f $program ]] || program=$(find build/release -type f -name "bench_$name" -perm -u+x | head -n 1)
  machine=$(describe_machine)
  arguments=("$@")
  # On a real disk, and away with it at the end.
  [[ $name != ingest ]] || arguments=(--folder build/bench "${arguments[@]}")
  [[ $name != runs || $# -gt 0 ]] || arguments=(--all-stages)
  step "Running bench_$name"
  "$program" "${arguments[@]}" >"build/bench/$name.table.md" || step "bench_$name misses a target, see below"
  cat "build/bench/$name.table.md"
  {
    printf '## bench_%s\n\n%s\n' "$name" "$machine"
    [[ $name != ingest ]] || describe_versions
    printf '\n'
    cat "build/bench/$name.table.md"
    [[ ! -f tests/bench/$name/limits.md ]] || { printf '\n' && cat "tests/bench/$name/limits.md"; }
  } >"build/bench/$name.part.md"
  keep "$name" "build/bench/$name.part.md"
done
step "The tables are in $results"
