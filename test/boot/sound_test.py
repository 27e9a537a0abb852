#!/usr/bin/env python3
"""A boot sector that beeps, and what the WAV file then holds."""
import cmath
import math
import os
import struct
import sys
import wave

sys.dont_write_bytecode = True
import rig  # noqa: E402

COUNT = 2712                       # of the 8254: a' is 1193182 / 2712 = 439.96 Hz
TICKS = 18                         # of 54.9 ms


def disk(name):
    code = b"\xb0\xb6\xe6\x43"                                       # counter 2, mode 3
    code += b"\xb8" + struct.pack("<H", COUNT) + b"\xe6\x42\x88\xe0\xe6\x42"
    code += b"\xb0\x03\xe6\x61"                                      # gate and speaker on
    code += b"\xb9" + struct.pack("<H", TICKS) + b"\xfb\xf4\xe2\xfc"  # sti; hlt; loop
    code += b"\xb0\x00\xe6\x61\xfa\xf4"                              # off; cli; hlt
    return rig.write(name, (code.ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0"))


def play(name, *words, image=None):
    return rig.run("--deterministic", "-hda", image or disk("beep.img"), "-snapshot", "--audio",
                   name, "--exit-on", "hlt", "--max-time", "60s", *words)


PULSE, STEPS, SWING = 74, 32, 30   # counts from pulse to pulse; pulses in a period; how they vary


def lengths():
    return [round(PULSE / 2 + SWING * math.sin(2 * math.pi * n / STEPS)) for n in range(STEPS)]


def pulses(name):
    """A sine of one-shots of counter 2, each begun by counter 0's interrupt, for a second."""
    code = b"\x31\xc0\x8e\xd8\xfa"                                    # ds = 0; cli
    code += b"\xc7\x06\x20\x00\x80\x7c\xc7\x06\x22\x00\x00\x00"      # interrupt 8: 0:7C80
    code += b"\xb0\x90\xe6\x43\xb0\x34\xe6\x43"                      # counter 2 mode 0, 0 mode 2
    code += b"\xb0" + bytes([PULSE]) + b"\xe6\x40\xb0\x00\xe6\x40"
    code += b"\xb0\x03\xe6\x61\x31\xdb\xb9" + struct.pack("<H", 1193182 // PULSE)
    code += b"\xfb\xf4\xe2\xfd\xb0\x00\xe6\x61\xfa\xf4"              # sti; hlt; loop; off; hlt
    handler = b"\x8a\x87\xc0\x7c\xe6\x42\x43\x83\xe3\x1f"            # [bx + 7CC0h]; next of 32
    handler += b"\xb0\x20\xe6\x20\xcf"
    table = bytes(lengths())
    sector = code.ljust(0x80, b"\0") + handler.ljust(0x40, b"\0") + table
    return rig.write(name, (sector.ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0"))


def amplitude(data, hertz):
    turn = -2j * math.pi * hertz / 44100
    return 2 * abs(sum(x * cmath.exp(turn * n) for n, x in enumerate(data))) / len(data)


def samples(name):
    with wave.open(name) as sound:
        about = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
        assert about == (2, 2, 44100), about
        data = struct.unpack(f"<{2 * sound.getnframes()}h", sound.readframes(sound.getnframes()))
    assert data[::2] == data[1::2]
    return data[::2]


def a_beep_is_in_the_file_with_its_pitch_and_length():
    result = play("beep.wav")
    assert result.code == 0, result
    left = samples("beep.wav")
    loud = [at for at, sample in enumerate(left) if abs(sample) > 1000]
    seconds = (loud[-1] - loud[0]) / 44100
    assert abs(seconds - TICKS * 65536 / 1193182) < 0.06, seconds
    rises = [at for at in range(loud[0] + 1, loud[-1]) if left[at - 1] < 0 <= left[at]]
    hertz = (len(rises) - 1) / ((rises[-1] - rises[0]) / 44100)
    assert abs(hertz - 1193182 / COUNT) < 0.5, hertz


def ideal(harmonic):
    """Of the pulses' Fourier series; from in to out are 10000 steps of a sample."""
    turn = -2j * math.pi * harmonic / (PULSE * STEPS)
    edges = sum(cmath.exp(turn * (PULSE * n + length)) - cmath.exp(turn * PULSE * n)
                for n, length in enumerate(lengths()))
    return 10000 * 2 * abs(edges / turn) / (PULSE * STEPS)


def pulses_of_the_speaker_are_a_sine():
    """As games of the eighties play samples."""
    result = play("pulses.wav", image=pulses("pulses.img"))
    assert result.code == 0, result
    data = samples("pulses.wav")[11025:33075]
    assert ideal(1) > 4000
    for harmonic in range(1, 6):
        found = amplitude(data, harmonic * 1193182 / PULSE / STEPS)
        assert abs(found - ideal(harmonic)) < 4, (harmonic, found, ideal(harmonic))


def two_runs_sound_the_same():
    assert play("one.wav").code == 0 and play("two.wav").code == 0
    assert rig.read("one.wav") == rig.read("two.wav")


def listening_is_no_part_of_what_the_guest_sees():
    counts = [rig.run("--deterministic", "-hda", disk("beep.img"), "-snapshot", "--exit-on", "hlt",
                      "--digest", *words).digest().split(" at ")[1]
              for words in ([], ["--audio", "x.wav"])]
    assert counts[0] == counts[1], counts


def a_run_without_sound_leaves_an_empty_file():
    assert rig.run("--audio", "mute.wav", "--max-time", "1ms", "-hda", disk("beep.img")).code == 3
    assert samples("mute.wav") == ()


def what_is_no_file_is_refused():
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    result = play("pipe")
    os.close(reader)
    assert result.code == 1 and "pipe: sound can only be written" in result.err, result
    result = play("no/folder/x.wav")
    assert result.code == 1 and "no/folder/x.wav" in result.err, result


rig.main([
    a_beep_is_in_the_file_with_its_pitch_and_length,
    pulses_of_the_speaker_are_a_sine,
    two_runs_sound_the_same,
    listening_is_no_part_of_what_the_guest_sees,
    a_run_without_sound_leaves_an_empty_file,
    what_is_no_file_is_refused,
])
