#!/usr/bin/env python3
"""Boot loaders and tools that start without a system, from Debian's packages: GRUB's rescue images,
which start Linux from file systems of several kinds, and other boot loaders; memtest86+, iPXE."""
import os
import shutil
import sys

sys.dont_write_bytecode = True
import disks  # noqa: E402
import floppy_test as floppy  # noqa: E402
import loaders_long_test as loaders  # noqa: E402
import rig  # noqa: E402

GRUB = "/usr/lib/grub-rescue/grub-rescue-"
MEMTEST = "/boot/memtest86+ia32.bin"
MEMTEST_CD = "/usr/lib/memtest86+/memtest86+ia32.iso"
IPXE = "/boot/ipxe.lkrn"
IPXE_CD = "/usr/lib/ipxe/ipxe.iso"
APPEND = f"console=ttyS0 {rig.QUICK}"
UP = ["--expect", "Welcome to Linux", "--expect", "root# "]


def run(*words):
    return rig.run("--deterministic", "-display", "none", "--max-time", "1200s", *words)


# --- GRUB ---

def at_grub(*commands):
    """Steps: from GRUB's menu to its command line, and what is typed there."""
    words = ["--expect", "GNU GRUB", "--expect", "GNU/Linux", "--type", "c"]
    for command in commands:
        words += ["--expect", "^grub> ", "--type", command + "\\n"]
    return words


def boot_linux_from_grub(*words, disk):
    """At GRUB's menu: its command line, which starts Linux from the disk's first partition."""
    os.makedirs("tree", exist_ok=True)
    shutil.copy(rig.KERNEL, "tree/vmlinuz")
    shutil.copy(rig.INITRD, "tree/initrd")
    disks.make_partitioned("linux.img", 64 << 20, "tree")
    result = run(*words, *at_grub(f"linux ({disk},msdos1)/vmlinuz {APPEND}",
                                  f"initrd ({disk},msdos1)/initrd", "boot"), *UP)
    assert result.code == 0, result


def grub_on_a_usb_stick_as_hard_disk_boots_linux():
    boot_linux_from_grub("-hda", GRUB + "usb.img", "-hdb", "linux.img", "-snapshot", disk="hd1")


def grub_on_a_floppy_disk_boots_linux():
    boot_linux_from_grub("-fda", GRUB + "floppy.img", "-hda", "linux.img", "-snapshot", "-boot", "a",
                         disk="hd0")


def grub_on_a_cd_boots_linux():
    boot_linux_from_grub("-cdrom", GRUB + "cdrom.iso", "-hda", "linux.img", "-boot", "d",
                         disk="hd0")


def grub_reads(disk):
    """Linux from a disk that is one file system, by the 32-bit and by the 16-bit protocol."""
    for bits in ("", "16"):
        result = run("-cdrom", GRUB + "cdrom.iso", "-hda", disk, "-boot", "d", "-snapshot",
                     *at_grub(f"linux{bits} (hd0)/vmlinuz {APPEND}", f"initrd{bits} (hd0)/initrd",
                              "boot"), *UP)
        assert result.code == 0, (bits, result)


def grub_boots_linux_from_xfs():
    rig.write("files", f"/\n0 0\nd--755 0 0\nvmlinuz ---644 0 0 {rig.KERNEL}\n"
              f"initrd ---644 0 0 {rig.INITRD}\n$\n".encode())
    disks.truncate("xfs.img", 320 << 20)
    rig.tool(rig.which("mkfs.xfs"), "-q", "-p", "files", "xfs.img")
    grub_reads("xfs.img")


def grub_boots_linux_from_btrfs():
    os.makedirs("tree", exist_ok=True)
    shutil.copy(rig.KERNEL, "tree/vmlinuz")
    shutil.copy(rig.INITRD, "tree/initrd")
    disks.truncate("btrfs.img", 256 << 20)
    rig.tool(rig.which("mkfs.btrfs"), "-q", "--rootdir", "tree", "btrfs.img")
    grub_reads("btrfs.img")


# --- from one boot loader to another ---

def chain(*words):
    result = run(*words, "-snapshot")
    assert result.code == 0, result


def make_second_disk():
    """SYSLINUX on a FAT partition; in front of it, as the first disk, one that does not boot."""
    loaders.make_syslinux_disk("fat.img")
    disks.truncate("first.img", 1 << 20)
    return ["-hda", "first.img", "-hdb", "fat.img"]


def grub_goes_on_with_a_partition_and_with_a_second_disk():
    chosen = [*loaders.chosen(loaders.LINUX), *loaders.UP]
    from_cd = ["-cdrom", GRUB + "cdrom.iso", "-boot", "d"]
    chain(*make_second_disk(), *from_cd,
          *at_grub("set root=hd1", "drivemap -s hd0 hd1", "chainloader +1", "boot"), *chosen)
    chain("-hda", "fat.img", *from_cd, *at_grub("set root=hd0,1", "chainloader +1", "boot"), *chosen)


def grub_goes_on_with_a_floppy_disk():
    if floppy.absent(floppy.FREEDOS):
        return floppy.absent(floppy.FREEDOS)
    chain("-cdrom", GRUB + "cdrom.iso", "-boot", "d", "-fda", floppy.guest(floppy.FREEDOS),
          *at_grub("set root=fd0", "chainloader +1", "boot"), "--expect", r"A:.>$")
    return None


def syslinux_goes_on_with_a_second_disk():
    words = make_second_disk()
    os.remove("tree/vmlinuz")  # so that the kernel can only be the disk's
    loaders.lay_cd()
    chain(*words, "-cdrom", "cd.iso", "-boot", "d",
          *loaders.chosen(loaders.SECOND_DISK), *loaders.chosen(loaders.LINUX), *loaders.UP)


# --- memtest86+ ---

def check_memory(*words):
    result = run("-m", "8M", *words, "--expect", "Memtest86\\+", "--expect", "Test #4",
                 "--expect", "Errors: 0$")
    assert result.code == 0, result


def memtest_finds_no_error_in_its_first_tests():
    check_memory("-kernel", MEMTEST)


def memtest_on_a_cd_finds_no_error():
    check_memory("-cdrom", MEMTEST_CD)


def memtest_is_started_by_grub():
    os.makedirs("tree", exist_ok=True)
    shutil.copy(MEMTEST, "tree/memtest")
    disks.make_partitioned("memtest.img", 16 << 20, "tree")
    result = run("-m", "8M", "-cdrom", GRUB + "cdrom.iso", "-boot", "d", "-hda", "memtest.img",
                 *at_grub("linux16 (hd0,msdos1)/memtest", "boot"), "--expect", "Memtest86\\+",
                 "--expect", "Test #4")
    assert result.code == 0, result


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
              grub_on_a_cd_boots_linux, grub_boots_linux_from_xfs, grub_boots_linux_from_btrfs,
              grub_goes_on_with_a_partition_and_with_a_second_disk, grub_goes_on_with_a_floppy_disk,
              syslinux_goes_on_with_a_second_disk,
              memtest_finds_no_error_in_its_first_tests, memtest_on_a_cd_finds_no_error,
              memtest_is_started_by_grub, ipxe_initialises_and_finds_no_network_card, ipxe_on_a_cd_initialises],
             rig.KERNEL, rig.INITRD, "mke2fs", "mkfs.btrfs", "mkfs.xfs", GRUB + "usb.img", MEMTEST,
             MEMTEST_CD, IPXE, IPXE_CD, *loaders.SYSLINUX_NEEDS)
