#!/bin/sh
# Assembles linuxboot.S and writes it as C to src/machine/linuxboot.gen.c (or to $1).
# Needs GNU as, ld (or their i686 namesakes in $CROSS) and python3; only whoever changes the ROM does.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../src/machine/linuxboot.gen.c}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CROSS:-}as" --32 -o "$work/rom.o" "$here/linuxboot.S"
"${CROSS:-}ld" -m elf_i386 --oformat binary -Ttext 0 -e 0 -o "$work/rom.bin" "$work/rom.o"
python3 - "$work/rom.bin" "$out" "${2:-}" <<'PYTHON'
import sys

rom = bytearray(open(sys.argv[1], "rb").read())
assert len(rom) % 512 == 0
pnp = rom[0x1A] | rom[0x1B] << 8
rom[pnp + 9] = -sum(rom[pnp:pnp + 32]) & 0xFF
rom[-1] = -sum(rom) & 0xFF
rows = ["    " + " ".join(f"0x{b:02X}," for b in rom[i:i + 16]) for i in range(0, len(rom), 16)]
with open(sys.argv[2], "w") as f:
    f.write("// Made by rom/linuxboot/build.sh from linuxboot.S: don't edit.\n")
    f.write('#include "machine/pc_boot.h"\n\n// clang-format off\nconst u8 linuxboot_rom[] = {\n')
    f.write("\n".join(rows) + "\n};\n// clang-format on\n\n")
    f.write("const u32 linuxboot_rom_bytes = sizeof linuxboot_rom;\n")
if sys.argv[3]:
    open(sys.argv[3], "wb").write(rom)
PYTHON
