#!/usr/bin/env python3
"""The command `vitrine lc3 asm` from outside: outputs, exit codes, warnings, messages."""
import json
import os
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
VITRINE = os.path.abspath(os.environ.get("VITRINE", os.path.join(BUILD, "vitrine")))

GOOD = b"""        .ORIG x3000
        LEA R0, MSG
        PUTS
        HALT
MSG     .STRINGZ "Hi"
        .END
"""
GOOD_WORDS = [0x3000, 0xE002, 0xF022, 0xF025, 0x48, 0x69, 0]  # origin, LEA R0, #2; PUTS; HALT; "Hi"
TYPO = b" .ORIG x3000\nLOOP ADD R0, R0, #99\n BRp LOPO\n HALT\n .END\n"
MESSY = b" .ORIG x3000\n" + b" ADD R0 R0 R1\n" * 5 + b" HALT\n .END\n"


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode()

    def __repr__(self):
        return f"code {self.code}, out {self.out!r}, err {self.err!r}"


def run(*words, stdin=b"", env=None):
    return Result(subprocess.run([VITRINE, "lc3", "asm", *words], input=stdin, capture_output=True,
                                 timeout=60, check=False, env=env))


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def read(name):
    with open(name, "rb") as file:
        return file.read()


def expect(condition, result):
    assert condition, repr(result)


def expect_error(result, *parts):
    expect(result.code == 1 and result.out == b"", result)
    expect(result.err.startswith("vitrine: ") and result.err.count("\n") == 1, result)
    for part in parts:
        expect(part in result.err, result)


def a_good_source_becomes_an_object_file_in_silence():
    write("good.asm", GOOD)
    result = run("good.asm")
    expect(result.code == 0 and not result.out and not result.err, result)
    expect(read("good.obj").startswith(b"\x1c\x30\x15\xc0\x01\x01\x01"), result)


def each_format_has_the_words():
    write("good.asm", GOOD)
    classic = b"".join(word.to_bytes(2, "big") for word in GOOD_WORDS)
    for words, want in ((["-f", "classic"], classic),
                        (["-f", "hex"], "".join(f"{w:04X}\n" for w in GOOD_WORDS).encode()),
                        (["-f", "bin"], "".join(f"{w:016b}\n" for w in GOOD_WORDS).encode())):
        result = run("good.asm", "-o", "-", *words)
        expect(result.code == 0 and result.out == want, result)


def the_ending_of_the_output_chooses_its_format():
    write("good.asm", GOOD)
    run("good.asm", "-o", "out.hex")
    run("good.asm", "--output=out.bin")
    assert read("out.hex").startswith(b"3000\nE002\n")
    assert read("out.bin").startswith(b"0011000000000000\n")


def standard_input_goes_to_standard_output():
    result = run("-", "-f", "hex", stdin=GOOD)
    expect(result.code == 0 and result.out.startswith(b"3000\n"), result)


def errors_end_with_1_and_leave_no_file():
    write("typo.asm", TYPO)
    write("typo.obj", b"an older one")
    result = run("typo.asm")
    expect(result.code == 1 and not result.out, result)
    for part in ("vitrine: typo.asm:2:18: error: #99 does not fit", "[E004]",
                 "    2 | LOOP ADD R0, R0, #99\n      |                  ^~~\n",
                 "vitrine: typo.asm:3:6: error: there is no label LOPO [E007]", "did you mean LOOP?",
                 "vitrine: typo.asm: 2 errors, 0 warnings\n"):
        expect(part in result.err, result)
    assert read("typo.obj") == b"an older one"
    expect("\33" not in result.err, result)


def warnings_of_a_kind_are_shown_twice_and_counted():
    write("messy.asm", MESSY)
    result = run("messy.asm")
    expect(result.code == 0 and result.err.count("[-Wcommas]") == 2, result)
    expect("3 more of the kind commas" in result.err, result)
    expect(run("messy.asm", "-Wcommas").err.count("[-Wcommas]") == 5, result)
    for words in (["-Wno-commas"], ["-w"], ["-Wno-all"]):
        result = run("messy.asm", *words)
        expect(result.code == 0 and not result.err, result)


def warnings_can_be_errors():
    write("messy.asm", MESSY)
    for words in (["-Werror"], ["-Werror=commas"]):
        result = run("messy.asm", *words)
        expect(result.code == 1 and ": error: a comma" in result.err, result)
    expect(run("messy.asm", "-Werror=escapes").code == 0, result)


def what_other_assemblers_refuse_is_told_on_request():
    write("port.asm", b" .ORIG x3000\nL: ADD R0, R0, 1\n BR l\n .END\n")
    expect(not run("port.asm").err, run("port.asm"))
    result = run("port.asm", "-Wportable")
    for name in ("label-colons", "bare-numbers", "label-case"):
        expect(f"[-W{name}]" in result.err, result)


def json_is_for_editors():
    write("typo.asm", TYPO)
    result = run("--json", "typo.asm")
    answer = json.loads(result.out)
    expect(result.code == 1 and not result.err, result)
    expect(answer["file"] == "typo.asm" and not answer["ok"] and answer["errors"] == 2, result)
    first = answer["diagnostics"][0]
    expect((first["line"], first["column"], first["length"], first["severity"], first["code"]) ==
           (2, 18, 3, "error", "E004"), result)
    expect(answer["diagnostics"][1]["other"]["line"] == 2, result)


def json_is_right_whatever_the_source_holds():
    write("odd.asm", b' .ORIG x3000\n "\xff\xfe\\ \x01" FOO\n\xc3\xa9 R1\n"\xed\xa0\x80"\n')
    result = run("--json", "odd.asm")
    json.loads(result.out.decode("utf-8"))
    expect(result.code == 1, result)


def json_alone_writes_no_file():
    write("alone.asm", GOOD)
    result = run("--json", "alone.asm")
    expect(result.code == 0 and json.loads(result.out)["ok"], result)
    assert not os.path.exists("alone.obj")


def check_writes_nothing():
    write("checked.asm", GOOD)
    expect(run("--check", "checked.asm").code == 0, "")
    assert not os.path.exists("checked.obj")


def symbols_and_listing_are_written():
    write("good.asm", GOOD)
    result = run("good.asm", "--symbols", "good.sym", "--listing", "good.lst")
    expect(result.code == 0, result)
    assert b"//\tMSG               3003\n" in read("good.sym")
    assert b"x3000  E002  1110000000000010      2          LEA R0, MSG\n" in read("good.lst")


def object_files_are_converted_and_disassembled():
    write("good.asm", GOOD)
    run("good.asm", "-f", "classic", "-o", "classic.obj")
    result = run("classic.obj", "-f", "hex", "-o", "-")
    expect(result.out.startswith(b"3000\nE002\n"), result)
    result = run("classic.obj", "-f", "asm", "-o", "-")
    expect(b"LEA R0, #2" in result.out and b"HALT" in result.out, result)
    expect_error(run("classic.obj"), "is the input")


def bad_files_are_refused():
    expect_error(run("missing.asm"), "missing.asm", "No such file")
    os.makedirs("folder.asm", exist_ok=True)
    expect_error(run("folder.asm"), "is a directory")
    write("good.asm", GOOD)
    expect_error(run("good.asm", "-o", "nowhere/out.obj"), "nowhere/out.obj", "No such file")
    write("odd.obj", b"\x30\x00\x12")
    result = run("odd.obj", "-f", "hex")
    expect(result.code == 1 and "16-bit words" in result.err, result)
    two = write("two.asm", b" .ORIG x3000\n HALT\n .END\n .ORIG x4000\n HALT\n .END\n")
    expect_error(run(two, "-f", "classic"), "lc3tools")


def a_full_disk_is_an_error():
    write("good.asm", GOOD)
    expect_error(run("good.asm", "-o", "/dev/full"), "No space left")
    assert os.path.exists("/dev/full")  # a device is not removed


def bad_usage_is_refused():
    expect_error(run(), "which source?")
    expect_error(run("a.asm", "b.asm"), "one source at a time")
    expect_error(run("-o"), "value is missing")
    expect_error(run("-f", "elf", "a.asm"), "lc3tools")
    expect_error(run("--listng", "a", "a.asm"), "did you mean --listing?")
    expect_error(run("-Wcomas", "a.asm"), "did you mean commas?")
    expect_error(run("-Wnonsense", "a.asm"), "no such kind")


def help_lists_every_kind_of_warning():
    result = run("--help")
    expect(result.code == 0 and b"falls-into-data" in result.out and not result.err, result)


def a_source_cannot_steer_the_terminal():
    write("evil.asm", b" .ORIG x3000\n FOO\33[2J R1 ; \33]0;x\7\n ADD R0, R0, A\33c\n LD R0, \xc2\x9b2J\n .END\n")
    result = run("evil.asm")
    expect(result.code == 1 and "LD R1, A?c" in result.err, result)
    expect(not any(c in result.err for c in "\33\7\x9b"), result)


TESTS = [
    a_good_source_becomes_an_object_file_in_silence, each_format_has_the_words,
    the_ending_of_the_output_chooses_its_format, standard_input_goes_to_standard_output,
    errors_end_with_1_and_leave_no_file, warnings_of_a_kind_are_shown_twice_and_counted,
    warnings_can_be_errors, what_other_assemblers_refuse_is_told_on_request, json_is_for_editors,
    json_is_right_whatever_the_source_holds, json_alone_writes_no_file, check_writes_nothing,
    symbols_and_listing_are_written, object_files_are_converted_and_disassembled,
    bad_files_are_refused, a_full_disk_is_an_error, bad_usage_is_refused,
    help_lists_every_kind_of_warning, a_source_cannot_steer_the_terminal,
]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}")
        except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
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
