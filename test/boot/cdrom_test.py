#!/usr/bin/env python3
"""CDs: El Torito boots through the BIOS, and Linux reads an ISO, by DMA and by PIO."""
import hashlib
import os
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

DATA = b"".join(hashlib.sha256(b"cd %d" % n).digest() for n in range(1 << 17))  # 4 MiB
DATA_SUM = hashlib.sha256(DATA).hexdigest()


def sector(text):
    """A boot sector that prints and stops. Its code does not mind where it is loaded."""
    code = b"\xe8\x00\x00\x5e\x0e\x1f"               # call next; pop si; push cs; pop ds
    code += b"\x83\xc6\x14"                          # add si, 14h: to the text
    code += b"\xac\x84\xc0\x74\xfe"                  # lodsb; test al, al; jz to itself
    code += b"\xb4\x0e\xbb\x07\x00\xcd\x10\xeb\xf2"  # INT 10h prints al; jmp lodsb
    return (code + text).ljust(510, b"\0") + b"\x55\xaa"


def iso(name, *words, **files):
    os.makedirs(name + ".tree", exist_ok=True)
    for path, data in files.items():
        rig.write(os.path.join(name + ".tree", path), data)
    rig.tool("xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-V", name.upper(), "-o",
             name + ".iso", *words, name + ".tree")
    return name + ".iso"


def boot(name, text, *words):
    return rig.run("--deterministic", "--max-time", "60s", "-cdrom", name, "-display", "none",
                   "--expect", text, *words)


def a_cd_boots_without_emulation():
    name = iso("plain", "-b", "boot", "-no-emul-boot", "-boot-load-size", "4",
               boot=sector(b"no emulation here"))
    for words in ([], ["-boot", "d"]):
        result = boot(name, "no emulation here", *words)
        assert result.code == 0, result


def a_cd_boots_as_a_floppy_of_each_size():
    for kib in (1200, 1440, 2880):
        text = f"a floppy of {kib} KiB from a CD"
        image = sector(text.encode()).ljust(kib * 1024, b"\0")
        result = boot(iso("floppy", "-b", "boot", boot=image), text)
        assert result.code == 0, result


def a_disk_goes_before_the_cd_unless_d_is_asked_for():
    name = iso("second", "-b", "boot", "-no-emul-boot", "-boot-load-size", "4",
               boot=sector(b"the CD"))
    rig.write("first.img", sector(b"the disk").ljust(1 << 20, b"\0"))
    result = boot(name, "the disk", "-hda", "first.img", "-boot", "cd")
    assert result.code == 0, result
    result = boot(name, "the CD", "-hda", "first.img", "-boot", "d")
    assert result.code == 0, result


def linux_reads(*append):
    name = iso("data", data=DATA)
    whole = hashlib.sha256(rig.read(name)).hexdigest()
    answers = rig.session(["mount /dev/sr0 /mnt && sha256sum /mnt/data", "sha256sum /dev/sr0",
                           "cat /sys/class/ata_device/dev2.0/xfer_mode", "dmesg"],
                          "-cdrom", name, start=rig.linux(*append))
    assert answers.text(0).split()[0] == DATA_SUM, answers[0]
    assert answers.text(1).split()[0] == whole, answers[1]
    found = rig.defects(answers.text(3))
    assert not found, "\n".join(found)
    return answers.text(2)


def linux_reads_an_iso_by_dma():
    assert linux_reads() == "XFER_MW_DMA_2\n"


def linux_reads_an_iso_by_pio():
    assert linux_reads("libata.dma=0").startswith("XFER_PIO_")


def until(seconds):
    return f"while [ $(cut -d. -f1 /proc/uptime) -lt {seconds} ]; do sleep 1; done"


def linux_sees_another_disc():
    first, second = iso("first", data=DATA), iso("second", other=DATA[::-1])
    # Linux runs from the 13th second on. While a disc is mounted it locks the door: the first
    # eject is refused.
    rig.write("commands", b"30s eject hdc\n38s eject hdc\n46s change hdc second.iso\n")
    read = "head -c 65536 /dev/sr0 | sha256sum"
    answers = rig.session([f"mount /dev/sr0 /mnt && {until(21)}; ls /mnt", f"umount /mnt && {read}",
                           f"{until(29)}; head -c 65536 /dev/sr0 >/dev/null", f"{until(37)}; {read}",
                           "mount /dev/sr0 /mnt && sha256sum /mnt/other"],
                          "-cdrom", first, "--commands", "commands")
    for number, name in ((1, first), (3, second)):
        want = hashlib.sha256(rig.read(name)[:65536]).hexdigest()
        assert want in answers.text(number), answers[number]
    assert "has locked the drive" in answers[0][0], answers[0]  # the monitor says so
    assert answers.text(0).split()[-1] == "data", answers[0]
    assert answers[2][1] != 0 and "No medium" in answers[2][0], answers[2]
    assert answers.text(4).split()[0] == hashlib.sha256(DATA[::-1]).hexdigest(), answers[4]


if __name__ == "__main__":
    rig.main([a_cd_boots_without_emulation, a_cd_boots_as_a_floppy_of_each_size,
              a_disk_goes_before_the_cd_unless_d_is_asked_for, linux_reads_an_iso_by_dma,
              linux_reads_an_iso_by_pio, linux_sees_another_disc], rig.KERNEL, rig.INITRD, "xorriso")
