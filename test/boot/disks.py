"""A Linux session with four disks, and what must be on them afterwards, seen from the host."""
import hashlib
import os
import struct

import rig

NEEDS = [rig.KERNEL, rig.INITRD, "mke2fs", "e2fsck", "debugfs", "mkfs.vfat", "fsck.vfat", "mcopy"]
SIZE = 32 << 20
LBA28_END = 1 << 28  # the first sector that takes 48 bits to name: 128 GiB
FIRST_PARTITION = 2048  # as partitioning tools lay it: boot loaders stand in front
PARTITION = LBA28_END - 64  # begins in front of it
HUGE = (LBA28_END + (1 << 21)) * 512
DATA = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(1 << 15))  # 1 MiB
DATA_SUM = hashlib.sha256(DATA).hexdigest()


def make_ext4(name):
    os.makedirs("tree/folder", exist_ok=True)
    rig.write("tree/data", DATA)
    rig.write("tree/folder/old", b"to be removed")
    truncate(name, SIZE)
    rig.tool(rig.which("mke2fs"), "-q", "-F", "-t", "ext4", "-d", "tree", name)


def make_vfat(name):
    rig.write("data.bin", DATA)
    truncate(name, SIZE)
    rig.tool(rig.which("mkfs.vfat"), name)
    rig.tool(rig.which("mcopy"), "-i", name, "data.bin", "::DATA.BIN")


def make_huge(name):
    """A disk whose one partition lies across the border of 28-bit addresses; takes no room."""
    truncate(name, HUGE)
    with open(name, "r+b") as file:
        file.seek(446)
        file.write(struct.pack("<B3sB3sII", 0, b"\xff\xff\xff", 0x83, b"\xff\xff\xff", PARTITION,
                               1 << 20))
        file.seek(510)
        file.write(b"\x55\xaa")


def make_partitioned(name, size, tree, loader=b""):
    """A disk with one active partition, an ext4 with the files of a folder. `loader` is the code of
    the first sector and what follows in front of the partition, from the second on."""
    truncate(name, size)
    offset = FIRST_PARTITION * 512
    rig.tool(rig.which("mke2fs"), "-q", "-F", "-t", "ext4", "-d", tree, "-E", f"offset={offset}",
             name, f"{(size - offset) >> 10}k")
    assert len(loader) <= offset, len(loader)
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff",
                        FIRST_PARTITION, size // 512 - FIRST_PARTITION)
    with open(name, "r+b") as file:
        file.write(loader[:446].ljust(446, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa")
        file.write(loader[512:])


def truncate(name, size):
    with open(name, "wb") as file:
        file.truncate(size)


COMMANDS = [
    "mkdir -p /a /b && mount /dev/sda /a && mount /dev/sdb /b && grep '^/dev' /proc/mounts",
    "sha256sum /a/data /b/data.bin",
    "cp /a/data /a/copy && cp /a/data /b/copy && seq 1 9999 >/a/numbers && rm /a/folder/old",
    "dd if=/a/data of=/dev/sdc bs=64k conv=fsync && dd if=/a/data of=/dev/sdd1 bs=64k conv=fsync",
    "sync; echo 3 >/proc/sys/vm/drop_caches; cat /sys/block/sdd/sdd1/start",
    "sha256sum /a/copy /b/copy",
    f"head -c {len(DATA)} /dev/sdc | sha256sum; head -c {len(DATA)} /dev/sdd1 | sha256sum",
    "umount /a && umount /b",
    "cat /sys/class/ata_device/dev*/xfer_mode",
    "dmesg",
]
MOUNT, SUMS, WRITE, RAW, PLACE, COPIES, RAW_SUMS, UNMOUNT, MODES, DMESG = range(len(COMMANDS))
IMAGES = ["ext4.img", "vfat.img", "snapshot.img", "huge.img"]


def session(*append):
    """Makes the four images and lets Linux work on them; the third is only pretended to change."""
    make_ext4(IMAGES[0])
    make_vfat(IMAGES[1])
    rig.write(IMAGES[2], DATA[::-1])
    make_huge(IMAGES[3])
    return rig.session(COMMANDS, "-hda", IMAGES[0], "-hdb", IMAGES[1], "-drive",
                       f"file={IMAGES[2]},index=2,format=raw,snapshot=on", "-hdd", IMAGES[3],
                       start=rig.linux(*append))


def sums(text):
    return [line.split()[0] for line in text.splitlines()]


def check_inside(answers):
    """What the guest saw."""
    for number in range(len(COMMANDS)):
        answers.text(number)
    assert sums(answers.text(SUMS)) == [DATA_SUM] * 2, answers[SUMS]
    assert sums(answers.text(COPIES)) == [DATA_SUM] * 2, answers[COPIES]
    assert sums(answers.text(RAW_SUMS)) == [DATA_SUM] * 2, answers[RAW_SUMS]
    assert answers.text(PLACE) == f"{PARTITION}\n", answers[PLACE]
    found = rig.defects(answers.text(DMESG))
    assert not found, "\n".join(found)


def check_ext4(name):
    rig.tool(rig.which("e2fsck"), "-fn", name)
    rig.tool(rig.which("debugfs"), "-R", "dump copy copy.out", name)
    assert rig.read("copy.out") == DATA
    rig.tool(rig.which("debugfs"), "-R", "dump numbers numbers.out", name)
    assert rig.read("numbers.out") == b"".join(b"%d\n" % n for n in range(1, 10000))
    assert "old" not in rig.tool(rig.which("debugfs"), "-R", "ls folder", name)


def check_vfat(name):
    rig.tool(rig.which("fsck.vfat"), "-n", name)
    rig.tool(rig.which("mcopy"), "-n", "-i", name, "::COPY", "copy.vfat")
    assert rig.read("copy.vfat") == DATA


def check_huge(name):
    assert os.stat(name).st_size == HUGE, os.stat(name)
    assert os.stat(name).st_blocks * 512 < 64 << 20, "the holes were filled"
    with open(name, "rb") as file:
        file.seek(PARTITION * 512)
        assert file.read(len(DATA)) == DATA
