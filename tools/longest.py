#!/usr/bin/env python3
"""Lists the ten longest functions, and fails when one in src/ is longer than 100 lines.

Counts from the line of the opening to the line of the closing brace, both in column 0 as
clang-format puts them.
"""
import os
import re
import sys

LIMIT = 100

# path:function -> why it may be longer.
EXCEPTIONS = {
}

NAME = re.compile(r"(\w+)\s*\(")


def functions(path):
    """Yields (lines, name, line number) of each function in a file."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    start = None
    for number, line in enumerate(lines):
        if line == "{" and number > 0 and lines[number - 1].rstrip().endswith(")"):
            start = number
        elif line == "}" and start is not None:
            first = start - 1
            while first > 0 and lines[first].startswith((" ", "\t")):
                first -= 1
            match = NAME.search(lines[first])
            yield number - start + 1, match.group(1) if match else "?", first + 1
            start = None


def main():
    found = []
    for top in ("src", "host", "front"):
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith((".c", ".h", ".inc")) and ".gen." not in name:
                    found += [(length, path, function, line)
                              for length, function, line in functions(path)]
    found.sort(key=lambda entry: (-entry[0], entry[1], entry[3]))
    for length, path, function, line in found[:10]:
        print(f"{length:5} {path}:{line}: {function}")

    bad = 0
    longer = {f"{path}:{function}" for length, path, function, _ in found if length > LIMIT}
    for length, path, function, line in found:
        key = f"{path}:{function}"
        if path.startswith("src") and length > LIMIT and key not in EXCEPTIONS:
            print(f"{path}:{line}: {function} has {length} lines, more than {LIMIT}")
            bad += 1
    for key in sorted(set(EXCEPTIONS) - longer):
        print(f"longest.py: the exception for {key} is no longer needed")
        bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
