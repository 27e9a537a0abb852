#!/usr/bin/env python3
"""Linux on IDE disks by DMA: file systems, a snapshot, addresses of 48 bits."""
import sys

sys.dont_write_bytecode = True
import disks  # noqa: E402
import rig  # noqa: E402

answers = None


def linux_reads_and_writes_four_disks():
    global answers
    answers = disks.session()
    disks.check_inside(answers)


def it_uses_dma():
    assert answers, "there was no session"
    # The PIIX3 knows no UDMA.
    assert answers.text(disks.MODES) == "XFER_MW_DMA_2\n" * 4, answers[disks.MODES]


def ext4_is_clean_and_has_what_was_written():
    disks.check_ext4(disks.IMAGES[0])


def vfat_is_clean_and_has_what_was_written():
    disks.check_vfat(disks.IMAGES[1])


def the_image_of_a_snapshot_is_as_it_was():
    assert rig.read(disks.IMAGES[2]) == disks.DATA[::-1]


def sectors_beyond_28_bits_are_at_their_place():
    disks.check_huge(disks.IMAGES[3])


if __name__ == "__main__":
    rig.main([linux_reads_and_writes_four_disks, it_uses_dma,
              ext4_is_clean_and_has_what_was_written, vfat_is_clean_and_has_what_was_written,
              the_image_of_a_snapshot_is_as_it_was, sectors_beyond_28_bits_are_at_their_place],
             *disks.NEEDS)
