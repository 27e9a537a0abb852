#!/usr/bin/env python3
"""A boot sector that prints by INT 17h, and what the printer at the parallel port then holds."""
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

TEXT = b"Printed by INT 17h\r\n"


def disk(name):
    code = b"\x31\xc0\x8e\xd8\xbe\x40\x7c"        # ds = 0; mov si, 7C40h
    code += b"\xac\x84\xc0\x74\x08"               # next: lodsb; test al, al; jz the end
    code += b"\x30\xe4\x31\xd2\xcd\x17\xeb\xf3"   # ah = dx = 0; INT 17h; jmp next
    code += b"\xfa\xf4"                           # cli; hlt
    image = (code.ljust(0x40, b"\x90") + TEXT).ljust(510, b"\0") + b"\x55\xaa"
    return rig.write(name, image.ljust(1 << 20, b"\0"))


def boot(*words):
    return rig.run("--deterministic", "-hda", disk("print.img"), "-snapshot", "--exit-on", "hlt",
                   "--max-time", "10s", *words)


def int_17h_prints_into_the_file():
    result = boot("-parallel", "file:paper")
    assert result.code == 0 and rig.read("paper") == TEXT, result


def without_a_port_the_bios_has_no_printer():
    for word in ("none", "null"):
        result = boot("-parallel", word)
        assert result.code == 0, result


def a_wrong_destination_is_told():
    result = boot("-parallel", "lpt1")
    assert result.code == 1 and "-parallel: 'lpt1'" in result.err, result


rig.main([int_17h_prints_into_the_file, without_a_port_the_bios_has_no_printer,
          a_wrong_destination_is_told])
