#!/usr/bin/env python3
"""Boot loaders and tools that start without a system, from Debian's packages: GRUB's rescue images,
memtest86+, iPXE."""
import os
import shutil
import sys

sys.dont_write_bytecode = True
import disks  # noqa: E402
import rig  # noqa: E402

GRUB = "/usr/lib/grub-rescue/grub-rescue-"
MEMTEST = "/boot/memtest86+ia32.bin"
MEMTEST_CD = "/usr/lib/memtest86+/memtest86+ia32.iso"
IPXE = "/boot/ipxe.lkrn"
IPXE_CD = "/usr/lib/ipxe/ipxe.iso"


def run(*words):
    return rig.run("--deterministic", "-display", "none", "--max-time", "1200s", *words)


# --- GRUB ---

def boot_linux_from_grub(*words, disk):
    """At GRUB's menu: its command line, which starts Linux from the disk's first partition."""
    os.makedirs("tree", exist_ok=True)
    shutil.copy(rig.KERNEL, "tree/vmlinuz")
    shutil.copy(rig.INITRD, "tree/initrd")
    disks.make_partitioned("linux.img", 64 << 20, "tree")
    kernel = f"linux ({disk},msdos1)/vmlinuz console=ttyS0 {rig.QUICK}"
    result = run(*words, "--expect", "GNU GRUB", "--expect", "GNU/Linux", "--type", "c",
                 "--expect", "^grub> ", "--type", f"{kernel}\\n",
                 "--expect", "^grub> ", "--type", f"initrd ({disk},msdos1)/initrd\\n",
                 "--expect", "^grub> ", "--type", "boot\\n", "--expect", "Welcome to Linux",
                 "--expect", "root# ")
    assert result.code == 0, result


def grub_on_a_usb_stick_as_hard_disk_boots_linux():
    boot_linux_from_grub("-hda", GRUB + "usb.img", "-hdb", "linux.img", "-snapshot", disk="hd1")


def grub_on_a_floppy_disk_boots_linux():
    boot_linux_from_grub("-fda", GRUB + "floppy.img", "-hda", "linux.img", "-snapshot", "-boot", "a",
                         disk="hd0")


def grub_on_a_cd_boots_linux():
    boot_linux_from_grub("-cdrom", GRUB + "cdrom.iso", "-hda", "linux.img", "-boot", "d",
                         disk="hd0")


# --- memtest86+ ---

def check_memory(*words):
    result = run("-m", "8M", *words, "--expect", "Memtest86\\+", "--expect", "Test #4",
                 "--expect", "Errors: 0$")
    assert result.code == 0, result


def memtest_finds_no_error_in_its_first_tests():
    check_memory("-kernel", MEMTEST)


def memtest_on_a_cd_finds_no_error():
    check_memory("-cdrom", MEMTEST_CD)


# --- iPXE ---

def ipxe_initialises_and_finds_no_network_card():
    result = run("-kernel", IPXE, "--expect", "iPXE initialising devices...ok", "--expect",
                 "No more network devices")
    assert result.code == 0, result


def ipxe_on_a_cd_initialises():
    result = run("-cdrom", IPXE_CD, "--expect", "iPXE initialising devices...ok")
    assert result.code == 0, result


if __name__ == "__main__":
    rig.main([grub_on_a_usb_stick_as_hard_disk_boots_linux, grub_on_a_floppy_disk_boots_linux,
              grub_on_a_cd_boots_linux,
              memtest_finds_no_error_in_its_first_tests, memtest_on_a_cd_finds_no_error,
              ipxe_initialises_and_finds_no_network_card, ipxe_on_a_cd_initialises],
             rig.KERNEL, rig.INITRD, "mke2fs", GRUB + "usb.img", MEMTEST, MEMTEST_CD, IPXE, IPXE_CD)
