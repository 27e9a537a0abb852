#!/usr/bin/env python3
"""`vitrine toy` from outside: lessons, errors, traces, assertions, grading, the TUI."""
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import time
import zlib

BUILD = os.environ.get("BUILD", "build")
VITRINE = os.path.abspath(os.environ.get("VITRINE", os.path.join(BUILD, "vitrine")))
EXAMPLES = os.path.abspath("examples/toy")
SECONDS = 60  # that no run here needs by far


def run(*words, stdin=b""):
    done = subprocess.run([VITRINE, "toy", *map(str, words)], input=stdin, capture_output=True,
                          timeout=SECONDS)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def example(name):
    return os.path.join(EXAMPLES, name)


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def check(is_, wanted):
    assert is_ == wanted, f"is {is_!r}, wanted {wanted!r}"


def the_first_lesson_prints_two_registers():
    check(run(example("first.toy")), (0, "AX: 18\nBX: 10\n", ""))
    check(run(example("first.json")), (0, "AX: 18\nBX: 10\n", ""))


def png_pixels(name):
    """Rows of (red, green, blue) of an 8-bit RGB picture without interlace."""
    with open(name, "rb") as file:
        data = file.read()
    width, height = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, rows, before = zlib.decompress(packed), [], bytes(3 * width)
    for y in range(height):
        kind, line = raw[y * (3 * width + 1)], bytearray(raw[y * (3 * width + 1) + 1:][:3 * width])
        assert kind in (0, 2), kind
        if kind == 2:
            line = bytearray((a + b) & 255 for a, b in zip(line, before))
        before = bytes(line)
        rows.append([tuple(line[3 * x:3 * x + 3]) for x in range(width)])
    return rows


def the_second_lesson_draws_a_red_dot():
    code, _, _ = run(example("dot.toy"), "--screenshot", "dot.png")
    check(code, 0)
    rows = png_pixels("dot.png")
    check((len(rows), len(rows[0])), (24, 32))
    check([(x, y) for y, row in enumerate(rows) for x, p in enumerate(row) if p != (0, 0, 0)],
          [(16, 12)])
    check(rows[12][16], (0xAA, 0, 0))


def the_third_lesson_counts_down():
    code, out, _ = run(example("loop.toy"))
    check((code, out), (0, "".join(f"{n}\n" for n in range(10, 0, -1)) + "CX: 0\n"))


def keys_come_from_a_file_or_from_standard_input():
    write("keys", "abc.")
    check(run(example("echo.toy"), "--input", "keys")[1], "ABC\nAX: 46\n")
    check(run(example("echo.toy"), stdin=b"abc.")[1], "ABC\nAX: 46\n")
    code, _, err = run(example("echo.toy"), stdin=b"abc")
    check(code, 3)
    assert "waits for a key" in err, err


def a_mistake_is_shown_with_its_line_and_a_way_out():
    write("bad.toy", "MOV AX, 5\n  MVO BX, 3\n")
    code, out, err = run("bad.toy")
    check((code, out), (1, ""))
    check(err, "vitrine: bad.toy:2:3: 'MVO' is no instruction\n    MVO BX, 3\n    ^^^\n"
               "  did you mean MOV?\n")


def nonsense_on_the_command_line_is_refused():
    for words, part in [(["--frob"], "no such option"), ([], "which program"),
                        (["nowhere.toy"], "nowhere.toy"), ([example("first.toy"), "x"], "one program"),
                        ([example("first.toy"), "--trace", "xml"], "text or json"),
                        ([example("first.toy"), "--max-instructions", "x"], "count"),
                        ([example("first.toy"), "--until", "nowhere"], "nowhere"),
                        ([example("first.toy"), "--assert", "AX"], "NAME=VALUE"),
                        ([example("first.toy"), "--input"], "missing")]:
        code, out, err = run(*words)
        assert code == 1 and part in err and err.count("\n") == 1, (words, code, out, err)


def a_screenshot_that_cannot_be_written_ends_with_1():
    code, _, err = run("--screenshot", "/nonexistent/x.png", example("dot.toy"))
    check(code, 1)
    assert "/nonexistent/x.png: No such file" in err, err


def a_fault_says_what_and_ends_with_2():
    write("fault.toy", "MOV AX, 40\nPIXEL AX, 1\n")
    code, _, err = run("fault.toy")
    check(code, 2)
    assert "the point is outside the screen" in err, err


def limits_and_assertions_have_their_exit_codes():
    write("ever.toy", "again: JMP again\n")
    check(run("ever.toy", "--max-instructions", "1000")[0], 3)
    check(run(example("first.toy"), "--assert", "AX=18,BX=10")[0], 0)
    code, _, err = run(example("first.toy"), "--assert", "AX=18,BX=11")
    check((code, err), (4, "vitrine: --assert BX=11: it is 10 (xA)\n"))
    check(run(example("loop.toy"), "--until", "again", "--assert", "CX=10,[0]=0x1C0")[0], 0)


def a_trace_tells_every_change():
    code, out, _ = run(example("first.toy"), "--trace", "json")
    check(code, 0)
    steps = [json.loads(line) for line in out.splitlines()]
    check(len(steps), 5)
    check(steps[3]["instruction"]["text"], "ADD AX, BX")
    effect = steps[3]["effects"][0]
    check((effect["place"]["name"], effect["old"], effect["new"]), ("AX", 8, 18))
    check([source["value"] for source in effect["sources"]], [8, 10])
    code, out, _ = run(example("first.toy"), "--trace", "text")
    assert "ADD AX, BX" in out and "AX x0008->x0012" in out, out


def the_same_run_has_the_same_digest():
    runs = [run(example("stripes.toy"), "--digest")[1].splitlines()[-1] for _ in range(2)]
    check(runs[0], runs[1])


def every_example_passes_its_tests():
    for name in sorted(os.listdir(EXAMPLES)):
        if name.endswith(".toml"):
            code, out, err = run("--grade", example(name))
            assert code == 0, (name, out, err)


def failures_are_graded_with_the_reason():
    write("t.toml", 'program = "p.toy"\n[[test]]\nname = "five"\nregisters = { AX = 5 }\npoints = 3\n'
                    '[[test]]\noutput = "x"\n[[test]]\nset_registers = { BX = 7 }\nmemory = { [2] = 0 }\n')
    write("p.toy", "MOV AX, 6\nHALT\n")
    code, out, _ = run("--grade", "t.toml")
    check(code, 4)
    check(out.splitlines()[0], "FAIL  five: AX is 6 (x6), wanted 5")
    check(out.splitlines()[-1], "1 passed, 2 failed: 1 of 5 points")
    result = json.loads(run("--grade", "t.toml", "--json")[1])
    check([t["passed"] for t in result["tests"]], [False, False, True])
    write("t.toml", "[[test]]\nname = 5 6\n")
    code, _, err = run("--grade", "t.toml", "p.toy")
    check((code, err), (1, "vitrine: t.toml:2: something follows the value\n"))


class Screen:
    """The TUI on a pseudo terminal of 80 x 24."""

    def __init__(self, *words):
        self.master, slave = pty.openpty()
        import fcntl
        import termios
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen([VITRINE, "toy", "--tui", *words], stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)

    def read_until(self, text):
        seen, end = b"", time.monotonic() + SECONDS
        while text not in seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, seen
            seen += os.read(self.master, 65536)
        return seen

    def send(self, data):
        os.write(self.master, data)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def the_tui_steps_forwards_and_backwards():
    screen = Screen(example("first.toy"))
    try:
        screen.read_until(b"s/b step")
        screen.send(b"s")
        screen.read_until(b"AX becomes 5")
        screen.send(b"r")
        screen.read_until(b"has ended")
        screen.send(b"b")
        screen.read_until(b"past)")
        screen.send(b"?AX\r")
        screen.read_until(b"step 3")
        screen.send(b"q")
        check(screen.process.wait(SECONDS), 0)
    finally:
        screen.close()


TESTS = [
    the_first_lesson_prints_two_registers, the_second_lesson_draws_a_red_dot,
    the_third_lesson_counts_down, keys_come_from_a_file_or_from_standard_input,
    a_mistake_is_shown_with_its_line_and_a_way_out, nonsense_on_the_command_line_is_refused,
    a_screenshot_that_cannot_be_written_ends_with_1, a_fault_says_what_and_ends_with_2,
    limits_and_assertions_have_their_exit_codes,
    a_trace_tells_every_change, the_same_run_has_the_same_digest, every_example_passes_its_tests,
    failures_are_graded_with_the_reason, the_tui_steps_forwards_and_backwards,
]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}")
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"not ok {number} - {test.__name__}")
            for line in str(error).splitlines():
                print("# " + line)
    return 1 if failed else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        code = main()
        os.chdir("/")
    sys.exit(code)
