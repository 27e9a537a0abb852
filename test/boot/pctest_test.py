#!/usr/bin/env python3
"""The PC as DOS and what runs on it use it: rom/pctest on each processor."""
import sys

sys.dont_write_bytecode = True
import pctest  # noqa: E402
import rig  # noqa: E402


def all_is_well_on(cpu):
    def test():
        pctest.build("--defsym", "RESETS=1", "--defsym", "SPEED=1")
        result = rig.run("-hda", pctest.IMAGE, "-cpu", cpu, "-m", "64M", "--deterministic",
                         "-display", "none", "-debugcon", "file:debug", "-no-reboot",
                         "-device", "isa-debug-exit,iobase=0xf4", "--max-time", "30s")
        assert not pctest.failures(True), (pctest.failures(True), result)
        assert result.code == 1, result
    test.__name__ = f"services_modes_and_timers_work_on_a_{cpu}"
    return test


if __name__ == "__main__":
    rig.main([all_is_well_on(cpu) for cpu in ("max", "pentium3", "pentium", "486")],
             *pctest.NEEDS)
