#!/usr/bin/env python3
"""A boot sector under SeaBIOS: it prints by INT 10h, reads the disk by INT 13h, keys by INT 16h."""
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

EXIT_DEVICE = ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
PRINT, TEXT = 0x60, 0x80  # places in the sector: a subroutine, and a text


def sector():
    code = b"\x31\xc0\x8e\xd8\x8e\xc0"                       # ds = es = 0
    code += b"\xbe" + (0x7C00 + TEXT).to_bytes(2, "little")  # mov si, TEXT
    code += call_print(len(code))
    code += b"\xb8\x01\x02\xbb\x00\x7e\xb9\x02\x00\xb6\x00\xcd\x13"  # INT 13h: read sector 2
    code += b"\xbe\x00\x7e"                                  # mov si, 7E00h
    code += call_print(len(code))
    code += b"\x30\xe4\xcd\x16"                              # echo: ah = 0, INT 16h: wait for a key
    code += b"\x3c\x0d\x74\x09"                              # cmp al, 0Dh; je to the end
    code += b"\xb4\x0e\xbb\x07\x00\xcd\x10\xeb\xef"          # INT 10h prints al; jmp echo
    code += b"\xb0\x2a\xe6\xf4\xfa\xf4"                      # mov al, 42; out F4h, al; cli; hlt
    code = code.ljust(PRINT, b"\x90")
    code += b"\xac\x84\xc0\x74\x09"                          # print: lodsb; test al, al; jz ret
    code += b"\xb4\x0e\xbb\x07\x00\xcd\x10\xeb\xf2\xc3"      # INT 10h prints al; jmp print; ret
    return code.ljust(TEXT, b"\x90") + b"sector one runs\0"


def call_print(here):
    return b"\xe8" + (PRINT - here - 3).to_bytes(2, "little")


def disk(name):
    image = sector().ljust(510, b"\0") + b"\x55\xaa" + b", two is read: "
    return rig.write(name, image.ljust(1 << 20, b"\0"))


def run(*words):
    return rig.run("--deterministic", "--max-time", "60s", *EXIT_DEVICE, *words)


def screen_disk_and_keyboard_work_through_the_bios():
    result = run("-hda", disk("disk.img"), "-display", "none",
                 "--expect", "sector one runs, two is read: $",
                 "--type", "Hi there: {}!", "--expect", "Hi there: \\{\\}!$", "--type", "\\n")
    assert result.code == 42 * 2 + 1, result


def the_image_may_stand_alone_on_the_command_line():
    result = run(disk("other.img"), "-display", "none", "--expect", "two is read")
    assert result.code == 0, result


def keys_come_at_their_times():
    rig.write("keys", b'3000 "quick"\n+100 enter\n')
    result = run("-hda", disk("disk.img"), "-display", "none", "--keys", "keys",
                 "--expect", "read: quick$")
    assert result.code == 0, result


def without_anything_to_boot_the_bios_says_so():
    rig.write("blank.img", bytes(1 << 20))
    result = run("-hda", "blank.img", "-display", "none", "--expect", "[Nn]o(t a)? bootable d")
    assert result.code == 0, result


def an_unmet_expect_on_the_screen_ends_with_4():
    result = rig.run("--deterministic", "-hda", disk("disk.img"), "-display", "none",
                     "--expect", "sector two runs", "--max-time", "5s")
    assert result.code == 4 and "sector two runs" in result.err, result
    assert "  |sector one runs, two is read:" in result.err, result


def two_runs_have_the_same_digest():
    words = ["-snapshot", "-hda", disk("disk.img"), "-display", "none", "--digest",
             "--expect", "read: ", "--type", "abc", "--expect", "abc"]
    results = [run(*words, *torture) for torture in
               ([], [], ["--torture", "blocks=4"], ["--torture", "flush"])]
    for result in results:
        assert result.code == 0 and result.digest() == results[0].digest(), results


if __name__ == "__main__":
    rig.main([screen_disk_and_keyboard_work_through_the_bios,
              the_image_may_stand_alone_on_the_command_line, keys_come_at_their_times,
              without_anything_to_boot_the_bios_says_so, an_unmet_expect_on_the_screen_ends_with_4,
              two_runs_have_the_same_digest])
