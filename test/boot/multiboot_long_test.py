#!/usr/bin/env python3
"""Multiboot kernels of Debian's packages, started directly: GRUB Invaders, which is played, and GNU
Mach. (Our own multiboot kernel: multiboot_test.py; Xen: kernels_long_test.py.)"""
import gzip
import os
import sys

sys.dont_write_bytecode = True
import picture  # noqa: E402
import rig  # noqa: E402

INVADERS = "/boot/invaders.exec"
MACH = os.path.join(rig.GUESTS, "gnumach")
FETCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/fetch_package.sh")
SHIP, SHOT, INVADER = (170, 0, 170), (170, 0, 0), (0, 170, 170)  # attributes 5, 4 and 3
GAME = """\
1s screenshot start.png
1s sendkey left 500
2s screenshot left.png
2s sendkey right 1000
4s sendkey spc 100
4400ms screenshot shot.png
5s sendkey spc 10000
16s screenshot later.png
"""


def places(name, colour):
    """Where the colour is, as (x, y)."""
    width, _, pixels = picture.read_png(name)
    return [(n % width, n // width) for n, pixel in
            enumerate(zip(pixels[0::3], pixels[1::3], pixels[2::3])) if pixel == colour]


def ship(name):
    found = places(name, SHIP)
    assert found, f"no ship in {name}"
    return min(found)[0]


def invaders_is_played_by_keys():
    # It polls the keyboard once for each picture: keys have to be held.
    rig.write("game", GAME.encode())
    result = rig.run("-kernel", INVADERS, "-display", "none", "--deterministic", "--max-time", "17s",
                     "--commands", "game")
    assert result.code == 3, result  # the limit of time
    assert not places("start.png", SHOT) and len(places("start.png", INVADER)) > 500
    assert ship("left.png") < ship("start.png") - 50 < ship("shot.png") - 100
    shot = places("shot.png", SHOT)
    assert shot and ship("shot.png") <= shot[0][0] <= ship("shot.png") + 27, shot
    # Some hide behind others, but they do not become half as many by that.
    assert len(places("later.png", INVADER)) < len(places("start.png", INVADER)) / 2, "none was hit"


def mach_finds_the_board_and_lacks_a_root():
    # Its messages are the same, word for word, under QEMU, apart from the CD drive's name.
    if not os.path.exists(MACH):
        try:
            rig.tool("sh", FETCH, MACH, "gnumach-image-1.8-486")
        except AssertionError as error:
            return f"GNU Mach could not be fetched: {error}"
    with gzip.open(os.path.join(MACH, "boot/gnumach-1.8-486.gz")) as file:
        rig.write("gnumach", file.read())
    words = []
    for text in ("Intel 82371 PIIX3 .* Bus Mastering", "hd2: VITRINE CD-ROM, ATAPI CDROM drive",
                 "ide1 at 0x170-0x177,0x376 on irq 15", "fd0 is 1.44M", "FDC 0 is a S82078B",
                 "com0: at atbus0, port = 3f8", "lpr0: at atbus1, port = 378",
                 "RTC time is 2000-01-01", "No bootstrap code loaded"):
        words += ["--expect", text]
    result = rig.run("-kernel", "gnumach", "-display", "none", "--deterministic", "--max-time",
                     "60s", *words)
    assert result.code == 0, result
    return None


if __name__ == "__main__":
    rig.main([invaders_is_played_by_keys, mach_finds_the_board_and_lacks_a_root], INVADERS)
