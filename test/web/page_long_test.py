#!/usr/bin/env python3
"""The PC's tab in a headless Chromium."""
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402


def linux_comes_to_its_shell_and_takes_a_command():
    web.visit("pc_page.mjs", "linux")


web.main(globals(), needs_browser=True)
