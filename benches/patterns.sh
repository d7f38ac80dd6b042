#!/bin/sh
# What doubling the library costs a scan: every pattern file once more under other ids, by `--patterns`, on the same input. Twice over: copies that
# look for other words (what a larger library is), and copies that look for the same words (the worst that can be: all that is found is found twice).
#
#   benches/patterns.sh [MEBIBYTES] [RUNS]    default: 128 MiB, 5 runs
#   BIN=path benches/patterns.sh              another binary than target/release/necropsy
#
# Runs take turns, so that a busy machine slows all alike; user seconds tell more than wall time. Signals and causes have other ids, and the copies of
# causes ask for the copies of signals. Other words are the same words read backwards: as many and as long, and not in the input. The time to read and
# check the pattern files is taken on an empty input and shown apart.
set -eu
cd "$(dirname "$0")/.."
mib=${1:-128}
runs=${2:-5}
bin=${BIN:-target/release/necropsy}
[ -x "$bin" ] || cargo build --release
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

mkdir -p "$room/once"
python3 - patterns "$room/other" "$room/same" <<'PY'
import pathlib, re, sys

source, other, same = map(pathlib.Path, sys.argv[1:])
texts = {path: path.read_text() for path in sorted(source.rglob("*.toml"))}
ids = set()
for text in texts.values():
    ids.update(re.findall(r'^id = "([^"]+)"$', text, re.M))
name = re.compile(r'"(' + "|".join(re.escape(i) for i in sorted(ids, key=len, reverse=True)) + r')"')
for path, text in texts.items():
    # Stories are told elsewhere; examples may mention ids as text.
    text = re.split(r'^\[\[cause\.test\]\]$', text, flags=re.M)[0] + "".join(
        part for part in re.findall(r'^\[\[(?:signal|span)\]\]$.*?(?=^\[\[cause\.test\]\]$|\Z)', text.split("[[cause.test]]", 1)[1], re.M | re.S)
    ) if "[[cause.test]]" in text else text
    def renamed(found):
        return '"%s"' % (found[1].replace(".", "-copy.", 1) if "." in found[1] else found[1] + "-copy")
    text = name.sub(renamed, text)
    def backwards(found):
        return found[1] + re.sub(r'"([^"]*)"', lambda word: '"%s"' % word[1][::-1], found[2])
    reversed_text = re.sub(r'^(hint = )(\[.*?\])$', backwards, text, flags=re.M | re.S)
    for target, text in ((same, text), (other, reversed_text)):
        out = target / path.relative_to(source).with_name(path.stem + "-copy.toml")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
PY

lines=$((mib * 1048576 / 245))
awk -v lines="$lines" 'BEGIN {
    for (i = 0; i < lines; i++) {
        t = int(i * 86400 / lines)
        head = sprintf("0302 %02d:%02d:%02d.%06d    1234 ", t / 3600, t / 60 % 60, t % 60, i % 1000000)
        pod = sprintf("shop/web-%d-7d9f5c6b8-x%dk2p", i % 40, i % 9)
        if (i % 97 == 0)
            printf "E%spod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"app\\\" with CrashLoopBackOff: \\\"back-off 5m0s restarting failed container=app pod=web_shop\\\"\" pod=\"%s\"\n", head, pod
        else if (i % 20 == 0)
            printf "I%skubelet.go:2410] \"SyncLoop (PLEG): event for pod\" pod=\"%s\" event={\"ID\":\"9d3c1a7e-52b4-4f0e-8a51-0c2f%08x\",\"Type\":\"ContainerStarted\",\"Data\":\"%016x\"}\n", head, pod, i, i * 7919
        else
            printf "I%sreconciler_common.go:245] \"operationExecutor.VerifyControllerAttachedVolume started for volume \\\"data-%d\\\" (UniqueName: \\\"kubernetes.io/csi/%08x\\\") pod \\\"%s\\\"\" pod=\"%s\"\n", head, i % 40, i, pod, pod
    }
}' >"$room/kubelet.log"

echo empty >"$room/empty.log"

"$bin" patterns check | tail -1
"$bin" patterns check --patterns "$room/other" | tail -1
echo "$(($(wc -c <"$room/kubelet.log") / 1000000)) MB; best of $runs runs, in turns; $(uname -srm), $(getconf _NPROCESSORS_ONLN) processors, $(date -u +%F)"
for _ in $(seq "$runs"); do
    for which in once other same; do
        for log in empty kubelet; do
            /usr/bin/time -a -o "$room/times-$which-$log" -f '%e %U' \
                "$bin" scan --threads 1 --year 2026 --format json --patterns "$room/$which" "$room/$log.log" >/dev/null 2>&1
        done
    done
done
for which in once other same; do
    for log in empty kubelet; do
        awk -v which="$which" -v of="$log" 'NF == 2 { if (wall == "" || $1 < wall) wall = $1; if (user == "" || $2 < user) user = $2 } END { print which, of, wall, user }' \
            "$room/times-$which-$log"
    done
done | awk '
    { wall[$1, $2] = $3; user[$1, $2] = $4 }
    END {
        split("once other same", names, " ")
        split("the library|twice, other words|twice, the same words", titles, "|")
        for (i = 1; i <= 3; i++) {
            n = names[i]
            w = wall[n, "kubelet"] - wall[n, "empty"]
            u = user[n, "kubelet"] - user[n, "empty"]
            if (i == 1) { w1 = w; u1 = u }
            printf "%-22s %7.2f s wall %7.2f s user for the input (ratio %.3f wall, %.3f user), %.2f s user to read the patterns\n", titles[i], w, u, w / w1, u / u1, user[n, "empty"]
        }
    }'
