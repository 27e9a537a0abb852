#!/usr/bin/env python3
"""Checks what clang-format leaves alone: line ends, tabs, blanks at line ends, width, encoding.

Prints each breach as FILE:LINE: text; exit code 1 if any.
"""
import os
import sys

LIMIT = 100  # columns, in C
ROW_LIMIT = 140  # the same in the rows of tables, *.def
SKIPPED_FOLDERS = {".git", "build", "node_modules", "vectors", "__pycache__"}
C_NAMES = (".c", ".h", ".inc")
TEXT_NAMES = C_NAMES + (".def", ".py", ".sh", ".md", ".txt", ".S", ".asm", ".toml", ".json", ".js",
                        ".html", ".css", "Makefile", "LICENSE", ".clang-format", ".gitignore",
                        ".ci/run")


def files():
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ".")
            if path.endswith(TEXT_NAMES):
                yield path


def check_line(path, line):
    """Yields what is wrong with one line, without its newline."""
    if line.endswith("\r"):
        yield "carriage return"
    elif line.endswith((" ", "\t")):
        yield "blanks at the end of the line"
    if path.endswith(C_NAMES) or path.endswith(".def"):
        if "\t" in line:
            yield "tab"
    limit = LIMIT if path.endswith(C_NAMES) else ROW_LIMIT if path.endswith(".def") else None
    if limit and ".gen." not in path and len(line) > limit:
        yield f"{len(line)} columns, more than {limit}"


def check(path):
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return [f"{path}:1: not UTF-8"]
    breaches = []
    for number, line in enumerate(text.split("\n"), 1):
        breaches += [f"{path}:{number}: {what}" for what in check_line(path, line)]
    if text and not text.endswith("\n"):
        breaches.append(f"{path}: no newline at the end")
    if text.endswith("\n\n"):
        breaches.append(f"{path}: empty lines at the end")
    return breaches


def main():
    breaches = [breach for path in files() for breach in check(path)]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
