#!/usr/bin/env python3
"""Linux on other machines: processors and sizes of memory."""
import sys

sys.dont_write_bytecode = True
import rig  # noqa: E402


def a_pentium_iii_is_one():
    answers = rig.session(["cat /proc/cpuinfo", "dmesg"], "-cpu", "pentium3")
    cpuinfo = answers.text(0)
    assert "cpu family\t: 6\n" in cpuinfo and "GenuineIntel" in cpuinfo, cpuinfo
    assert " sse " in cpuinfo and " sse2" not in cpuinfo, cpuinfo
    # Performance counters, which every Pentium III has and ours has not.
    found = [line for line in rig.defects(answers.text(1)) if "perfctr msr" not in line]
    assert not found, found


def the_kernel_refuses_a_486():
    # Debian's 686 kernel checks for CMOV and friends in its setup, through the BIOS.
    result = rig.run(*rig.linux(), "-display", "none", "-cpu", "486", "--deterministic",
                     "--max-time", "80s", "--expect", "requires an? [i6].*CPU|following features")
    assert result.code == 0, result


def memory_of(size, least_mb, most_mb):
    def test():
        answers = rig.session(["awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo",
                               "dd if=/dev/zero of=/tmp/big bs=64k count=16 && md5sum /tmp/big"],
                              "-m", size)
        assert least_mb <= int(answers.text(0)) <= most_mb, answers[0]
        # One MiB of zeros.
        assert "b6d81b360a5672d80c27430f39153e2c" in answers.text(1), answers[1]
    test.__name__ = f"{size}_of_memory_boots"
    return test


# By the 8042, a triple fault, the BIOS, port CF9h, ACPI.
def each_way_to_reboot_leads_to_a_new_boot():
    for way in "ktbpa":
        result = rig.run(*rig.linux(f"reboot={way}"), "-nographic", "--deterministic",
                         "--max-time", "400s", "--expect", "/root# ", "--type", "reboot -f\\n",
                         "--expect", "reboot: Restarting", "--expect", "/root# ")
        assert result.code == 0 and result.out.count("Welcome") == 2, (way, result)


if __name__ == "__main__":
    rig.main([a_pentium_iii_is_one, the_kernel_refuses_a_486,
              each_way_to_reboot_leads_to_a_new_boot, memory_of("64M", 40, 64),
              memory_of("1G", 900, 1024), memory_of("3G", 2800, 3072)], rig.KERNEL, rig.INITRD)
