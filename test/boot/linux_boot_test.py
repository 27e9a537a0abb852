#!/usr/bin/env python3
"""A whole Linux: the default guest on the serial console, and again on screen and keyboard."""
import hashlib
import os
import re
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

COMMANDS = [
    "uname -a",
    "cat /proc/cpuinfo",
    "cat /proc/interrupts",
    # 97! modulo 10007, and a Fibonacci number.
    "n=1; i=1; while [ $i -le 97 ]; do n=$((n * i % 10007)); i=$((i + 1)); done; echo $n",
    "a=0 b=1; for i in $(seq 50); do c=$((a + b)); a=$b; b=$c; done; echo $a",
    "seq 1 20000 | sha256sum",
    "awk 'BEGIN { for (i = 1; i < 2000; i++) x += 1 / i / i; "
    "printf \"%.12f %.12f\\n\", x, 22 / 7 }'",
    "dmesg",
    "date -u",
]
UNAME, CPUINFO, INTERRUPTS, LOOP, FIBONACCI, PIPE, FLOATS, DMESG, DATE = range(len(COMMANDS))
answers = None


def the_default_guest_boots_takes_commands_and_powers_off():
    global answers
    start = ["-append", rig.QUICK]
    if not os.path.exists(os.path.join(os.path.dirname(rig.VITRINE), "guest", "bzImage")):
        start = rig.linux()
    answers = rig.session(COMMANDS, start=start)
    assert "Linux" in answers.text(UNAME) and "i686" in answers.text(UNAME), answers[UNAME]


def need_answers():
    assert answers is not None, "the guest did not boot"


def the_kernel_knows_the_processor():
    need_answers()
    flags = re.search(r"^flags\s*:(.*)$", answers.text(CPUINFO), re.M).group(1).split()
    for flag in ("fpu", "vme", "pse", "tsc", "msr", "pae", "cx8", "apic", "sep", "pge", "cmov",
                 "mmx", "fxsr", "sse", "sse2"):
        assert flag in flags, (flag, flags)
    assert answers.text(CPUINFO).count("processor\t") == 1, answers[CPUINFO]


def interrupts_come_by_the_io_apic_and_the_local_timer():
    need_answers()
    counts = {}
    for line in answers.text(INTERRUPTS).splitlines()[1:]:
        words = line.split()
        counts[words[0].rstrip(":")] = (int(words[1]), line)
    assert counts["4"][0] > 0 and "IO-APIC" in counts["4"][1], counts  # the serial port
    assert counts["LOC"][0] > 50, counts
    assert counts["ERR"][0] == 0 and counts["SPU"][0] == 0, counts


def programs_compute_what_they_should():
    need_answers()
    product = 1
    for factor in range(1, 98):
        product = product * factor % 10007
    assert answers.text(LOOP) == f"{product}\n", answers[LOOP]
    assert answers.text(FIBONACCI) == "12586269025\n", answers[FIBONACCI]
    expected = hashlib.sha256("".join(f"{n}\n" for n in range(1, 20001)).encode()).hexdigest()
    assert answers.text(PIPE) == f"{expected}  -\n", answers[PIPE]
    squares = sum(1 / i / i for i in range(1, 2000))
    assert answers.text(FLOATS) == f"{squares:.12f} {22 / 7:.12f}\n", answers[FLOATS]


def the_kernel_finds_no_defects():
    need_answers()
    found = rig.defects(answers.text(DMESG))
    assert not found, "\n".join(found)


def the_date_is_the_fixed_one():
    need_answers()
    assert re.match(r"Sat Jan  1 00:00:\d\d UTC 2000\n$", answers.text(DATE)), answers[DATE]


def screen_and_keyboard_work_and_a_reboot_ends_the_run():
    # Shifted characters and a key with Ctrl: the line is typed, thrown away, and typed again.
    result = rig.run(*rig.linux(console="tty0"), "-display", "none", "--deterministic",
                     "-no-reboot", "--max-time", "2400s",
                     "--expect", "Welcome to Linux", "--expect", "root# ",
                     "--type", "nonsense\\{ctrl+u}echo $((6*7))-\"Az\"_{x,y}|tr A-Z z\\n",
                     "--expect", "^42-zz_", "--type", "reboot -f\\n")
    assert result.code == 0, result


def the_mouse_and_the_power_button_are_heard():
    # What Linux makes of the packets: of old for /dev/input/mice, and as events with the wheel.
    wait = ["--expect", "/root# ", "--type", "sleep 1\\n", "--expect", "sleep 1",
            "--expect", "/root# "]
    events = "/dev/input/$(basename /sys/class/input/mouse0/device/event*)"
    result = rig.run(*rig.linux(), "-nographic", "--deterministic", "--max-time", "2400s",
                     "--expect", "/root# ",
                     "--type", "dd if=/dev/input/mice bs=3 count=3 2>/dev/null | hexdump -C &\\n",
                     *wait, "--do", "mouse_move 5 -3", "--do", "mouse_button left right",
                     "--type", "\\n", *wait, "--do", "mouse_move -300 0",
                     "--expect", "08 05 03 0b 00 00 1b 81  00", "--type", "\\n", *wait,
                     "--type", rf"head -c 16 {events} | hexdump -v -e '/2 \"%x \"' &\n",
                     *wait, "--do", "mouse_move 0 0 1", "--expect", " 2 8 ffff ffff",
                     "--do", "power", "--expect", "reboot: Power down")
    assert result.code == 0, result


def a_limit_of_instructions_ends_with_3():
    result = rig.run(*rig.linux(), "-nographic", "--deterministic", "--max-instructions", "100M",
                     "--digest")
    assert result.code == 3 and "--max-instructions" in result.err, result
    assert result.digest().endswith(" at 100000000 instructions\n"), result


def an_expectation_that_is_not_met_ends_with_4():
    result = rig.run(*rig.linux(), "-nographic", "--deterministic", "--max-instructions", "100M",
                     "--expect", "never")
    assert result.code == 4 and "--expect 'never'" in result.err, result


if __name__ == "__main__":
    rig.main([the_default_guest_boots_takes_commands_and_powers_off, the_kernel_knows_the_processor,
              interrupts_come_by_the_io_apic_and_the_local_timer, programs_compute_what_they_should,
              the_kernel_finds_no_defects, the_date_is_the_fixed_one,
              screen_and_keyboard_work_and_a_reboot_ends_the_run,
              the_mouse_and_the_power_button_are_heard,
              a_limit_of_instructions_ends_with_3, an_expectation_that_is_not_met_ends_with_4],
             rig.KERNEL, rig.INITRD)
