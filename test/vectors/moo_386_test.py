#!/usr/bin/env python3
"""The runner of MOO files on what only a file of the 80386 has, and on the rules for it.

The cases are put together here, as the format says; their results are the 386 manual's, or, where a
rule is tried, what a 386EX has been seen to do otherwise.
"""
import os
import re
import struct
import subprocess
import sys
import tempfile

VECTORS = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "vectors"))
NAMES = """cr0 cr3 eax ebx ecx edx esi edi ebp esp cs ds es fs gs ss eip eflags dr6 dr7""".split()
START = dict(cr0=0x7FFEFFF0, cr3=0, eax=0x11112222, ebx=0x33334444, ecx=0x55556666, edx=0x77778888,
             esi=0x10, edi=0x20, ebp=0x30, esp=0x1000, cs=0x1000, ds=0x3000, es=0x4000, fs=0x5000,
             gs=0x6000, ss=0x2000, eip=0x100, eflags=0xFFFC0002, dr6=0xFFFF0FF0, dr7=0)
CODE, DATA, STACK, HANDLERS = 0x10100, 0x30000, 0x20000, 0x9000


def chunk(name, data):
    return name.encode() + struct.pack("<I", len(data)) + data


def registers(name, values):
    mask = sum(1 << number for number, n in enumerate(NAMES) if n in values)
    return chunk(name, struct.pack("<I", mask) +
                 b"".join(struct.pack("<I", values[n]) for n in NAMES if n in values))


def ram(cells):
    return chunk("RAM ", struct.pack("<I", len(cells)) +
                 b"".join(struct.pack("<IB", *cell) for cell in cells.items()))


def cells(address, data):
    return {address + n: byte for n, byte in enumerate(data)}


def case(index, code, before=None, memory=None, after=None, written=None, vector=None, masks=None):
    """A TEST chunk: the instruction `code`, what it finds, and what has changed behind its HLT."""
    code = bytes.fromhex(code)
    start = dict(START, **(before or {}))
    found = cells(16 * start["cs"] + start["eip"], code + b"\xf4")
    if vector is not None:  # all handlers are a HLT
        found.update(cells(4 * vector, struct.pack("<HH", vector, HANDLERS >> 4)))
        found[HANDLERS + vector] = 0xF4
    found.update(memory or {})
    after = dict({"eip": start["eip"] + len(code) + 1}, **(after or {}))
    written = dict(written or {})
    if vector is not None:
        sp = after.get("esp", start["esp"]) - 6
        pushed = struct.pack("<HHH", start["eip"], start["cs"], start["eflags"] & 0xFFFF)
        written = {**cells(16 * start["ss"] + sp, pushed), **written}
        after.update(cs=HANDLERS >> 4, eip=vector + 1, esp=sp)
    parts = chunk("NAME", struct.pack("<I", 4) + b"case")
    parts += chunk("BYTS", struct.pack("<I", len(code) + 1) + code + b"\xf4")
    parts += chunk("INIT", registers("RG32", start) + chunk("EA32", bytes(23)) + ram(found))
    parts += chunk("FINA", registers("RG32", after) +
                   (registers("RM32", masks) if masks else b"") + ram(written))
    if vector is not None:
        parts += chunk("EXCP", struct.pack("<BI", vector, 16 * start["ss"] + sp + 4))
    return chunk("TEST", struct.pack("<I", index) + parts + chunk("HASH", bytes(20)))


def run(*cases, masks=None):
    """Runs the cases as a file: (passed, failed, skipped, rules), and the whole output."""
    tests = b"".join(case(n, *c[0], **c[1]) for n, c in enumerate(cases))
    data = chunk("MOO ", struct.pack("<BBHI4s", 1, 1, 0, len(cases), b"386E")) + \
        chunk("META", bytes(31)) + (registers("RM32", masks) if masks else b"") + tests
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "67668D.MOO")
        with open(path, "wb") as file:
            file.write(data)
        out = subprocess.run([VECTORS, "-v", "moo", path], stdout=subprocess.PIPE, text=True,
                             check=False).stdout
    found = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped(?: \((.*)\))?", out)
    return tuple(map(int, found.groups()[:3])) + (found.group(4) or "",), out


def c(*words, **named):
    return words, named


def all_pass(*cases, masks=None):
    counts, out = run(*cases, masks=masks)
    assert counts == (len(cases), 0, 0, ""), out


def skipped_by(rule, *cases):
    counts, out = run(*cases)
    assert counts[:3] == (0, 0, len(cases)) and rule in counts[3], out


def all_fail(*cases):
    counts, out = run(*cases)
    assert counts[:3] == (0, len(cases), 0), out


def operand_and_address_size_prefixes_are_honoured_in_any_order():
    sum_ = struct.pack("<I", 0x11112222 + 0x12345678)
    wide = dict(memory=cells(DATA + 0x75, struct.pack("<I", 0x12345678)),
                before=dict(ebx=0x15, esi=0x18), written=cells(DATA + 0x75, sum_))
    # add [ebx+esi*4], eax
    all_pass(c("66670104b3", after=dict(eflags=0xFFFC0006), **wide),
             c("67660104b3", after=dict(eflags=0xFFFC0006), **wide),
             c("660fb6c3", after=dict(eax=0x44)), c("6698", after=dict(eax=0x2222)),
             c("0f80fe00"), c("660f80fe000000"),
             c("67e3fe", before=dict(ecx=0x10000)))


def the_stack_is_used_by_its_own_width():
    all_pass(c("6650", after=dict(esp=0xFFC), written=cells(STACK + 0xFFC, b"\x22\x22\x11\x11")),
             c("6658", memory=cells(STACK + 0x1000, b"\1\2\3\4"), after=dict(esp=0x1004, eax=0x4030201)),
             c("6650", before=dict(esp=0x12341000), after=dict(esp=0x12340FFC),
               written=cells(STACK + 0xFFC, b"\x22\x22\x11\x11")),
             c("661f", before=dict(esp=0xFFFE), memory=cells(STACK + 0xFFFE, b"\x34\x12"),
               after=dict(esp=2, ds=0x1234)),  # only the word is read
             c("669c", after=dict(esp=0xFFC), written=cells(STACK + 0xFFC, b"\2\0\0\0")))


def faults_push_a_frame_of_words_and_lead_to_the_handler():
    all_pass(c("678b03", before=dict(ebx=0x10000), vector=13),     # mov ax, [ebx]
             c("678b4500", before=dict(ebp=0x10000), vector=12),   # mov ax, [ebp]
             c("66f7f3", before=dict(ebx=0), vector=0), c("f0660fb6c3", vector=6),
             c("660f8500000100", vector=13),                       # jnz beyond 64 KiB
             c("660f84ffffff7f", after={}),                        # not taken
             c("66c3", memory=cells(STACK + 0x1000, b"\0\0\1\0"), vector=13),
             c("6662c0", vector=6),
             c("666207", before=dict(eax=5, ebx=0x40),             # bound eax, [bx]
               memory=cells(DATA + 0x40, struct.pack("<ii", 6, 9)), vector=5))


def execution_at_the_end_of_the_segment_does_not_wrap():
    all_pass(c("90", before=dict(eip=0xFFFE), after=dict(eip=0x10000)))


def masks_of_the_file_and_of_the_case_are_honoured():
    wrong = c("40", after=dict(eax=0x2211FFFF & 0xFFFF | 0x11110000))
    all_fail(wrong)
    all_pass(wrong, masks=dict(eax=0xFFFF0000, eflags=0))
    all_pass(c("40", after=dict(eax=0x1111FFFF), masks=dict(eax=0xFFFF0000)))


def what_the_manual_leaves_undefined_is_not_compared():
    flags = 0xFFFC0002
    all_pass(c("c0e010", before=dict(eax=0x81), after=dict(eax=0, eflags=flags | 0x845)),  # CF, OF
             c("c0e810", before=dict(eax=0x81), after=dict(eax=0, eflags=flags | 0x45)),
             c("d400", vector=0, written=cells(STACK + 0xFFE, b"\x06\0")),
             c("660fbcc3", before=dict(ebx=0), after=dict(eflags=flags | 0x8D5)))
    all_fail(c("c0e008", before=dict(eax=0x80), after=dict(eax=0, eflags=flags | 0x45)))  # CF is bit 0


def double_shifts_by_more_than_16_bits_rotate_the_source():
    all_pass(c("0fa4d814", before=dict(eax=0x1234, ebx=0x9ABC), after=dict(eax=0xABC9, eflags=0xFFFC0083)),
             c("0facd814", before=dict(eax=0x1234, ebx=0x9ABC), after=dict(eax=0xC9AB, eflags=0xFFFC0082)))


def what_a_386_does_otherwise_is_left_out_by_rule():
    skipped_by("a scale without an index", c("67668d04e3", after=dict(eax=8 * 0x33334444 & 0xFFFFFFFF)))
    skipped_by("test registers", c("0f24f0", after=dict(eax=0)))
    skipped_by("UMOV", c("0f11d8", after=dict(eax=0x33334444)))
    skipped_by("port 22h", c("e521", after=dict(eax=0x11117FFF)), c("66e51f", after=dict(eax=0x7FFFFFFF)))
    skipped_by("IDIV", c("f6fb", before=dict(eax=0xFEFF, ebx=0x1), after=dict(eax=0xFF80),
                         memory={**cells(0, struct.pack("<HH", 0, HANDLERS >> 4)), HANDLERS: 0xF4}))
    skipped_by("overwrites the HLT", c("26c60100", before=dict(es=0x1000, ebx=0, edi=0x104),
                                       after={}, written={CODE + 4: 0}))
    skipped_by("LOCK", c("f00fa307", after={}))
    skipped_by("CR0 that", c("0f22c0", before=dict(eax=0x80000000), after=dict(cr0=0xFFFEFFF0)))
    skipped_by("POPA has loaded", c("61", before=dict(esp=0xFFFB), after=dict(edi=0x1234), vector=12))
    skipped_by("has pushed", c("6660", before=dict(esp=0x0E), vector=12,
                               written={STACK + 0xFFEE: 0x20}))


def popad_is_compared_but_for_the_high_half_of_esp():
    image = struct.pack("<8I", 1, 2, 3, 0xABCD5678, 4, 5, 6, 7)
    loaded = dict(edi=1, esi=2, ebp=3, ebx=4, edx=5, ecx=6, eax=7)
    counts, out = run(c("6661", memory=cells(STACK + 0x1000, image),
                        after=dict(loaded, esp=0xABCD1020)))
    assert counts[:3] == (1, 0, 0) and "POPAD" in counts[3], out
    all_fail(c("6661", memory=cells(STACK + 0x1000, image), after=dict(loaded, esp=0xABCD1024)))


def control_registers_read_as_recorded():
    all_pass(c("0f01e0", after=dict(eax=0x1111FFF0)), c("0f20c0", after=dict(eax=0x7FFEFFF0)),
             c("0f01f0", before=dict(eax=8), after=dict(cr0=0x7FFEFFF8)),
             c("0f06", before=dict(cr0=0x7FFEFFF8), after=dict(cr0=0x7FFEFFF0)))


if __name__ == "__main__":
    tests = [test for name, test in list(globals().items())
             if callable(test) and name.count("_") > 2 and test.__module__ == "__main__"]
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}")
        except AssertionError as error:
            print(f"not ok {number} - {test.__name__}")
            print("\n".join("# " + line for line in str(error).splitlines()))
    sys.exit(0)
