#!/usr/bin/env python3
"""Linux on IDE disks in the less usual ways: without DMA, read-only, with -snapshot."""
import sys

sys.dont_write_bytecode = True
import disks  # noqa: E402
import rig  # noqa: E402


def without_dma_the_same_work_is_done():
    answers = disks.session("libata.dma=0")
    disks.check_inside(answers)
    assert answers.text(disks.MODES) == "XFER_PIO_4\n" * 4, answers[disks.MODES]
    disks.check_ext4(disks.IMAGES[0])
    disks.check_vfat(disks.IMAGES[1])
    assert rig.read(disks.IMAGES[2]) == disks.DATA[::-1]
    disks.check_huge(disks.IMAGES[3])


def a_read_only_image_can_be_read_and_stays_as_it_is():
    disks.make_ext4("read.img")
    before = rig.read("read.img")
    answers = rig.session(["mkdir /a && mount -o ro,noload /dev/sda /a", "sha256sum /a/data",
                           "umount /a", "dd if=/dev/zero of=/dev/sda bs=4k count=4 conv=fsync"],
                          "-drive", "file=read.img,format=raw,readonly=on")
    assert disks.sums(answers.text(1)) == [disks.DATA_SUM], answers[1]
    assert answers[3][1] != 0, "a write succeeded"
    assert rig.read("read.img") == before


def a_snapshot_takes_writes_and_the_image_stays_as_it_is():
    disks.make_ext4("image.img")
    before = rig.read("image.img")
    answers = rig.session(["mkdir /a && mount /dev/sda /a", "cp /a/data /a/copy && rm /a/data",
                           "sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum /a/copy",
                           "dd if=/dev/zero of=/a/fill bs=64k", "umount /a && mount /dev/sda /a",
                           "sha256sum /a/copy", "umount /a"], "-snapshot", "image.img")
    for number in (2, 5):
        assert disks.sums(answers.text(number)) == [disks.DATA_SUM], answers[number]
    assert "No space left" in answers[3][0], answers[3]
    answers.text(6)
    assert rig.read("image.img") == before


if __name__ == "__main__":
    rig.main([without_dma_the_same_work_is_done, a_read_only_image_can_be_read_and_stays_as_it_is,
              a_snapshot_takes_writes_and_the_image_stays_as_it_is], *disks.NEEDS)
