#!/usr/bin/env python3
"""The example of the package: Linux in node, from power-on to power-off."""
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402


def the_example_boots_linux_and_talks_to_it():
    text = web.tool("node", web.NPM_PACKAGE + "/examples/linux.mjs")
    assert "Linux vitrine" in text, text[-1500:]
    assert "stopped: power-off" in text, text[-1500:]


web.main(globals(), needs_browser=False)
