#!/bin/sh
# Assembles geometry.S into a sector: build.sh OUT. Needs GNU as and ld (or their namesakes
# in $CROSS).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 -o "$work/geometry.o" "$here/geometry.S"
"${CROSS:-}ld" -m elf_i386 --oformat binary -Ttext 0x7C00 -e _start -o "$work/geometry.bin" "$work/geometry.o"
mv "$work/geometry.bin" "$out"
