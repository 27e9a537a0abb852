#!/usr/bin/env python3
"""An installed Debian 12 (i386) boots from its disk by BIOS and GRUB, works, draws with X, and
switches off."""
import hashlib
import os
import sys

sys.dont_write_bytecode = True
import debian_disk  # noqa: E402
import picture  # noqa: E402
import rig  # noqa: E402

DISK = "debian.img"
PARTITION = f"{DISK}?offset={debian_disk.OFFSET}"  # as e2fsprogs name it
LINES = "".join(f"{n} {n * n}\n" for n in range(1, 20001))
PERL = "perl -e 'print \"$_ \", $_ * $_, \"\\n\" for 1 .. 20000' >squares && sha256sum <squares"
PYTHON = "python3 -c 'print(2 ** 521 - 1, 0.1 + 0.2, sorted(\"vitrine\"))'"
GCC = ("printf '#include <stdio.h>\\nint main(void) { double s = 0; "
       "for (int i = 1; i < 1000000; i++) s += 1.0 / i / i; return !printf(\"%%.17g\\\\n\", s); }\\n' >sum.c && "
       "gcc -O2 -msse2 -mfpmath=sse sum.c -o sum && ./sum")
COMMANDS = [
    "uname -rm && cat /etc/debian_version && id -un && tty",
    PERL,
    PYTHON,
    GCC,
    "dpkg --audit && dpkg-query -W -f '${Status}\\n' | sort -u",
    "systemctl is-system-running --wait; systemctl --failed --no-legend --plain",
    "grep ' / ' /proc/mounts | tail -n 1; cat /proc/cmdline",
    "dmesg",
]
UNAME, SQUARES, NUMBERS, COMPILED, PACKAGES, UNITS, ROOT, DMESG = range(len(COMMANDS))


def log_in(menu="\\n"):
    """Steps. `menu` chooses the entry of GRUB's. The prompt that they ask for is the one that
    rig.typed awaits."""
    return ["--expect", "GNU GRUB", "--expect", "text mode", "--type", menu,
            "--expect", "vitrine login: ", "--type", "root\\n", "--expect", "Password: ",
            "--type", debian_disk.PASSWORD + "\\n", "--expect", "root@vitrine:~# ",
            "--type", rig.escape("bind 'set enable-bracketed-paste off'; PS1='$PWD# '") + "\\n"]


def run(name, *steps):
    """A session until the system has switched itself off."""
    result = rig.run("-hda", DISK, "-m", "256M", "-display", "none", "-serial", "stdio",
                     "--console", "serial", "--deterministic", "--max-time", "1200s", "--stats",
                     *steps, "--expect", "/root# ", "--type", "poweroff\\n")
    if "KEEP" in os.environ:  # a folder, for the curious
        rig.write(os.path.join(os.environ["KEEP"], name + ".out"), result.out.encode("latin-1"))
        rig.write(os.path.join(os.environ["KEEP"], name + ".err"), result.err.encode("latin-1"))
        for file in os.listdir("."):
            if file.endswith(".png"):
                rig.tool("cp", file, os.environ["KEEP"])
    assert result.code == 0, result
    rig.tool(rig.which("e2fsck"), "-fn", PARTITION)
    return result


# --- work ---

def check_answers(answers):
    kernel, version, user, tty = answers.text(UNAME).splitlines()
    assert kernel.endswith("-686 i686") and version.startswith("12."), answers[UNAME]
    assert (user, tty) == ("root", "/dev/ttyS0"), answers[UNAME]
    assert answers.text(SQUARES) == hashlib.sha256(LINES.encode()).hexdigest() + "  -\n"
    expected = f"{2 ** 521 - 1} {0.1 + 0.2} {sorted('vitrine')}\n"
    assert answers.text(NUMBERS) == expected, answers[NUMBERS]
    total = 0.0
    for n in range(1, 1000000):
        total += 1.0 / n / n
    assert answers.text(COMPILED) == f"{total:.17g}\n", answers[COMPILED]
    assert answers.text(PACKAGES) == "install ok installed\n", answers[PACKAGES]
    assert answers.text(UNITS) == "running\n", answers[UNITS]
    assert answers.text(ROOT).startswith("/dev/sda1 / ext4 rw,"), answers[ROOT]
    assert "BOOT_IMAGE=/boot/vmlinuz-" in answers.text(ROOT), "GRUB did not start it"
    # systemd names what it mounts: "debug" is no bug.
    found = [line for line in rig.defects(answers.text(DMESG)) if "] systemd[1]: " not in line]
    assert not found, "\n".join(found)


def an_installed_debian_boots_from_its_disk_works_and_switches_off():
    reason = debian_disk.copy_to(DISK)
    if reason:
        return reason
    result = run("work", *log_in(), *rig.typed(COMMANDS))
    check_answers(rig.Answers(result, len(COMMANDS)))
    rig.tool(rig.which("debugfs"), "-R", "dump /root/squares squares", PARTITION)
    assert rig.read("squares").decode() == LINES
    return None


# --- X ---

SESSION = """\
xlogo -geometry 200x200+780+20 -bg white -fg red &
xclock -geometry 200x200+780+260 -bg blue &
xeyes -geometry 300x200+700+520 -center cyan &
exec xterm -geometry 80x24+10+10 -bg navy -fg yellow -e sh -c \
    'echo "X is re""ady" >/dev/ttyS0; PS1="xterm% "; export PS1; exec sh'
"""
KEYS_COMMAND = 'echo "the keys ar""rived" >/dev/ttyS0\n'
LOGO, CLOCK, EYES = (780, 20, 200, 200), (780, 260, 200, 200), (700, 520, 300, 200)
TERMINAL = (12, 12, 400, 250)  # a part of it
BLACK, NAVY, BLUE, CYAN = (0, 0, 0), (0, 0, 128), (0, 0, 255), (0, 255, 255)
RED, YELLOW, WHITE = (255, 0, 0), (255, 255, 0), (255, 255, 255)


def put_file(name, text):
    """A shell command that writes it."""
    quoted = text.replace("\\", "\\\\").replace("%", "%%").replace("'", "'\\''").replace("\n", "\\n")
    return f"printf '{quoted}' >{name}"


def after(seconds, name, *steps):
    """Steps done so much later, in guest time."""
    return ["--type", f"sleep {seconds}; echo 'n''ow {name}'\\n", "--expect", f"^now {name}", *steps]


def picture_after(seconds, name):
    return after(seconds, name, "--do", f"screenshot {name}.png")


def pointer_to_terminal():
    """By the corner, since X makes fast movements faster."""
    return ["--do", "mouse_move -2000 -2000", *after(1, "corner", "--do", "mouse_move 60 60")]


def draw(driver):
    """Steps: X with a driver; a picture of its clients, one after keys for the terminal, one after
    the mouse has gone down to the eyes. Then the terminal's shell ends, and so X."""
    config = (f'Section "Device"\nIdentifier "card"\nDriver "{driver}"\nEndSection\n'
              'Section "Screen"\nIdentifier "screen"\nDevice "card"\nDefaultDepth 24\n'
              'SubSection "Display"\nModes "1024x768"\nEndSubSection\nEndSection\n')
    return ["--expect", "/root# ", "--type", rig.escape(put_file("x.conf", config)) + "\\n",
            "--expect", "/root# ", "--type", "xinit /root/session -- :0 vt7 -config x.conf -logfile "
            f"/root/{driver}.log >{driver}.out 2>&1 &\\n", "--expect", "X is ready",
            *pointer_to_terminal(), *picture_after(5, driver + "-drawn"),
            "--type", "\\{k}\\{enter}", "--expect", "the keys arrived",
            *picture_after(1, driver + "-typed"), "--do", "mouse_move 1000 1000",
            *picture_after(1, driver + "-moved"), *pointer_to_terminal(),
            *after(1, "back", "--type", "\\{e}\\{x}\\{i}\\{t}\\{enter}"),
            "--type", f"wait; echo '{driver} en''ded'\\n", "--expect", f"^{driver} ended"]


def check_colours(name, shot, rectangle, *wanted):
    counts = picture.colours(picture.part(shot, *rectangle))
    for colour, least in wanted:
        assert counts.get(colour, 0) >= least, f"{name}: {colour} in {rectangle}: {counts}"


def check_drawing(driver):
    drawn, typed, moved = (picture.read_png(f"{driver}-{name}.png")
                           for name in ("drawn", "typed", "moved"))
    assert drawn[:2] == (1024, 768), drawn[:2]
    check_colours(driver, drawn, LOGO, (RED, 5000), (WHITE, 10000))
    check_colours(driver, drawn, CLOCK, (BLUE, 30000), (BLACK, 300))
    check_colours(driver, drawn, EYES, (CYAN, 20000), (BLACK, 1000))
    check_colours(driver, drawn, TERMINAL, (NAVY, 80000), (YELLOW, 100))

    def yellow(shot):
        return picture.colours(picture.part(shot, *TERMINAL)).get(YELLOW, 0)

    assert yellow(typed) > yellow(drawn), "no text where keys were typed"
    assert picture.part(typed, *EYES) == picture.part(drawn, *EYES), "the eyes moved by themselves"
    assert picture.part(moved, *EYES) != picture.part(typed, *EYES), "the eyes do not look"
    assert picture.part(moved, *LOGO) == picture.part(drawn, *LOGO)


def x_draws(menu, driver):
    """A boot from the menu's entry, and X with a driver."""
    reason = debian_disk.copy_to(DISK)
    if reason:
        return reason
    files = [put_file("session", SESSION), put_file("/usr/local/bin/k", KEYS_COMMAND),
             "chmod +x session /usr/local/bin/k"]
    run("x-" + driver, *log_in(menu), *rig.typed(files), *draw(driver))
    check_drawing(driver)
    return None


def x_draws_on_the_adapter_s_own_driver():
    return x_draws("\\n", "modesetting")


def x_draws_in_a_vesa_mode_that_the_kernel_was_given():
    return x_draws("v\\n", "fbdev")


def x_draws_in_a_vesa_mode_that_it_sets_by_the_bios():
    return x_draws("t\\n", "vesa")


if __name__ == "__main__":
    rig.main([an_installed_debian_boots_from_its_disk_works_and_switches_off,
              x_draws_on_the_adapter_s_own_driver,
              x_draws_in_a_vesa_mode_that_the_kernel_was_given,
              x_draws_in_a_vesa_mode_that_it_sets_by_the_bios], *debian_disk.NEEDS)
