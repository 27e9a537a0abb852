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


def calls_are_gone_over_and_out_of_in_both_directions():
    visit("calls")


def resets_in_quick_succession_leave_one_machine():
    visit("reset")


def breakpoints_are_set_by_click_and_key_counted_and_move_with_their_lines():
    visit("breaks")


def a_link_leads_to_a_moment_of_the_program_with_what_was_typed():
    visit("link")


def a_cell_is_changed_as_number_instruction_or_bit():
    visit("edit")


def a_lesson_says_when_it_is_done():
    visit("lesson")


def the_page_works_without_a_network_after_the_first_load():
    visit("offline")


def nothing_hinders_people_who_do_not_see_the_page():
    visit("axe")


def the_first_load_is_small_and_no_task_is_long_while_a_machine_runs():
    visit("load")


def any_static_server_and_folder_will_do():
    visit("folder")


def the_keyboard_alone_suffices():
    visit("keyboard")


web.main(globals(), needs_browser=True)
