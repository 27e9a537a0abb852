#!/usr/bin/env python3
"""What a guest was told is flushed is there after kill -9, and a full host loses nothing of it."""
import hashlib
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

DATA = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(1 << 13))  # 256 KiB
SIZE = 8 << 20
WRITE = ("dd if=/dev/sda of=/dev/sdb bs=64k count=4 seek=7 conv=fsync; "
         "dd if=/dev/sda of=/dev/sdc bs=64k count=4 seek=7 conv=fsync")


def killed_after(commands, marker, *words):
    """Boots Linux, types, and kills the process when it has printed the marker at a line's start."""
    steps = ["--expect", "/root# ", "--type", rig.escape(commands) + "\\n", "--expect", "NEVER"]
    with subprocess.Popen([rig.VITRINE, "pc", *rig.linux(), "-nographic", "--deterministic",
                           *words, *steps], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        seen = b""
        while b"\n" + marker not in seen:
            piece = os.read(process.stdout.fileno(), 65536)
            assert piece, f"ended before the marker: {seen[-1500:]}"
            seen += piece
        process.kill()


def flushed_writes_survive_kill_9():
    rig.write("source", DATA)
    rig.write("plain", bytes(SIZE))
    rig.write("base", bytes(SIZE))
    # The marker is put together by the guest: the echo of the typed line does not hold it.
    killed_after(WRITE + '; echo "FLU""SHED"; sleep 100', b"FLUSHED", "-hda", "source", "-hdb",
                 "plain", "-drive", "file=base,overlay=over,index=2")
    want = bytes(7 << 16) + DATA + bytes(SIZE - (7 << 16) - len(DATA))
    assert rig.read("plain") == want
    assert rig.read("base") == bytes(SIZE)


def the_overlay_goes_on_where_it_was():
    answers = rig.session(["sha256sum /dev/sda"], "-drive", "file=base,overlay=over")
    want = hashlib.sha256(rig.read("plain")).hexdigest()
    assert answers.text(0).split()[0] == want, answers[0]


def a_full_host_is_an_error_in_the_guest_and_one_line():
    rig.write("empty", bytes(SIZE))
    # A limit of the file's size stands for a full disk: the first chunks fit, the others do not.
    words = [rig.VITRINE, "pc", *rig.linux(), "-nographic", "--deterministic", "--max-time", "2400s",
             "-hda", "source", "-drive", "file=empty,overlay=small",
             *rig.typed(["dd if=/dev/sda of=/dev/sdb bs=64k count=1 conv=fsync",
                         "dd if=/dev/sda of=/dev/sdb bs=64k count=4 seek=4 conv=fsync",
                         "echo 3 >/proc/sys/vm/drop_caches; head -c 65536 /dev/sdb | sha256sum"]),
             "--type", "poweroff -f\\n"]
    done = subprocess.run(["sh", "-c", 'ulimit -f 300; trap "" XFSZ; exec "$@"', "sh", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=rig.SECONDS,
                          check=False)
    result = rig.Result(done.returncode, done.stdout.decode("latin-1"),
                        done.stderr.decode("latin-1"))
    answers = rig.Answers(result, 3)
    assert answers[1][1] != 0, answers[1]  # an I/O error
    assert answers.text(2).split()[0] == hashlib.sha256(DATA[:65536]).hexdigest(), answers[2]
    assert result.err.count("cannot be written") == 1, result.err


if __name__ == "__main__":
    rig.main([flushed_writes_survive_kill_9, the_overlay_goes_on_where_it_was,
              a_full_host_is_an_error_in_the_guest_and_one_line], rig.KERNEL, rig.INITRD)
