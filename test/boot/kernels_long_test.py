#!/usr/bin/env python3
"""Debian's 686 and 686-pae kernels in the ways in which people start them when something is amiss,
each to the shell and a command; Xen. (Processors and sizes of memory: machine_long_test.py.)"""
import gzip
import os
import sys

sys.dont_write_bytecode = True
import picture  # noqa: E402
import rig  # noqa: E402

XEN = "/boot/xen-4.17-amd64.gz"
PAE = os.path.join(rig.GUESTS, "pae")
MAKE_GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/make_guest.sh")
SUM = "338350"  # of the squares of 1 to 100
WORK = "n=0; for i in $(seq 100); do n=$((n + i * i)); done; echo $n"
UNAME = "uname -r"
INTERRUPTS = "cat /proc/interrupts"
CLOCK = "/sys/devices/system/clocksource/clocksource0"
DMESG = "dmesg"
COMMANDS = [WORK, UNAME, INTERRUPTS, DMESG]


def session(*append, start=None, words=()):
    """What the commands say; the sum must be right and the kernel content."""
    answers = rig.session(COMMANDS, *words, start=start or rig.linux(*append))
    assert answers.text(0) == SUM + "\n", answers[0]
    found = rig.defects(answers.text(3))
    assert not found, "\n".join(found)
    return [answers.text(number) for number in range(len(COMMANDS))]


def line_of(number, interrupts):
    lines = [line for line in interrupts.splitlines() if line.split()[0] == f"{number}:"]
    assert len(lines) == 1, interrupts
    return lines[0]


def without_acpi_it_works():
    # Nor can the kernel then switch the machine off: it halts.
    dmesg = session("acpi=off", words=["--exit-on", "hlt"])[3]
    assert "ACPI: Interpreter enabled" not in dmesg, dmesg


def without_the_io_apic_the_8259_serves():
    interrupts = session("noapic")[2]
    assert "XT-PIC" in line_of(4, interrupts), interrupts


def without_the_local_apic_the_8254_ticks():
    interrupts = session("nolapic")[2]
    assert "XT-PIC" in line_of(0, interrupts), interrupts
    assert int(line_of(0, interrupts).split()[1]) > 50, interrupts


def each_clock_can_be_chosen():
    # The 8254 is one only while its interrupt is what ticks.
    for name, append in (("acpi_pm", "hpet=disable clocksource=acpi_pm"),
                         ("pit", "hpet=disable nolapic highres=off nohz=off clocksource=pit"),
                         ("hpet", "clocksource=hpet"), ("tsc", "hpet=disable clocksource=tsc")):
        answers = rig.session([f"cat {CLOCK}/current_clocksource",
                               "cut -d. -f1 /proc/uptime; sleep 2; cut -d. -f1 /proc/uptime"],
                              start=rig.linux(append))
        assert answers.text(0) == name + "\n", (append, answers[0])
        before, after = (int(line) for line in answers.text(1).split())
        assert after - before in (2, 3), (append, answers[1])


def pci_is_found_without_acpi_s_help():
    # By its registers, by the BIOS, with all addresses, with the BIOS's interrupts. With pci=noacpi
    # the kernel gives PNP0A03 itself the addresses of its devices, on QEMU's board as well.
    for append in ("pci=conf1", "pci=bios", "pci=nocrs", "acpi=noirq", "nolapic noapic"):
        session(append)


def vga_chooses_the_mode_of_the_screen():
    # boot.rst: the boot loader, here we, hands it on; 791 is VESA's mode 117h.
    for value, size in (("791", (1024, 768)), ("normal", (720, 400))):
        result = rig.run(*rig.linux(f"vga={value}", console="tty0 console=ttyS0"), "-display",
                         "none", "--console", "serial", "--deterministic", "--max-time", "240s",
                         "--expect", "/root# ", "--screenshot", "screen.png")
        assert result.code == 0, result
        assert picture.read_png("screen.png")[:2] == size, value


def fetch_pae():
    """Makes the PAE kernel's files unless they are there; returns why that can't be."""
    if not os.path.exists(os.path.join(PAE, "bzImage")):
        try:
            rig.tool("sh", MAKE_GUEST, PAE, "686-pae")
        except AssertionError as error:
            return f"the PAE kernel could not be fetched: {error}"
    return None


def the_pae_kernel_works():
    reason = fetch_pae()
    if reason:
        return reason
    start = rig.linux()
    start[1], start[3] = os.path.join(PAE, "bzImage"), os.path.join(PAE, "initramfs.cpio.gz")
    _, uname, _, dmesg = session(start=start, words=["-m", "1G"])
    assert uname.endswith("-686-pae\n"), uname
    assert "NX (Execute Disable)" in dmesg, dmesg
    return None


def xen_says_that_the_processor_lacks_64_bits():
    # It is a multiboot kernel, which looks for long mode first.
    with gzip.open(XEN) as file:
        rig.write("xen", file.read())
    result = rig.run("-kernel", "xen", "-append", "console=com1", "-nographic", "--deterministic",
                     "--max-time", "240s", "--expect", "Not a 64-bit CPU")
    assert result.code == 0, result


if __name__ == "__main__":
    rig.main([without_acpi_it_works, without_the_io_apic_the_8259_serves,
              without_the_local_apic_the_8254_ticks, each_clock_can_be_chosen,
              pci_is_found_without_acpi_s_help, vga_chooses_the_mode_of_the_screen,
              the_pae_kernel_works, xen_says_that_the_processor_lacks_64_bits],
             rig.KERNEL, rig.INITRD, XEN)
