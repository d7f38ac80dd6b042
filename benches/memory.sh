#!/bin/sh
# The peak of memory of a scan, of a small input and of a large one: a tree, a tar.gz and a tar.zst of the same files.
#
#   benches/memory.sh [MEBIBYTES...]          default: 64 1024
#   BIN=path benches/memory.sh                another binary than target/release/necropsy
#
# Fails where a peak is above 256 MiB. Needs GNU time, tar, gzip and zstd; the input is that of benches/scan.sh.
set -eu
cd "$(dirname "$0")/.."
bin=${BIN:-target/release/necropsy}
[ -x "$bin" ] || cargo build --release
[ $# -gt 0 ] || set -- 64 1024
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
failed=0

measure() {
    /usr/bin/time -f '%M %e %U' -o "$room/time" "$bin" scan "$2" >/dev/null 2>&1 || true
    read -r kilobytes wall user <<END
$(tail -n 1 "$room/time")
END
    printf '%-10s %-9s peak %4d MiB   %6s s wall %6s s user\n' "$1" "$(basename "$2" | sed 's/^in\.//')" $((kilobytes / 1024)) "$wall" "$user"
    [ "$kilobytes" -le 262144 ] || failed=1
}

for mib in "$@"; do
    MAKE_ONLY=$room/in benches/scan.sh "$mib"
    measure "${mib} MiB" "$room/in"
    tar -cf - -C "$room" in | gzip -1 >"$room/in.tar.gz"
    measure "${mib} MiB" "$room/in.tar.gz"
    rm "$room/in.tar.gz"
    tar -cf - -C "$room" in | zstd -q -1 >"$room/in.tar.zst"
    measure "${mib} MiB" "$room/in.tar.zst"
    rm -r "$room/in" "$room/in.tar.zst"
done
exit $failed
