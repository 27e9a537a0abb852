#!/usr/bin/env python3
"""Boot loaders and firmware of Debian's packages that the others do not start: SYSLINUX from CD,
floppy and hard disk with its menus, memdisk and hardware list, GRUB Legacy, LOADLIN, U-Boot and
Bochs's BIOS in place of SeaBIOS."""
import gzip
import os
import shutil
import struct
import sys

sys.dont_write_bytecode = True
import disks  # noqa: E402
import floppy_test as floppy  # noqa: E402
import rig  # noqa: E402

ISOLINUX = "/usr/lib/ISOLINUX/isolinux.bin"
SYSLINUX = "/usr/lib/syslinux/"
MODULES = SYSLINUX + "modules/bios/"
GRUB = "/usr/lib/grub/x86_64-pc/"
LOADLIN = "/usr/lib/loadlin/loadlin.exe.gz"
UBOOT = "/usr/lib/u-boot/qemu-x86/u-boot.rom"
BOCHS_BIOS = "/usr/share/bochs/BIOS-bochs-latest"
SYSLINUX_NEEDS = ["xorriso", "mcopy", "mkfs.vfat", "syslinux", ISOLINUX, MODULES]
FLOPPY_BYTES = 1474560
APPEND = f"console=tty0 {rig.QUICK}"
UP = ["--expect", "Welcome to Linux"]  # on the screen, by the guest's first process
MENU = """DEFAULT {menu}.c32
PROMPT 0
MENU TITLE Seven ways from here
LABEL linux
 KERNEL vmlinuz
 APPEND initrd=initrd {append}
LABEL dos
 KERNEL memdisk
 APPEND initrd=dos.img floppy
LABEL raw
 KERNEL memdisk
 APPEND initrd=dos.img floppy raw
LABEL hardware
 COM32 hdt.c32
LABEL modes
 COM32 vesainfo.c32
LABEL floppy
 LOCALBOOT 0
LABEL second
 COM32 chain.c32
 APPEND hd1 swap
"""
LINUX, DOS, RAW, HARDWARE, MODES, FLOPPY, SECOND_DISK = range(7)


def run(*words):
    return rig.run("--deterministic", "-display", "none", "--max-time", "120s", *words)


def expect(*words):
    result = run(*words)
    assert result.code == 0, result


def chosen(entry):
    """Steps that wait for the menu and take an entry."""
    return ["--expect", "Seven ways from here", "--expect", r"Press .Tab. to edit",
            "--type", r"\{down}" * entry + r"\n"]


# --- SYSLINUX ---

def fill(folder, menu):
    os.makedirs(folder, exist_ok=True)
    for name in ("menu", "vesamenu", "hdt", "vesainfo", "chain", "ldlinux", "libutil", "libcom32",
                 "libgpl", "libmenu"):
        shutil.copy(f"{MODULES}{name}.c32", folder)
    shutil.copy(SYSLINUX + "memdisk", folder)
    shutil.copy(rig.KERNEL, folder + "/vmlinuz")
    shutil.copy(rig.INITRD, folder + "/initrd")
    if not floppy.absent(floppy.FREEDOS):
        floppy.guest(floppy.FREEDOS)
        shutil.copy(floppy.FREEDOS, folder + "/dos.img")
    rig.write(folder + "/syslinux.cfg", MENU.format(menu=menu, append=APPEND).encode())


def make_cd(menu="menu"):
    fill("tree", menu)
    lay_cd()


def lay_cd():
    shutil.copy(ISOLINUX, "tree")
    rig.tool("xorriso", "-as", "mkisofs", "-quiet", "-o", "cd.iso", "-b", "isolinux.bin", "-c",
             "boot.cat", "-no-emul-boot", "-boot-load-size", 4, "-boot-info-table", "tree")


def isolinux_boots_linux():
    make_cd()
    expect("-cdrom", "cd.iso", *chosen(LINUX), *UP)


def memdisk_makes_a_floppy_of_a_file():
    if floppy.absent(floppy.FREEDOS):
        return floppy.absent(floppy.FREEDOS)
    make_cd()
    # By protected mode and INT 15h, or by "big real mode". No floppy is in the drive, so that what
    # DOS lists is memdisk's; its own messages stay for too short a time to be waited for.
    for way in (DOS, RAW):
        expect("-cdrom", "cd.iso", *chosen(way), "--expect", r"A:.>$", "--type", r"dir\n",
               "--expect", "COMMAND +COM +66,090", "--expect", "bytes free")
    return None


def the_hardware_list_tells_of_this_machine():
    make_cd()
    expect("-cdrom", "cd.iso", *chosen(HARDWARE), "--expect", "Hardware Detection Tool",
           "--expect", r"PCI Devices\( 5\)", "--type", r"\{down}\{down}\n", "--expect",
           "Vitrine Virtual CPU")


def the_graphical_menu_comes_up():
    make_cd("vesamenu")
    result = rig.run("--deterministic", "-display", "none", "--max-time", "8s", "-cdrom", "cd.iso",
                     "--screenshot", "menu.png")
    assert result.code == 3, result
    image = rig.read("menu.png")
    assert struct.unpack_from(">II", image, 16) == (640, 480), image[:40]
    # Its background is a photograph, not a colour: it does not pack well.
    assert len(image) > 20000, len(image)


def vesa_modes_are_listed():
    make_cd()
    expect("-cdrom", "cd.iso", *chosen(MODES), "--expect", "VBE version 3.0", "--expect",
           "0x0118 +0x00bb +1024 +768 +24")


def the_menu_leaves_for_the_floppy():
    if floppy.absent(floppy.MIKEOS):
        return floppy.absent(floppy.MIKEOS)
    make_cd()
    expect("-cdrom", "cd.iso", "-fda", floppy.guest(floppy.MIKEOS), "-boot", "d", "-snapshot",
           *chosen(FLOPPY), "--expect", "Thanks for trying out MikeOS")
    return None


def syslinux_boots_from_a_floppy():
    rig.write("fd.img", bytes(FLOPPY_BYTES))
    rig.tool(rig.which("mformat"), "-i", "fd.img", "-f", "1440", "::")
    for name in ("hdt", "menu", "ldlinux", "libutil", "libcom32", "libgpl", "libmenu"):
        rig.tool(rig.which("mcopy"), "-i", "fd.img", f"{MODULES}{name}.c32", "::")
    rig.write("syslinux.cfg",
              b"DEFAULT menu.c32\nMENU TITLE From a floppy\nLABEL x\nCOM32 hdt.c32\n")
    rig.tool(rig.which("mcopy"), "-i", "fd.img", "syslinux.cfg", "::")
    rig.tool(rig.which("syslinux"), "--install", "fd.img")
    expect("-fda", "fd.img", "--expect", "From a floppy", "--type", r"\n", "--expect",
           "Hardware Detection Tool")


def make_syslinux_disk(name):
    fill("tree", "menu")
    make_dos_disk(name, rig.read(SYSLINUX + "mbr/mbr.bin"), *(os.path.join("tree", file)
                  for file in os.listdir("tree")))
    rig.tool(rig.which("syslinux"), "--install", "--offset", 63 * 512, name)


def syslinux_boots_linux_from_a_fat_partition():
    make_syslinux_disk("fat.img")
    expect("-hda", "fat.img", *chosen(LINUX), *UP)


def a_cd_boots_as_a_hard_disk():
    # El Torito's third emulation: the BIOS gives out the image on the CD as its first disk.
    make_syslinux_disk("fat.img")
    os.makedirs("hd", exist_ok=True)
    shutil.copy("fat.img", "hd/boot")
    rig.tool("xorriso", "-as", "mkisofs", "-quiet", "-o", "hd.iso", "-b", "boot",
             "-hard-disk-boot", "hd")
    expect("-cdrom", "hd.iso", *chosen(LINUX), *UP)


# --- DOS ---

def make_dos_disk(name, loader, *files):
    """63 cylinders of 16 heads and 63 sectors, all but the first track a FAT16."""
    sectors = 63 * 16 * 63
    entry = struct.pack("<B3sB3sII", 0x80, b"\1\1\0", 6, b"\x0f\x3f\x3e", 63, sectors - 63)
    rig.write(name, loader[:446].ljust(446, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa")
    os.truncate(name, sectors * 512)
    rig.tool(rig.which("mkfs.vfat"), "-F", 16, "-g", "16/63", "-h", 63, "--offset", 63, name,
             (sectors - 63) // 2)
    rig.tool(rig.which("mcopy"), "-i", f"{name}@@{63 * 512}", *files, "::")


def loadlin_starts_linux_from_dos():
    if floppy.absent(floppy.FREEDOS):
        return floppy.absent(floppy.FREEDOS)
    with gzip.open(LOADLIN) as file:
        rig.write("loadlin.exe", file.read())
    shutil.copy(rig.KERNEL, "vmlinuz")
    shutil.copy(rig.INITRD, "initrd")
    make_dos_disk("fat.img", b"", "loadlin.exe", "vmlinuz", "initrd")
    disk = floppy.freedos("c:", f"loadlin vmlinuz initrd=initrd {APPEND}")
    expect("-fda", disk, "-hda", "fat.img", "-boot", "a", "-snapshot", *UP)
    return None


# --- GRUB Legacy ---

def grub_legacy_boots_linux():
    """From a floppy that is nothing but GRUB, with a kernel on the disk's ext2."""
    image = rig.read(GRUB + "stage1") + rig.read(GRUB + "stage2")
    rig.write("grub.img", image.ljust(FLOPPY_BYTES, b"\0"))
    os.makedirs("linux", exist_ok=True)
    shutil.copy(rig.KERNEL, "linux/vmlinuz")
    shutil.copy(rig.INITRD, "linux/initrd")
    make_ext2("ext2.img", "linux")
    prompt = ["--expect", "grub>"]
    expect("-fda", "grub.img", "-hda", "ext2.img", "-boot", "a", *prompt, "--type",
           r"displaymem\n", "--expect", "Usable RAM", *prompt, "--type",
           rf"kernel (hd0,0)/vmlinuz {APPEND}\n", "--expect", "Linux-bzImage", *prompt, "--type",
           r"initrd (hd0,0)/initrd\n", "--expect", "Linux-initrd", *prompt, "--type", r"boot\n",
           *UP)


def make_ext2(name, tree):
    """A partition that GRUB Legacy reads: an ext2 with inodes of 128 bytes."""
    disks.truncate(name, 32 << 20)
    rig.tool(rig.which("mke2fs"), "-q", "-F", "-t", "ext2", "-I", 128, "-O", "none", "-d", tree,
             "-E", "offset=1048576", name, "31m")
    with open(name, "r+b") as file:
        file.seek(446)
        file.write(struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", 2048,
                               31 << 11).ljust(64, b"\0") + b"\x55\xaa")


# --- other firmware ---

def u_boot_comes_up_and_starts_linux():
    os.makedirs("linux", exist_ok=True)
    shutil.copy(rig.KERNEL, "linux/vmlinuz")
    make_ext2("ext2.img", "linux")
    prompt = ["--expect", "^=> "]
    expect("-bios", UBOOT, "-hda", "ext2.img", "--console", "serial", "--expect",
           "Hit any key to stop autoboot", "--type", r"\n", *prompt, "--type", r"ide reset\n",
           "--expect", "Device 3", *prompt, "--type", r"load ide 0:1 3000000 vmlinuz\n",
           "--expect", "bytes read", *prompt, "--type", r"setenv bootargs console=ttyS0\n",
           *prompt, "--type", r"zboot 3000000\n", "--expect", "Linux version")


def bochs_bios_starts_a_disk():
    # It waits for the keyboard by counting, and moves as many bytes as IDENTIFY's word 5 says.
    # mov al, 42; out F4h, al; cli; hlt
    image = b"\xb0\x2a\xe6\xf4\xfa\xf4".ljust(510, b"\0") + b"\x55\xaa"
    rig.write("disk.img", image.ljust(1 << 20, b"\0"))
    result = run("-bios", BOCHS_BIOS, "-hda", "disk.img", "-device",
                 "isa-debug-exit,iobase=0xf4")
    assert result.code == 85, result


if __name__ == "__main__":
    rig.main([isolinux_boots_linux, memdisk_makes_a_floppy_of_a_file,
              the_hardware_list_tells_of_this_machine, the_graphical_menu_comes_up,
              vesa_modes_are_listed, the_menu_leaves_for_the_floppy, syslinux_boots_from_a_floppy,
              syslinux_boots_linux_from_a_fat_partition, a_cd_boots_as_a_hard_disk, loadlin_starts_linux_from_dos,
              grub_legacy_boots_linux, u_boot_comes_up_and_starts_linux, bochs_bios_starts_a_disk],
             rig.KERNEL, rig.INITRD, "mformat", "mke2fs", GRUB, LOADLIN, UBOOT, BOCHS_BIOS,
             *SYSLINUX_NEEDS)
