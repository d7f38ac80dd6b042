#!/bin/sh
# How long a scan takes beside `cat`, a search for the library's own literals, and decompressors on the same bytes, and how much memory it needs.
#
#   benches/scan.sh [MEBIBYTES] [RUNS]        default: 256 MiB, 3 runs
#   BIN=path benches/scan.sh                  another binary than target/release/necropsy
#   INPUT=directory benches/scan.sh           other input than is made here
#
# `rg`, `lnav`, `pigz`, `gzip`, `zstd` are measured where they are installed; the last column sets each beside what it is to be compared with.
# The input is made here with awk: kubelet lines of a few nodes, a controller's, and a MySQL error log; most of it says nothing, some of it repeats
# what patterns look for. It is the same in every run. Wall times mean something on a quiet machine only; user seconds always do.
set -eu
cd "$(dirname "$0")/.."
mib=${1:-256}
runs=${2:-3}
bin=${BIN:-target/release/necropsy}
[ -x "$bin" ] || [ -n "${MAKE_ONLY:-}" ] || cargo build --release
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

make_input() {
lines=$((mib * 1048576 / 8 / 245))
make_node() {
    mkdir -p "$room/in/nodes/node-$1"
    awk -v lines="$lines" -v node="$1" 'BEGIN {
        for (i = 0; i < lines; i++) {
            t = int(i * 86400 / lines)
            head = sprintf("0302 %02d:%02d:%02d.%06d    1234 ", t / 3600, t / 60 % 60, t % 60, i % 1000000)
            pod = sprintf("shop/web-%d-7d9f5c6b8-x%dk2p", i % 40, i % 9)
            if (i % 97 == 0)
                printf "E%spod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"app\\\" with CrashLoopBackOff: \\\"back-off 5m0s restarting failed container=app pod=web_shop\\\"\" pod=\"%s\"\n", head, pod
            else if (i % 1009 == 0)
                printf "E%skubelet_node_status.go:540] \"Error updating node status, will retry\" err=\"error getting node \\\"node-%d\\\": Get \\\"https://10.0.0.1:6443/api/v1/nodes/node-%d\\\": net/http: TLS handshake timeout\"\n", head, node, node
            else if (i % 20 == 0)
                printf "I%skubelet.go:2410] \"SyncLoop (PLEG): event for pod\" pod=\"%s\" event={\"ID\":\"9d3c1a7e-52b4-4f0e-8a51-0c2f%08x\",\"Type\":\"ContainerStarted\",\"Data\":\"%016x\"}\n", head, pod, i, i * 7919
            else
                printf "I%sreconciler_common.go:245] \"operationExecutor.VerifyControllerAttachedVolume started for volume \\\"data-%d\\\" (UniqueName: \\\"kubernetes.io/csi/%08x\\\") pod \\\"%s\\\"\" pod=\"%s\"\n", head, i % 40, i, pod, pod
        }
    }' >"$room/in/nodes/node-$1/kubelet.log"
}
for node in 1 2 3 4 5 6 7; do make_node $node; done
awk -v lines="$lines" 'BEGIN {
    for (i = 0; i < lines * 3 / 2; i++) {
        t = int(i * 86400 / (lines * 3 / 2))
        head = sprintf("2026-03-02T%02d:%02d:%02d.%06dZ %d ", t / 3600, t / 60 % 60, t % 60, i % 1000000, i % 5000)
        if (i % 50 == 0) print head "[Note] [MY-010914] [Server] Aborted connection " i " to db: \047shop\047 user: \047web\047 host: \04710.0.0.9\047 (Got an error reading communication packets)."
        else print head "[Note] [MY-012551] [InnoDB] Buffer pool(s) dump " i " completed at 260302 10:00:00, pages written " i * 3
    }
}' >"$room/in/mysqld-error.log"
}
# For other measurements of the same input.
if [ -n "${MAKE_ONLY:-}" ]; then
    make_input
    mv "$room/in" "$MAKE_ONLY"
    exit 0
fi
input=${INPUT:-$room/in}
[ -n "${INPUT:-}" ] || make_input

files=$(find "$input" -type f | sort)
bytes=$(cat $files | wc -c)
# What the library looks for before it reads a record in full.
grep -rh '^hint' patterns | grep -o '"[^"]*"' | tr -d '"' | sort -u >"$room/words"
echo "$((bytes / 1000000)) MB in $(echo "$files" | wc -l) files; best of $runs runs; $(uname -srm), $(getconf _NPROCESSORS_ONLN) processors, $(date -u +%F)"

# Best wall and user seconds and the peak of memory of one command, and its wall beside that of `beside`.
measure() {
    name=$1
    shift
    : >"$room/times"
    for _ in $(seq "$runs"); do
        /usr/bin/time -a -o "$room/times" -f '%e %U %M' "$@" >/dev/null
    done
    wall=$(awk 'NF == 3 { if (wall == "" || $1 < wall) wall = $1 } END { print (wall > 0 ? wall : 0.01) }' "$room/times")
    awk -v name="$name" -v bytes="$bytes" -v wall="$wall" -v beside="${beside:-}" -v base="${base:-0}" '
        NF == 3 { if (user == "" || $2 < user) user = $2; if ($3 > peak) peak = $3 }
        END {
            printf "%-24s %7.2f s wall %7.2f s user %7.0f MB/s of wall %6.0f MiB peak", name, wall, user, bytes / 1e6 / wall, peak / 1024
            if (base > 0) printf " %7.2f x %s", wall / base, beside
            print ""
        }' "$room/times"
}
# Later commands are measured beside the one measured last.
beside_last() { beside=$1 base=$wall; }
measure cat cat $files
beside_last cat
# Into a pipe: grep stops at the first hit where nobody reads the rest.
measure 'grep -c -i -F -f hints' sh -c 'grep -c -i -F -f "$1" $2 | cat' sh "$room/words" "$files"
if command -v rg >/dev/null; then measure 'rg -c -i -F -f hints' rg -c -i -F -f "$room/words" "$input"; fi
if command -v lnav >/dev/null; then measure 'lnav: load and count' env HOME="$room" lnav -n -c ';SELECT count(*) FROM all_logs' $files; fi
measure 'sources' "$bin" sources --format json "$input"
measure 'scan' "$bin" scan --format json "$input"
measure 'scan --threads 1' "$bin" scan --threads 1 --format json "$input"
# The same lines in ten thousand files, beside the few large ones.
measure 'scan' "$bin" scan --format json "$input"
beside_last 'the large files'
mkdir "$room/many"
number=0
echo "$files" | while read -r file; do
    number=$((number + 1))
    mkdir "$room/many/$number"
    split -a 4 -d -n "l/$((10000 / $(echo "$files" | wc -l) + 1))" --additional-suffix=.log "$file" "$room/many/$number/part-"
done
measure 'scan of 10000 files' "$bin" scan --format json "$room/many"
rm -r "$room/many"
for packer in gzip zstd; do
    command -v $packer >/dev/null || continue
    archive=$room/in.tar.$packer
    tar -C "$input" -cf - . | $packer -q -c >"$archive"
    beside='' base=0
    measure "$packer -dc" $packer -dc "$archive"
    beside_last "$packer -dc"
    if [ $packer = gzip ] && command -v pigz >/dev/null; then measure 'pigz -dc' pigz -dc "$archive"; fi
    measure "scan tar.$packer" "$bin" scan --format json "$archive"
    rm "$archive"
done
# Reading the library and one line.
printf 'nothing\n' >"$room/line"
beside='' base=0
measure 'start' "$bin" scan --format json "$room/line"
