#!/usr/bin/env python3
"""The command `vitrine` from outside: usage and file errors, exit codes, output, scripts, terminal.

Guests here are ROMs of a few bytes, given with -bios: they need no firmware and end at once.
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import tty

BUILD = os.environ.get("BUILD", "build")
VITRINE = os.path.abspath(os.environ.get("VITRINE", os.path.join(BUILD, "vitrine")))
SECONDS = 60  # that no run here needs by far


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"code {self.code}, out {self.out!r}, err {self.err!r}"


def run(*words, stdin=b""):
    done = subprocess.run([VITRINE, *map(str, words)], input=stdin, capture_output=True,
                          timeout=SECONDS)
    return Result(done.returncode, done.stdout, done.stderr.decode())


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


# --- tiny guests: 16-bit code at F000:0000 of a 64 KiB ROM ---

def put(text):
    """Sends text over the first serial port, waiting for the transmitter."""
    code = b""
    for byte in text.encode("latin-1"):
        code += bytes([0xBA, 0xFD, 0x03,          # mov dx, 3FDh
                       0xEC, 0xA8, 0x20,          # in al, dx; test al, 20h
                       0x74, 0xFB,                # jz to the in
                       0xBA, 0xF8, 0x03,          # mov dx, 3F8h
                       0xB0, byte, 0xEE])         # mov al, byte; out dx, al
    return code


def out8(port, byte):
    return bytes([0xBA, port & 0xFF, port >> 8, 0xB0, byte, 0xEE])


HALT = bytes([0xFA, 0xF4, 0xEB, 0xFD])            # cli; hlt; jmp back
LOOP = bytes([0xEB, 0xFE])                        # jmp $
# mov cx, 0; loop $; then the 8042 pulses the reset line.
RESET = bytes([0xB9, 0, 0, 0xE2, 0xFE, 0xB0, 0xFE, 0xE6, 0x64]) + LOOP
# An empty interrupt table, and an interrupt: lidt cs:[FF00h]; int3. FF00h holds zeros.
TRIPLE_FAULT = bytes([0x2E, 0x0F, 0x01, 0x1E, 0x00, 0xFF, 0xCC])
# Echoes the serial port; `q` writes 5 to port F4h.
ECHO = bytes([0xBA, 0xFD, 0x03,                   # mov dx, 3FDh
              0xEC, 0xA8, 0x01, 0x74, 0xFB,       # wait for a byte
              0xBA, 0xF8, 0x03, 0xEC, 0xEE,       # mov dx, 3F8h; in al, dx; out dx, al
              0x3C, 0x71, 0x75, 0xEF,             # cmp al, 'q'; jne to the start
              0xB0, 0x05, 0xE6, 0xF4]) + LOOP     # mov al, 5; out F4h, al
EXIT_DEVICE = ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]


def guest(code):
    rom = bytearray(b"\x90" * 0x10000)
    rom[0:len(code)] = code
    rom[0xFF00:0xFF08] = bytes(8)
    rom[0xFFF0:0xFFF5] = bytes([0xEA, 0, 0, 0, 0xF0])  # jmp F000:0000
    name = "guest.rom"
    write(name, rom)
    return ["-bios", name, "-vga", "none", "-display", "none"]


def run_guest(code, *words, stdin=b""):
    limit = [] if any(w.startswith("--max-") for w in words) else ["--max-time", "5s"]
    return run("pc", *guest(code), *EXIT_DEVICE, *limit, *words, stdin=stdin)


def expect(condition, result):
    assert condition, repr(result)


def expect_error(result, *parts):
    """One clear line, nothing on standard output, exit code 1."""
    expect(result.code == 1 and result.out == b"", result)
    expect(result.err.startswith("vitrine: ") and result.err.count("\n") == 1, result)
    for part in parts:
        expect(part in result.err, result)


# --- usage ---

def version_and_help_go_to_standard_output():
    expect(run("--version").out.startswith(b"vitrine "), run("--version"))
    for words in (["--help"], ["help"], ["help", "pc"], ["pc", "--help"], ["help", "scripts"]):
        result = run(*words)
        expect(result.code == 0 and len(result.out) > 100 and not result.err, result)


def no_command_prints_usage_and_fails():
    result = run()
    expect(result.code == 1 and result.err.startswith("Usage:") and not result.out, result)


def help_that_cannot_be_written_fails():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([VITRINE, "--help"], stdout=full, stderr=subprocess.PIPE,
                              timeout=SECONDS, check=False)
    assert done.returncode == 1 and b"No space left" in done.stderr, done


def what_is_not_built_says_so():
    for words in (["pc", "-S"], ["pc", "-gdb", "tcp::1"],
                  ["pc", "-display", "sdl"], ["pc", "-nic", "user"]):
        expect_error(run(*words), "not built yet")


def misspelt_options_are_guessed():
    expect_error(run("pc", "--expct", "x"), "did you mean --expect?")
    expect_error(run("pc", "-kernal", "x"), "did you mean -kernel?")
    expect_error(run("pc", "-accel", "kvm"), "QEMU")
    expect_error(run("ps"), "did you mean pc?")
    expect_error(run("pc", "-m"), "value is missing")


def nonsense_values_are_refused():
    for words in (["-m", "0"], ["-m", "9G"], ["-m", "many"], ["-cpu", "z80"], ["-rtc", "base=x"],
                  ["-drive", "file=x,if=scsi"], ["-serial", "tcp::5"], ["--expect", "("],
                  ["--type", "\\q"], ["--max-instructions", "x"], ["--torture", "x"]):
        expect_error(run("pc", *guest(HALT), *words), words[0])
    expect_error(run("pc", *guest(HALT), "-cpu", "z80"),
                 "-cpu: no model named z80; there are 486, pentium, pentium3, max")


# --- images and files ---

def bad_images_are_refused():
    write("empty.img", b"")
    write("qcow2.img", b"QFI\xfb" + bytes(1 << 16))
    write("vdi.img", bytes(64) + b"\x7f\x10\xda\xbe" + bytes(1 << 16))
    write("packed.img", b"\x1f\x8b\x08" + bytes(1 << 16))
    os.makedirs("folder.img", exist_ok=True)
    if not os.path.exists("fifo.img"):
        os.mkfifo("fifo.img")
    for name, part in (("missing.img", "No such file"), ("empty.img", "empty"),
                       ("qcow2.img", "qemu-img convert"), ("vdi.img", "VDI"),
                       ("packed.img", "gzip"), ("folder.img", "directory"), ("fifo.img", "neither")):
        expect_error(run("pc", *guest(HALT), "-hda", name), name, part)
        expect_error(run("pc", *guest(HALT), name), name, part)


def an_unreadable_image_is_refused():
    if os.geteuid() == 0:
        return "root may read everything"
    os.chmod(write("secret.img", bytes(1 << 16)), 0)
    expect_error(run("pc", *guest(HALT), "-hda", "secret.img"), "Permission denied")
    return None


def truncated_images_are_refused_unless_called_raw():
    disk = bytearray(1 << 17)
    disk[446:462] = bytes([0x80, 0, 0, 0, 0x83, 0, 0, 0]) + bytes([0, 8, 0, 0, 0, 0, 1, 0])
    disk[510:512] = b"\x55\xaa"
    write("short.img", disk)
    expect_error(run("pc", *guest(HALT), "-hda", "short.img"), "truncated")
    result = run_guest(HALT, "--exit-on", "hlt", "-drive", "file=short.img,format=raw")
    expect(result.code == 0, result)
    with open("short.img", "rb") as file:
        assert file.read() == disk


def bad_kernels_and_firmware_are_refused():
    write("empty.bin", b"")
    write("text.bin", b"this is no kernel\n" * 1000)
    expect_error(run("pc", *guest(HALT), "-kernel", "missing.bin"), "missing.bin", "No such file")
    expect_error(run("pc", *guest(HALT), "-kernel", "empty.bin"), "empty.bin: is empty")
    expect_error(run("pc", *guest(HALT), "-kernel", "text.bin"), "text.bin")
    expect_error(run("pc", "-bios", "missing.bin"), "missing.bin", "No such file")
    expect_error(run("pc", *guest(HALT), "-initrd", "text.bin"), "-kernel")


def a_file_too_large_for_a_floppy_is_refused():
    write("large.img", bytes(4128768 + 512))
    expect_error(run("pc", *guest(HALT), "-fdb", "large.img"), "large.img: is no floppy disk")


def overlays_are_for_drives_that_are_written():
    write("base.img", bytes(1 << 20))
    drive = "file=base.img,overlay=base.ovl"
    expect_error(run("pc", *guest(HALT), "-drive", drive + ",readonly=on"), "may write")
    expect_error(run("pc", *guest(HALT), "-drive", drive + ",media=cdrom"), "may write")
    expect_error(run("pc", *guest(HALT), "-drive", drive + ",snapshot=on"), "drops them")
    expect_error(run("pc", *guest(HALT), "-drive", "file=base.img,overlay=base.img"),
                 "is the image itself")
    write("text.ovl", b"no overlay")
    expect_error(run("pc", *guest(HALT), "-drive", "file=base.img,overlay=text.ovl"),
                 "text.ovl: is no overlay file")
    run("pc", *guest(HALT), "-drive", drive)
    write("base.img", bytes(1 << 20))
    expect_error(run("pc", *guest(HALT), "-drive", drive), "has been changed since")
    write("base.img", bytes(1 << 21))
    expect_error(run("pc", *guest(HALT), "-drive", drive), "belongs to an image of 1048576 bytes")


def two_drives_cannot_share_a_place():
    write("a.img", bytes(1 << 16))
    write("b.img", bytes(1 << 16))
    expect_error(run("pc", *guest(HALT), "-hdc", "a.img",
                     "-drive", "file=b.img,index=2"), "index 2")
    expect_error(run("pc", *guest(HALT), "-hda", "a.img", "-hdb", "a.img"), "in use")


def an_image_in_use_is_locked():
    write("used.img", bytes(1 << 16))
    other = subprocess.Popen([VITRINE, "pc", *guest(put("up") + LOOP), "-hda", "used.img",
                              "-serial", "stdio"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert other.stdout.read(2) == b"up"
        expect_error(run("pc", *guest(HALT), "-hda", "used.img"), "used.img: is in use")
    finally:
        other.kill()
        other.wait()
        other.stdout.close()


def a_floppy_may_be_changed_for_itself_but_not_for_one_in_use():
    write("one.img", bytes(737280))
    write("two.img", bytes(737280))
    if not os.path.exists("link.img"):
        os.link("one.img", "link.img")
    write("commands", b"1ms change fda one.img\n2ms change fda link.img\n"
          b"3ms change fda two.img\n4ms change fda one.img\n6ms quit\n")
    result = run_guest(LOOP, "-fda", "one.img", "--commands", "commands")
    expect(result.code == 0 and result.err == "", result)
    write("commands", b"1ms change fda two.img\n6ms quit\n")
    result = run_guest(LOOP, "-fda", "one.img", "-fdb", "two.img", "--commands", "commands")
    expect("two.img: is in use" in result.err, result)
    with subprocess.Popen([VITRINE, "pc", *guest(put("up") + LOOP), "-fda", "one.img", "-serial",
                           "stdio", "--commands", write("again", b"0ms change fda one.img\n")],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as other:
        try:
            expect(other.stdout.read(2) == b"up", other)
            expect_error(run("pc", *guest(HALT), "-fda", "link.img"), "link.img: is in use")
        finally:
            other.kill()


def bad_key_files_are_shown_with_a_caret():
    write("keys", b"# comment\n100 a\n  +20 ctrl+hyper\n")
    result = run("pc", *guest(HALT), "--keys", "keys")
    expect(result.code == 1 and not result.out, result)
    assert result.err.splitlines() == [
        "vitrine: keys:3:12: no such key (see `vitrine help keys`)",
        "    +20 ctrl+hyper", " " * 13 + "^"], result.err


# --- how a run ends ---

def serial_output_and_the_guest_s_exit_code_come_out():
    result = run_guest(put("hello\r\n") + out8(0xF4, 0x15), "-serial", "stdio")
    expect(result.code == 0x2B and result.out == b"hello\r\n", result)


def a_halt_is_good_only_if_asked_for():
    expect(run_guest(HALT, "--exit-on", "hlt").code == 0, "hlt")
    result = run_guest(HALT)
    expect(result.code == 2 and "halted" in result.err, result)


def a_triple_fault_is_a_crash_if_asked_for():
    result = run_guest(TRIPLE_FAULT, "--exit-on", "triple-fault")
    expect(result.code == 2 and "triple fault" in result.err, result)


def a_reset_ends_a_run_without_reboot():
    expect(run_guest(RESET, "-no-reboot").code == 0, "reset")
    expect(run_guest(RESET, "--max-time", "20ms").code == 3, "reboots")
    expect(run_guest(TRIPLE_FAULT, "-no-reboot").code == 0, "shutdown")


def a_way_back_from_protected_mode_is_no_reboot():
    # CMOS 0Fh = 0Ah: the firmware, which this guest is itself, goes on where a program told it.
    code = bytes([0xB0, 0x0F, 0xE6, 0x70, 0xB0, 0x0A, 0x86, 0xC4, 0xE4, 0x71,  # ah = 0Ah
                  0x38, 0xE0, 0x74, 0x08,                    # is it there? then we are back
                  0x88, 0xE0, 0xE6, 0x71,                    # no: write it
                  0xB0, 0xFE, 0xE6, 0x64,                    # and INIT
                  0xB0, 0x05, 0xE6, 0xF4]) + LOOP
    expect(run_guest(code, "-no-reboot").code == 11, "goes on")


def triple_faults_without_end_are_limited():
    result = run_guest(TRIPLE_FAULT, "--max-instructions", "1000000")
    expect(result.code == 3, result)


def limits_end_with_3():
    for words in (["--max-instructions", "100k"], ["--max-time", "10ms"]):
        result = run_guest(LOOP, *words)
        expect(result.code == 3 and words[0] in result.err, result)


def the_digest_is_the_last_line_and_the_same_each_time():
    results = [run_guest(put("x") + LOOP, "--max-instructions", "50k", "--deterministic",
                         "--digest", "-serial", "stdio") for _ in range(2)]
    lines = results[0].out.decode().splitlines()
    expect(lines[0] == "x" and lines[1].startswith("digest ") and
           lines[1].endswith(" at 50000 instructions"), results[0])
    assert results[0].out == results[1].out, results


def stats_go_to_standard_error():
    result = run_guest(HALT, "--exit-on", "hlt", "--stats")
    expect(result.code == 0 and not result.out and "instructions" in result.err, result)


def ports_are_logged_to_files():
    code = out8(0x190, 1) + out8(0x190, 2) + out8(0xE9, ord("D")) + put("S") + HALT
    result = run_guest(code, "--exit-on", "hlt", "--log-port", "0x190=port.log", "-debugcon",
                       "file:debug.log", "-serial", "file:serial.log", "--trace", "trace.log")
    expect(result.code == 0, result)
    for name, data in (("port.log", b"\1\2"), ("debug.log", b"D"), ("serial.log", b"S")):
        with open(name, "rb") as file:
            found = file.read()
        assert found == data, (name, found)
    with open("trace.log", "rb") as file:
        assert file.read().count(b"\n") > 5


def output_that_nobody_reads_ends_the_run():
    process = subprocess.Popen([VITRINE, "pc", *guest(put("x" * 64) + bytes([0xE9]) +
                                (-(64 * 14 + 3) & 0xFFFF).to_bytes(2, "little")),
                                "-serial", "stdio"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(SECONDS) == 1 and b"standard output" in err, err


# --- scripts ---

SERIAL = ["-nographic"]


def expect_and_type_are_done_in_order():
    result = run_guest(put("login: ") + ECHO, *SERIAL, "--expect", "login: $", "--type", "root\\n",
                       "--expect", "root", "--type", "q")
    expect(result.code == 11 and result.out == b"login: root\rq", result)


def a_last_expect_ends_well():
    result = run_guest(put("one\r\ntwo") + LOOP, *SERIAL, "--expect", "^one$", "--expect", "t.o")
    expect(result.code == 0, result)


def an_unmet_expect_is_named():
    result = run_guest(put("one") + LOOP, *SERIAL, "--expect", "one", "--expect", "two",
                       "--max-time", "50ms")
    expect(result.code == 4 and "--expect 'two'" in result.err, result)
    result = run_guest(put("one") + out8(0xF4, 0), *SERIAL, "--expect", "two")
    expect(result.code == 4 and "isa-debug-exit" in result.err, result)


def the_monitor_s_commands_are_steps_too():
    result = run_guest(put("one") + ECHO, *SERIAL, "--expect", "one", "--do", "set ecx 1234h",
                       "--type", "x", "--expect", "x", "--do", "print ecx", "--do", "quit")
    expect(result.code == 0 and result.out == b"onex0x1234 = 4660\n", result)
    expect_error(run("pc", *guest(HALT), "--do", "scrnshot x"), "scrnshot", "help monitor")


def standard_input_goes_to_the_serial_port():
    result = run_guest(ECHO, *SERIAL, "--max-time", "1000s", stdin=b"abc\x01xq")
    expect(result.code == 11 and result.out == b"abc\x01xq", result)


def standard_input_is_not_read_in_a_deterministic_run():
    result = run_guest(ECHO, *SERIAL, "--deterministic", "--max-time", "50ms", stdin=b"q")
    expect(result.code == 3 and result.out == b"", result)


# --- terminal ---

def heed_signals():
    """Under nohup, or behind a shell's &, some are ignored, and a child inherits that."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def each_serial_port_can_be_a_pseudo_terminal():
    for number, base in enumerate((0x3F8, 0x2F8, 0x3E8, 0x2E8)):
        code = ECHO.replace(b"\xfd\x03", (base + 5).to_bytes(2, "little"))
        code = code.replace(b"\xf8\x03", base.to_bytes(2, "little"))
        words = ["null"] * number + ["pty"] + ["null"] * (3 - number)
        with subprocess.Popen([VITRINE, "pc", *guest(code), *EXIT_DEVICE,
                               *(word for w in words for word in ("-serial", w))],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            try:
                told = process.stderr.readline().decode()
                name = re.search("/dev/pts/[0-9]+", told).group(0)
                port = os.open(name, os.O_RDWR | os.O_NOCTTY)
                tty.setraw(port)
                os.write(port, b"hello.")
                seen = b""
                while b"." not in seen and select.select([port], [], [], SECONDS)[0]:
                    seen += os.read(port, 100)
                assert seen == b"hello.", (number, seen)
                os.write(port, b"q")
                assert process.wait(SECONDS) == 11, number
                os.close(port)
            finally:
                process.kill()


def read_until(terminal, text):
    """What a pseudo terminal shows, up to the text."""
    seen, end = b"", time.monotonic() + SECONDS
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, seen
        seen += os.read(terminal, 1000)
    return seen


class Terminal:
    """A pseudo terminal with vitrine on it."""

    def __init__(self, *words, rows=0):
        self.master, self.slave = pty.openpty()
        if rows:
            termios.tcsetwinsize(self.slave, (rows, 80))
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([VITRINE, "pc", *words], stdin=self.slave,
                                        stdout=self.slave, stderr=self.slave,
                                        start_new_session=True, preexec_fn=heed_signals)

    def read_until(self, text):
        return read_until(self.master, text)

    def send(self, data):
        os.write(self.master, data)

    def wait(self):
        return self.process.wait(SECONDS)

    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def with_terminal(test):
    terminal = Terminal(*guest(put("ready") + ECHO), *EXIT_DEVICE, *SERIAL)
    try:
        terminal.read_until(b"ready")
        assert not terminal.is_restored()
        return test(terminal)
    finally:
        terminal.close()


def ctrl_a_x_ends_and_puts_the_terminal_back():
    def test(terminal):
        terminal.send(b"a\x03\x01\x01b")  # Ctrl-C and a doubled Ctrl-A are the guest's
        terminal.read_until(b"a\x03\x01b")
        terminal.send(b"\x01h")
        terminal.read_until(b"Ctrl-A and then")
        terminal.send(b"\x01x")
        assert terminal.wait() == 0
        assert terminal.is_restored()
    with_terminal(test)


def the_guest_s_end_puts_the_terminal_back():
    def test(terminal):
        terminal.send(b"q")
        assert terminal.wait() == 11
        assert terminal.is_restored()
    with_terminal(test)


def signals_put_the_terminal_back():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
        def test(terminal, number=number):
            terminal.process.send_signal(number)
            assert terminal.wait() == 128 + number
            assert terminal.is_restored(), number
        with_terminal(test)


def a_crash_puts_the_terminal_back():
    for number in (signal.SIGSEGV, signal.SIGABRT):
        def test(terminal, number=number):
            terminal.process.send_signal(number)
            assert terminal.wait() == -number
            assert terminal.is_restored(), number
        with_terminal(test)


def ctrl_a_c_opens_the_monitor_and_the_guest_goes_on_after():
    def test(terminal):
        terminal.send(b"\x01c")
        terminal.read_until(b"(vitrine) ")
        terminal.send(b"print al+1\x7f\x7f\x7f\x7f40h+1\r")
        terminal.read_until(b"0x41 = 65")
        terminal.send(b"info registers\r")
        terminal.read_until(b"real mode, cpl 0")
        terminal.send(b"cont\r")
        terminal.send(b"z")
        terminal.read_until(b"z")
        terminal.send(b"\x01c")
        terminal.read_until(b"(vitrine) ")
        terminal.send(b"quit\r")
        assert terminal.wait() == 0
        assert terminal.is_restored()
    with_terminal(test)


def text_has_a_bright_ground_unless_it_blinks():
    """INT 10h, AX = 1003h, BL = 0: bit 7 of an attribute makes the ground bright."""
    sector = (b"\xb8\x03\x00\xcd\x10\xb8\x03\x10\x31\xdb\xcd\x10"  # mode 3; no blinking
              b"\xb8\x00\xb8\x8e\xc0\x26\xc7\x06\x00\x00\x58\x9f"  # an X, white on blue
              b"\x31\xc0\xcd\x16\xb8\x03\x10\xbb\x01\x00\xcd\x10"  # a key; blinking
              b"\xeb\xfe").ljust(510, b"\0") + b"\x55\xaa"
    write("bright.img", sector.ljust(1474560, b"\0"))
    os.environ["TERM"] = "xterm"
    terminal = Terminal("-display", "tty", "-fda", "bright.img", "-m", "8")
    try:
        terminal.read_until(b"\x1b[0;97;104mX")
        terminal.send(b" ")
        terminal.read_until(b"\x1b[0;97;44;5mX")
        terminal.send(b"\x01x")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def a_small_terminal_follows_the_cursor():
    """25 rows on 24: the last one is in sight while the cursor is there."""
    sector = (b"\xb8\x03\x00\xcd\x10\xb4\x02\x31\xdb\xba\x00\x18\xcd\x10"  # mode 3; to row 24
              b"\xb8\x5a\x0e\xcd\x10\x31\xc0\xcd\x16"  # a Z; a key
              b"\xb4\x02\x31\xdb\x31\xd2\xcd\x10\xb8\x41\x0e\xcd\x10"  # to row 0; an A
              b"\xeb\xfe").ljust(510, b"\0") + b"\x55\xaa"
    write("rows.img", sector.ljust(1474560, b"\0"))
    os.environ["TERM"] = "xterm"
    terminal = Terminal("-display", "tty", "-fda", "rows.img", "-m", "8", rows=24)
    try:
        terminal.read_until(b"\x1b[24;1HZ")
        terminal.send(b" ")
        terminal.read_until(b"\x1b[1;1H\x1b[0;37;40mA")
        terminal.send(b"\x01x")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def commands_of_a_file_are_carried_out_at_their_times():
    write("commands", b"# two\n\n1ms step\n2ms info registers\n2ms quit\n")
    result = run_guest(LOOP, "--commands", "commands", "--digest")
    expect(result.code == 0 and b"=> 000f0000  ebfe" in result.out, result)
    expect(b"real mode" in result.out and b"digest" in result.out, result)


def bad_command_files_are_refused_with_their_line():
    write("commands", b"1ms step\nstep\n")
    expect_error(run_guest(LOOP, "--commands", "commands"), "commands:2:", "2.5s info registers")
    write("commands", b"2ms step\n1ms step\n")
    expect_error(run_guest(LOOP, "--commands", "commands"), "commands:2:", "go back")
    expect_error(run_guest(LOOP, "--commands", "nowhere"), "nowhere")


TESTS = [
    version_and_help_go_to_standard_output, no_command_prints_usage_and_fails,
    help_that_cannot_be_written_fails, what_is_not_built_says_so, misspelt_options_are_guessed,
    nonsense_values_are_refused, bad_images_are_refused, an_unreadable_image_is_refused,
    truncated_images_are_refused_unless_called_raw, bad_kernels_and_firmware_are_refused,
    a_file_too_large_for_a_floppy_is_refused, overlays_are_for_drives_that_are_written,
    two_drives_cannot_share_a_place, an_image_in_use_is_locked,
    a_floppy_may_be_changed_for_itself_but_not_for_one_in_use,
    bad_key_files_are_shown_with_a_caret, serial_output_and_the_guest_s_exit_code_come_out,
    a_halt_is_good_only_if_asked_for, a_triple_fault_is_a_crash_if_asked_for,
    a_reset_ends_a_run_without_reboot, a_way_back_from_protected_mode_is_no_reboot,
    triple_faults_without_end_are_limited, limits_end_with_3,
    the_digest_is_the_last_line_and_the_same_each_time, stats_go_to_standard_error,
    ports_are_logged_to_files, output_that_nobody_reads_ends_the_run,
    expect_and_type_are_done_in_order, a_last_expect_ends_well, an_unmet_expect_is_named,
    the_monitor_s_commands_are_steps_too,
    standard_input_goes_to_the_serial_port, each_serial_port_can_be_a_pseudo_terminal,
    standard_input_is_not_read_in_a_deterministic_run,
    ctrl_a_x_ends_and_puts_the_terminal_back, the_guest_s_end_puts_the_terminal_back,
    signals_put_the_terminal_back, a_crash_puts_the_terminal_back,
    ctrl_a_c_opens_the_monitor_and_the_guest_goes_on_after,
    text_has_a_bright_ground_unless_it_blinks, a_small_terminal_follows_the_cursor,
    commands_of_a_file_are_carried_out_at_their_times,
    bad_command_files_are_refused_with_their_line,
]


def run_tests(tests):
    """Each in the same folder, which is new; prints TAP, and returns the exit code."""
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = test.__name__
        if not os.access(VITRINE, os.X_OK):
            print(f"ok {number} - {name} # SKIP {VITRINE} is not built")
            continue
        try:
            reason = test()
            print(f"ok {number} - {name}" + (f" # SKIP {reason}" if reason else ""))
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"not ok {number} - {name}")
            for line in str(error).splitlines():
                print("# " + line)
        sys.stdout.flush()
    return 1 if failed else 0


def main(tests, prepare=lambda: None, finish=lambda: None):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare()
        code = run_tests(tests)
        finish()
        os.chdir("/")
    sys.exit(code)


if __name__ == "__main__":
    main(TESTS)
