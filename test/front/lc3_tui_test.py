#!/usr/bin/env python3
"""`vitrine lc3 --tui` on a pseudo terminal: what its screen shows after keys, in 80 x 24 and wider."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

VITRINE = os.path.abspath(os.environ.get("VITRINE", "build/vitrine"))
SECONDS = 60  # that nothing here needs by far


class Screen:
    """The program on a terminal that understands what it sends: positions, colours, text."""

    def __init__(self, program, rows=24, columns=80, words=()):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.rest = ""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen([VITRINE, "lc3", "--tui", *words, program], stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True)

    def take(self, text):
        text = self.rest + text
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                match = re.match(r"\x1b\[([?0-9;]*)([A-Za-z])", text[at:])
                if not match:
                    break
                at += match.end()
                if match.group(2) == "H":
                    row, _, column = match.group(1).partition(";")
                    self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
                elif match.group(2) == "J":
                    self.cells = [[" "] * self.columns for _ in range(self.rows)]
                continue
            if text[at] >= " ":
                assert self.row < self.rows and self.column < self.columns, "outside of the screen"
                self.cells[self.row][self.column] = text[at]
                self.column += 1
            at += 1
        self.rest = text[at:]

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def until(self, *wanted):
        """Waits until the screen shows all of these."""
        end = time.monotonic() + SECONDS
        while not all(text in self.text() for text in wanted):
            assert time.monotonic() < end, f"{wanted} in\n{self.text()}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.take(os.read(self.master, 65536).decode())
        return self.text()

    def keys(self, text, *wanted):
        os.write(self.master, text.encode())
        return self.until(*wanted)

    def end(self):
        os.write(self.master, b"q")
        code = self.process.wait(SECONDS)
        assert termios.tcgetattr(self.slave)[3] == self.before[3], "the terminal is not as it was"
        assert code == 0, code

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def example(name):
    return f"examples/lc3/{name}.asm"


def with_screen(name, use, **options):
    screen = Screen(example(name), **options)
    try:
        screen.until("s/b step")
        use(screen)
    finally:
        screen.close()


def the_start_shows_source_word_bits_and_what_comes():
    def use(screen):
        text = screen.until("step 0 of 0", "next: R0 = x3003")
        assert "=>x3000 E002 1110000000000010 LEA R0, HELLO" in text, text
        assert "N=0 Z=1 P=0" in text and "user=1" in text and "PC    x3000" in text, text
        assert max(len(line) for line in text.split("\n")) <= 80
        screen.end()
    with_screen("hello", use)


def steps_go_both_ways_and_show_old_and_new():
    def use(screen):
        screen.keys("s", "step 1 of 1", "=>x3001", "R0    x3003", "was 0", "R0 = x3003")
        screen.keys("o", "=>x3002", "Hello, world!")
        text = screen.keys("O", "=>x3001", "(in the past)")
        assert not any(line[53:].startswith("Hello") for line in text.split("\n")), text
        screen.keys("b", "step 0 of", "=>x3000")
        screen.keys("r", "The program has ended.", "Hello, world!")
        screen.keys("x", "step 0 of")
        screen.end()
    with_screen("hello", use)


def arrows_move_and_step():
    def use(screen):
        screen.keys("\x1b[C", "=>x3001")
        screen.keys("\x1b[D", "=>x3000")
        screen.keys("\x1b[B", " >x3001")
        screen.keys("\x1b[A\x1b[A", " >x2FFF")
        screen.end()
    with_screen("hello", use)


def micro_steps_name_the_states_of_the_book():
    def use(screen):
        screen.keys("S", "fetch  18: MAR <- PC", "PC -> bus: x3000", "bus -> MAR: x3000")
        screen.keys("SSSS", "address  2: MAR <- PC + offset9")
        screen.keys("B", "decode  32: BEN")
        screen.keys("SSSS", "step 1 of 1")
        screen.end()
    with_screen("multiplication", use)


def a_key_is_a_state_in_both_directions():
    # [P&P] figure C.2: LD, LD, BRzp that is taken.
    states = ["18", "33", "35", "32", "2", "25", "27"] * 2 + ["18", "33", "35", "32", "0", "22"]
    moments = [(step, n, count) for step, count in enumerate((7, 7, 6)) for n in range(count)]

    def use(screen):
        def see(key, at):
            step, n, count = moments[at]
            screen.keys(key, f"step {step} of", f" {states[at]}: ", f" {n + 1} of {count}")
        for at in range(len(moments)):
            see("S", at)
        for at in reversed(range(len(moments) - 1)):
            see("B", at)
        screen.end()
    with_screen("multiplication", use)


def the_data_path_shows_what_its_wires_carry():
    def use(screen):
        text = screen.keys("d", "S goes on by one state")
        assert "┌PC──" in text and "R0 x0000 R1 x0000 R2 x0000" in text and "━" not in text, text
        assert max(len(line) for line in text.split("\n")) <= 80
        screen.keys("S", "│━━━━━━━━━x3000━━━━━━━━▶│", "◀x3000━│", "└──x3000──┘", "LD R1, A")
        screen.keys("SSSS", "━x300F━")  # state 2: the address, from the adder to the bus
        screen.keys("SS", "│━x0006▶│R0", "R1 = mem[x300F] = 6")
        screen.keys("B", "25: MDR", "━x0006▶┌MDR")
        text = screen.keys("d", "-- memory --", "25: MDR")
        screen.keys("d", "┌MDR")
        screen.keys("\x1b", "-- memory --")
        screen.end()
    with_screen("multiplication", use)


def breakpoints_hold_in_both_directions_and_may_have_a_condition():
    def use(screen):
        screen.keys("gLOOP\r", " >x3009")
        screen.keys("PR2 == " + "0" * 100 + "3\r", "A condition has at most 95 characters.")
        screen.keys("PR2 == 3\r", "Number 0: stop at x3009 if R2 == 3.")
        screen.keys("r", "Breakpoint 0.", "R2    x0003", "R0    x0018")
        screen.keys("r", "The program has ended.")
        screen.keys("R", "Breakpoint 0.", "R2    x0003")
        screen.keys("R", "step 0 of")
        screen.end()
    with_screen("multiplication", use)


def a_watchpoint_stops_behind_the_write():
    def use(screen):
        screen.keys("wPRODUCT\r", "Number 0: stop when PRODUCT changes.")
        screen.keys("r", "Breakpoint 0.", "=>x300E", "mem[x3011] = R0 = 42")
        screen.end()
    with_screen("multiplication", use)


def a_word_can_be_watched_for_reads_both_ways():
    def use(screen):
        screen.keys("wread B\r", "Number 0: stop when B is read.")
        screen.keys("r", "Breakpoint 0.", "step 2 of 2", "R2 = mem[x3010] = 7")
        screen.keys("r", "The program has ended.")
        screen.keys("R", "Breakpoint 0.", "step 1 of")
        screen.keys("wread B\r", "No longer: stop when B is read.")
        screen.end()
    with_screen("multiplication", use)


def keys_go_to_the_program_and_wait_in_sight():
    def use(screen):
        screen.keys("r", "The program waits for a key")
        screen.keys("iab\x1b", "keys: ab")
        screen.keys("r", "A line: ab")
        screen.keys("i\r\x1b", "keys: $")
        screen.keys("r", "The program has ended.", "ba")
        screen.end()
    with_screen("reverse", use)


def a_word_can_be_set_as_an_instruction_or_a_number():
    def use(screen):
        screen.keys("ex3008 = ADD R0,R0,#1\r", "Set.")
        screen.keys("gx3008\r", " >x3008 1021", "ADD R0, R0, #1")
        screen.keys("eLOOP = BRz DONE\r", "Set.")
        screen.keys("eB=#-2\r", "Set.")
        screen.keys("eR3=b101\r", "R3    x0005")
        screen.keys("exyz=1\r", "no register, flag or label")
        screen.end()
    with_screen("multiplication", use)


def a_change_in_the_past_keeps_the_course_that_was():
    def use(screen):
        screen.keys("r", "The program has ended.", "R0    x002A")
        screen.keys("b", "(in the past)")
        screen.keys("eR0=99\r", "The course that was is kept", "R0    x0063")
        screen.keys("v", "course 1, left at step", "course 2, the present one")
        screen.keys("1", "R0    x002A")
        screen.end()
    with_screen("multiplication", use)


def why_leads_to_the_origin_and_calls_can_be_gone_back_to():
    def use(screen):
        screen.keys("gONE\rp", "Number 0")
        screen.keys("r", "Breakpoint 0.")
        text = screen.keys("c", "open calls", "7  x3005 FACT by call at x3002")
        assert text.count("FACT by call at x300B") == 6, text
        screen.keys("1", "(in the past)", "=>x300B")
        screen.keys("x?R6\r", "why", "R6 = 0  from the beginning")
        screen.end()
    with_screen("recursion", use)


def a_larger_terminal_shows_every_word_s_bits_and_the_saved_stack_pointers():
    def use(screen):
        text = screen.until("USP   x0000", "SSP   x3000")
        assert "x3001 F022 1111000000100010 PUTS" in text, text
        screen.end()
    with_screen("hello", use, rows=40, columns=120)


def search_finds_source_and_instructions():
    def use(screen):
        screen.keys("/seven of\r", "is nowhere in the program")
        screen.keys("/DONE    ST\r", " >x300D")
        screen.end()
    with_screen("multiplication", use)


def without_a_terminal_it_says_so():
    done = subprocess.run([VITRINE, "lc3", "--tui", example("hello")], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 1 and b"needs a terminal" in done.stderr, done


TESTS = [
    the_start_shows_source_word_bits_and_what_comes, steps_go_both_ways_and_show_old_and_new,
    arrows_move_and_step, micro_steps_name_the_states_of_the_book,
    a_key_is_a_state_in_both_directions, the_data_path_shows_what_its_wires_carry,
    breakpoints_hold_in_both_directions_and_may_have_a_condition,
    a_watchpoint_stops_behind_the_write, a_word_can_be_watched_for_reads_both_ways,
    keys_go_to_the_program_and_wait_in_sight,
    a_word_can_be_set_as_an_instruction_or_a_number,
    a_change_in_the_past_keeps_the_course_that_was,
    why_leads_to_the_origin_and_calls_can_be_gone_back_to,
    a_larger_terminal_shows_every_word_s_bits_and_the_saved_stack_pointers,
    search_finds_source_and_instructions, without_a_terminal_it_says_so,
]


def main():
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # each test tells for itself
            text = str(error).replace("\n", "\n# ")
            print(f"not ok {number} - {test.__name__}\n# {type(error).__name__}: {text}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
