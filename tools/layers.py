#!/usr/bin/env python3
"""Holds the sources against the layer rules of ARCHITECTURE.md.

    tools/layers.py [LIBRARY]

Reads every #include, and, if a built libvitrine.a is given, its symbols: what it needs from outside,
and whether it has mutable global data. Prints each breach as FILE:LINE: text; exit code 1 if any.
"""
import os
import re
import subprocess
import sys

# Layer -> what it may include. `cpu` stands for the CPU's own folder only; `vitrine` is include/.
ALLOWED = {
    "base": {"base"},
    "core": {"base", "core", "vitrine"},
    "cpu": {"base", "core", "cpu", "vitrine"},
    "dev": {"base", "core", "dev", "vitrine"},
    "machine": {"base", "core", "cpu", "dev", "machine", "vitrine"},
    "api": {"base", "core", "cpu", "dev", "machine", "api", "vitrine"},
    "include": {"vitrine"},
    "host": {"host", "vitrine"},
    "front": {"front", "host", "vitrine"},
}

# No stdio, malloc, time, threads, errno or environment in src/: headers that only define things,
# and string.h for memcpy and friends (the symbols of the library show that it is only those).
LIBRARY_HEADERS = {"float.h", "inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h",
                   "stdint.h", "string.h"}

# What the library may need from outside, and patterns of the compilers' own run-time support.
ALLOWED_SYMBOLS = {"memcpy", "memset", "memmove", "memcmp", "vt_host_panic"}
COMPILER_SYMBOLS = re.compile(
    r"^(__u?(div|mod|divmod|mul|ashl|ashr|lshr)[sdt]i[34]|__(clz|ctz|popcount)[sdt]i2"
    r"|__stack_chk_fail(_local)?|__x86\.get_pc_thunk\.\w+|_GLOBAL_OFFSET_TABLE_)$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources():
    for top in ("src", "include", "host", "front"):
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".def", ".inc")):
                    yield os.path.join(folder, name)


def layer_of(path):
    parts = path.split(os.sep)
    return parts[1] if parts[0] == "src" else parts[0]


def resolve(path, included):
    """The file that an #include "..." names, by the rule 'written from src/'; None: not found."""
    tops = ["src", "include"] if path.startswith("src") else ["include", "."]
    for top in tops:
        candidate = os.path.normpath(os.path.join(top, included))
        if os.path.exists(candidate):
            return candidate
    return None


def check_include(path, included, is_system):
    """What is wrong with one #include, or None."""
    layer = layer_of(path)
    if is_system:
        if path.startswith("src") and included not in LIBRARY_HEADERS:
            return f"<{included}> is not for src/"
        return None
    target = resolve(path, included)
    if target is None:
        return f'"{included}" is not found from src/ or include/'
    to = "vitrine" if target.startswith("include") else layer_of(target)
    if layer not in ALLOWED:
        return f"src/{layer}/ is no layer"
    if to not in ALLOWED[layer]:
        return f"{layer} must not include {to} ({included})"
    if layer == "cpu" and to == "cpu" and path.split(os.sep)[2] != target.split(os.sep)[2]:
        return f"one CPU must not include another ({included})"
    return None


def check_includes():
    breaches = []
    for path in sources():
        own_header = os.path.splitext(path)[0] + ".h"
        first = None
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                is_system, included = match.group(1) == "<", match.group(2)
                first = first or included
                text = check_include(path, included, is_system)
                if text:
                    breaches.append(f"{path}:{number}: {text}")
        if path.endswith(".c") and os.path.exists(own_header):
            if not first or resolve(path, first) != own_header:
                breaches.append(f"{path}:1: its own header must be included first")
    return breaches


def nm(library, *options):
    answer = subprocess.run(["nm", *options, library], check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    return answer.stdout.splitlines()


def check_symbols(library):
    breaches = []
    defined = {line.split()[0] for line in nm(library, "-P", "--defined-only") if line.split()[1:]}
    for line in nm(library, "-u", "-P", "-A"):
        fields = line.split()
        name = fields[1]
        if (name not in defined and name not in ALLOWED_SYMBOLS and
                not COMPILER_SYMBOLS.match(name)):
            breaches.append(f"{fields[0]} needs {name}, which src/ must not use")
    # Section of each symbol: constants that hold pointers are in .data.rel.ro, which is read only.
    for line in nm(library, "-f", "sysv", "-A"):
        fields = [field.strip() for field in line.split("|")]
        section = fields[-1]
        is_object = len(fields) > 3 and fields[3] == "OBJECT"
        if is_object and (section == "*COM*" or (section.startswith((".data", ".bss", ".tdata",
                          ".tbss")) and not section.startswith(".data.rel.ro"))):
            breaches.append(f"{fields[0]} is a global that can change ({section})")
    return breaches


def main():
    breaches = check_includes()
    for library in sys.argv[1:]:
        breaches += check_symbols(library)
    for breach in breaches:
        print(breach)
    print(f"layers: {len(breaches)} breaches" if breaches else "layers: kept")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
