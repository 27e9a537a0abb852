#!/usr/bin/env python3
"""What an operating system's drivers find: rom/probe looks at every chip, and its findings are held
against probe_findings.txt, which were looked at line by line, and against QEMU's of the same disk.

    test/boot/probe_test.py --update    takes the findings of today for those to be expected
"""
import functools
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "../../rom/probe/build.sh")
FINDINGS = os.path.join(HERE, "probe_findings.txt")
QEMU = "qemu-system-i386"

# The firmware's own findings and what it has put into registers: they change with its version.
FIRMWARES = re.compile(r"(bios|vbe|table|acpi|rom|pci|cmos) ")

# Our lines that QEMU 7.2 does not print, and why. Bochs 2.7 was asked as well.
DIFFERS = [
    (r"uart \w+ modem", "MSR tells changes in loop mode, too [16550]; Bochs agrees"),
    (r"lpt 0378 data", "the three low bits of the status are not there: ones, QEMU has 1, Bochs 0"),
    (r"pit status 34 30 30", "counters 1 and 2 as at power-on, which is undefined [8254]"),
    (r"pit 2 programmed 70", "mode 0 begins low, with a null count, and waits for the gate [8254]"),
    (r"pit 2 bcd 1", "QEMU counts in binary"),
    (r"pic irr .* poll 07 ", "7 is the level of nobody; QEMU and Bochs say 0"),
    (r"dma pages", "all sixteen page registers are memory, as in a PC/AT; Bochs agrees"),
    (r"dma status .* mask 0F 0E", "the mask can be read [PIIX3]; QEMU says 0, Bochs sets the others"),
    (r"cmos ", "a drive of 1.44 MB and not 2.88, the sum over 10h to 2Dh, 64 MiB less 1 at most"),
    (r"8042 (output|input) port", "clock and data lines, which differ from board to board"),
    (r"8042 ram 1f", "the controller's RAM can be read; QEMU knows command 20h only"),
    (r"mouse unknown mFE", "asks to send the command again [PS2M]; QEMU is silent"),
    (r"fdc at first", "no SRA and SRB on a PC/AT, DOR says that it holds the reset"),
    (r"fdc reset sense C", "four interrupts after each reset [82077AA]; Bochs agrees"),
    (r"fdc dumpreg", "HUT, HLT and the last track as SPECIFY set them [82077AA]"),
    (r"fdc drive \d", "a drive without a disk is not write protected; drive 1 is not there"),
    (r"fdc sense 3 73", "no track 0 at a drive that is not there: equipment check [82077AA]"),
    (r"fdc dir 80 dor FC tape FF", "bits 7 to 2 of 3F3h are not driven [82077AA]; QEMU says 0"),
    (r"ata \w+ in reset status 80", "busy while SRST is set [ATA6]; QEMU says 0"),
    (r"ata \w+\.\d after reset", "QEMU ends a reset when its host has time for it"),
    (r"ata \w+\.\d word", "names, and what else the drives announce"),
    (r"ata \w+\.\d (wrong command|identify EC)", "bit 4 of the status, as in QEMU's packet devices"),
    (r"atapi \w+ data", "names, sense without the valid bit, the mechanism of a CD and not a DVD"),
    (r"atapi .* status 51", "bit 4 of the status, as Bochs; ABRT in the error register [SFF8020]"),
    (r"atapi \w+ (mode sense 6|configuration)", "MODE SENSE (6) is there, and 64 bytes are given"),
    (r"pci mechanism 1", "bits 30 to 24 of CF8h are zeros, and it takes no bytes [440FX]"),
    (r"pci \w+ command writable", "no fast back-to-back, no INTx disable: those of revision 2.1"),
    (r"pci (00|08|10) id", "the status register's DEVSEL# timing [440FX], [PIIX3]; SERR# is on"),
    (r"pci 00 register", "SMRAM as SeaBIOS leaves it; QEMU has system management mode"),
    (r"pci 0B register (40|90)", "SeaBIOS puts the ports elsewhere where it makes the ACPI tables"),
    (r"pci 10 bar 6", "QEMU's VGA has registers in memory, too"),
    (r"vga misc 67", "3C3h can be read, and the sense comparator's 1 is a colour monitor"),
    (r"vga misc bits FF", "bit 4 is kept; two bits of the feature control are there [VGA]"),
    (r"vga others", "3C3h can be read"),
    (r"vga (sequencer 07|crtc \w\w) .* bits 00", "registers that a VGA does not have"),
    (r"vga crtc index 1F", "five bits"),
    (r"vga attribute index 3F", "can be read back [VGA]; QEMU shows it with the flip-flop's help"),
    (r"vga dac mask 5A", "the mask is there, and entries have six bits [VGA]"),
    (r"vga extension", "up to 2560 x 1600; sizes that are impossible are not taken"),
    (r"vbe modes|vbe now", "a mode of 3840 x 2160 less, as it does not fit; no DDC"),
    (r"bios (e801|e820|drive 0|serial|printer) ", "memory, drive and lines as above"),
    (r"(table|acpi|rom) ", "QEMU brings tables and option ROMs of its own"),
]


def build():
    rig.tool("sh", BUILD, "probe.img")


def lines(name="found"):
    text = rig.read(name).decode("latin-1").split("\n")
    assert text[-2:] == ["end", ""], (len(text), text[-3:])
    return text[:-1]


def probe(*words):
    """What a PC with these words finds."""
    result = rig.run("-hda", "probe.img", "-snapshot", "--deterministic", "-display", "none",
                     "-debugcon", "file:found", "-no-reboot", "-device",
                     "isa-debug-exit,iobase=0xf4", "--max-time", "100s", *words)
    assert result.code == 1, result
    return lines()


@functools.lru_cache
def whole():
    """All that QEMU has by default and we can have."""
    return probe("-serial", "null", "-serial", "null", "-parallel", "null")


def the_chips_look_as_their_datasheets_say():
    build()
    ours = [line for line in whole() if not FIRMWARES.match(line)]
    if "--update" in sys.argv:
        rig.write(FINDINGS, ("\n".join(ours) + "\n").encode("ascii"))
    expected = rig.read(FINDINGS).decode("ascii").splitlines()
    wrong = [f"{a!r} should be {b!r}" for a, b in zip(ours, expected) if a != b]
    assert not wrong and len(ours) == len(expected), "\n".join(wrong[:20])


def what_differs_from_qemu_is_known():
    if not rig.which(QEMU):
        return f"{QEMU} is not installed"
    # -icount: its time is that of instructions as well, however busy the host
    subprocess.run([QEMU, "-accel", "tcg", "-icount", "shift=3,sleep=off", "-M", "pc", "-m", "128M",
                    "-display", "none", "-net", "none", "-no-reboot", "-drive", "file=probe.img,format=raw,snapshot=on",
                    "-serial", "null", "-serial", "null", "-parallel", "null", "-debugcon",
                    "file:theirs", "-device", "isa-debug-exit,iobase=0xf4,iosize=1"],
                   stdin=subprocess.DEVNULL, check=False, timeout=rig.SECONDS)
    theirs = set(lines("theirs"))
    known = re.compile("|".join(f"(?:{row[0]})" for row in DIFFERS))
    unknown = [line for line in whole() if line not in theirs and not known.match(line)]
    assert not unknown, "\n".join(unknown[:20])
    return None


def tables_and_services_are_sound():
    ours = whole()
    assert "cmos sum 1" in ours
    for name in ("_32_", "$PnP", "$PIR", "_MP_", "_SM_", "RSD PTR "):
        assert f"table {name} found 1" in ours, name
    bad = [line for line in ours if re.match(r"table .* sum (?!00)", line)]
    assert not bad, bad
    for service in ("apm connect", "apm 16 bit", "apm 32 bit", "pci present", "extensions 80"):
        assert any(line.startswith(f"bios {service} good 1") for line in ours), service
    # COM1, COM2 and LPT1, as SeaBIOS's _STA methods see them
    assert "pci 0B register 5C 90000000" in ours and "pci 0B register 64 98000000" in ours


def absent(name, words, *patterns):
    """The probe comes to its end, and each pattern is a line of what it finds."""
    def test():
        ours = probe(*words)
        for pattern in patterns:
            assert any(re.fullmatch(pattern, line) for line in ours), (pattern, ours[:10])
    test.__name__ = name
    return test


if __name__ == "__main__":
    rig.main([
        the_chips_look_as_their_datasheets_say,
        what_differs_from_qemu_is_known,
        tables_and_services_are_sound,
        absent("no_port_and_no_screen_are_found_where_none_is",
               ["-serial", "none", "-parallel", "none", "-vga", "none"],
               "uart 03F8 ier FF FF .*", "lpt 0378 data FF FF .*", "vga crtc index FF",
               "pci 0B register 5C 10000000"),
        absent("without_an_empty_cd_drive_nobody_is_at_the_second_channel", ["-nodefaults"],
               "ata 0170.0 after reset error 00 count 00 lba 00 00 00 device 00 status 00",
               "ata 0170.0 identify EC: nobody, status 00"),
        absent("a_486_with_1_mib_is_enough", ["-cpu", "486", "-m", "1"],
               "bios extended memory good 1 eax 0000.*"),
        absent("3_gib_are_told_of", ["-m", "3G"], "bios e820 00 00 10 00 00 00 00 00 .* BF .*"),
    ], "as", "ld", "gcc")
