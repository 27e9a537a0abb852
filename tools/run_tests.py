#!/usr/bin/env python3
"""Runs test programs and scripts, and adds up what they say.

    tools/run_tests.py [--timeout SECONDS] [--jobs N] [--verbose] PROGRAM...

A program prints lines of the Test Anything Protocol ("ok 1 - name", "not ok 2 - name",
"ok 3 - name # SKIP reason"); programs made with cmocka are asked for that form. A program that
crashes, hangs, exits with an error without naming a failed test, runs fewer tests than it announced,
or says nothing at all counts as one failure. The last line is "N passed, N failed", with
", N skipped" behind it if there were any. Exit code 1 if a test failed or none passed.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import time

RESULT = re.compile(r"^(not )?ok\b\s*(\d+)?\s*(?:-\s*)?(.*)$")
SKIP = re.compile(r"#\s*skip\b\s*(.*)", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*skip\b\s*(.*))?$", re.IGNORECASE)


class Outcome:
    def __init__(self, program):
        self.program = program
        self.passed = 0
        self.failures = []  # texts
        self.skips = []
        self.output = ""
        self.seconds = 0.0


def command_of(program):
    if program.endswith(".py"):
        return [sys.executable, program]
    if program.endswith(".sh"):
        return ["bash", program]
    return [os.path.abspath(program)]


def run(program, timeout):
    """Returns (exit code or None after a timeout, output)."""
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    build = environment.setdefault("BUILD", "build")
    environment.setdefault("VITRINE", os.path.join(build, "vitrine"))
    # A session of its own, so that a hanging test takes its children with it.
    process = subprocess.Popen(command_of(program), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=environment, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=timeout)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        code = None
    return code, output.decode("utf-8", "replace")


def read_results(outcome):
    """Counts the results in the output; returns how many were announced and how many came."""
    planned = seen = 0
    for line in outcome.output.splitlines():
        plan = PLAN.match(line)
        if plan:
            planned += int(plan.group(1))  # a program may run several groups, each with its plan
            if int(plan.group(1)) == 0 and plan.group(2) is not None:
                outcome.skips.append(plan.group(2) or "everything")
            continue
        result = RESULT.match(line)
        if not result:
            continue
        seen += 1
        skip = SKIP.search(line)
        if skip:
            # Other programs give a name and a reason, cmocka only the name, behind the word.
            name = result.group(3).split("#")[0].strip()
            outcome.skips.append(": ".join(filter(None, (name, skip.group(1)))) or "?")
        elif result.group(1):
            outcome.failures.append(result.group(3) or "test " + str(result.group(2)))
        else:
            outcome.passed += 1
    return planned, seen


def describe_exit(code):
    if code < 0:
        return "ended by " + signal.Signals(-code).name
    return f"exit code {code}"


def judge(program, timeout):
    outcome = Outcome(program)
    start = time.monotonic()
    try:
        code, outcome.output = run(program, timeout)
    except OSError as error:
        outcome.failures.append(f"could not be started: {error}")
        return outcome
    outcome.seconds = time.monotonic() - start
    planned, seen = read_results(outcome)
    if code is None:
        outcome.failures.append(f"still running after {timeout} s")
    elif code != 0 and (code < 0 or not outcome.failures):
        outcome.failures.append(describe_exit(code))
    elif seen < planned:
        outcome.failures.append(f"ran {seen} of {planned} tests")
    elif seen == 0 and not outcome.skips:
        outcome.failures.append("reported no test")
    return outcome


def show(outcome, verbose):
    word = "FAIL" if outcome.failures else "ok  "
    skipped = f", {len(outcome.skips)} skipped" if outcome.skips else ""
    print(f"{word} {outcome.program}: {outcome.passed} passed, "
          f"{len(outcome.failures)} failed{skipped} ({outcome.seconds:.1f} s)")
    for text in outcome.skips:
        print(f"     skipped: {text}")
    if outcome.failures or verbose:
        for line in outcome.output.splitlines():
            print("     | " + line)
    for text in outcome.failures:
        print(f"     FAILED: {text}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeout", type=int, default=600, help="seconds for each program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                        help="programs at the same time")
    parser.add_argument("--verbose", action="store_true", help="shows the output of all programs")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()

    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(judge, program, options.timeout) for program in options.programs]
        for job in jobs:
            outcome = job.result()
            show(outcome, options.verbose)
            passed += outcome.passed
            failed += len(outcome.failures)
            skipped += len(outcome.skips)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
