#!/usr/bin/env python3
"""Debian's installer (debian-installer-12-netboot-i386) in text, to its first three questions."""
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

FILES = "/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/"
# Without nomodeset it would load the driver of the display adapter and draw the text itself.
TEXT_SCREEN = "vga=normal fb=false nomodeset --- quiet"


def keys_answer_its_first_questions():
    result = rig.run("-kernel", FILES + "linux", "-initrd", FILES + "initrd.gz", "-m", "512M",
                     "-append", TEXT_SCREEN, "-display", "none", "--deterministic",
                     "--max-time", "300s", "--expect", "Select a language",
                     "--expect", "English", "--type", "\\n",
                     "--expect", "Select your location", "--expect", "United States",
                     "--type", "\\n", "--expect", "Configure the keyboard",
                     "--expect", "American English")
    assert result.code == 0, result


if __name__ == "__main__":
    rig.main([keys_answer_its_first_questions], FILES + "linux", FILES + "initrd.gz")
