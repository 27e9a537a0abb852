#!/usr/bin/env python3
"""`vitrine lc3` from outside: exit codes, messages, input, assertions, traces, grading, the terminal."""
import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import termios
import time

VITRINE = os.path.abspath(os.environ.get("VITRINE", "build/vitrine"))
SECONDS = 60  # that no run here needs by far

ECHO = ".ORIG x3000\nL GETC\nOUT\nADD R1,R0,#-10\nBRnp L\nHALT\n.END\n"
SUM = ".ORIG x3000\nLD R0,A\nLD R1,B\nADD R0,R0,R1\nST R0,C\nHALT\nA .FILL 5\nB .FILL 13\nC .BLKW 1\n.END\n"
LOOP = ".ORIG x3000\nL ADD R0,R0,#1\nBRnzp L\n.END\n"


def run(source, *words, stdin=b""):
    """Runs a source; returns exit code, standard output, standard error."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "p.asm")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        done = subprocess.run([VITRINE, "lc3", path, *words], input=stdin, capture_output=True,
                              timeout=SECONDS, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def with_file(text, use):
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        return use(file.name)


def a_program_that_halts_ends_with_0():
    assert run(ECHO, stdin=b"hi\n") == (0, "hi\n", "")


def errors_in_the_source_end_with_1():
    code, out, err = run(".ORIG x3000\nADD R0,R0,#16\nHALT\n.END\n")
    assert code == 1 and out == "" and "^" in err and "E" in err, err


def a_fault_ends_with_2_and_one_line():
    code, _, err = run(".ORIG x3000\n.FILL xD000\n.END\n", "-w")
    assert code == 2, code
    assert err == "vitrine: x3000: xD000 is no instruction: the opcode 1101 is reserved\n", err
    assert run(".ORIG x3000\n.FILL xD000\n.END\n", "-w", "--real-os")[0] == 2


def waiting_for_ever_ends():
    assert run(ECHO, stdin=b"a")[0] == 3
    assert run(".ORIG x3000\nL BR L\n.END\n")[0] == 2


def the_limit_ends_with_3():
    code, _, err = run(LOOP, "--max-instructions", "10k", "--stats")
    assert code == 3 and "instructions   10000\n" in err, (code, err)


def assertions_end_with_4_and_say_what_is():
    assert run(SUM, "--assert", "R0=18,C=#18,x3007=x12,[C]=18") == (0, "", "")
    code, _, err = run(SUM, "--assert", "R0=18,R1=-2")
    assert code == 4 and err == "vitrine: --assert R1=-2: it is 13 (xD)\n", err
    assert run(SUM, "--assert", "R0")[0] == 1
    assert run(SUM, "--assert", "NOBODY=1")[0] == 1


def until_stops_before_an_address_or_label():
    assert run(SUM, "--until", "x3003", "--assert", "PC=x3003,C=0")[0] == 0
    assert run(LOOP, "--until", "L", "--assert", "R0=1")[0] == 0
    assert run(LOOP, "--until", "NOBODY")[0] == 1


def input_may_come_from_a_file():
    with tempfile.NamedTemporaryFile("wb") as file:
        file.write(b"from a file\r\n")
        file.flush()
        assert run(ECHO, "--input", file.name, stdin=b"no") == (0, "from a file\n", "")
    assert run(ECHO, "--input", "/nowhere/at/all")[0] == 1


def the_same_run_has_the_same_digest_and_another_seed_another():
    first = run(SUM, "--digest", "--random-memory", "--seed", "1")
    assert first == run(SUM, "--digest", "--random-memory", "--seed", "1")
    assert first != run(SUM, "--digest", "--random-memory", "--seed", "2")


def the_edition_is_chosen_or_suggested():
    own = (".ORIG x30\n.FILL MINE\n.END\n.ORIG x3000\nTRAP x30\nHALT\nMINE ADD R3,R7,#0\n"
           "RET\n.END\n")
    code, _, err = run(own, "--assert", "R3=x3001")
    assert code == 0 and "2nd edition" in err and "RET" in err, err
    assert run(own, "--edition", "3", "-w", "--max-instructions", "100")[0] != 0
    assert run(SUM, "--edition", "4")[0] == 1


def a_trace_has_a_line_for_each_step():
    _, out, _ = run(SUM, "--trace", "text")
    lines = out.splitlines()
    assert len(lines) == 5 and "R0 x0005->x0012" in lines[2], out
    _, out, _ = run(SUM, "--trace", "json")
    steps = [json.loads(line) for line in out.splitlines()]
    assert [step["step"] for step in steps] == [0, 1, 2, 3, 4]
    stored = steps[3]["effects"][0]
    assert stored["place"]["kind"] == "memory" and stored["place"]["index"] == 0x3007, stored
    assert (stored["old"], stored["new"]) == (0, 18), stored
    assert stored["sources"][0]["place"]["name"] == "R0", stored
    assert len(steps[0]["micros"]) == 7, steps[0]
    _, out, _ = run(SUM, "--trace", "text", "--until", "x3002")
    assert len(out.splitlines()) == 2, out


def a_trace_names_keys_and_the_display():
    _, out, _ = run(ECHO, "--trace", "json", stdin=b"\n")
    effects = [effect for line in out.splitlines() for effect in json.loads(line)["effects"]]
    assert any(e["sources"] and e["sources"][0]["place"]["kind"] == "input" for e in effects)
    assert any(e["place"]["kind"] == "output" and e["new"] == 10 for e in effects)


def a_grade_file_scores():
    tests = ('[[test]]\nname = "right"\nmemory = { C = 18 }\npoints = 3\n'
             '[[test]]\nname = "wrong"\nset_memory = { A = 1 }\nmemory = { C = 18 }\n')
    code, out, _ = with_file(tests, lambda name: run(SUM, "--grade", name))
    assert code == 4 and out.endswith("1 passed, 1 failed: 3 of 4 points\n"), out
    assert "C is 14 (xE), wanted 18" in out, out
    code, out, _ = with_file(tests, lambda name: run(SUM, "--grade", name, "--json"))
    score = json.loads(out)
    assert code == 4 and score["points"] == 3 and score["of"] == 4, score
    assert [test["passed"] for test in score["tests"]] == [True, False], score


def a_grade_file_that_makes_no_sense_is_told_with_its_line():
    for text, line in (("[[test]]\nnme = \"x\"\n", 2), ("x\n", 1), ("[[test]]\nname = \"x\n", 2),
                       ("[test\n", 1), ("[[exam]]\n", 1), ("[[test]]\npoints = -1\n", 2),
                       ("[[test]]\npoints = 1 2\n", 2), ("[[test]]\nname='x'\nname='y'\n", 3),
                       ("[[test]]\nmemory = {x1=1}\nmemory = {x2=1}\n", 3),
                       ("[[test]]\noutput_matches = '(['\n", 2)):
        code, _, err = with_file(text, lambda name: run(SUM, "--grade", name))
        assert code == 1 and f":{line}: " in err and err.count("\n") == 1, (text, err)
    _, _, err = with_file("[[test]]\noutptu = 'x'\n", lambda name: run(SUM, "--grade", name))
    assert "did you mean output?" in err, err
    assert with_file("# nothing\n", lambda name: run(SUM, "--grade", name))[0] == 1


def bad_usage_is_one_line():
    for words, why in ((["--edtion", "3"], "did you mean --edition?"), (["--stat"], "did you mean --stats?"), (["--trace"], "missing"),
                       (["--latency", "x"], "random:N"), (["second.asm"], "one program"),
                       (["--uninit", "maybe"], "off, warn or stop")):
        code, _, err = run(SUM, *words)
        assert code == 1 and why in err and err.count("\n") == 1, err
    done = subprocess.run([VITRINE, "lc3"], capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1, done


def another_operating_system_is_taken():
    system = (".ORIG x25\n.FILL H\n.END\n.ORIG x200\nH LD R0,B\nSTI R0,D\nLD R1,M\nAND R2,R2,#0\n"
              "STI R2,M\nB .FILL x42\nD .FILL xFE06\nM .FILL xFFFE\n.END\n")
    with tempfile.NamedTemporaryFile("w", suffix=".asm") as file:
        file.write(system)
        file.flush()
        code, out, err = run(SUM, "--os", file.name, "--real-os", "-w")
        assert (code, out) == (0, "B"), (code, out, err)


def output_that_cannot_be_written_ends_with_1():
    with tempfile.NamedTemporaryFile("w", suffix=".asm") as file, open("/dev/full", "wb") as full:
        file.write(ECHO)
        file.flush()
        done = subprocess.run([VITRINE, "lc3", file.name], input=b"x\n", stdout=full,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        assert done.returncode == 1 and b"No space left" in done.stderr, done


class Terminal:
    """The program on a pseudo terminal."""

    def __init__(self, source):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".asm")
        self.file.write(source)
        self.file.flush()
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen([VITRINE, "lc3", self.file.name], stdin=slave,
                                        stdout=slave, stderr=slave)
        self.seen = b""

    def expect(self, text):
        end = time.monotonic() + SECONDS
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 4096)

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        code = self.process.wait(SECONDS)
        after = termios.tcgetattr(self.slave)
        assert after[3] == self.before[3], "the terminal is not as it was"
        return code


def keys_of_a_terminal_come_one_by_one_and_enter_is_a_newline():
    terminal = Terminal(".ORIG x3000\nLEA R0,T\nPUTS\nL GETC\nOUT\nADD R1,R0,#-10\nBRnp L\n"
                        "HALT\nT .STRINGZ \"? \"\n.END\n")
    terminal.expect(b"? ")
    terminal.type(b"a")
    terminal.expect(b"? a")
    terminal.type(b"\r")
    assert terminal.end() == 0


def control_c_ends_even_an_endless_loop():
    terminal = Terminal(LOOP.replace(".ORIG x3000\n", ".ORIG x3000\nLD R0,S\nOUT\n").replace(
        ".END", "S .FILL x21\n.END"))
    terminal.expect(b"!")
    terminal.type(b"\x03")
    assert terminal.end() == 130


TESTS = [value for name, value in list(globals().items())
         if callable(value) and value.__module__ == __name__ and value.__doc__ is None
         and name not in ("with_file", "Terminal")]


def main():
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # each test tells for itself
            print(f"not ok {number} - {test.__name__}\n# {type(error).__name__}: {error}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
