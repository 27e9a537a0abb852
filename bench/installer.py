#!/usr/bin/env python3
"""Times Debian's installer from the emulator's start to the text of its first screen, in Vitrine
and in QEMU (TCG): the same kernel and initramfs of 30 MB, the text on the serial port, stamped from
outside when it arrives. See bench/README.md.

    python3 bench/installer.py [--runs N] [--clock cpu]
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True
import console  # noqa: E402

FILES = "/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/"
# In the order in which they come.
MARKS = ["Linux version", "Run /init as init process", "Select a language"]


def run(command, options):
    """{mark: seconds}"""
    times = {}
    with console.Console([*command, "-m", "512M", "-kernel", FILES + "linux", "-initrd",
                          FILES + "initrd.gz", "-append", "console=ttyS0 mitigations=off"],
                         options) as guest:
        for mark in MARKS:
            guest.wait_for(mark)
            times[mark] = guest.now()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    console.add_arguments(parser)
    options = parser.parse_args()
    if not os.path.exists(FILES + "linux"):
        sys.exit("installer: debian-installer-12-netboot-i386 is missing: "
                 "tools/install_packages.sh bench")
    engines, best = console.engines(options), {}
    try:
        for name in list(engines) * options.runs:
            print(f"installer: {name} ...", file=sys.stderr)
            for mark, seconds in run(engines[name], options).items():
                best[mark, name] = min(seconds, best.get((mark, name), seconds))
    except (console.Failure, OSError) as failure:
        sys.exit(f"installer: {failure}")
    print(f"{'':28}{console.head(list(engines))}")
    for mark in MARKS:
        print(f"{mark:28}" + console.row([best[mark, name] for name in engines]))


if __name__ == "__main__":
    main()
