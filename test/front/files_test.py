#!/usr/bin/env python3
"""Whatever stands where a file is asked for: one clear line and exit code 1, or it is taken."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import cli_test as cli  # noqa: E402
from cli_test import EXIT_DEVICE, HALT, LOOP, VITRINE, expect, expect_error, guest, run, write  # noqa: E402

LARGE = 17 << 20  # more than any file may have that is loaded as a whole


def prepare():
    write("empty", b"")
    write("short", b"\x80\x1b[31m\x00short")
    write("ok.asm", b".ORIG x3000\nHALT\n.END\n")
    write("ok.toy", b"MOV AX, 5\n")
    write("locked", b"text")
    with open("large", "wb") as file:
        file.truncate(LARGE)
    os.chmod("locked", 0)
    os.mkdir("folder")
    os.symlink("loop", "loop")
    os.symlink("nowhere", "dangling")
    os.mkfifo("fifo")


NO_FILES = {"folder": "is a directory", "loop": "symbolic links", "dangling": "No such file",
            "nowhere/x": "No such file", "": ""}


def pc(*words):
    return run("pc", *guest(HALT), "--exit-on", "hlt", "--max-time", "1s", *words)


def expect_refusal(result, name, why=""):
    expect_error(result, name, why)
    assert all(c.isprintable() for c in result.err.rstrip("\n")), repr(result.err)


def may_read(name):
    return os.access(name, os.R_OK)  # root may always


def what_is_no_file_is_no_input():
    inputs = [["pc", *guest(HALT), option] for option in
              ("-hda", "-fda", "-cdrom", "-kernel", "--keys", "--commands")]
    inputs += [["lc3"], ["lc3", "asm"], ["lc3", "ok.asm", "--os"], ["lc3", "ok.asm", "--input"],
               ["lc3", "ok.asm", "--grade"], ["toy"], ["toy", "ok.toy", "--input"]]
    inputs += [["pc", "-bios"], ["pc", "-kernel", "short", "-initrd"]]
    for words in inputs:
        for name, why in NO_FILES.items():
            expect_refusal(run(*words, name), name, why)
        expect_refusal(run(*words, "/dev/zero"), "/dev/zero")
        if not may_read("locked"):
            expect_refusal(run(*words, "locked"), "locked", "Permission denied")


def what_is_no_file_is_no_output():
    outputs = [["--audio"], ["--trace"], ["-D"], ["--screenshot"]]
    for name, why in NO_FILES.items():
        why = why.replace("is a", "Is a")
        if name != "dangling":
            for option in outputs:
                expect_refusal(pc("-vga", "std", *option, name), name, why)
            for option in ("-serial", "-debugcon", "-parallel"):
                expect_refusal(pc(option, "file:" + name), name, why if name else "file:FILE")
            for option in ("-o", "--symbols", "--listing"):
                expect_refusal(run("lc3", "asm", "ok.asm", "-o", "out", option, name), name, why)


def a_fifo_is_no_image():
    for option in ("-hda", "-fda", "-cdrom", "-kernel", "-bios"):
        expect_refusal(run("pc", option, "fifo"), "fifo", "is neither a file nor a block device")


def files_of_a_senseless_size_are_refused():
    for option in ("-hda", "-fda", "-cdrom", "-kernel", "-bios", "--keys"):
        expect_refusal(pc(option, "empty"), "empty: is empty")
    expect_refusal(run("pc", "-bios", "short"), "short: is no firmware of a PC", "64 KiB")
    for option in ("-bios", "--keys", "--commands"):
        expect_refusal(pc(option, "large"), "large", "too large")
    expect_refusal(pc("-kernel", "short"), "short: not a Linux bzImage")
    expect_refusal(pc("--commands", "short"), "short: is no text")
    write("long line", b"1ms " + b"x" * 300 + b"\n")
    expect_refusal(pc("--commands", "long line"), "long line:1: the command is too long")


def control_characters_do_not_reach_the_terminal():
    write("escape", b"\x1b[31mMOV \x7f\n")
    write("escape.asm", b".ORIG x3000\n\x1b[31m\n")
    for words in (["toy", "escape"], ["pc", *guest(HALT), "--keys", "escape"],
                  ["lc3", "asm", "escape.asm"], ["pc", "-hda", "\x1b[2J\n"]):
        result = run(*words)
        expect(result.code == 1 and not result.out, result)
        assert all(c.isprintable() or c in "\n" for c in result.err), repr(result.err)
        expect("?[" in result.err, result)


def commands_may_come_through_a_fifo_and_end_without_a_newline():
    with subprocess.Popen([VITRINE, "pc", *guest(LOOP), *EXIT_DEVICE, "--commands", "fifo",
                           "--max-time", "1s"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        with open("fifo", "w") as file:
            file.write("# comment\r\n\n  0s info registers\r\n0s quit")
        out, err = process.communicate(timeout=cli.SECONDS)
    assert process.returncode == 0 and b"real mode" in out, (out, err)


if __name__ == "__main__":
    cli.main([what_is_no_file_is_no_input, what_is_no_file_is_no_output,
              a_fifo_is_no_image, files_of_a_senseless_size_are_refused,
              control_characters_do_not_reach_the_terminal,
              commands_may_come_through_a_fifo_and_end_without_a_newline], prepare)
