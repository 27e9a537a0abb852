#!/bin/sh
# Assembles SOURCE.S of this folder into a program for DOS: build.sh SOURCE OUT.COM. What belongs at
# 2 MiB (section .monitor) follows the rest, which moves it there. Needs GNU as, ld, objcopy.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: build.sh SOURCE OUT.COM" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 -I "$here" -I "$here/../pctest" -o "$work/program.o" "$here/$1.S"
"${CROSS:-}ld" -m elf_i386 -Ttext 0x100 --section-start=.monitor=0x200000 -e 0x100 \
    -o "$work/program" "$work/program.o"
"${CROSS:-}objcopy" -O binary -j .text "$work/program" "$2"
"${CROSS:-}objcopy" -O binary -j .monitor "$work/program" "$work/monitor"
cat "$work/monitor" >> "$2"
