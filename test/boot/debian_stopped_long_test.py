#!/usr/bin/env python3
"""Vitrine is stopped while a guest writes to Debian's disk: by kill -9, SIGTERM, SIGINT, a closed
pipe, a full host. What the guest was told is on the disk is there, and the file system recovers by
its journal alone. (durable_test.py has the same for plain sectors.)"""
import hashlib
import os
import pty
import signal
import subprocess
import sys
import termios

sys.dont_write_bytecode = True
import debian_disk  # noqa: E402
import rig  # noqa: E402

DISK = "debian.img"
ENOUGH = 6  # files
# Each file is on the disk (fsync) before its number is printed. The shell and the tools are Debian's.
WRITE = ("mount /dev/sda1 /mnt && chroot /mnt sh -c 'cd /root; while i=$((i + 1)); do "
         "seq $i $((i + 9999)) >w$i && sync w$i && echo \"wrote $i\" || exit; done'")
STEPS = ["--expect", "/root# ", "--type", rig.escape(WRITE) + "\\n"]


def content(number):
    return "".join(f"{n}\n" for n in range(number, number + 10000)).encode()


def command(*words):
    return [rig.VITRINE, "pc", *rig.linux(), "-nographic", *words]


def heed_signals():
    """Under nohup, or behind a shell's &, some are ignored, and a child inherits that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def read_until(descriptor, marker):
    seen = b""
    while marker not in seen:
        piece = os.read(descriptor, 65536)
        assert piece, f"ended before {marker}: {seen[-1500:]}"
        seen += piece


def stop_by(action, code, *words):
    """Lets the guest write into a pipe's end, does something to the process, and waits for its end."""
    words = command("--deterministic", "-hda", DISK, *words, *STEPS)
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=heed_signals) as process:
        read_until(process.stdout.fileno(), b"wrote %d\r" % ENOUGH)
        action(process)
        assert process.wait(rig.SECONDS) == code, process.returncode


def check_files():
    """The journal alone makes the file system whole, and the files are in it."""
    # e2fsck cannot repair behind an offset.
    rig.tool("dd", f"if={DISK}", "of=partition", "bs=1M", "conv=sparse",
             f"skip={debian_disk.OFFSET >> 20}")
    done = subprocess.run([rig.which("e2fsck"), "-p", "partition"], capture_output=True, text=True,
                          check=False)
    assert done.returncode in (0, 1) and "recovering journal" in done.stdout, done
    rig.tool(rig.which("e2fsck"), "-fn", "partition")
    for number in range(1, ENOUGH + 1):
        rig.tool(rig.which("debugfs"), "-R", f"dump /root/w{number} w", "partition")
        assert rig.read("w") == content(number), f"w{number} is not as it was written"


def stopped(action, code):
    reason = debian_disk.copy_to(DISK)
    if not reason:
        stop_by(action, code)
        check_files()
    return reason


def kill_9_loses_nothing_that_was_flushed():
    return stopped(lambda process: process.kill(), -signal.SIGKILL)


def sigint_loses_nothing_that_was_flushed():
    return stopped(lambda process: process.send_signal(signal.SIGINT), 128 + signal.SIGINT)


def a_pipe_that_nobody_reads_loses_nothing_that_was_flushed():
    return stopped(lambda process: process.stdout.close(), 1)


def sigterm_puts_the_terminal_back_and_loses_nothing_that_was_flushed():
    reason = debian_disk.copy_to(DISK)
    if reason:
        return reason
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with subprocess.Popen(command("-hda", DISK), stdin=slave, stdout=slave, stderr=slave,
                          start_new_session=True, preexec_fn=heed_signals) as process:
        read_until(master, b"/root# ")
        assert termios.tcgetattr(slave) != before, "the terminal is not raw"
        os.write(master, WRITE.encode() + b"\r")
        read_until(master, b"wrote %d\r" % ENOUGH)
        process.terminate()
        assert process.wait(rig.SECONDS) == 128 + signal.SIGTERM, process.returncode
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
    check_files()
    return None


def a_full_host_is_an_error_in_the_guest_and_loses_nothing_that_was_flushed():
    reason = debian_disk.make()
    if reason:
        return reason
    # A limit of the file's size stands for a full disk; the guest writes until it is met.
    steps = [*STEPS, "--expect", "rror|Read-only", "--expect", "/root# ", "--type", "poweroff -f\\n"]
    words = command("--deterministic", "--max-time", "2400s", "-drive",
                    f"file={debian_disk.IMAGE},overlay=small", *steps)
    done = subprocess.run(["sh", "-c", 'ulimit -f 16000; trap "" XFSZ; exec "$@"', "sh", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=rig.SECONDS,
                          check=False)
    result = rig.Result(done.returncode, done.stdout.decode("latin-1"),
                        done.stderr.decode("latin-1"))
    assert result.code == 1 and result.err.count("cannot be written") == 1, result
    count = result.out.count("\nwrote ")
    assert count >= 2, result
    # With room again: mounting replays the journal, and the files are there.
    sums = "mount /dev/sda1 /mnt && (cd /mnt/root && md5sum " + " ".join(
        f"w{n}" for n in range(1, count + 1)) + ")"
    answers = rig.session([sums, "mount -o remount,ro /mnt && mount -o bind /dev /mnt/dev && "
                           "chroot /mnt e2fsck -fn /dev/sda1"],
                          "-drive", f"file={debian_disk.IMAGE},overlay=small")
    wanted = "".join(f"{hashlib.md5(content(n)).hexdigest()}  w{n}\n" for n in range(1, count + 1))
    assert answers.text(0) == wanted, answers[0]
    answers.text(1)
    return None


if __name__ == "__main__":
    rig.main([kill_9_loses_nothing_that_was_flushed, sigint_loses_nothing_that_was_flushed,
              a_pipe_that_nobody_reads_loses_nothing_that_was_flushed,
              sigterm_puts_the_terminal_back_and_loses_nothing_that_was_flushed,
              a_full_host_is_an_error_in_the_guest_and_loses_nothing_that_was_flushed],
             *debian_disk.NEEDS, rig.KERNEL, rig.INITRD)
