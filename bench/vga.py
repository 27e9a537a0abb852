#!/usr/bin/env python3
"""Times fills and scrolls of the VGA's memory, in Vitrine and in QEMU: bench/vga.S, booted from a
floppy. The clock is outside: a letter on port E9h begins each item.

    python3 bench/vga.py [--runs N]
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

ITEMS = {"p": "mode 12h, fill (7.7 MB)", "m": "mode 12h, read and xor (3.8 MB)",
         "c": "mode 12h, copy by latches (3.8 MB)", "l": "mode 13h, bytes (25.6 MB)",
         "t": "text, scroll (2000 times)"}


def assemble(folder):
    program, image = os.path.join(folder, "vga.o"), os.path.join(folder, "vga.img")
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["as", "--32", "-o", program, os.path.join(here, "vga.S")], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "--oformat", "binary", "-Ttext", "0x7C00", "-e",
                    "_start", "-o", image, program], check=True)
    with open(image, "r+b") as file:
        file.truncate(1474560)
    return image


def run(command):
    """Seconds by letter."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        times, letter, since = {}, "", 0.0
        while letter != ".":
            byte = os.read(process.stdout.fileno(), 1).decode("latin-1")
            now = time.monotonic()
            if not byte:
                raise RuntimeError(f"{command[0]} ended after item '{letter}'")
            if letter:
                times[letter] = now - since
            letter, since = byte, now
        process.kill()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="the shortest time of each item counts")
    arguments = parser.parse_args()
    vitrine = os.environ.get("VITRINE", "build/vitrine")
    with tempfile.TemporaryDirectory() as folder:
        image = assemble(folder)
        engines = {"vitrine": [vitrine, "pc", "-display", "none", "-snapshot", "-serial", "null",
                               "-fda", image, "-debugcon", "stdio", "--unpaced"]}
        if shutil.which("qemu-system-i386"):
            engines["qemu"] = ["qemu-system-i386", "-display", "none", "-vga", "std", "-net",
                               "none", "-drive", f"if=floppy,format=raw,snapshot=on,file={image}",
                               "-debugcon", "stdio"]
        best = {}
        for _ in range(arguments.runs):
            for name, command in engines.items():
                for letter, seconds in run(command).items():
                    best[name, letter] = min(seconds, best.get((name, letter), seconds))
    print(f"{'':36}" + "".join(f"{name:>10}" for name in engines) + "   vitrine/qemu")
    for letter, text in ITEMS.items():
        row = [best[name, letter] for name in engines]
        ratio = f"{row[0] / row[1]:14.2f}x" if len(row) > 1 else ""
        print(f"{text:36}" + "".join(f"{seconds:9.3f}s" for seconds in row) + ratio)
    return 0


sys.exit(main())
