#!/usr/bin/env python3
"""The page in a headless Chromium: each visit is a function of study_page.mjs."""
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402


def visit(name):
    web.visit("study_page.mjs", name)


def the_toy_steps_runs_goes_back_and_says_why():
    visit("toy")


def the_red_dot_is_on_the_screen():
    visit("dot")


def an_lc3_program_is_corrected_run_stepped_back_and_asked():
    visit("lc3")


def keys_wait_for_an_lc3_program():
    visit("console")


def the_keyboard_alone_suffices():
    visit("keyboard")


web.main(globals(), needs_browser=True)
