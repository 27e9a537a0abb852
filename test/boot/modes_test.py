#!/usr/bin/env python3
"""The screen in every mode: rom/modes is booted, each of its pictures taken as PNG, and held against
what was looked at once (GOLDEN), and against QEMU's picture of the same disk, where QEMU is there.

    test/boot/modes_test.py [--keep DIR]    keeps the pictures; prints the GOLDEN table anew
"""
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from picture import read_png  # noqa: E402

VITRINE = os.environ.get("VITRINE", "build/vitrine")
FIRST_MS, STEP_MS = 6000, 400  # guest time of the first key, and from one to the next

# Each picture of rom/modes, by its name: the first of its `steps`, and so on.
NAMES = """text_00 text_01 text_02 text_03 mono_07 cga_04 cga_05 cga_06
planar_0d planar_0e planar_0f planar_10 planar_11 planar_12 linear_13
unchained_400 mode_x mode_360 flipped
panned split split_unpanned selected wide
rows_50 two_fonts bright blinking cursor_low cursor_block smooth eight_dots underlined
dots_160 rows_60 columns_132
vbe_102 vbe_104 vbe_100 vbe_101 vbe_103 vbe_105 vbe_107
vbe_10d vbe_110 vbe_113 vbe_111 vbe_114 vbe_11a vbe_112 vbe_115 vbe_118
vbe_140 vbe_142 vbe_144 vbe_virtual""".split()

# Where QEMU 7.2 does not do what [VGA] says, or leaves it out.
NOT_QEMU = {
    "text_00": "40 columns are 16 dots wide there, not 18",
    "text_01": "40 columns are 16 dots wide there, not 18",
    "mono_07": "no underline there",
    "blinking": "no blinking characters there",
    "cursor_low": "the cursor may be dark",
    "cursor_block": "the cursor may be dark",
    "panned": "no pixel panning there",
    "split": "no pixel panning there",
    "split_unpanned": "no pixel panning there",
    "vbe_102": "black there",
    "vbe_104": "black there",
    "smooth": "no preset row scan or panning of text there",
    "underlined": "no underline there",
}

# QEMU lets B0h to BFh go on in the ninth dot as well, [VGA] only C0h to DFh; 15 bits are not widened.
NO_NINTH_DOT = ("text_02", "text_03", "rows_50", "rows_60", "two_fonts", "bright")
FIVE_BITS = ("vbe_10d", "vbe_110", "vbe_113")

# The first digits of SHA-256 over the pixels. Two where a cursor or a character blinks.
GOLDEN = {
    "text_00": ("2303cd4bbd90",),
    "text_01": ("2303cd4bbd90",),
    "text_02": ("dccafc100678",),
    "text_03": ("dccafc100678",),
    "mono_07": ("7bae1787d45f",),
    "cga_04": ("e4631a4426ac",),
    "cga_05": ("e4631a4426ac",),
    "cga_06": ("0399c9a88feb",),
    "planar_0d": ("ec440ccda3df",),
    "planar_0e": ("6af454c4b8cf",),
    "planar_0f": ("0061a378f2ee",),
    "planar_10": ("26800a79beef",),
    "planar_11": ("38263d38ba67",),
    "planar_12": ("a0eda6e0e8ca",),
    "linear_13": ("760dcccb5d54",),
    "unchained_400": ("65865f9f848d",),
    "mode_x": ("b9badfd21e3b",),
    "mode_360": ("c238fe9ef978",),
    "flipped": ("958cdbfc4e67",),
    "panned": ("9edd975afb6d",),
    "split": ("a6b45378b0b8",),
    "split_unpanned": ("c41fff051590",),
    "selected": ("a4715a85ce34",),
    "wide": ("b60ae230c259",),
    "rows_50": ("ab8cb730a6e4",),
    "two_fonts": ("e6e82c8ce1a0",),
    "bright": ("ec13c6d3d6db",),
    "blinking": ("f537a635c14d", "ac5c8503c344"),
    "cursor_low": ("dccafc100678", "a978da6ae360"),
    "cursor_block": ("d94b2edd2268", "dccafc100678"),
    "smooth": ("9b54d0188b5d",),
    "eight_dots": ("fb84af05723a",),
    "underlined": ("aff22ee1af13",),
    "dots_160": ("2a712006f4c1",),
    "rows_60": ("92b6784ae1cd",),
    "columns_132": ("c48d6ca98d36",),
    "vbe_102": ("486f023b57d4",),
    "vbe_104": ("778fdedafd6d",),
    "vbe_100": ("7bc07b723637",),
    "vbe_101": ("fce371aacd58",),
    "vbe_103": ("aaff44e37976",),
    "vbe_105": ("05172d06156c",),
    "vbe_107": ("1869f5e95471",),
    "vbe_10d": ("1d7ff34752b9",),
    "vbe_110": ("f1a66b4f44dd",),
    "vbe_113": ("d668cf725fbe",),
    "vbe_111": ("8ea274991804",),
    "vbe_114": ("e37c2fa7ef63",),
    "vbe_11a": ("a4d52ffc44af",),
    "vbe_112": ("ec39bc4b8a66",),
    "vbe_115": ("5a8e9db65719",),
    "vbe_118": ("48d47940aa69",),
    "vbe_140": ("0f3f1bc1b3df",),
    "vbe_142": ("af61bf8010cc",),
    "vbe_144": ("42277eb01ba5",),
    "vbe_virtual": ("91b277798759",),
}


def read_ppm(path):
    with open(path, "rb") as file:
        data = file.read()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    return int(head[1]), int(head[2]), data[head.end():]


def take_ours(folder, disk):
    """Runs the whole disk once; PNG files by name in the folder."""
    commands = os.path.join(folder, "commands")
    with open(commands, "w", encoding="ascii") as file:
        for n, name in enumerate(NAMES):
            at = FIRST_MS + n * STEP_MS
            file.write(f"{at}ms screenshot {folder}/{name}.png\n{at}ms sendkey spc\n")
    limit = f"{FIRST_MS + len(NAMES) * STEP_MS}ms"
    run = subprocess.run([VITRINE, "pc", "--deterministic", "-display", "none", "-snapshot", "-m",
                          "16", "-hda", disk, "--commands", commands, "--expect",
                          "That was the last mode", "--max-time", limit],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
                         check=False)
    return run


class Qemu:
    """QEMU with its monitor on a socket."""

    def __init__(self, folder, disk):
        path = os.path.join(folder, "monitor")
        self.steps = os.path.join(folder, "steps")
        self.process = subprocess.Popen(
            ["qemu-system-i386", "-vga", "std", "-display", "none", "-net", "none", "-m", "16",
             "-drive", f"file={disk},format=raw,snapshot=on", "-debugcon", f"file:{self.steps}", "-monitor",
             f"unix:{path},server=on,wait=off"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.answer()

    def answer(self):
        data = b""
        while not data.endswith(b"(qemu) "):
            got = self.socket.recv(65536)
            if not got:
                break
            data += got
        return data

    def say(self, text):
        self.socket.sendall(text.encode() + b"\n")
        return self.answer()

    def picture(self, number, path):
        """The screen once that many steps have been drawn."""
        for _ in range(1200):
            if os.path.exists(self.steps) and os.path.getsize(self.steps) >= number:
                break
            time.sleep(0.05)
        self.say(f"screendump {path}")
        return read_ppm(path)

    def end(self):
        self.process.kill()
        self.process.wait()


def take_qemus(folder, disk):
    """Pictures by name."""
    pictures = {}
    qemu = Qemu(folder, disk)
    try:
        for number, name in enumerate(NAMES, 1):
            pictures[name] = qemu.picture(number, f"{folder}/{name}.ppm")
            qemu.say("sendkey spc")
    finally:
        qemu.end()
    return pictures


def dots(picture, name):
    """What is to be compared. Six bits of each colour: QEMU widens the palette's to eight in another
    way."""
    width, _, data = picture
    shift = 3 if name in FIVE_BITS else 2
    every = [bytes(byte >> shift for byte in data[n:n + 3]) for n in range(0, len(data), 3)]
    return [dot for n, dot in enumerate(every)
            if name not in NO_NINTH_DOT or n % width % 9 != 8]


def differing(ours, theirs, name):
    """Nothing, or what is different."""
    if ours[:2] != theirs[:2]:
        return "%d x %d, not %d x %d" % (ours[:2] + theirs[:2])
    a, b = dots(ours, name), dots(theirs, name)
    wrong = [n for n in range(len(a)) if a[n] != b[n]]
    return f"{len(wrong)} dots of {len(a)}, the first is {wrong[0]}" if wrong else ""


def main():
    keep = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else None
    number = 0

    def report(is_good, name, more=""):
        nonlocal number
        number += 1
        print(f"{'ok' if is_good else 'not ok'} {number} - {name}{more}", flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(keep or temporary)
        os.makedirs(folder, exist_ok=True)
        disk = os.path.join(folder, "modes.img")
        subprocess.run(["sh", "rom/modes/build.sh", disk], check=True)
        run = take_ours(folder, disk)
        report(run.returncode == 0, "every_mode_is_shown_to_the_last")
        if run.returncode != 0:
            print("#", run.returncode, run.stderr[-500:].replace("\n", "\n# "))
        ours = {name: read_png(f"{folder}/{name}.png") for name in NAMES
                if os.path.exists(f"{folder}/{name}.png")}
        for name in NAMES:
            digest = hashlib.sha256(repr(ours[name][:2]).encode() + ours[name][2]).hexdigest()[:12]
            report(digest in GOLDEN.get(name, ()), f"{name}_looks_as_it_did",
                   f" ({digest})" if keep else "")
        if not shutil.which("qemu-system-i386"):
            report(True, "each_picture_is_qemus # SKIP qemu-system-i386 is not there")
            return
        theirs = take_qemus(folder, disk)
        for name in NAMES:
            if name in NOT_QEMU:
                report(True, f"{name}_is_qemus # SKIP {NOT_QEMU[name]}")
                continue
            what = differing(ours[name], theirs[name], name)
            report(not what, f"{name}_is_qemus", f" # {what}" if what else "")


main()
