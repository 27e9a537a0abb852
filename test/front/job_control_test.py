#!/usr/bin/env python3
"""A machine on a terminal under a shell: stopped, it gives the terminal back, and goes on later."""
import os
import pty
import signal
import sys
import termios
import time

sys.dont_write_bytecode = True
import cli_test as cli  # noqa: E402
from cli_test import ECHO, EXIT_DEVICE, SERIAL, VITRINE, guest, put  # noqa: E402


def run_in_foreground(words, report):
    """A shell of a few lines: tells its job's number, each stop, and its end; a byte continues it."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.read(0, 1)  # the terminal has been looked at
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        cli.heed_signals()
        os.execv(words[0], words)
    report.write(f"{job}\n")
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpgrp())
        if not os.WIFSTOPPED(status):
            report.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
            return
        report.write("stopped\n")
        os.read(0, 1)
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)


class Job:
    """A pseudo terminal, a shell on it, and vitrine in its foreground."""

    def __init__(self, *words):
        reading, writing = os.pipe()
        self.shell, self.master = pty.fork()
        if self.shell == 0:
            os.close(reading)
            with os.fdopen(writing, "w", buffering=1) as report:
                run_in_foreground([VITRINE, "pc", *words], report)
            os._exit(0)
        os.close(writing)
        self.report = os.fdopen(reading)
        self.before = termios.tcgetattr(self.master)
        os.write(self.master, b"\n")
        self.number = int(self.report.readline())

    def read_until(self, text):
        cli.read_until(self.master, text)

    def wait_for_mode(self, mode):
        end = time.monotonic() + cli.SECONDS
        while termios.tcgetattr(self.master) != mode:
            assert time.monotonic() < end
            time.sleep(0.01)

    def is_restored(self):
        return termios.tcgetattr(self.master) == self.before

    def close(self):
        try:
            os.kill(self.number, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self.master)
        os.waitpid(self.shell, 0)
        self.report.close()


def a_stopped_machine_gives_the_terminal_back():
    job = Job(*guest(put("ready") + ECHO), *EXIT_DEVICE, *SERIAL)
    try:
        job.read_until(b"ready")
        raw = termios.tcgetattr(job.master)
        assert raw != job.before
        for count in range(2):
            os.kill(job.number, signal.SIGTSTP)
            assert job.report.readline() == "stopped\n"
            assert job.is_restored(), count
            os.write(job.master, b"\n")  # the shell's
            os.write(job.master, b"a")
            job.read_until(b"a")
            job.wait_for_mode(raw)  # the echo may be the terminal's
        os.write(job.master, b"q")
        assert job.report.readline() == "ended 11\n"
        assert job.is_restored()
    finally:
        job.close()


def after_a_stop_that_nobody_can_catch_the_terminal_is_raw_again():
    job = Job(*guest(put("ready") + ECHO), *EXIT_DEVICE, *SERIAL)
    try:
        job.read_until(b"ready")
        raw = termios.tcgetattr(job.master)
        os.kill(job.number, signal.SIGSTOP)
        assert job.report.readline() == "stopped\n"
        termios.tcsetattr(job.master, termios.TCSANOW, job.before)  # as shells do
        os.write(job.master, b"\n")
        job.wait_for_mode(raw)
        os.write(job.master, b"q")
        assert job.report.readline() == "ended 11\n"
        assert job.is_restored()
    finally:
        job.close()


if __name__ == "__main__":
    cli.main([a_stopped_machine_gives_the_terminal_back,
              after_a_stop_that_nobody_can_catch_the_terminal_is_raw_again])
