#!/usr/bin/env python3
"""Debian's installer (debian-installer-12-netboot-i386): in text, to its first three questions, and
drawn with X and GTK."""
import sys

sys.dont_write_bytecode = True
import picture  # noqa: E402
import rig  # noqa: E402

IMAGES = "/usr/lib/debian-installer/images/12/i386/"
TEXT = IMAGES + "text/debian-installer/i386/"
GTK = IMAGES + "gtk/debian-installer/i386/"
# Without nomodeset it would load the driver of the display adapter and draw the text itself.
TEXT_SCREEN = "vga=normal fb=false nomodeset --- quiet"
# What its theme draws with.
BANNER, PAGE, SELECTED = (5, 71, 92), (237, 233, 227), (41, 133, 126)


def keys_answer_its_first_questions():
    result = rig.run("-kernel", TEXT + "linux", "-initrd", TEXT + "initrd.gz", "-m", "512M",
                     "-append", TEXT_SCREEN, "-display", "none", "--deterministic",
                     "--max-time", "1200s", "--expect", "Select a language",
                     "--expect", "English", "--type", "\\n",
                     "--expect", "Select your location", "--expect", "United States",
                     "--type", "\\n", "--expect", "Configure the keyboard",
                     "--expect", "American English")
    assert result.code == 0, result


def selected_line(shot):
    """Where in the list of answers the chosen one is: its first line on the screen."""
    width, height, pixels = picture.part(shot, 600, 171, 1, 530)
    lines = [y for y in range(height) if tuple(pixels[3 * width * y:][:3]) == SELECTED]
    assert len(lines) == 1, lines  # the colour is one of a gradient
    return lines[0]


def the_graphical_one_follows_keys_and_mouse():
    # It writes nothing that could be waited for; that it is there by then, the first picture shows.
    shots = ["first", "down", "mouse", "next"]
    rig.write("commands", b"100s screenshot first.png\n100s sendkey down\n108s screenshot down.png\n"
              b"108s mouse_move 100 60\n116s screenshot mouse.png\n116s sendkey up\n"
              b"120s sendkey enter\n160s screenshot next.png\n")
    # With less than 550 MB it falls back to text.
    result = rig.run("-kernel", GTK + "linux", "-initrd", GTK + "initrd.gz", "-m", "768M", "-append",
                     "vga=788 --- quiet", "-display", "none", "--deterministic", "--max-time", "164s",
                     "--commands", "commands")
    assert result.code == 3, result  # the limit of time
    first, down, mouse, following = (picture.read_png(name + ".png") for name in shots)
    for shot in (first, following):
        assert shot[:2] == (1024, 768), shot[:2]
        counts = picture.colours(shot)
        assert counts.get(BANNER, 0) > 10000 and counts.get(PAGE, 0) > 100000, counts
    assert 15 < selected_line(down) - selected_line(first) < 35  # a line of text
    assert picture.part(down, 0, 0, 1024, 160) == picture.part(first, 0, 0, 1024, 160)
    assert mouse != down, "the pointer did not move"
    title = (0, 76, 1024, 40)
    assert picture.part(following, *title) != picture.part(first, *title), "no next question"


if __name__ == "__main__":
    rig.main([keys_answer_its_first_questions, the_graphical_one_follows_keys_and_mouse],
             *(folder + name for folder in (TEXT, GTK) for name in ("linux", "initrd.gz")))
