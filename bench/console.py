"""A guest's serial console as benchmarks see it: from outside, with the moments at which things
arrive."""
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from boot import Failure, processor_time  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def add_arguments(parser):
    """The options of every benchmark with a console."""
    parser.add_argument("--runs", type=int, default=1, help="the shortest time of each item counts")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu: count the emulators' processor time (for a busy machine)")
    parser.add_argument("--vitrine", default=os.path.join(ROOT, "build", "vitrine"))
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one boot")


def engines(options):
    """How each engine that is here is started."""
    found = {"vitrine": [options.vitrine, "pc", "--unpaced"]}
    if shutil.which("qemu-system-i386"):
        found["qemu"] = ["qemu-system-i386", "-accel", "tcg", "-nic", "none"]
    return found


class Console:
    """with Console(command, options) as console: ... The emulator ends with the block."""

    def __init__(self, command, options):
        self.begin = time.monotonic()
        self.deadline = self.begin + options.timeout
        self.counts_processor = options.clock == "cpu"
        self.process = subprocess.Popen([*command, "-nographic"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def now(self):
        """Seconds since the emulator was started."""
        if self.counts_processor:
            return processor_time(self.process.pid)
        return time.monotonic() - self.begin

    def fail(self, what):
        raise Failure(f"{os.path.basename(self.process.args[0])}: {what}")

    def wait_for(self, text):
        """Returns all that the guest says up to and with the text."""
        seen = ""
        while not seen.endswith(text):
            byte = os.read(self.process.stdout.fileno(), 1)
            if not byte or time.monotonic() > self.deadline:
                self.fail(f"no {text!r}, but: ...{seen[-300:]}")
            seen += byte.decode("latin-1")
        return seen

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()


def row(cells):
    """A cell for each engine, and what Vitrine's time is of QEMU's."""
    ratio = f"{cells[0] / cells[1]:14.2f}x" if len(cells) > 1 else ""
    return "".join(f"{seconds:12.3f}s" for seconds in cells) + ratio


def head(names):
    return "".join(f"{name:>13}" for name in names) + ("   vitrine/qemu" if len(names) > 1 else "")
