#!/bin/sh
# How many instructions a scan takes: a figure that no other work on the machine moves.
#
#   benches/instructions.sh [MEBIBYTES]       default: 16 MiB of what scan.sh makes
#   BIN=path benches/instructions.sh          another binary than target/release/necropsy
#   INPUT=directory benches/instructions.sh   other input
#
# Counted by the processor where `perf stat` may ask it, else by valgrind, which is some forty times slower and has no SHA instructions: there
# hashing takes sixty instructions a byte, and the figure is given without it too.
set -eu
cd "$(dirname "$0")/.."
mib=${1:-16}
bin=${BIN:-target/release/necropsy}
[ -x "$bin" ] || cargo build --release
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

if [ -z "${INPUT:-}" ]; then
    MAKE_ONLY=$room/in benches/scan.sh "$mib"
    INPUT=$room/in
fi
bytes=$(find "$INPUT" -type f -exec cat {} + | wc -c)
say() { awk -v what="$1" -v count="$2" -v bytes="$bytes" 'BEGIN { printf "%-28s %14d instructions %8.1f a byte\n", what, count, count / bytes }'; }

for command in sources scan; do
    count=$(perf stat -x , -e instructions:u "$bin" "$command" --threads 1 --format json "$INPUT" 2>&1 >/dev/null | awk -F , '$1 ~ /^[0-9]+$/ { print $1 }' || true)
    if [ -n "$count" ]; then
        say "$command" "$count"
    elif command -v valgrind >/dev/null; then
        valgrind --tool=callgrind --callgrind-out-file="$room/out" "$bin" "$command" --threads 1 --format json "$INPUT" >/dev/null 2>"$room/err"
        say "$command" "$(awk '/Collected/ { print $4 }' "$room/err")"
        hashing=$(callgrind_annotate --inclusive=yes "$room/out" 2>/dev/null | awk '/:sha2::sha256::compress256/ { gsub(",", "", $1); print $1; exit }')
        say "$command without hashing" "$(($(awk '/Collected/ { print $4 }' "$room/err") - ${hashing:-0}))"
    else
        echo 'neither perf counters nor valgrind: nothing can count here' >&2
        exit 0
    fi
done
