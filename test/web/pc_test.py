#!/usr/bin/env python3
"""The PC's tab in a headless Chromium, without the default guest: each visit is a function of pc_page.mjs."""
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402


def it_is_seen_through_at_breakpoints_and_step_by_step():
    web.visit("pc_page.mjs", "inside")


def a_disk_at_an_address_is_fetched_in_pieces():
    web.visit("pc_page.mjs", "url")


def a_floppy_and_a_cd_are_changed_while_the_machine_runs():
    web.visit("pc_page.mjs", "media")


def the_menu_boots_what_comes_along():
    web.visit("pc_page.mjs", "menu")


def a_disk_of_the_user_boots_keeps_its_writes_and_is_downloaded():
    web.visit("pc_page.mjs", "disk")


def what_goes_wrong_is_said_in_words():
    web.visit("pc_page.mjs", "errors")


def too_little_memory_is_said_in_words():
    web.visit("pc_page.mjs", "memory")


web.main(globals(), needs_browser=True)
