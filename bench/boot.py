#!/usr/bin/env python3
"""Compares Vitrine with native execution, QEMU (TCG) and Bochs: boots the default guest's kernel
with guest_bench.c as its first process and stamps, from outside, when each of its lines arrives on
the serial port. See bench/README.md."""
import argparse
import json
import math
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools"))
import initramfs  # noqa: E402  (from tools/)

ENGINES = ["native", "vitrine", "qemu", "bochs", "web", "v86", "v86-int"]
USUAL_ENGINES = ENGINES[:4]
# Columns of one engine's time as a multiple of another's.
PAIRS = [("vitrine", "bochs"), ("vitrine", "qemu"), ("web", "vitrine"), ("web", "v86"), ("web", "v86-int")]
ITEMS = ["integer", "branches", "indirect", "strings", "memory", "int64", "x87", "sse", "syscalls",
         "sysenter", "pagefaults", "fork", "exec", "pipes", "smc"]
# The same for every engine. The kernel's defences and address shuffling depend on the CPU model
# that an engine claims to be: without them all run the same code.
APPEND = "console=ttyS0 mitigations=off nokaslr"
CFLAGS = ("-m32 -march=i686 -O2 -std=gnu17 -ffreestanding -nostdlib -static -fno-pic -no-pie "
          "-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables "
          "-fno-strict-aliasing").split()
# A Pentium 4 that goes as fast as it can; its clocks count instructions. A screen that nobody looks
# at (VNC without waiting for a client), COM1 into a pipe.
BOCHSRC = """\
cpu: model=p4_willamette, count=1, ips=100000000
clock: sync=none, time0=utc
memory: guest={memory}, host={memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
display_library: rfb, options="timeout=0"
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={serial}
log: {log}
panic: action=fatal
error: action=report
sound: driver=dummy
info: action=ignore
debug: action=ignore
"""


class Failure(Exception):
    """What went wrong, in words for the user."""


def find(kind, paths):
    for path in paths:
        found = path if os.path.isabs(path) and os.path.exists(path) else shutil.which(path)
        if found:
            return found
    raise Failure(f"{kind} is missing: tools/install_packages.sh bench")


def run_tool(command, log):
    with open(log, "wb") as out:
        code = subprocess.call(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    if code:
        with open(log, encoding="utf-8", errors="replace") as file:
            raise Failure(f"{command[0]} failed: " + " ".join(file.read().split())[-300:])


class Setup:
    """The files that all runs use: program, kernel, initramfs, and for Bochs the ISO."""

    def __init__(self, options):
        self.options = options
        self.folder = os.path.abspath(options.work)
        os.makedirs(self.folder, exist_ok=True)
        self.program = self.path("guest_bench")
        self.initrd = self.path("initramfs.cpio.gz")
        self.kernel = os.path.join(os.path.abspath(options.guest), "bzImage")
        self.append = " ".join([APPEND, *options.append, "--", ",".join(options.items) or "none"])
        source = os.path.join(ROOT, "bench", "guest_bench.c")
        run_tool([find("gcc", ["gcc", "clang"]), *CFLAGS, source, "-o", self.program],
                 self.path("cc.log"))
        with open(self.program, "rb") as file:
            data = initramfs.archive({"init": (0o755, file.read())})
        with open(self.initrd, "wb") as file:
            file.write(data)
        if set(options.engines) - {"native"} and not os.path.exists(self.kernel):
            raise Failure(f"no {self.kernel}: run 'make', or tools/make_guest.sh {options.guest}")

    def path(self, name):
        return os.path.join(self.folder, name)

    def iso(self):
        """An ISO that boots kernel and initramfs: Bochs has no other way in."""
        tree = self.path("iso")
        shutil.rmtree(tree, ignore_errors=True)
        os.mkdir(tree)
        isolinux = find("isolinux", ["/usr/lib/ISOLINUX/isolinux.bin"])
        ldlinux = find("syslinux-common", ["/usr/lib/syslinux/modules/bios/ldlinux.c32"])
        for source, name in [(isolinux, "isolinux.bin"), (ldlinux, "ldlinux.c32"),
                             (self.kernel, "bzimage"), (self.initrd, "initrd.gz")]:
            shutil.copy(source, os.path.join(tree, name))
        with open(os.path.join(tree, "isolinux.cfg"), "w", encoding="ascii") as file:
            file.write("DEFAULT linux\nPROMPT 0\nLABEL linux\nKERNEL /bzimage\n"
                       f"INITRD /initrd.gz\nAPPEND {self.append}\n")
        out = self.path("boot.iso")
        run_tool([find("xorriso", ["xorriso"]), "-as", "mkisofs", "-o", out, "-b", "isolinux.bin",
                  "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
                  tree], self.path("xorriso.log"))
        return out

    def linux_boot(self):
        return ["-m", str(self.options.memory), "-kernel", self.kernel, "-initrd", self.initrd,
                "-append", self.append, "-nographic", "-no-reboot"]


def web_command(setup, engine):
    """Vitrine or v86 as WebAssembly, in node. "v86-int" is v86 without its translator."""
    here = os.path.join(ROOT, "bench", "web")
    words = [setup.kernel, setup.initrd, str(setup.options.memory), setup.append]
    if engine == "web":
        package = os.path.join(os.path.dirname(setup.options.vitrine), "npm")
        if not os.path.exists(os.path.join(package, "package.json")):
            raise Failure(f"no {package}: make web")
        return [find("node", ["node"]), os.path.join(here, "vitrine.mjs"), package, *words]
    if not os.path.exists(os.path.join(here, "node_modules", "v86")):
        raise Failure("no npm package v86: make bench-web installs it")
    return [find("node", ["node"]), os.path.join(here, "v86.mjs"), *words, *["interpreter"] * (engine == "v86-int")]


def engine_command(setup, engine, serial):
    """The command line of an engine; its console is standard output, or the named pipe `serial`."""
    if engine == "native":
        return [setup.program, "--native", ",".join(setup.options.items) or "none"]
    if engine == "vitrine":
        if not os.path.exists(setup.options.vitrine):
            raise Failure(f"no {setup.options.vitrine}: run 'make'")
        return [setup.options.vitrine, "pc", *setup.linux_boot()]
    if engine == "qemu":
        qemu = find("qemu-system-i386", ["qemu-system-i386"])
        return [qemu, "-accel", "tcg", "-nic", "none", *setup.linux_boot()]
    if engine in ("web", "v86", "v86-int"):
        return web_command(setup, engine)
    rc = setup.path("bochsrc")
    with open(rc, "w", encoding="ascii") as file:
        file.write(BOCHSRC.format(memory=setup.options.memory, iso=setup.iso(), serial=serial,
                                  log=setup.path("bochs.log")))
    # Debian builds Bochs with its debugger, which waits to be told to go on.
    commands = setup.path("bochs.commands")
    with open(commands, "w", encoding="ascii") as file:
        file.write("c\n")
    return [find("bochs", ["bochs-bin", "bochs"]), "-q", "-f", rc, "-rc", commands]


def memory_of(pid, guest_mib, slack_mib):
    """(peak resident MiB, resident MiB apart from the guest's RAM) of a process. The RAM is its
    mapping of that size, or up to slack_mib more: allocators join neighbours."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        peak = next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
    total, ram, size = 0, 0, 0
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as file:
        for line in file:
            word = line.split()
            if word[0] == "Size:":
                size = int(word[1])
            elif word[0] == "Rss:":
                total += int(word[1])
                if guest_mib * 1024 <= size <= (guest_mib + slack_mib) * 1024:
                    ram = max(ram, int(word[1]))
    return peak / 1024, (total - ram) / 1024


def processor_time(pid):
    """Seconds that all threads of a process have computed."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except (OSError, IndexError):
            pass
    return total / 1e9


class Run:
    """One run of one engine: the times at which its lines arrived."""

    def __init__(self, setup, engine):
        self.setup, self.engine = setup, engine
        self.result = {"items": {}, "checksums": {}}
        self.use_processor_time = setup.options.clock == "cpu" and engine != "native"
        self.process, self.begin, self.last_lines = None, 0.0, []
        self.start_of_item = 0.0

    def now(self):
        if self.use_processor_time:
            return processor_time(self.process.pid)
        return time.monotonic() - self.begin

    def take(self, line, now):
        """Notes what a line says; true for the last one."""
        self.last_lines = self.last_lines[-3:] + [line]
        if "Linux version" in line and "loader" not in self.result:
            self.result["loader"] = now
        at = line.find("BENCH ")
        word = line[at:].split() if at >= 0 else []
        if len(word) < 3:
            return False
        if word[1] == "init":
            if "loader" in self.result:
                self.result["kernel"] = now - self.result["loader"]
                self.result["boot"] = now
        elif word[2] == "start":
            self.start_of_item = now
        elif word[2] == "end":
            self.result["items"][word[1]] = now - self.start_of_item
            self.result["checksums"][word[1]] = word[3].partition("=")[2]
        return word[1:3] == ["all", "done"]

    def read(self, console):
        deadline = self.begin + self.setup.options.timeout
        text = b""
        with open(self.setup.path(self.engine + ".console"), "wb") as copy:
            while True:
                if not select.select([console], [], [], 1.0)[0]:
                    self.check_alive(deadline)
                    continue
                chunk = os.read(console, 65536)
                now = self.now() if self.process.poll() is None else time.monotonic() - self.begin
                if not chunk:
                    self.check_alive(0)
                copy.write(chunk)
                text += chunk
                *lines, text = text.split(b"\n")
                for line in lines:
                    if self.take(line.decode("utf-8", "replace").strip(), now):
                        return

    def check_alive(self, deadline):
        tail = " | ".join(self.last_lines[-2:])[-200:]
        if self.process.poll() is not None:
            raise Failure(f"{self.engine} ended early with code {self.process.returncode}: {tail}")
        if time.monotonic() > deadline:
            raise Failure(f"{self.engine}: no end within {self.setup.options.timeout} s: {tail}")

    def run(self):
        with tempfile.TemporaryDirectory() as folder:
            serial = os.path.join(folder, "com1")
            command = engine_command(self.setup, self.engine, serial)
            is_pipe = self.engine == "bochs"
            if is_pipe:
                os.mkfifo(serial)
                console = os.open(serial, os.O_RDWR)  # so that it never looks closed
            output = open(self.setup.path(self.engine + ".out"), "wb")
            self.begin = time.monotonic()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=output,
                                            stdout=output if is_pipe else subprocess.PIPE)
            if self.engine == "native":  # a guest has one processor too
                os.sched_setaffinity(self.process.pid, {min(os.sched_getaffinity(0))})
            if not is_pipe:
                console = self.process.stdout.fileno()
            try:
                self.read(console)
                if self.engine != "native":
                    slack = 64 if self.engine == "bochs" else 4
                    peak, beyond = memory_of(self.process.pid, self.setup.options.memory, slack)
                    self.result.update(peak_mib=peak, beyond_ram_mib=beyond)
            finally:
                self.process.kill()
                self.process.wait()
                output.close()
                if is_pipe:
                    os.close(console)
                else:
                    self.process.stdout.close()
        return self.result


def merge(runs):
    """The minimum of each time over the runs; memory is the maximum."""
    best = {"items": {}, "checksums": runs[0]["checksums"]}
    for key in ("loader", "kernel", "boot"):
        values = [run[key] for run in runs if key in run]
        if values:
            best[key] = min(values)
    for key in ("peak_mib", "beyond_ram_mib"):
        values = [run[key] for run in runs if key in run]
        if values:
            best[key] = max(values)
    for item in runs[0]["items"]:
        best["items"][item] = min(run["items"][item] for run in runs)
    return best


def ratio(a, b):
    return a / b if a and b else None


def show(value, unit="x"):
    return "-" if value is None else f"{value:.2f}{unit}" if value < 10 else f"{value:.1f}{unit}"


def geometric_mean(values):
    values = [value for value in values if value]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def table(results, out=sys.stdout):
    engines = [engine for engine in ENGINES[1:] if engine in results]
    pairs = [pair for pair in PAIRS if pair[0] in results and pair[1] in results]
    base = results.get("native", {"items": {}})["items"]
    heads = ["item", "native", *engines, *["/".join(pair) for pair in pairs]]
    rows, columns = [], {head: [] for head in heads}
    for item in ITEMS:
        times = {e: results[e]["items"].get(item) for e in results}
        if not any(times.values()):
            continue
        row = [item, f"{base[item] * 1000:.0f}ms" if item in base else "-"]
        for engine in engines:
            value = ratio(times[engine], base.get(item))
            columns[engine].append(value)
            row.append(show(value) if base else show(times[engine], "s"))
        for ours, peer in pairs:
            value = ratio(times[ours], times[peer])
            columns[f"{ours}/{peer}"].append(value)
            row.append(show(value))
        sums = {results[e]["checksums"].get(item) for e in results if times[e]}
        rows.append(row + (["CHECKSUMS DIFFER"] if len(sums) > 1 else []))
    if rows:
        rows.append(["geometric mean", ""] + [show(geometric_mean(columns[h])) for h in heads[2:]])
    for key, name, unit in [("loader", "boot: to the kernel", "s"), ("kernel", "boot: kernel", "s"),
                            ("boot", "boot: all", "s"), ("peak_mib", "peak memory", "M"),
                            ("beyond_ram_mib", "beyond guest RAM", "M")]:
        if not engines:
            break
        rows.append([name, ""] + [show(results[e].get(key), unit) for e in engines]
                    + [show(ratio(results[ours].get(key), results[peer].get(key)))
                       for ours, peer in pairs])
    widths = [max(len(row[i]) for row in [heads, *rows] if i < len(row)) for i in range(len(heads))]
    for row in [heads, *rows]:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  ".join(cells + row[len(heads):]), file=out)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    names = lambda text: [name for name in text.split(",") if name]  # noqa: E731
    parser.add_argument("--engines", type=names, default=USUAL_ENGINES, help=",".join(ENGINES))
    parser.add_argument("--items", type=names, default=ITEMS,
                        help="from " + ",".join(ITEMS) + "; empty: only boot")
    parser.add_argument("--runs", type=int, default=1,
                        help="runs of each engine, taken in turn; the minimum counts")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu: count the emulators' processor time (for a busy machine)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--guest", default=os.path.join(ROOT, "build", "guest"),
                        help="folder with the default guest's bzImage")
    parser.add_argument("--vitrine", default=os.path.join(ROOT, "build", "vitrine"))
    parser.add_argument("--work", default=os.path.join(ROOT, "build", "bench"))
    parser.add_argument("--memory", type=int, default=256, help="guest RAM in MiB")
    parser.add_argument("--append", action="append", default=[], help="more words for the kernel")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one run")
    options = parser.parse_args()
    for kind, given, known in [("engine", options.engines, ENGINES),
                               ("item", options.items, ITEMS)]:
        for name in given:
            if name not in known:
                parser.error(f"no {kind} '{name}'; there are {', '.join(known)}")
    return options


def main():
    options = arguments()
    runs, left_out = {}, []
    try:
        setup = Setup(options)
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    for number in range(1, options.runs + 1):
        for engine in ENGINES:
            if engine not in options.engines or engine in left_out:
                continue
            print(f"bench: {engine}, run {number} of {options.runs} ...", file=sys.stderr)
            try:
                runs.setdefault(engine, []).append(Run(setup, engine).run())
            except (Failure, OSError) as failure:  # OSError: a host that runs no i386 programs
                print(f"bench: left out: {engine}: {failure}", file=sys.stderr)
                left_out.append(engine)
                runs.pop(engine, None)
    results = {engine: merge(list_of_runs) for engine, list_of_runs in runs.items()}
    if not results:
        sys.exit("bench: nothing could be measured")
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            json.dump(results, file, indent=1)
    table(results)
    sums = {}
    for result in results.values():
        for item, checksum in result["checksums"].items():
            sums.setdefault(item, set()).add(checksum)
    sys.exit(1 if left_out or any(len(values) > 1 for values in sums.values()) else 0)


if __name__ == "__main__":
    main()
