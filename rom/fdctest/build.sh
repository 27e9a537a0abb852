#!/bin/sh
# Assembles fdctest.S and writes a disk of 1.44 MB that boots it: build.sh OUT. Needs GNU as and ld.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: build.sh OUT" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 -I "$here" -I "$here/../pctest" -o "$work/fdctest.o" "$here/fdctest.S"
"${CROSS:-}ld" -m elf_i386 --oformat binary -Ttext 0x7C00 -e 0x7C00 -o "$1" "$work/fdctest.o"
truncate -s 1440K "$1"
