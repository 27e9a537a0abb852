#!/usr/bin/env python3
"""A full disk: a guest hears of each sector that is not there, and the user gets one line.

The disk is a small tmpfs in a mount namespace of our own, which needs no rights. The guest is a ROM
that writes sectors by PIO and sends the drive's status and error registers to port E9h.
"""
import errno
import os
import subprocess
import sys
import wave

sys.dont_write_bytecode = True
import cli_test as cli  # noqa: E402
from cli_test import HALT, VITRINE, expect, guest, out8, put, run, write  # noqa: E402

PAGE = 4096
SECTOR = 512
PAGES = 24  # of the tmpfs
READY, ERR, ABORTED = 0x40, 0x01, 0x04  # bits of the status and error registers. [ATA6] 8.14, 8.54


def out32(port, value):
    return bytes([0xBA, port & 0xFF, port >> 8, 0x66, 0xB8]) + value.to_bytes(4, "little") + b"\x66\xEF"


# The drives' ports answer once they are enabled: command register, and timing of both channels.
ENABLE = (out32(0xCF8, 0x80000904) + out8(0xCFC, 5) +
          out32(0xCF8, 0x80000940) + out32(0xCFC, 0x80008000))
TELL = bytes([0xBA, 0xF7, 0x01, 0xEC, 0xA8, 0x80, 0x75, 0xFB, 0xE6, 0xE9,  # wait; out E9h, status
              0xBA, 0xF1, 0x01, 0xEC, 0xE6, 0xE9])                         # out E9h, error
DATA_WANTED = bytes([0xBA, 0xF7, 0x01, 0xEC, 0xA8, 0x08, 0x74, 0xFB])


def command(code, lba=0):
    return (out8(0x1F6, 0xE0) + out8(0x1F2, 1) + out8(0x1F3, lba & 0xFF) + out8(0x1F4, lba >> 8) +
            out8(0x1F5, 0) + out8(0x1F7, code))


def store(lba):
    """Writes the first sector of the ROM there."""
    return (command(0x30, lba) + DATA_WANTED + bytes([0x31, 0xF6, 0xB9, 0, 1, 0xBA, 0xF0, 0x01,
                                                      0x2E, 0xF3, 0x6F]) + TELL)


def load(lba):
    """Sends the first byte of the sector to port E9h."""
    return (command(0x20, lba) + DATA_WANTED + bytes([0xBA, 0xF0, 0x01, 0xED, 0xE6, 0xE9,
                                                      0xB9, 255, 0, 0xED, 0xE2, 0xFD]))


FLUSH = command(0xE7) + TELL


def run_ata(code, *words):
    """The bytes that the guest sent to port E9h, the result, and what a sector holds that it wrote."""
    code = ENABLE + code + HALT
    result = run("pc", *guest(code), "--exit-on", "hlt", "--max-time", "100s", "-debugcon", "stdio",
                 *words)
    return result.out, result, code[:SECTOR]


def expect_one_line(result, *parts):
    expect(result.code == 1 and result.err.count("\n") == 1, result)
    for part in parts:
        expect(part in result.err, result)


def fill():
    """Leaves no byte free."""
    try:
        with open("full/filler", "ab", buffering=0) as file:
            while True:
                file.write(bytes(PAGE))
    except OSError as error:
        assert error.errno == errno.ENOSPC, error


def free():
    for name in os.listdir("full"):
        os.remove("full/" + name)


def statuses(out):
    return list(zip(out[0::2], out[1::2]))


def a_sparse_image_on_a_full_disk_keeps_what_it_said_it_had():
    free()
    with open("full/disk", "wb") as file:
        file.truncate(256 * PAGE)
    places = range(0, 8 * 2 * PAGES, 8)  # a page each
    out, result, sector = run_ata(b"".join(map(store, places)) + FLUSH, "-hda", "full/disk")
    told = statuses(out)
    assert len(told) == len(places) + 1, result
    with open("full/disk", "rb") as file:
        disk = file.read()
    for lba, (status, error) in zip(places, told):
        is_there = disk[lba * SECTOR:][:SECTOR] == sector
        assert is_there == (not status & ERR) and status & READY, (lba, status, error)
        assert error == (0 if is_there else ABORTED), (lba, status, error)
    assert 8 < sum(not status & ERR for status, _ in told[:-1]) < len(places), told
    expect_one_line(result, "full/disk: cannot be written: No space left on device")


def an_overlay_that_cannot_grow_is_an_error_and_stays_whole():
    free()
    with open("base", "wb") as file:
        file.truncate(256 * PAGE)
    fill()
    os.truncate("full/filler", 2 * PAGE)
    drive = ["-drive", "file=base,overlay=full/over"]
    places = [0, 8 * 64, 8 * 128, 8 * 192, 1]  # chunks of their own, and one that is there again
    out, result, sector = run_ata(b"".join(map(store, places)) + FLUSH, *drive)
    told = statuses(out)
    good = [lba for lba, (status, _) in zip(places, told) if not status & ERR]
    assert 0 in good and 1 in good and len(good) < len(places), (told, result)
    expect_one_line(result, "full/over: cannot be written: No space left on device")
    out, result, _ = run_ata(b"".join(map(load, places)), *drive)
    want = bytes(sector[0] if lba in good else 0 for lba in places)
    expect(result.code == 0 and out == want, result)


def an_overlay_that_could_not_be_begun_can_be_later():
    free()
    with open("base", "wb") as file:
        file.truncate(256 * PAGE)
    fill()
    drive = ["-drive", "file=base,overlay=full/new"]
    result = run("pc", *guest(HALT), "--exit-on", "hlt", *drive)
    expect_one_line(result, "full/new: cannot be written: No space left on device")
    os.remove("full/filler")
    result = run("pc", *guest(HALT), "--exit-on", "hlt", *drive)
    expect(result.code == 0 and not result.err, result)


def output_that_does_not_fit_is_one_line():
    code = put("S") + out8(0xE9, ord("D")) + out8(0x190, 1)
    code += out8(0x378, ord("P")) + out8(0x37A, 0x0D) + out8(0x37A, 0x0C) + bytes([0xED]) + HALT
    for option, value in (("-serial", "file:{}"), ("-debugcon", "file:{}"), ("-parallel", "file:{}"),
                          ("--log-port", "0x190={}"), ("--trace", "{}"), ("--screenshot", "{}"),
                          ("--audio", "{}")):
        free()
        fill()
        result = run("pc", *guest(code), "-vga", "std", "--exit-on", "hlt", "--max-time", "5s",
                     option, value.format("full/out"))
        expect_one_line(result, "full/out: No space left on device")
        # Half a picture is none.
        assert os.path.exists("full/out") == (option != "--screenshot"), option
    for option in ("-o", "--symbols", "--listing"):
        result = run("lc3", "asm", "ok.asm", "-o", "ok.obj", option, "full/out.obj")
        expect_one_line(result, "full/out.obj: No space left on device")


def sound_up_to_the_full_disk_can_be_played():
    free()
    beep = (out8(0x43, 0xB6) + out8(0x42, 0) + out8(0x42, 8) + out8(0x61, 3) +
            bytes([0x66, 0xB9, 0, 0, 0, 0x10, 0x67, 0xE2, 0xFD]) + HALT)  # mov ecx, 2^28; loop $
    result = run("pc", *guest(beep), "--max-time", "10s", "--audio", "full/sound.wav")
    expect_one_line(result, "full/sound.wav: No space left on device")
    with wave.open("full/sound.wav") as sound:
        frames = sound.readframes(sound.getnframes())
    assert len(frames) > PAGE * PAGES // 2 and any(frames), len(frames)


def the_size_limit_of_a_process_is_like_a_full_disk():
    write("limited", bytes(PAGE))
    os.truncate("limited", 256 * PAGE)
    code = ENABLE + store(0) + store(1600) + FLUSH + HALT
    done = subprocess.run(["sh", "-c", 'ulimit -f 300; exec "$@"', "sh", VITRINE, "pc", *guest(code),
                           "--exit-on", "hlt", "-debugcon", "stdio", "-hda", "limited"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=cli.SECONDS,
                          check=False)
    told = statuses(done.stdout)
    assert [bool(status & ERR) for status, _ in told] == [False, True, False], (told, done.stderr)
    assert done.returncode == 1 and done.stderr.count(b"File too large") == 1, done.stderr


def unmount():
    subprocess.run(["umount", "full"], check=True)


def mount():
    os.mkdir("full")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={PAGES * PAGE}", "none", "full"],
                   check=True)
    write("ok.asm", b".ORIG x3000\nHALT\n.END\n")


TESTS = [a_sparse_image_on_a_full_disk_keeps_what_it_said_it_had,
         an_overlay_that_cannot_grow_is_an_error_and_stays_whole,
         an_overlay_that_could_not_be_begun_can_be_later, output_that_does_not_fit_is_one_line,
         sound_up_to_the_full_disk_can_be_played,
         the_size_limit_of_a_process_is_like_a_full_disk]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def has_namespaces():
    try:
        probe = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    if "inside" in sys.argv:
        cli.main(TESTS, mount, unmount)
    elif has_namespaces():
        os.execvp(NAMESPACE[0], [*NAMESPACE, sys.executable, __file__, "inside"])
    print("1..1\nok 1 - a_full_disk # SKIP no user and mount namespaces for us here (unshare -rm)")
