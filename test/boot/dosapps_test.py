#!/usr/bin/env python3
"""Programs for DOS that use the PC as programs for DOS do, in rom/dosapps, under FreeDOS. Each
prints a line for each of its tests."""
import os
import re
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402
from picture import read_png  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "../../rom/dosapps")
FREEDOS = os.path.abspath(os.path.join(HERE, "../../../shared/guests/freedos-min-1440.img"))
FINISHED = ["--expect", "finished, failures: "]


def names(program):
    """The tests that a source lists, if it has any."""
    with open(os.path.join(SOURCE, program + ".S"), encoding="ascii") as file:
        return re.findall(r"^ +TEST (\w+)$", file.read(), re.M)


def under_freedos(programs, *words, wanted=None):
    """Boots FreeDOS, which runs the programs; all their tests must pass. A program may have a command
    line; what its tests are called, if its source doesn't list them, is `wanted`."""
    disk = rig.write("dos.img", rig.read(FREEDOS))
    rig.write("autoexec.bat", "".join(name + "\r\n" for name in programs).encode())
    rig.tool(rig.which("mcopy"), "-o", "-i", disk, "autoexec.bat", "::AUTOEXEC.BAT")
    programs = [line.split()[0] for line in programs]
    for program in programs:
        rig.tool("sh", os.path.join(SOURCE, "build.sh"), program, program + ".com")
        rig.tool(rig.which("mcopy"), "-i", disk, program + ".com", "::")
    result = rig.run("--deterministic", "-display", "none", "-m", "32", "-fda", disk, "-debugcon",
                     "file:debug", "--max-time", "60s", "-no-reboot", *words)
    text = rig.read("debug").decode("latin-1").replace("\r", "")[-4000:]
    wanted = wanted or [name for program in programs for name in names(program)]
    assert re.findall(r"PASS (\w+)$", text, re.M) == wanted, (text, result)
    assert "FAIL" not in text and result.code == 0, (text, result)


def clocks_and_timers_are_dos_programs():
    under_freedos(["timers"], *FINISHED)


def chips_are_told_apart_and_used_by_hand():
    under_freedos(["ports"], *FINISHED)


def pictures_and_lines_are_timed_as_on_a_vga():
    rig.write("commands", b"1s screenshot sky.png\n")
    under_freedos(["video"], *FINISHED, "--commands", "commands")
    width, height, pixels = read_png("sky.png")
    assert (width, height) == (640, 400), (width, height)
    for y in range(height):
        levels = bytes(level << 2 | level >> 4 for level in (y & 63, y >> 6, 0))
        assert pixels[3 * width * y:3 * width * (y + 1)] == levels * width, y


def oddities_of_the_processor_on(cpu):
    def test():
        under_freedos(["oddities"], "-cpu", cpu, *FINISHED)
    test.__name__ = f"oddities_of_the_processor_are_there_on_a_{cpu}"
    return test


def games_and_resident_programs_have_the_keyboard():
    words = []
    for keys in ("a", "right", "ctrl+alt+x", "pause", "ctrl+pause", "print", "shift+left",
                 "shift+a", "capslock", "capslock", "ctrl+c"):
        words += ["--expect", "press " + re.escape(keys), "--do", "sendkey " + keys]
    under_freedos(["keys"], *words, *FINISHED)


def disks_of_sizes(*sizes):
    """In drive B, the first since the machine's beginning, which makes the drive's type."""
    def test():
        words = ["-fdb", sizes[0] + ".img", "--expect", "insert"]
        for size in set(sizes):
            rig.write(size + ".img", bytes(int(size) * 1024))
            rig.tool(rig.which("mformat"), "-i", size + ".img", "-f", size, "::")
            rig.write("disk.txt", size.encode().ljust(16))
            rig.tool(rig.which("mcopy"), "-i", size + ".img", "disk.txt", "::")
        for size in sizes[1:]:
            words += ["--expect", "insert " + size, "--do", f"change fdb {size}.img"]
        under_freedos(["media " + " ".join(sizes)], *words, *FINISHED, wanted=list(sizes))
        for size in set(sizes):
            rig.tool(rig.which("fsck.vfat"), "-n", size + ".img")
            rig.tool(rig.which("mcopy"), "-n", "-i", size + ".img", "::COPY.TXT", size)
            assert rig.read(size)[:16] == size.encode().ljust(16), size
    test.__name__ = "disks_of_" + "_".join(sizes) + "_are_changed_while_dos_runs"
    return test


def dos_goes_on_under_a_memory_manager_on(cpu):
    def test():
        under_freedos(["emm", "ems", "vcpi", "timers"], "-cpu", cpu, *3 * FINISHED)
    test.__name__ = f"dos_expanded_memory_and_a_vcpi_client_go_on_under_a_memory_manager_on_a_{cpu}"
    return test


if __name__ == "__main__":
    rig.main([clocks_and_timers_are_dos_programs, games_and_resident_programs_have_the_keyboard,
              pictures_and_lines_are_timed_as_on_a_vga, chips_are_told_apart_and_used_by_hand,
              *[oddities_of_the_processor_on(cpu) for cpu in ("max", "486")],
              disks_of_sizes("1440", "720", "360", "180", "1440"),
              disks_of_sizes("1200", "360", "1200"), disks_of_sizes("2880", "1440", "720"),
              *[dos_goes_on_under_a_memory_manager_on(cpu) for cpu in ("max", "486")]],
             FREEDOS, "as", "ld", "objcopy", "mcopy", "mformat", "fsck.vfat")
