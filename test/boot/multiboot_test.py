#!/usr/bin/env python3
"""A multiboot kernel of our own: started by -kernel, it talks on the ports and ends the run."""
import struct
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

LOAD = 0x100000
EXIT_DEVICE = ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]


# --- an ELF file with one segment: headers, the multiboot header, code ---

FLAGS = 2  # the kernel wants to know the memory
HEADER = struct.pack("<III", 0x1BADB002, FLAGS, -(0x1BADB002 + FLAGS) & 0xFFFFFFFF)
START = 52 + 32 + len(HEADER)


def kernel(code):
    size = START + len(code)
    elf = b"\x7fELF\1\1\1".ljust(16, b"\0")
    elf += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, LOAD + START, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    elf += struct.pack("<IIIIIIII", 1, 0, LOAD, LOAD, size, size, 7, 0x1000)
    return rig.write("kernel.elf", elf + HEADER + code)


# --- 32-bit code ---

def put(port, data):
    """Sends bytes to a port: mov dx, PORT; then mov al, BYTE; out dx, al for each."""
    code = b"\x66\xba" + struct.pack("<H", port)
    for byte in data:
        code += bytes([0xB0, byte, 0xEE])
    return code


HALT = b"\xfa\xf4\xeb\xfd"                            # cli; hlt; jmp back
# lidt [nothing]; int3. The operand is six bytes of zero at 9 MiB.
TRIPLE_FAULT = b"\x0f\x01\x1d\x00\x00\x90\x00\xcc"
PRINT_STRING = (b"\x66\xba\xf8\x03"                 # mov dx, 3F8h
                b"\xac\x84\xc0\x74\x03"             # lodsb; test al, al; jz out
                b"\xee\xeb\xf8")                    # out dx, al; jmp to the lodsb
PRINT_COMMAND_LINE = b"\x8b\x73\x10" + PRINT_STRING  # mov esi, [ebx+16]
# EAX to four ports' bytes: the magic number of the boot loader, lowest byte first.
PRINT_EAX = b"\x66\xba\xe9\x00" + b"\xee\xc1\xe8\x08" * 4  # out dx, al; shr eax, 8


def run(code, *words):
    return rig.run("-kernel", kernel(code), "-display", "none", "-vga", "none", *EXIT_DEVICE,
                   "--max-time", "20s", *words)


def it_prints_and_chooses_the_exit_code():
    result = run(put(0x3F8, b"Hello\r\n") + put(0xF4, b"\x10") + HALT, "-serial", "stdio")
    assert result.code == 0x21 and result.out.endswith("Hello\r\n"), result


def the_loader_hands_over_magic_command_line_and_memory():
    # mem_upper, KiB above 1 MiB, in mbi[8]; -m 16M leaves 15 MiB less what the firmware keeps.
    code = PRINT_EAX + PRINT_COMMAND_LINE + b"\x8b\x43\x08" + PRINT_EAX + put(0xF4, b"\0")
    result = run(code, "-serial", "stdio", "-debugcon", "file:debug", "-m", "16M",
                 "-append", "one two=3")
    assert result.code == 1, result
    assert result.out.endswith("one two=3"), result
    magic, upper = struct.unpack("<II", rig.read("debug")[-8:])
    assert magic == 0x2BADB002, hex(magic)
    assert 14 * 1024 <= upper <= 15 * 1024, upper


def modules_come_with_their_texts_as_in_qemu():
    one, two = rig.write("one.mod", b"first\0"), rig.write("tw,o.mod", b"second\0")
    each = (b"\x8b\x75\x08" + PRINT_STRING            # mov esi, [ebp+8]: the text
            + b"\x8b\x75\x00" + PRINT_STRING          # mov esi, [ebp]: the module
            + b"\x83\xc5\x10")                        # add ebp, 16
    code = b"\x8b\x6b\x18" + each + each + put(0xF4, b"\0")  # mov ebp, [ebx+24]
    result = run(code, "-serial", "stdio", "-initrd", f"{one} a=1,tw,,o.mod")
    assert result.code == 1 and result.out.endswith("one.mod a=1firsttw,o.modsecond"), result
    code = b"\x8b\x6b\x18" + each + put(0xF4, b"\0")
    result = run(code, "-serial", "stdio", "-initrd", two)  # the name of a file as a whole
    assert result.code == 1 and result.out.endswith("tw,o.modsecond"), result
    result = run(code, "-initrd", f"{one},missing.mod")
    assert result.code == 1 and "missing.mod" in result.err, result


def ports_are_logged_byte_by_byte():
    code = put(0xE9, b"debug") + put(0x190, bytes(range(16))) + put(0x191, b"no") + HALT
    result = run(code, "-debugcon", "file:debug", "--log-port", "0x190=port", "--exit-on", "hlt")
    assert result.code == 0, result
    assert rig.read("debug").endswith(b"debug") and rig.read("port") == bytes(range(16))


def the_debug_console_can_be_standard_output():
    result = run(put(0xE9, b"debug") + HALT, "-debugcon", "stdio", "--exit-on", "hlt")
    assert result.code == 0 and result.out.endswith("debug"), result


def a_halt_for_good_is_a_crash_unless_asked_for():
    result = run(HALT)
    assert result.code == 2 and "halted" in result.err, result


def the_last_words_on_the_screen_are_seen():
    # "last" in row 0, right before the end: each of them comes between two looks at the screen.
    words = b"".join(b"\x66\xc7\x05" + struct.pack("<IBB", 0xB8000 + 2 * n, byte, 7)
                     for n, byte in enumerate(b"last"))
    for delay in (1, 3000000, 7000000):
        wait = b"\xb9" + struct.pack("<I", delay) + b"\xe2\xfe"  # mov ecx, DELAY; loop $
        for end, options in ((HALT, []), (TRIPLE_FAULT, ["-no-reboot"]), (put(0xF4, b"\2"), [])):
            result = rig.run("-kernel", kernel(wait + words + end), "-display", "none",
                             *EXIT_DEVICE, "--max-time", "20s", "--console", "screen",
                             "--expect", "^last", *options)
            assert result.code == 0, result


def a_triple_fault_is_a_crash_or_a_reset():
    result = run(TRIPLE_FAULT, "--exit-on", "triple-fault")
    assert result.code == 2 and "triple fault" in result.err, result
    result = run(TRIPLE_FAULT, "-no-reboot")
    assert result.code == 0, result


def a_reset_starts_the_kernel_anew():
    # Counts in the CMOS, which a reset leaves alone: the third time it ends the run.
    code = (b"\xb0\x50\xe6\x70\xe4\x71\xfe\xc0\xe6\x71"  # al = CMOS[50h] + 1, written back
            b"\x3c\x03\x74\x06"                          # cmp al, 3; je behind the reset
            b"\xb0\xfe\xe6\x64\xeb\xfe")                 # the 8042 pulses the reset line
    result = run(put(0x3F8, b"+") + code + put(0xF4, b"\x07") + HALT, "-serial", "stdio")
    assert result.code == 15 and result.out.count("ROM..+") == 3, result


def an_elf_without_the_header_is_refused():
    elf = bytearray(rig.read(kernel(HALT)))
    elf[84:88] = bytes(4)
    result = rig.run("-kernel", rig.write("plain.elf", elf), "-display", "none")
    assert result.code == 1 and "plain.elf" in result.err and result.err.count("\n") == 1, result


if __name__ == "__main__":
    rig.main([it_prints_and_chooses_the_exit_code,
              the_loader_hands_over_magic_command_line_and_memory,
              modules_come_with_their_texts_as_in_qemu, ports_are_logged_byte_by_byte,
              the_debug_console_can_be_standard_output,
              a_halt_for_good_is_a_crash_unless_asked_for, the_last_words_on_the_screen_are_seen,
              a_triple_fault_is_a_crash_or_a_reset, a_reset_starts_the_kernel_anew,
              an_elf_without_the_header_is_refused])
