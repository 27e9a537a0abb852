"""A Debian 12 for i386 on a disk image, installed by the test itself, for the tests that boot it.

debootstrap fetches and unpacks the packages. Its second stage, which configures them, runs i386
programs (debian/setup, by debian/chroot): directly, or by qemu-user where the kernel cannot. Each
result stays in the build folder.
"""
import hashlib
import os
import shutil
import subprocess

import disks
import rig

FOLDER = rig.GUESTS
SIZE = 3 << 30
OFFSET = disks.FIRST_PARTITION * 512  # of its one partition
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "debian")
GRUB = "/usr/lib/grub/i386-pc"
NEEDS = [os.path.join(GRUB, "boot.img"), "debootstrap", "mke2fs", "e2fsck", "debugfs",
         "grub-mkimage", "unshare"]
PACKAGES = ["e2fsprogs", "gcc", "kmod", "libc6-dev", "linux-image-686", "login", "procps",
            "python3-minimal", "systemd-sysv", "udev",
            # X, its drivers, and programs that draw.
            "x11-apps", "xinit", "xserver-xorg-core", "xserver-xorg-input-evdev",
            "xserver-xorg-video-fbdev", "xserver-xorg-video-vesa", "xterm"]
PASSWORD = "vitrine"
CANNOT = 77  # how debian/chroot ends where it cannot run i386 programs
# The menu is on the screen and on the serial port. The second entry starts in a graphics mode of
# the VGA BIOS; it and the third keep the driver of the display adapter out.
MENU = """\
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set timeout=5
menuentry "Debian" {{
    linux /boot/{kernel} {words}
    initrd /boot/{initrd}
}}
menuentry "Debian in a VESA mode" --hotkey=v {{
    insmod vbe
    set gfxpayload=1024x768x32
    linux /boot/{kernel} {words} nomodeset
    initrd /boot/{initrd}
}}
menuentry "Debian in text mode" --hotkey=t {{
    linux /boot/{kernel} {words} nomodeset
    initrd /boot/{initrd}
}}
"""
# The serial port is the last console, and so gets the messages of init.
WORDS = "root=/dev/sda1 ro console=tty0 console=ttyS0,115200 " + rig.QUICK


def key(*texts):
    """Names what is made of these and the scripts: another list or script makes it anew."""
    scripts = b"".join(rig.read(os.path.join(HERE, name)) for name in ("setup", "chroot"))
    return hashlib.sha256(scripts + repr([PACKAGES, texts]).encode()).hexdigest()[:12]


IMAGE = os.path.join(FOLDER, f"debian-{key(MENU, WORDS, SIZE)}.img")
# On the way there; what was interrupted goes on from them.
UNPACKED = os.path.join(FOLDER, f"debian-unpacked-{key()}")
ROOT = os.path.join(FOLDER, f"debian-root-{key()}")


def make():
    """Installs the system unless that was done already; returns why that can't be."""
    if os.path.exists(IMAGE):
        return None
    if os.geteuid() != 0:
        return "debootstrap wants to be root"
    if not os.path.exists(ROOT):
        if not os.path.exists(UNPACKED):
            unpack(UNPACKED)
        if not configure(UNPACKED, ROOT):
            return "this host runs no i386 programs, neither by itself nor by qemu-user-static " \
                   "(which takes Linux 6.7, for binfmt_misc in namespaces)"
    lay_grub(ROOT)
    disks.make_partitioned(IMAGE + ".new", SIZE, ROOT, boot_loader())
    os.rename(IMAGE + ".new", IMAGE)
    shutil.rmtree(ROOT)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    return None


def copy_to(name):
    """A disk to write on; returns why that can't be."""
    reason = make()
    if not reason:
        rig.tool("cp", "--sparse=always", IMAGE, name)
    return reason


def unpack(root):
    archives, fresh = os.path.join(FOLDER, "archives"), root + ".new"
    os.makedirs(archives, exist_ok=True)
    shutil.rmtree(fresh, ignore_errors=True)
    rig.tool(rig.which("debootstrap"), "--foreign", "--arch=i386", "--variant=minbase",
             "--include=" + ",".join(PACKAGES), "--cache-dir=" + archives, "bookworm", fresh)
    os.rename(fresh, root)


def configure(unpacked, root):
    """Lets a copy of the folder's system set itself up; false if its programs cannot run here."""
    fresh = root + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    rig.tool("cp", "-a", unpacked, fresh)
    shutil.copy(os.path.join(HERE, "setup"), fresh)
    command = [rig.which("unshare"), "--user", "--mount", "--pid", "--fork",
               os.path.join(HERE, "chroot"), fresh, "/setup"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as process:
        said = process.stdout.readline()
        assert said == "ready\n", said
        # unshare itself maps one user only; the packages' files have several.
        for kind in ("uid_map", "gid_map"):
            rig.write(f"/proc/{process.pid}/{kind}", b"0 0 65536\n")
        said = process.communicate("go\n")[0]
    if process.returncode == CANNOT:
        return False
    assert said.endswith("the setup is complete\n"), f"{process.returncode}: {said[-3000:]}"
    os.remove(os.path.join(fresh, "setup"))
    os.rename(fresh, root)
    return True


def lay_grub(root):
    """GRUB's modules and its menu."""
    folder = os.path.join(root, "boot/grub")
    shutil.copytree(GRUB, os.path.join(folder, "i386-pc"), dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("*.img", "*.module", "*.exec", "*.image"))
    names = {name.split("-")[0]: name for name in os.listdir(os.path.join(root, "boot"))}
    menu = MENU.format(kernel=names["vmlinuz"], initrd=names["initrd.img"], words=WORDS)
    rig.write(os.path.join(folder, "grub.cfg"), menu.encode())


def boot_loader():
    """GRUB as grub-install lays it: its first sector, which loads the second, the core image's own
    first, which loads what follows it."""
    rig.tool("grub-mkimage", "-O", "i386-pc", "-o", "core.img", "-p", "(hd0,msdos1)/boot/grub",
             "biosdisk", "part_msdos", "ext2")
    return rig.read(os.path.join(GRUB, "boot.img")).ljust(512, b"\0") + rig.read("core.img")
