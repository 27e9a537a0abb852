#!/usr/bin/env python3
"""Times reads and writes of an IDE disk, by DMA and by PIO, in Vitrine and in QEMU (TCG): the
default guest runs guest_disk.c, and its lines are stamped from outside when they arrive on the
serial port. See bench/README.md.

    python3 bench/disk.py [--runs N] [--modes dma,pio] [--clock cpu]
"""
import argparse
import array
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import console  # noqa: E402

sys.path.insert(0, os.path.join(console.ROOT, "tools"))
import initramfs  # noqa: E402  (from tools/)

MIB = 1 << 20
DISK_MIB = 64
# What the kernel is told, and how it then says that it drives the disk.
MODES = {"dma": ("", "DMA"), "pio": ("libata.dma=0", "PIO")}
ITEMS = ["sequential read", "random read", "sequential write", "random write"]  # of guest_disk.c
PROMPT = "vitrine:/root# "
LINE = re.compile(r"DISK (.+) (start|end)(?: checksum=([0-9a-f]{8}))?$")
END = "DISK done"


def build(folder, guest):
    """The initramfs of the default guest, and behind it one with the program: the kernel unpacks
    both."""
    program, name = os.path.join(folder, "guest_disk"), os.path.join(folder, "initrd.gz")
    source = os.path.join(console.ROOT, "bench", "guest_disk.c")
    subprocess.run(["gcc", "-m32", "-march=i686", "-O2", "-static", source, "-o", program],
                   check=True)
    with open(program, "rb") as file:
        own = initramfs.archive({"bin/guest_disk": (0o755, file.read())})
    with open(os.path.join(guest, "initramfs.cpio.gz"), "rb") as file:
        theirs = file.read()
    with open(name, "wb") as file:
        file.write(theirs + own)
    return name


def contents(mask):
    """A disk each of whose words is its number, combined with the mask."""
    return array.array("I", (word ^ mask for word in range(DISK_MIB * MIB // 4))).tobytes()


def run(command, driven_by, options):
    """({item: seconds}, {item: checksum}) of one boot."""
    times, sums, since = {}, {}, 0.0
    with console.Console(command, options) as guest:
        guest.wait_for(PROMPT)
        guest.say("cat /sys/class/ata_device/dev1.0/xfer_mode")
        guest.wait_for("xfer_mode")
        if driven_by not in guest.wait_for(PROMPT):
            guest.fail(f"the disk is not driven by {driven_by}")
        guest.say("guest_disk /dev/sda; echo 'DISK' done")
        line = ""
        while line != END:
            line = guest.wait_for("\n").strip()
            now = guest.now()
            found = LINE.match(line)
            if found and found.group(2) == "start":
                since = now
            elif found:
                times[found.group(1)], sums[found.group(1)] = now - since, found.group(3)
        if list(times) != ITEMS:
            guest.fail("guest_disk ended early")
    return times, sums


def measure(options, folder):
    """{(mode, item, engine): shortest time}. Every run must have read the same."""
    best, sums, before, after = {}, {}, contents(0), contents(0xFFFFFFFF)
    initrd, disk = build(folder, options.guest), os.path.join(folder, "disk.img")
    turns = [(mode, name) for mode in options.modes for name in console.engines(options)]
    for mode, name in turns * options.runs:
        print(f"disk: {name}, {mode} ...", file=sys.stderr)
        with open(disk, "wb") as file:
            file.write(before)
        times, checksums = run(
            [*console.engines(options)[name], "-m", "128M", "-initrd", initrd, "-kernel",
             os.path.join(options.guest, "bzImage"), "-append", "console=ttyS0 noisapnp "
             f"cryptomgr.notests mitigations=off {MODES[mode][0]}",
             "-drive", f"file={disk},format=raw,if=ide,index=0"], MODES[mode][1], options)
        with open(disk, "rb") as file:
            if file.read() != after:
                raise console.Failure(f"{name}, {mode}: the disk is not as it was written")
        for item, seconds in times.items():
            best[mode, item, name] = min(seconds, best.get((mode, item, name), seconds))
            if sums.setdefault(item, checksums[item]) != checksums[item]:
                raise console.Failure(f"{name}, {mode}: '{item}' has another checksum")
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    console.add_arguments(parser)
    parser.add_argument("--modes", type=lambda text: text.split(","), default=list(MODES),
                        help="from dma,pio")
    parser.add_argument("--guest", default=os.path.join(console.ROOT, "build", "guest"),
                        help="folder with the default guest")
    options = parser.parse_args()
    names = list(console.engines(options))
    try:
        with tempfile.TemporaryDirectory() as folder:
            best = measure(options, folder)
    except (console.Failure, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"disk: {failure}")
    print(f"{'':26}{console.head(names)}")
    for mode in options.modes:
        for item in ITEMS:
            print(f"{mode + ', ' + item:26}" +
                  console.row([best[mode, item, name] for name in names]))


if __name__ == "__main__":
    main()
