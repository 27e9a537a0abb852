#!/bin/sh
# Assembles pctest.S and writes a disk of 2 MiB that boots it: build.sh OUT [SYMBOLS]. Needs GNU as
# and ld.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: build.sh OUT [--defsym RESETS=1] [--defsym SPEED=1]" >&2; exit 1; }
out=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 "$@" -I "$here" -o "$work/pctest.o" "$here/pctest.S"
"${CROSS:-}ld" -m elf_i386 --oformat binary -Ttext 0x7C00 -e 0x7C00 -o "$out" "$work/pctest.o"
truncate -s 2M "$out"
