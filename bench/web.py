#!/usr/bin/env python3
"""The LC-3 with history as WebAssembly (node) against the native program: the same program to the same instruction,
in turn, the best time of each. Half of the native speed is wanted. See bench/README.md."""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "bench", "web", "sum.asm")
INSTRUCTIONS, ROUNDS = 300_000_000, 5


def run(command):
    """(seconds, digest) of one run."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    seconds, digest = re.search(r"wall time\s+([\d.]+) s", text), re.search(r"digest \w+ at \d+", text)
    if not seconds or not digest:
        sys.exit(f"bench: {command[0]} failed: {text[-300:]}")
    return float(seconds.group(1)), digest.group(0)


def main():
    build = os.environ.get("BUILD", os.path.join(ROOT, "build"))
    package = os.path.join(build, "npm")
    if not shutil.which("node") or not os.path.exists(os.path.join(package, "package.json")):
        sys.exit("bench: no build/npm or no node: make web")
    commands = {
        "native": [os.path.join(build, "vitrine"), "lc3", "--stats", "--digest", "--max-instructions",
                   str(INSTRUCTIONS), PROGRAM],
        "web": ["node", os.path.join(ROOT, "bench", "web", "lc3.mjs"), package, PROGRAM, str(INSTRUCTIONS)],
    }
    best, digests = {}, set()
    for _ in range(ROUNDS):
        for name, command in commands.items():
            seconds, digest = run(command)
            best[name] = min(best.get(name, seconds), seconds)
            digests.add(digest)
    rates = {name: INSTRUCTIONS / seconds / 1e6 for name, seconds in best.items()}
    print(f"LC-3 with history: native {rates['native']:.0f} MIPS, WebAssembly {rates['web']:.0f} MIPS: "
          f"{rates['web'] / rates['native']:.2f} of native")
    sys.exit(0 if len(digests) == 1 else "bench: the digests differ: " + ", ".join(sorted(digests)))


if __name__ == "__main__":
    main()
