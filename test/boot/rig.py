"""What the boot tests share: running the program, a Linux session, and the protocol of results.

A session types commands at the guest's shell with --type and waits for their ends with --expect, so
it needs no terminal and no standard input, and each run is the same.
"""
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
VITRINE = os.path.abspath(os.environ.get("VITRINE", os.path.join(BUILD, "vitrine")))
GUEST_DIR = os.path.abspath(os.environ.get("GUEST_DIR", os.path.join(BUILD, "guest")))
# What tests put together of Debian's packages once, beside the default guest.
GUESTS = os.path.join(os.path.dirname(GUEST_DIR), "guests")
KERNEL = os.path.join(GUEST_DIR, "bzImage")
INITRD = os.path.join(GUEST_DIR, "initramfs.cpio.gz")
# Two things that take a third of the boot and test nothing of ours: the kernel tries its ciphers,
# and looks for ISA cards with a delay for each.
QUICK = "cryptomgr.notests noisapnp"
# Far more than a run takes, also on a busy machine; the long tests have more.
SECONDS = 2000 if sys.argv[0].endswith("_long_test.py") else 500


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def digest(self):
        found = re.search(r"digest [0-9a-f]{16} at \d+ instructions\n$", self.out)
        assert found, self
        return found.group(0)

    def __repr__(self):
        return f"exit code {self.code}, errors {self.err!r}, output ends: {self.out[-1500:]}"


def run(*words, seconds=SECONDS):
    """Starts `vitrine pc` without a terminal; text is read byte for byte."""
    done = subprocess.run([VITRINE, "pc", *map(str, words)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=seconds, check=False)
    return Result(done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("latin-1"))


def tool(*words):
    """Runs a program of the host and returns what it prints."""
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}: {done.stdout}"
    return done.stdout


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def read(name):
    with open(name, "rb") as file:
        return file.read()


# --- Linux ---

def linux(*append, console="ttyS0"):
    """The words that boot the guest's kernel and initramfs."""
    return ["-kernel", KERNEL, "-initrd", INITRD, "-append",
            " ".join([f"console={console}", QUICK, *append])]


def typed(commands):
    """Steps that wait for the shell and perform the commands. On a text screen no escape sequence
    must stand between the prompt and the end of the line, hence no $ behind the prompt."""
    words = ["--expect", "/root# "]
    for number, command in enumerate(commands):
        words += ["--type", escape(f'echo "[[{number}]]"; {command}; echo "[{number}:$?]"') + "\\n",
                  "--expect", f"^\\[{number}:[0-9]+\\]"]
    return words


def escape(text):
    return text.replace("\\", "\\\\")


class Answers(list):
    """What each command of a session printed, and with which status it ended."""

    def __init__(self, result, count):
        self.result = result
        text = result.out.replace("\r", "")
        for number in range(count):
            found = re.search(rf"^\[\[{number}\]\]\n(.*?)^\[{number}:(\d+)\]$", text, re.M | re.S)
            assert found, f"command {number} did not end: {result}"
            self.append((found.group(1), int(found.group(2))))

    def text(self, number):
        """What a command printed that must have ended well."""
        text, status = self[number]
        assert status == 0, f"command {number} ended with {status}: {text}"
        return text


def session(commands, *words, start=None, last="poweroff -f", code=0, limit="2400s",
            seconds=SECONDS):
    """Boots Linux on the serial console, types the commands, and lets the guest end by the last."""
    result = run(*(linux() if start is None else start), "-nographic", "--deterministic",
                 "--max-time", limit, *words, *typed(commands), "--type", escape(last) + "\\n",
                 seconds=seconds)
    assert result.code == code, result
    return Answers(result, len(commands))


# Lines of the kernel that a PC without defects does not print.
DEFECTS = re.compile(r"BUG|WARNING|Oops|Call Trace|panic|nobody cared|lockup|stall|unstable|hung|"
                     r"[Ee]xception|[Ee]rror|[Ff]ail|lost|timed? ?out|[Cc]orrupt|spurious|bogus|"
                     r"not responding|disabling|invalid", re.I)
# ... and those that it does.
HARMLESS = re.compile(r"MMCONFIG|and report a bug|invalidation policy|Disabling unused clocks|"
                      r"PIT calibration matches|PnPBIOS: Found PnP BIOS installation")


def defects(log):
    return [line for line in log.splitlines()
            if DEFECTS.search(line) and not HARMLESS.search(line)]


# --- results ---

def missing(*needs):
    """Why a test cannot be done here: files that are not there, programs that are not installed."""
    for need in needs:
        if os.path.isabs(need) and not os.path.exists(need):
            return f"{need} is not there"
        if not os.path.isabs(need) and not which(need):
            return f"{need} is not installed"
    return None


def which(program):
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]:
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    return None


def main(tests, *needs):
    """Does the tests in an empty folder; a test returns the reason if it could not be done."""
    failed = 0
    sys.stdout.write(f"1..{len(tests)}\n")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, test in enumerate(tests, 1):
            failed += not perform(number, test, missing(VITRINE, *needs))
        os.chdir("/")
    sys.exit(1 if failed else 0)


def perform(number, test, reason):
    name = test.__name__
    try:
        reason = reason or test()
        print(f"ok {number} - {name}" + (f" # SKIP {reason}" if reason else ""), flush=True)
        return True
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"not ok {number} - {name}")
        for line in str(error).splitlines():
            print("# " + line)
        sys.stdout.flush()
        return False
