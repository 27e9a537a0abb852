#!/usr/bin/env python3
"""Whole programs in the Linux guest, against the same programs on this machine's processor.

    programs_long_test.py [NAME...]    only NAME.sh, and the outputs stay in $BUILD/programs

Each NAME.sh beside this file is one test. It runs twice in the root that tools/make_programs.sh
makes, once in the guest and once here, and has to print the same; a 32-bit program of Debian is at
home on both. The C library's mathematics is compared line by line and may differ where processors do.
"""
import fractions
import glob
import math
import os
import re
import struct
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))
import rig  # noqa: E402

FOLDER = os.path.abspath(os.path.join(rig.BUILD, "programs"))
ROOT, DISK = os.path.join(FOLDER, "root"), os.path.join(FOLDER, "disk.img")
NAMES = sorted(os.path.basename(path)[:-3] for path in glob.glob(HERE + "/*.sh"))
SECONDS = 3000  # of this machine, for all programs; a quiet one takes a tenth
CURVES = "prime256v1 secp384r1 secp521r1 brainpoolP256r1 sect283r1"

# Done here, before the runs, in the same root: what both then use.
PREPARE = f"""
gcc -O1 -std=gnu17 -fno-builtin -frounding-math -o math math.c -lm || exit 1
export OPENSSL_CONF=/dev/null
mkdir -p keys && cd keys && seq 1 40000 >data || exit 1
openssl genrsa -out rsa.pem 1536 2>/dev/null
openssl dgst -sha256 -sign rsa.pem -out rsa.sig data
openssl genpkey -algorithm ed25519 -out ed25519.pem
for curve in {CURVES}; do
    openssl ecparam -genkey -name $curve -noout -out $curve.pem
    openssl dgst -sha512 -sign $curve.pem -out $curve.sig data
    openssl ecparam -genkey -name $curve -noout | openssl pkey -pubout -out $curve-peer.pem
done
for curve in x25519 x448; do
    openssl genpkey -algorithm $curve -out $curve.pem
    openssl genpkey -algorithm $curve | openssl pkey -pubout -out $curve-peer.pem
done
"""

# Runs the programs named as arguments, each for at most $LIMIT seconds. The environment is the same
# everywhere, and the C library must not choose code with instructions that only one of the
# processors has.
ALL = """#!/bin/sh
cd /t
for name in "$@"; do
    mkdir -p work/$name
    read -r start rest </proc/uptime
    (
        cd work/$name
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/t LC_ALL=C TZ=UTC0 PYTHONHASHSEED=0 \\
            GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX \\
            timeout $LIMIT sh ../../$name.sh </dev/null >../../out/$name 2>&1
    )
    echo "ends with $?" >>out/$name
    read -r end rest </proc/uptime
    echo "$name: $start to $end" >>out/TIMES
done
"""


# --- here ---

# Where this machine's kernel runs no 32-bit programs, a second emulator does (qemu-user-static): a
# kernel since 6.7 lets a user namespace of its own say so, and nobody else is concerned.
MAGIC = r"\x7fELF\x01\x01\x01" + 9 * r"\x00" + r"\x02\x00\x03\x00"
MASK = 5 * r"\xff" + r"\xfe\xfe\x00" + 8 * r"\xff" + r"\xfe\xff\xff\xff"
QEMU = (f"mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && "
        f"printf %s ':i386:M::{MAGIC}:{MASK}:/usr/bin/qemu-i386-static:F' "
        f">/proc/sys/fs/binfmt_misc/register && ")
interpreter = ""  # what stands before the mounts

def native(command):
    """Runs a shell command in the root, the folder t as its /t."""
    setup = (f"{interpreter}mount --rbind /dev '{ROOT}/dev' && mount -t proc proc '{ROOT}/proc' && "
             f"mount --rbind /sys '{ROOT}/sys' && mount --bind t '{ROOT}/t' && exec chroot '{ROOT}' /bin/sh -c \"$0\"")
    return rig.tool("unshare", "-rmpf", "sh", "-c", setup, "cd /t; " + command)


def judges_itself(name):
    """stress-ng checks its own work, and qemu-i386 hangs in its signal tests."""
    return name == "stress" and interpreter == QEMU


def impossible():
    """Why the programs cannot be had or cannot run here, or None."""
    global interpreter
    try:
        rig.tool("bash", os.path.join(HERE, "../../tools/make_programs.sh"), FOLDER)
        os.makedirs("t/out")
    except AssertionError as error:
        return "the programs cannot be had: " + " ".join(str(error).split())
    for interpreter in ("", QEMU):
        try:
            native("true")
            if interpreter:
                print("# compared with qemu-i386: this machine itself runs no 32-bit programs")
            return None
        except AssertionError as error:
            obstacle = " ".join(str(error).split())
    return "no 32-bit programs run here, nor is there a qemu-user-static for them: " + obstacle


def prepare(names):
    """Fills the folder t, which becomes /t of both roots, and runs the programs here."""
    rig.tool("sh", "-c", f"cp '{HERE}'/*.* t")
    rig.write("t/all", ALL.encode())
    native(PREPARE)
    rig.tool("tar", "-cf", "given.tar", "-C", "t", ".")
    native("LIMIT=3000 sh all " + " ".join(name for name in names if not judges_itself(name)))


# --- in the guest ---

def guest(names):
    """One boot: programs on the first disk, /t as a tar on the second, results on the third."""
    with open("results.tar", "wb") as file:
        file.truncate(64 << 20)
    with open("given.tar", "ab") as file:
        file.truncate((os.path.getsize("given.tar") + 0xFFFFF) & ~0xFFFFF)
    commands = ["mount -t ext4 /dev/sda /mnt && mount --bind /dev /mnt/dev && "
                "mount -t proc proc /mnt/proc && mount -t sysfs sys /mnt/sys && "
                "mount -t tmpfs tmp /mnt/t && tar xf /dev/sdb -C /mnt/t",
                # (By its path: else busybox takes its own shell, and that its own programs.)
                "LIMIT=60 chroot /mnt /bin/dash /t/all " + " ".join(names),
                "tar cf /dev/sdc -C /mnt/t out && sync",
                "dmesg"]
    answers = rig.session(commands, "-m", "512M", "--max-time", "12000s", "-drive",
                          f"file={DISK},format=raw,snapshot=on", "-hdb", "given.tar",
                          "-hdc", "results.tar", seconds=SECONDS)
    for number in range(len(commands)):
        answers.text(number)
    with tarfile.open("results.tar") as tar:
        outputs = {os.path.basename(member.name): tar.extractfile(member).read()
                   for member in tar if member.isfile()}
    outputs["DMESG"] = answers.text(3).encode()
    return outputs


# --- the comparison ---

def differences(wanted, got, tolerant):
    """The first lines that are not the same, as text."""
    wanted, got = wanted.decode("latin-1").splitlines(), got.decode("latin-1").splitlines()
    found = [f"line {number}: here {a!r}, in the guest {b!r}"
             for number, (a, b) in enumerate(zip(wanted, got), 1)
             if a != b and not (tolerant and near(a, b))]
    if len(wanted) != len(got):
        found.append(f"{len(wanted)} lines here, {len(got)} in the guest")
    return found


# What rests on the x87's transcendental instructions, in long double and double: these are exact to
# less than a unit of the last place on each processor [SDM1] 8.3.10, but not the same on all; ours
# are the true values rounded (doc/undefined.md).
# Everything else of math.c, all of float too, has to be the same.
TRANSCENDENTAL = set("""acos asin atan atan2 sinh cosh tanh asinh acosh atanh exp exp2 exp10 expm1
    log log2 log10 log1p pow tgamma lgamma""".split())
UNITS = {"tgamma": 4, "lgamma": 4, "pow": 2}  # several such steps

# What the x87 of qemu-user 7.2 leaves out. Both are compared with this machine's processor, one
# instruction at a time, by `make oracle`.
DENORMAL, INEXACT = 0x02, 0x20
LOGARITHMS = set("log log2 log10 log1p asinh acosh atanh lgamma".split())  # by FYL2X, FYL2XP1


def as_qemu(wanted, got):
    """The exceptions of the guest, without those that QEMU has no notion of."""
    wanted, got, name = int(wanted[-1], 16), int(got[-1], 16), got[0]
    got &= wanted | ~DENORMAL  # it never raises this one
    if name in LOGARITHMS:  # of a power of 2 it takes FYL2X for exact; the processors do not (doc/undefined.md)
        got &= wanted | ~INEXACT
    return f"{got:02x}"


def double(bits):
    return struct.unpack(">d", bytes.fromhex(bits))[0]


def has_quotient(line):
    """Whether a line of remquo-part has one. Else the bits of the last one stay: C leaves them open."""
    x, y = map(double, line[2:4])
    return math.isfinite(x) and math.isfinite(y) and y != 0


def exact_part(line):
    """The low three bits of x / y rounded to nearest, with its sign, by exact arithmetic [C17] 7.12.10.3.

    None: it takes more than one FPREM1, of which only the last tells its bits."""
    x, y = map(double, line[2:4])
    if x and math.frexp(x)[1] - math.frexp(y)[1] > 60:
        return None
    quotient = round(fractions.Fraction(x) / fractions.Fraction(y))  # ties to even
    return math.copysign(abs(quotient) & 7, quotient)


def remquo_lines(output):
    lines = [line.split() for line in output.decode("latin-1").splitlines() if line.startswith("remquo-part")]
    return [line for line in lines if has_quotient(line)]


def native_parts(lines):
    """What this processor's own FPREM1 tells of them."""
    rig.tool("cc", "-O1", "-o", "remquo", os.path.join(HERE, "remquo.c"))
    text = "".join(f"{line[2]} {line[3]}\n" for line in lines)
    parts = subprocess.run(["./remquo"], input=text, capture_output=True, text=True, check=True).stdout.split()
    return [float(part) for part in parts]


def near(wanted, got):
    """Whether two lines of math.c differ no more than processors may."""
    wanted, got = wanted.split(), got.split()
    name = wanted[0].split("-")[0]
    if interpreter == QEMU:
        got[-1] = as_qemu(wanted, got)
        if wanted == got or wanted[0] == "remquo-part":
            return True  # (QEMU's FPREM1 tells no bits, so another test judges them.)
    if wanted[1] not in ("d", "l") or name not in TRANSCENDENTAL or len(wanted) != len(got):
        return False
    # d: ... = BITS FLAGS; l: ... = EXPONENT MANTISSA FLAGS
    if wanted[:-2] + wanted[-1:] != got[:-2] + got[-1:]:
        return False
    return abs(int(wanted[-2], 16) - int(got[-2], 16)) <= UNITS.get(name, 1)


def compare(name, outputs):
    got = outputs.get(name)
    assert got is not None, "the guest did not run it"
    if judges_itself(name):
        bad = [line for line in got.decode().splitlines() if not re.search(r"-> 0$|^ends with 0$", line)]
        assert not bad and b"ends with 0" in got, "\n".join(bad)
        return
    wanted = rig.read("t/out/" + name)
    assert re.search(rb"^ends with 0\n$", wanted, re.M), f"here it fails: {wanted[-500:]}"
    found = differences(wanted, got, name == "math")
    assert not found, "\n".join(found[:20] + [f"{len(found)} lines differ"])


outputs_of_guest = None
obstacle = None  # why nothing can be compared here


def the_programs_run(names):
    def the_programs_run_here_and_in_the_guest():
        global outputs_of_guest, obstacle
        obstacle = impossible()
        if obstacle:
            return obstacle
        prepare(names)
        outputs_of_guest = guest(names)
        for line in outputs_of_guest["TIMES"].decode().splitlines():
            print("# guest seconds of", line)
        return None
    return the_programs_run_here_and_in_the_guest


def same_output(name):
    def test():
        if obstacle:
            return obstacle
        assert outputs_of_guest is not None, "the programs did not run"
        compare(name, outputs_of_guest)
        return None
    test.__name__ = name + "_prints_the_same_in_the_guest_as_here"
    return test


def remquo_tells_the_bits_of_the_quotient():
    if obstacle:
        return obstacle
    assert outputs_of_guest is not None, "the programs did not run"
    lines = remquo_lines(outputs_of_guest["math"])
    assert len(lines) > 100, len(lines)
    for judge, parts in ("exactly", map(exact_part, lines)), ("natively", native_parts(lines)):
        wrong = [f"{' '.join(line)}: {judge} {part}" for line, part in zip(lines, parts, strict=True)
                 if part is not None and double(line[-2]) != part]
        assert not wrong, "\n".join(wrong[:20] + [f"{len(wrong)} of {len(lines)} are wrong"])
    return None


def the_kernel_finds_no_defects():
    if obstacle:
        return obstacle
    assert outputs_of_guest is not None, "the programs did not run"
    found = rig.defects(outputs_of_guest["DMESG"].decode())
    assert not found, "\n".join(found)
    return None


def keep(names):
    def the_outputs_are_kept():
        assert outputs_of_guest is not None, "the programs did not run"
        for name in names + ["TIMES", "DMESG"]:
            rig.write(f"{FOLDER}/{name}.guest", outputs_of_guest[name])
            if os.path.exists("t/out/" + name):
                rig.write(f"{FOLDER}/{name}.here", rig.read("t/out/" + name))
    return the_outputs_are_kept


if __name__ == "__main__":
    chosen = sys.argv[1:] or NAMES
    rig.main([the_programs_run(chosen), *map(same_output, chosen),
              *([remquo_tells_the_bits_of_the_quotient] if "math" in chosen else []), the_kernel_finds_no_defects,
              *([keep(chosen)] if sys.argv[1:] else [])],
             rig.KERNEL, rig.INITRD, "mke2fs", "dpkg-deb", "apt-get", "unshare")
