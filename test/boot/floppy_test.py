#!/usr/bin/env python3
"""Floppy disks: our own boot disk that tries the controller, and small systems of others."""
import os
import re
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "../../rom/fdctest")
GUESTS = os.path.join(HERE, "../../../shared/guests")
FREEDOS, MIKEOS = "freedos-min-1440.img", "mikeos-4.5.flp"
BOOTOS, BIRD = "bootos-360k.img", "floppybird-fd1440.img"


def run(*words):
    return rig.run("--deterministic", "-display", "none", "--max-time", "20s", *words)


def absent(name):
    return rig.missing(os.path.abspath(os.path.join(GUESTS, name)))


def guest(name):
    """A copy of an image, which may be written."""
    return rig.write(name, rig.read(os.path.join(GUESTS, name)))


def freedos(*commands):
    """A FreeDOS disk that begins with the commands: DOS is busy while it waits for keys."""
    disk = guest(FREEDOS)
    rig.write("autoexec.bat", "".join(line + "\r\n" for line in commands).encode())
    rig.tool(rig.which("mcopy"), "-o", "-i", disk, "autoexec.bat", "::AUTOEXEC.BAT")
    return disk


def typed(text, *answers):
    """Steps that type and wait for what comes."""
    words = ["--type", text]
    for answer in answers:
        words += ["--expect", answer]
    return words


def expect_good(result):
    assert result.code == 0, result


def drive_and_controller_work_through_bios_dma_and_pio():
    rig.tool("sh", os.path.join(SOURCE, "build.sh"), "fdctest.img")
    before = rig.read("fdctest.img")
    result = run("fdctest.img", "-debugcon", "file:debug", "-device",
                 "isa-debug-exit,iobase=0xf4")
    text = rig.read("debug").decode("ascii")
    names = re.findall(r"^ +TEST (\w+)$", rig.read(os.path.join(SOURCE, "fdctest.S")).decode(),
                       re.M)
    assert re.findall(r"PASS (\w+)", text) == names and "FAIL" not in text, text
    assert result.code == 1, result
    after = rig.read("fdctest.img")
    changed = {n // 36 for n in range(2880) if before[512 * n:512 * n + 512] !=
               after[512 * n:512 * n + 512]}
    assert changed == {60, 61, 62}, changed
    assert after[61 * 36 * 512:][:18 * 512] == b"\xf6" * 18 * 512


def freedos_writes_files_that_the_host_reads():
    if absent(FREEDOS):
        return absent(FREEDOS)
    disk = freedos("ver", "dir", "echo from DOS>b:hello.txt", "md b:\\deep",
                   "copy command.com b:\\deep", "copy b:hello.txt a:\\back.txt", "del readme.txt",
                   "dir b:\\deep")
    rig.write("b.img", bytes(1474560))
    rig.tool(rig.which("mformat"), "-i", "b.img", "-f", "1440", "::")
    expect_good(run(
        "-fda", disk, "-fdb", "b.img", "--expect", "FreeCom version",
        "--expect", "KERNEL +SYS +45,450", "--expect", "COMMAND +COM +66,090", "--expect", "A:.>$",
        *typed("copy con b:h\\nhi\\n\\{ctrl+z}\\n", "con => b:", "[Zz]$", "A:.>$")))
    for image in (disk, "b.img"):
        rig.tool(rig.which("fsck.vfat"), "-n", image)
    mcopy = rig.which("mcopy")
    rig.tool(mcopy, "-n", "-i", "b.img", "::DEEP/COMMAND.COM", "b.com")
    rig.tool(mcopy, "-n", "-i", disk, "::COMMAND.COM", "a.com")
    assert rig.read("b.com") == rig.read("a.com")
    rig.tool(mcopy, "-n", "-i", disk, "::BACK.TXT", "back.txt")
    assert rig.read("back.txt") == b"from DOS\r\n", rig.read("back.txt")
    rig.tool(mcopy, "-n", "-i", "b.img", "::H", "h.txt")
    assert rig.read("h.txt") == b"hi\r\n", rig.read("h.txt")
    assert "README" not in rig.tool(rig.which("mdir"), "-i", disk, "::")
    return None


def an_image_of_a_snapshot_stays_as_it_was():
    if absent(FREEDOS):
        return absent(FREEDOS)
    disk = freedos("copy kernel.sys k2.sys", "dir k2.sys")
    before = rig.read(disk)
    expect_good(run(disk, "-snapshot", "--expect", "K2 +SYS +45,450"))
    assert rig.read(disk) == before
    return None


def a_protected_disk_cannot_be_written():
    if absent(FREEDOS):
        return absent(FREEDOS)
    disk = freedos("del readme.txt")
    before = rig.read(disk)
    expect_good(run("-drive", f"file={disk},if=floppy,readonly=on",
                    "--expect", "[Ww]rite.protect"))
    assert rig.read(disk) == before
    return None


def mikeos_comes_up():
    return absent(MIKEOS) or expect_good(
        run(guest(MIKEOS), "-snapshot", "--expect", "Thanks for trying out MikeOS"))


def bootos_reads_a_disk_of_360k():
    return absent(BOOTOS) or expect_good(
        run(guest(BOOTOS), "-snapshot", "--expect", "^\\$", *typed("ver\\n", "bootOS"),
            *typed("dir\\n", "^\\$")))


def floppybird_shows_its_title():
    if absent(BIRD):
        return absent(BIRD)
    result = rig.run("--deterministic", "-display", "none", "-fda", guest(BIRD), "-snapshot",
                     "--max-time", "300ms", "--screenshot", "bird.png")
    assert result.code == 3, result
    image = rig.read("bird.png")
    assert image[:8] == b"\x89PNG\r\n\x1a\n" and len(image) > 2000, len(image)
    width, height = int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")
    assert (width, height) == (640, 400), (width, height)  # 320 x 200, each pixel doubled
    return None


if __name__ == "__main__":
    rig.main([drive_and_controller_work_through_bios_dma_and_pio,
              freedos_writes_files_that_the_host_reads, an_image_of_a_snapshot_stays_as_it_was,
              a_protected_disk_cannot_be_written,
              mikeos_comes_up, bootos_reads_a_disk_of_360k, floppybird_shows_its_title],
             "as", "ld", "mformat", "mcopy", "mdir", "fsck.vfat")
