#!/bin/sh
# How many instructions a scan takes: a figure that no other work on the machine moves, held against the one that is kept.
#
#   benches/instructions.sh [MEBIBYTES]       default: 16 MiB of what scan.sh makes
#   PROFILE=quick benches/instructions.sh     a build of that profile; figures of each profile are kept by themselves
#   BIN=path benches/instructions.sh          another binary than target/release/necropsy
#   INPUT=directory benches/instructions.sh   other input; nothing is held against anything
#   KEEP=1 benches/instructions.sh            keeps the figures in benches/instructions.baseline
#
# Counted by the processor where `perf stat` may ask it, else by valgrind, which is some forty times slower and has no SHA instructions: there
# hashing takes sixty instructions a byte, and the figure is given without it too.
#
# Figures of another compiler, another way of counting or another size are no measure: a figure is kept for each, and where there is none nothing is
# held against it. More than 5 % above the kept figure is an error; say in the change why, and keep the new one.
set -eu
cd "$(dirname "$0")/.."
mib=${1:-16}
profile=${PROFILE:-release}
bin=${BIN:-target/$profile/necropsy}
[ -n "${BIN:-}" ] || cargo build --quiet --profile "$profile"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
kept=benches/instructions.baseline
compiler=$(rustc --version | awk '{ print $2 }')
# Searches take other ways on processors without these instructions.
machine=$(uname -m)$(grep -qs ' avx2 ' /proc/cpuinfo && echo +avx2 || true)

own=yes
[ -z "${INPUT:-}" ] || own=no
if [ "$own" = yes ]; then
    MAKE_ONLY=$room/in benches/scan.sh "$mib"
    INPUT=$room/in
fi
bytes=$(find "$INPUT" -type f -exec cat {} + | wc -c)
verdict=0

# Prints a figure, holds it against the kept one, keeps it if that is asked for.
say() {
    awk -v what="$1" -v count="$3" -v bytes="$bytes" 'BEGIN { printf "%-28s %14.0f instructions %8.1f a byte\n", what, count, count / bytes }'
    [ "$own" = yes ] || return 0
    key="$machine $compiler $profile $2 $mib $(echo "$1" | tr ' ' '-')"
    if [ -n "${KEEP:-}" ]; then
        touch "$kept"
        grep -v -F "$key " "$kept" >"$room/kept" || true
        echo "$key $3" >>"$room/kept"
        LC_ALL=C sort "$room/kept" >"$kept"
        return 0
    fi
    before=$(awk -v key="$key " 'index($0, key) == 1 { print $NF }' "$kept" 2>/dev/null || true)
    if [ -z "$before" ]; then
        echo "  no figure is kept for $key"
    elif ! awk -v now="$3" -v before="$before" 'BEGIN { printf "  %+.1f %% of the kept figure\n", (now / before - 1) * 100; exit now > before * 1.05 }'; then
        echo "  more than 5 % above the kept figure" >&2
        verdict=1
    fi
}

for command in sources scan; do
    count=$(perf stat -x , -e instructions:u "$bin" "$command" --threads 1 --format json "$INPUT" 2>&1 >/dev/null | awk -F , '$1 ~ /^[0-9]+$/ { print $1 }' || true)
    if [ -n "$count" ]; then
        say "$command" perf "$count"
    elif command -v valgrind >/dev/null; then
        valgrind --tool=callgrind --callgrind-out-file="$room/out" "$bin" "$command" --threads 1 --format json "$INPUT" >/dev/null 2>"$room/err"
        all=$(awk '/Collected/ { print $4 }' "$room/err")
        say "$command" callgrind "$all"
        hashing=$(callgrind_annotate --inclusive=yes "$room/out" 2>/dev/null | awk '/sha2::sha256::.*compress/ { gsub(",", "", $1); print $1; exit }')
        say "$command without hashing" callgrind "$((all - ${hashing:-0}))"
    else
        echo 'neither perf counters nor valgrind: nothing can count here' >&2
        exit 0
    fi
done
exit $verdict
