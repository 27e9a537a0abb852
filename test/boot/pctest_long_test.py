#!/usr/bin/env python3
"""Is rom/pctest right? Its disk under QEMU: the same BIOS on another processor and board."""
import subprocess
import sys

sys.dont_write_bytecode = True
import pctest  # noqa: E402
import rig  # noqa: E402

QEMU = "qemu-system-i386"
# QEMU checks no limits in real mode, and loses ticks where the host is busy.
DIFFERS = {"limit_of_real_mode_segments", "timer_at_1000_hz", "timer_at_100_hz",
           "rtc_interrupt_at_1024_hz"}


def qemu_agrees():
    pctest.build()
    subprocess.run([QEMU, "-accel", "tcg", "-m", "64M", "-display", "none", "-no-reboot",
                    "-drive", f"file={pctest.IMAGE},format=raw", "-debugcon", "file:debug",
                    "-device", "isa-debug-exit,iobase=0xf4,iosize=1"],
                   stdin=subprocess.DEVNULL, check=False, timeout=rig.SECONDS)
    assert not set(pctest.failures(False)) - DIFFERS, pctest.failures(False)


if __name__ == "__main__":
    rig.main([qemu_agrees], QEMU, *pctest.NEEDS)
