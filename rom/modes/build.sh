#!/bin/sh
# Assembles modes.S into a disk image: build.sh OUT. Needs GNU as, ld, objcopy (or their i686 namesakes
# in $CROSS).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 -o "$work/modes.o" "$here/modes.S"
"${CROSS:-}ld" -m elf_i386 --oformat binary -Ttext 0x7C00 -e _start -o "$work/modes.bin" "$work/modes.o"
truncate -s 1M "$work/modes.bin" # a disk, for a BIOS's geometry
mv "$work/modes.bin" "$out"
