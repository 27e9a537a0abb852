#!/usr/bin/env python3
"""FreeDOS with disks of every usual size, and with a disk that is changed under it."""
import sys

sys.dont_write_bytecode = True
import floppy_test as floppy  # noqa: E402
import rig  # noqa: E402

# KiB, cylinders, heads, sectors
FORMATS = [(160, 40, 1, 8), (180, 40, 1, 9), (320, 40, 2, 8), (360, 40, 2, 9), (720, 80, 2, 9),
           (1200, 80, 2, 15), (1440, 80, 2, 18), (1680, 80, 2, 21), (2880, 80, 2, 36)]


def a_disk_of(kib, cylinders, heads, sectors):
    def test():
        if floppy.absent(floppy.FREEDOS):
            return floppy.absent(floppy.FREEDOS)
        rig.write("b.img", bytes(kib * 1024))
        rig.tool(rig.which("mformat"), "-i", "b.img", "-t", cylinders, "-h", heads, "-s", sectors,
                 "::")
        disk = floppy.freedos("copy command.com b:\\one.com", "copy b:\\one.com b:\\two.com",
                              "dir b:")
        floppy.expect_good(floppy.run("-fda", disk, "-fdb", "b.img",
                                      "--expect", "ONE +COM +66,090",
                                      "--expect", "TWO +COM +66,090"))
        rig.tool(rig.which("fsck.vfat"), "-n", "b.img")
        for name in "ONE.COM", "TWO.COM":
            rig.tool(rig.which("mcopy"), "-n", "-i", "b.img", f"::{name}", name)
            rig.tool(rig.which("mcopy"), "-n", "-i", disk, "::COMMAND.COM", "command.com")
            assert rig.read(name) == rig.read("command.com"), name
        return None
    test.__name__ = f"dos_writes_and_reads_a_disk_of_{kib}k"
    return test


# It trusts a disk that it has used in the last two seconds.
def dos_notices_another_disk():
    if floppy.absent(floppy.FREEDOS):
        return floppy.absent(floppy.FREEDOS)
    rig.write("other.img", bytes(737280))
    rig.tool(rig.which("mformat"), "-i", "other.img", "-f", "720", "::")
    rig.write("changes", b"4.8s change fda other.img\n")
    floppy.expect_good(floppy.run("-fda", floppy.freedos("pause", "dir"), "-snapshot",
                                  "--commands", "changes",
                                  "--keys", rig.write("keys", b"5000 enter\n"),
                                  "--expect", "AUTOEXEC.BAT' not found"))
    return None


if __name__ == "__main__":
    rig.main([*(a_disk_of(*row) for row in FORMATS), dos_notices_another_disk],
             "mformat", "mcopy", "fsck.vfat")
