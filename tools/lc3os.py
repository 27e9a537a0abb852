#!/usr/bin/env python3
"""Assembles the LC-3's operating systems into src/machine/lc3os.gen.c.

    tools/lc3os.py VITRINE [--check]

VITRINE is the built program, whose assembler is used. With --check nothing is written; exit code 1 if
the file differs from what would be.
"""
import os
import struct
import subprocess
import sys
import tempfile

TARGET = "src/machine/lc3os.gen.c"
SOURCES = {2: "rom/lc3os/os2.asm", 3: "rom/lc3os/os3.asm"}
HEAD = """// Made by tools/lc3os.py from rom/lc3os/os2.asm and os3.asm; not to be edited (make lc3os).
#include "machine/lc3os.h"
"""
TAIL = """
const struct lc3os_segment *lc3os_segments(unsigned edition, unsigned *count)
{
    *count = edition == 2 ? COUNT_OF(edition_2) : COUNT_OF(edition_3);
    return edition == 2 ? edition_2 : edition_3;
}
"""
MAGIC = bytes.fromhex("1c3015c0010101")


def segments(data):
    """(origin, words) of an object file as lc3tools writes it."""
    assert data.startswith(MAGIC)
    found, at = [], len(MAGIC)
    while at < len(data):
        value, is_origin, length = struct.unpack_from("<HBI", data, at)
        at += 7 + length
        if is_origin:
            found.append((value, []))
        else:
            found[-1][1].append(value)
    return found


def assemble(vitrine, source):
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "os.obj")
        subprocess.run([vitrine, "lc3", "asm", "-Wno-system-space", source, "-f", "lc3tools", "-o", target], check=True)
        with open(target, "rb") as file:
            return segments(file.read())


def as_c(edition, parts):
    lines = []
    for number, (_, words) in enumerate(parts):
        lines.append(f"\nstatic const u16 words_{edition}_{number}[] = {{")
        for start in range(0, len(words), 10):
            row = ", ".join(f"0x{word:04x}" for word in words[start:start + 10])
            lines.append(f"    {row},")
        lines.append("};")
    lines.append(f"\nstatic const struct lc3os_segment edition_{edition}[] = {{")
    for number, (origin, words) in enumerate(parts):
        lines.append(f"    {{0x{origin:04x}, {len(words)}, words_{edition}_{number}}},")
    lines.append("};")
    return "\n".join(lines) + "\n"


def main():
    vitrine = sys.argv[1]
    text = HEAD + "".join(as_c(edition, assemble(vitrine, source))
                          for edition, source in SOURCES.items()) + TAIL
    if "--check" in sys.argv[2:]:
        with open(TARGET, encoding="utf-8") as file:
            if file.read() != text:
                print(f"{TARGET} is not what rom/lc3os makes: make lc3os")
                return 1
        return 0
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
