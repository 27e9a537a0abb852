#!/usr/bin/env python3
"""A person at the terminal: guest time goes with the wall clock, an idle guest costs nothing."""
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True
import rig  # noqa: E402

IDLE_SECONDS = 10


class Terminal:
    """Vitrine with the default guest's files on a pseudo terminal."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.number = 0
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([rig.VITRINE, "pc", *rig.linux(), "-nographic"],
                                        stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        start_new_session=True)

    def ask(self, text, pattern):
        """Types, and returns what then matches."""
        os.write(self.master, text)
        seen, end = b"", time.monotonic() + rig.SECONDS
        while True:
            found = re.search(pattern, seen, re.M)
            if found:
                return found
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, seen
            seen += os.read(self.master, 4096)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def guest_seconds(self):
        return int(self.ask(b"date +T%s\r", rb"^T(\d+)").group(1))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def an_idle_guest_keeps_time_and_leaves_the_processor_alone():
    terminal = Terminal()
    try:
        terminal.ask(b"", rb"/root# ")
        time.sleep(3)
        guest, wall, cpu = terminal.guest_seconds(), time.monotonic(), terminal.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        cpu = terminal.cpu_seconds() - cpu
        guest = terminal.guest_seconds() - guest
        wall = time.monotonic() - wall
        assert cpu < 0.1 * IDLE_SECONDS, f"{cpu} s of processor time in {IDLE_SECONDS} s"
        assert abs(guest - wall) <= 2, f"{guest} s of guest time in {wall} s"
        print(f"# idle: {cpu / IDLE_SECONDS:.1%} of a processor; {guest} s in {wall:.1f} s")
        terminal.ask(b"sleep 1000\r", rb"sleep 1000")
        time.sleep(2)  # the shell gives the terminal away
        terminal.ask(b"\x03", rb"/root# ")  # Ctrl-C is the guest's
        os.write(terminal.master, b"\x01x")
        assert terminal.process.wait(30) == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


if __name__ == "__main__":
    rig.main([an_idle_guest_keeps_time_and_leaves_the_processor_alone], rig.KERNEL, rig.INITRD)
