#!/bin/sh
# What a case costs beside `cat` on the same bytes: time and memory of its columns and of its index of words, its size, and whether it survives being
# killed.
#
#   benches/case.sh INPUT [KILLS]             INPUT: a directory of logs; KILLS: how often an ingest is killed, default 50
#   BIN=path benches/case.sh INPUT            another binary than target/release/necropsy
#
# `cargo bench --bench case -- CASE` asks the case that is left in /tmp/necropsy-case.
set -eu
input=$(realpath "$1")
kills=${2:-50}
cd "$(dirname "$0")/.."
bin=${BIN:-target/release/necropsy}
[ -x "$bin" ] || cargo build --release
case=${TMPDIR:-/tmp}/necropsy-case
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

bytes=$(find "$input" -type f -exec cat {} + | wc -c)
echo "$((bytes / 1000000)) MB in $(find "$input" -type f | wc -l) files, $(uname -srm), $(getconf _NPROCESSORS_ONLN) processors, $(date -u +%F)"
timed() {
    name=$1
    shift
    /usr/bin/time -f "%e %U %M" -o "$room/time" "$@" >"$room/out" 2>"$room/err" || { cat "$room/err"; exit 1; }
    awk -v name="$name" -v bytes="$bytes" '{ printf "%-24s %8.2f s wall %8.2f s user %6.0f MB/s %6.0f MiB peak\n", name, $1, $2, bytes / $1 / 1e6, $3 / 1024 }' "$room/time"
}
share() { du -sb "$@" | awk -v bytes="$bytes" '{ sum += $1 } END { printf "%.1f %% of the input\n", sum * 100 / bytes }'; }
timed cat find "$input" -type f -exec cat {} +
timed scan "$bin" scan "$input" --format json
rm -rf "$case"
timed "ingest --no-index" "$bin" ingest "$input" --case "$case" --no-index
echo "columns: $(share "$case")"
timed "index of words" "$bin" ingest "$input" --case "$case"
echo "case: $(share "$case")"

# Killed at random, it opens with what was committed; ended, it is the same as one that was never killed.
[ "$kills" -gt 0 ] || exit 0
small=$room/small
mkdir "$small"
find "$input" -type f | sort | head -4 | while read -r file; do head -c 2000000 "$file" >"$small/$(echo "$file" | tr / _)"; done
said() { "$bin" search "$1" '*' --format jsonl | sha256sum; "$bin" case "$1" report | sha256sum; }
"$bin" ingest samples --case "$room/k" >/dev/null
before=$(said "$room/k")
start=$(date +%s%N)
"$bin" ingest samples "$small" --case "$room/whole" >/dev/null
length=$((($(date +%s%N) - start) / 1000000))
after=$(said "$room/whole")
good=0
for _ in $(seq "$kills"); do
    rm -rf "$room/now"
    cp -r "$room/k" "$room/now"
    "$bin" ingest "$small" --case "$room/now" >/dev/null 2>&1 &
    child=$!
    sleep "$(awk -v most="$length" -v seed="$(od -An -N4 -tu4 /dev/urandom)" 'BEGIN { srand(seed); printf "%.3f", rand() * most / 1000 }')"
    kill -9 "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    now=$(said "$room/now")
    "$bin" ingest "$small" --case "$room/now" >/dev/null
    { [ "$now" = "$before" ] || [ "$now" = "$after" ]; } && [ "$(said "$room/now")" = "$after" ] && good=$((good + 1))
done
echo "killed: $good of $kills cases opened, and were the same when the ingest was run again"
