#!/usr/bin/env python3
"""The same command gives the same machine, to the instruction, whatever the block cache does."""
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402

# The kernel starts at 2.4 G instructions, so this is in the midst of its first interrupts.
COUNT = "2600M"
TORTURES = ["blocks=200", "flush"]


def digest(*words):
    result = rig.run(*rig.linux(), "-nographic", "--deterministic", "--max-instructions", COUNT,
                     "--digest", *words)
    assert result.code == 3, result
    return result.digest()


def the_block_cache_does_not_show():
    first = digest()
    for torture in TORTURES:
        assert digest("--torture", torture) == first, torture


def a_different_machine_has_a_different_digest():
    def short(*words):
        return rig.run(*rig.linux(), "-nographic", "--deterministic", "--max-instructions", "20M",
                       "--digest", *words).digest()
    digests = [short(), short("-m", "64M"), short("-rtc", "base=2006-06-17"), short("-cpu", "486")]
    assert len(set(digests)) == len(digests), digests
    assert short() == digests[0], digests


if __name__ == "__main__":
    rig.main([the_block_cache_does_not_show, a_different_machine_has_a_different_digest],
             rig.KERNEL, rig.INITRD)
