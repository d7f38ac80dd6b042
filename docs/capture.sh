#!/bin/sh
# Prints the first page of the terminal UI as text, as it looks on a real terminal, which tmux plays.
#
#   docs/capture.sh [SAMPLE] [WIDTHxHEIGHT] [KEY...]      keys by their names in tmux: Enter, Escape, j
#   docs/capture.sh --readme                              puts the page into README.md, between its marks
set -eu
cd "$(dirname "$0")/.."
bin=$(realpath "${BIN:-target/release/necropsy}")
if [ "${1:-}" = --readme ]; then
    page=$("$0" samples/split-brain 100x30 Enter)
    awk -v page="$page" '
        /<!-- capture -->/ { print; print "```text"; print page; print "```"; skip = 1; next }
        /<!-- end of capture -->/ { skip = 0 }
        !skip { print }' README.md >README.md.new
    mv README.md.new README.md
    exit 0
fi
sample=${1:-samples/split-brain}
size=${2:-100x30}
[ $# -gt 2 ] && shift 2 || set --
room=$(mktemp -d)
trap 'tmux -S "$room/socket" kill-server 2>/dev/null || true; rm -rf "$room"' EXIT
tmux -S "$room/socket" -f /dev/null new-session -d -x "${size%x*}" -y "${size#*x}" "NO_COLOR=1 exec '$bin' open '$sample'"
screen() { tmux -S "$room/socket" capture-pane -p; }
until screen | grep -q 'Enter story'; do sleep 0.05; done
for key in "$@"; do
    tmux -S "$room/socket" send-keys "$key"
    sleep 0.5
done
sleep 0.5
screen | sed 's/ *$//'
