#!/usr/bin/env python3
"""Hard disks partitioned on machines of other shapes: the BIOS's CHS addresses find what is there,
and QEMU's BIOS says the same of them."""
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import floppy_test as floppy  # noqa: E402
import rig  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "../../rom/geometry/build.sh")
QEMU = "qemu-system-i386"
LIST, TABLE = 400, 446

# Sectors; head and sector where the partition ends, or None; the disk's own shape; the BIOS's.
# Without a translation both are the same. "Large" halves the cylinders until 1024 are enough, LBA
# takes 63 sectors and 16, 32, 64, 128 or 255 heads. Nobody names more than 1024 cylinders.
DISKS = {
    "10_mb_of_4_heads": (20400, (3, 17), (300, 4, 17), (300, 4, 17)),
    "40_mb_of_6_heads": (83640, (5, 17), (820, 6, 17), (820, 6, 17)),
    "half_a_mb": (1000, None, (2, 16, 63), (2, 16, 63)),
    "40_mb_unpartitioned": (83640, None, (82, 16, 63), (82, 16, 63)),
    "504_mb": (1032192, (15, 63), (1024, 16, 63), (1024, 16, 63)),
    "520_mb_unpartitioned": (1064448, None, (1056, 16, 63), (1024, 16, 63)),
    "1_gb_by_large": (2097152, (63, 63), (2080, 16, 63), (520, 64, 63)),
    "1_gb_unpartitioned": (2097152, None, (2080, 16, 63), (1024, 32, 63)),
    "2_gb_by_large": (4194304, (127, 63), (4161, 16, 63), (520, 128, 63)),
    "8_gb_by_lba": (16777216, (254, 63), (16383, 16, 63), (1024, 255, 63)),
}


def chosen_sectors(count, shape):
    """The last of a track, of the first cylinder, and of all that CHS reaches; one in the middle."""
    cylinders, heads, sectors = shape
    end = min(count, cylinders * heads * sectors)
    chosen = {1, sectors - 1, sectors, heads * sectors - 1, heads * sectors, end // 2 + 7, end - 1}
    return sorted(number for number in chosen if number < end)


def make_disk(name, count, partition_end, shape):
    """Each of the chosen sectors begins with its number; the image takes no room."""
    rig.tool("sh", BUILD, "sector")
    image = bytearray(rig.read("sector"))
    chosen = chosen_sectors(count, shape)
    struct.pack_into(f"<{len(chosen)}I", image, LIST, *chosen)
    if partition_end:
        struct.pack_into("<B3sBBB1xII", image, TABLE, 0x80, b"\1\1\0", 6, *partition_end,
                         partition_end[1], count - partition_end[1])
    with open(name, "wb") as file:
        file.write(image)
        for number in chosen:
            file.seek(number * 512)
            file.write(struct.pack("<I", number))
        file.truncate(count * 512)
    return chosen


def told(name="debug"):
    """The bytes of the debug port: (BIOS's shape, disk's shape, size, [by CHS, by LBA])."""
    data = rig.read(name)
    low, cylinder, _, head = data[:4]
    # It names the last cylinder, and keeps one back for diagnosis.
    bios = (cylinder + ((low & 0xC0) << 2) + 2, head + 1, low & 63)
    _, _, cylinders, heads, sectors, size = struct.unpack_from("<HHIIIQ", data, 4)
    return bios, (cylinders, heads, sectors), size, list(struct.iter_unpack("<II", data[34:]))


def qemu_says(name):
    """What QEMU's BIOS told; None: there is no QEMU."""
    if not rig.which(QEMU):
        return None
    done = subprocess.run([QEMU, "-display", "none", "-net", "none", "-drive",
                           f"file={name},format=raw,snapshot=on", "-debugcon", "file:qemu",
                           "-device", "isa-debug-exit,iobase=0xf4"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=rig.SECONDS, check=False)
    assert done.returncode == 1, done
    return told("qemu")


def a_disk_of(name, count, partition_end, own, bios):
    def test():
        chosen = make_disk("disk.img", count, partition_end, bios)
        result = rig.run("--deterministic", "--max-time", "60s", "-display", "none", "-hda",
                         "disk.img", "-debugcon", "file:debug", "-device",
                         "isa-debug-exit,iobase=0xf4")
        assert result.code == 1, result
        wanted = (bios, own, count, [(number, number) for number in chosen])
        assert told() == wanted, f"{told()}, wanted {wanted}"
        assert qemu_says("disk.img") in (None, told()), f"QEMU: {qemu_says('disk.img')}"
    test.__name__ = f"chs_and_lba_agree_on_{name}"
    return test


def dos_writes_and_reads_a_partition_of_4_heads():
    if floppy.absent(floppy.FREEDOS) or rig.missing("mkfs.vfat", "mcopy"):
        return floppy.absent(floppy.FREEDOS) or rig.missing("mkfs.vfat", "mcopy")
    sectors, first, partition = 20400, 17, "c.img@@8704"
    entry = struct.pack("<B3sB3sII", 0x80, b"\1\1\0", 4, b"\3\x51\x2b", first, sectors - first)
    rig.write("c.img", (bytes(TABLE) + entry).ljust(510, b"\0") + b"\x55\xaa"
              + bytes((sectors - 1) * 512))
    rig.tool(rig.which("mkfs.vfat"), "-F", 16, "-g", "4/17", "-h", first, "--offset", first,
             "c.img", (sectors - first) // 2)
    rig.tool("mcopy", "-i", partition, rig.write("in.txt", b"from outside\r\n"), "::IN.TXT")
    disk = floppy.freedos("type c:\\in.txt", "copy command.com c:\\one.com", "dir c:")
    floppy.expect_good(floppy.run("-fda", disk, "-hda", "c.img", "-boot", "a",
                                  "--expect", "from outside", "--expect", "ONE +COM +66,090"))
    rig.tool("mcopy", "-n", "-i", partition, "::ONE.COM", "one.com")
    rig.tool("mcopy", "-n", "-i", disk, "::COMMAND.COM", "command.com")
    assert rig.read("one.com") == rig.read("command.com")
    return None


if __name__ == "__main__":
    rig.main([a_disk_of(name, *row) for name, row in DISKS.items()]
             + [dos_writes_and_reads_a_partition_of_4_heads], "as", "ld")
