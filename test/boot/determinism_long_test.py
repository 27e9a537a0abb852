#!/usr/bin/env python3
"""A whole Linux session with a disk, typed commands and power off: twice, and tortured."""
import os
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

COMMANDS = ["seq 1 5000 | sha256sum", "mkdir -p /mnt && mount /dev/sda /mnt",
            "dd if=/dev/zero of=/mnt/zeros bs=64k count=20", "cat /mnt/* | md5sum", "umount /mnt",
            "cat /proc/interrupts", "uptime", "head -c 16 /dev/urandom | hexdump -C",
            "for i in 1 2 3 4 5; do (sleep 0.$i; echo $i) & done; wait", "dmesg | tail"]
first = None


def whole_session(*words):
    with open("disk.img", "wb") as file:
        file.truncate(16 << 20)
    rig.tool(rig.which("mke2fs"), "-q", "-F", "-t", "ext4", "-U", "clear",
             "-E", "hash_seed=00000000-0000-4000-8000-000000000000", "disk.img")
    answers = rig.session(COMMANDS, "-drive", "file=disk.img,format=raw,snapshot=on", "--digest",
                          *words)
    return answers.result.out


def two_sessions_are_the_same_to_the_byte():
    global first
    os.environ["E2FSPROGS_FAKE_TIME"] = "946684800"
    first = whole_session()
    assert whole_session() == first


def tortured(torture):
    def test():
        assert first is not None, "the session failed"
        assert whole_session("--torture", torture) == first
    test.__name__ = "it_is_the_same_with_torture_" + torture.replace("=", "_")
    return test


if __name__ == "__main__":
    rig.main([two_sessions_are_the_same_to_the_byte, tortured("flush"), tortured("blocks=1000"),
              tortured("blocks=256")],
             rig.KERNEL, rig.INITRD, "mke2fs")
