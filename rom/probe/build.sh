#!/bin/sh
# Compiles the probe and writes a disk of 2 MiB that boots it: build.sh OUT. Needs GCC and GNU as and
# ld for the x86.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: build.sh OUT" >&2; exit 1; }
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 -I "$here/../pctest" -o "$work/0entry.o" "$here/entry.S"
for source in "$here"/*.c; do
    "${CROSS:-}gcc" -m16 -march=i386 -std=gnu11 -Os -Wall -Wextra -Wno-missing-field-initializers -ffreestanding -fno-pic \
        -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
        -c -o "$work/$(basename "$source" .c).o" "$source"
done
"${CROSS:-}ld" -m elf_i386 --oformat binary -N -Ttext 0x7C00 -e 0x7C00 -o "$work/probe.bin" "$work"/*.o
size=$(wc -c < "$work/probe.bin")
[ "$size" -le 32768 ] || { echo "build.sh: $size bytes are more than the boot sector loads" >&2; exit 1; }
truncate -s 2M "$work/probe.bin"
mv "$work/probe.bin" "$out"
