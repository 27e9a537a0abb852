#!/usr/bin/env python3
"""Checks that the interpreter's hot handlers go on by jumps, in a built library.

    tools/tail_calls.py LIBRARY...

A hot handler (dispatch.h of x86 and lc3) ends in a call of the next one's, which the compiler must turn
into a jump: otherwise the host's stack grows with every instruction of the guest. Reads the
disassembly of the objects below and prints every call through a register or memory in them; exit
code 1 if there is any, if a hot object is missing, or if an object has no jump of that kind at all
(then the library was built to return from each handler, and there was nothing to check).
"""
import re
import subprocess
import sys

# Object -> which of its functions are hot. A static one is its caller's part; a `slow_` half returns.
ANY = re.compile(r"(?!slow_)")
OP = re.compile(r"op_")
HOT = {
    "op_arith.o": OP, "op_move.o": OP, "op_shift.o": OP, "op_muldiv.o": OP, "op_bit.o": OP,
    "op_branch.o": OP, "op_fused.o": ANY, "block.o": re.compile(r"(x86_jump_find|op_block_end)\b"),
    "exec.o": re.compile(r"(journaled|plain)_"),
}

MEMBER = re.compile(r"^(\S+\.o):\s+file format (\S+)")
FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:")
INDIRECT = re.compile(r"\t(?:notrack |bnd )?(call|jmp)[a-z]*\s+\*")  # AT&T syntax


def transfers(library):
    """Yields (object, function, "call" or "jmp", line) of each indirect transfer in a library."""
    answer = subprocess.run(["objdump", "-d", "--no-show-raw-insn", library], check=True,
                            stdout=subprocess.PIPE, text=True)
    member = function = None
    for line in answer.stdout.splitlines():
        if match := MEMBER.match(line):
            member = match.group(1)
            if "x86-64" not in match.group(2):
                print(f"tail_calls: not checked, {member} is {match.group(2)}")
                sys.exit(0)
        elif match := FUNCTION.match(line):
            function = match.group(1)
        elif match := INDIRECT.search(line):
            yield member, function, match.group(1), line.strip()


def check(library):
    breaches, functions, jumping = [], set(), set()
    for member, function, kind, line in transfers(library):
        if member not in HOT or not HOT[member].match(function):
            continue
        functions.add(function)
        if kind == "call":
            breaches.append(f"{library}[{member}] {function}: {line}")
        else:
            jumping.add(member)
    breaches += [f"{library}[{member}]: no handler goes on by a jump"
                 for member in HOT if member not in jumping]
    print("\n".join(breaches) if breaches else
          f"tail_calls: {len(functions)} hot handlers of {library} go on by jumps")
    return bool(breaches)


if __name__ == "__main__":
    sys.exit(1 if [library for library in sys.argv[1:] if check(library)] else 0)
