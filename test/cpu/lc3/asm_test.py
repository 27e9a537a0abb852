#!/usr/bin/env python3
"""Sources of test/cpu/lc3/asm/, each with what the assembler has to say about it.

The expectations are comments of the source itself:

    ; options: -Wportable
    ; expect 6:14 error E004: #31 does not fit ADD's imm5 of 5 bits, which goes from -16 to 15
    ;   hint: put it into memory, N .FILL #31, load it with LD R1, N, and use R1

All diagnostics must be there, with these texts, and no others. A source without errors must also come back
word for word from each kind of file. `test/cpu/lc3/asm_test.py --accept` rewrites the expectations: read
the difference before you commit it.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

VITRINE = os.environ.get("VITRINE", os.path.join(os.environ.get("BUILD", "build"), "vitrine"))
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "asm")


def assemble(*words):
    return subprocess.run([VITRINE, "lc3", "asm", *words], capture_output=True, timeout=60, check=False)


def options_of(text):
    match = re.search(r"^; options: (.*)$", text, re.M)
    return match.group(1).split() if match else []


def said(path, text):
    """What the assembler says, as lines of expectations; and whether there is a program."""
    done = assemble("--json", *options_of(text), path)
    answer = json.loads(done.stdout)
    lines = []
    for d in answer["diagnostics"]:
        lines.append(f"; expect {d['line']}:{d['column']} {d['severity']} {d['code']}: {d['message']}")
        if "other" in d:
            o = d["other"]
            lines.append(f";   {o['line']}:{o['column']} {o['message']}")
        if d["hint"]:
            lines.append(";   hint: " + d["hint"].replace("\n", " | "))
    assert done.returncode == (0 if answer["ok"] else 1), done
    assert answer["ok"] == (answer["errors"] == 0)
    return lines, answer["ok"]


def expected(text):
    at = text.find("\n; expect ")
    return text[at + 1:].splitlines() if at >= 0 else []


def words_of(path):
    """Every word with its address, from the disassembly's comments and the listing."""
    listing = assemble("--check", "-w", "--listing", "-", path)
    assert listing.returncode == 0, listing
    return re.findall(r"^x([0-9A-F]{4})  ([0-9A-F]{4})", listing.stdout.decode(), re.M)


def check_round_trips(path, folder):
    words = words_of(path)
    assert words
    segments = 1 + sum(int(b[0], 16) != int(a[0], 16) + 1 for a, b in zip(words, words[1:]))
    for kind, ending in (("lc3tools", "obj"), ("asm", "asm"), ("classic", "obj"), ("hex", "hex"),
                         ("bin", "bin")):
        out = os.path.join(folder, "out." + ending)
        done = assemble("-w", "-f", kind, "-o", out, path)
        if kind in ("lc3tools", "asm") or segments == 1:
            assert done.returncode == 0, done
            assert words_of(out) == words, kind
        else:
            assert done.returncode == 1 and b"lc3tools" in done.stderr, done


def check(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    got, is_good = said(path, text)
    for want, have in zip(expected(text) + ["nothing"] * len(got), got + ["nothing"]):
        assert want == have, f"{want!r} was expected, and this came: {have!r}"
    assert len(expected(text)) == len(got), f"missing: {expected(text)[len(got)]}"
    if is_good:
        with tempfile.TemporaryDirectory() as folder:
            check_round_trips(path, folder)


def accept(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    at = text.find("\n; expect ")
    source = text[:at + 1].rstrip("\n") + "\n" if at >= 0 else text
    got, _ = said(path, text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(source + ("\n" + "\n".join(got) + "\n" if got else ""))


def main():
    paths = [os.path.join(FOLDER, name) for name in sorted(os.listdir(FOLDER)) if name.endswith(".asm")]
    if "--accept" in sys.argv:
        for path in paths:
            accept(path)
        return 0
    failed = 0
    print(f"1..{len(paths)}")
    for number, path in enumerate(paths, 1):
        try:
            check(path)
            print(f"ok {number} - {os.path.basename(path)}")
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} - {os.path.basename(path)}\n# {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
