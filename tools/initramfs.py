#!/usr/bin/env python3
"""Writes an initial RAM file system: a gzipped cpio archive ("newc", Linux buffer-format.txt).

    initramfs.py OUT.cpio.gz [SPEC...]

Each SPEC is one entry:  PATH=FILE     the host's FILE, as an executable (0755)
                         PATH/         an empty directory
                         @KERNELTREE:NAME,NAME...  kernel modules and all that they depend on, from
                         an unpacked kernel package, with the indices that modprobe reads

Directories on the way are made, and /dev/console is always there: it needs no root here. The same
input gives the same bytes: entries are sorted, times are zero, gzip keeps no name.
"""
import gzip
import os
import re
import sys

S_DIR, S_FILE, S_CHAR = 0o040000, 0o100000, 0o020000
CONSOLE = (5, 1)  # Linux devices.txt: character device 5, 1 is /dev/console


def entry(name, number, mode, data=b"", device=(0, 0)):
    """One cpio member: a header of 13 fields of 8 hexadecimal digits, name, data, padded to 4."""
    links = 2 if mode & S_DIR == S_DIR else 1
    name_bytes = name.encode() + b"\0"
    fields = [number, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name_bytes), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name_bytes
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)


def archive(files, directories=()):
    """The cpio.gz bytes of {path: contents} and of empty directories."""
    names = set(directories) | {"dev"}
    for path in list(files) + list(names):
        parent = os.path.dirname(path)
        while parent:
            names.add(parent)
            parent = os.path.dirname(parent)
    members = [(name, S_DIR | 0o755, b"", (0, 0)) for name in names]
    members += [(name, S_FILE | mode, data, (0, 0)) for name, (mode, data) in files.items()]
    members.append(("dev/console", S_CHAR | 0o600, b"", CONSOLE))
    out = b"".join(entry(name, number, mode, data, device)
                   for number, (name, mode, data, device) in enumerate(sorted(members), 1))
    out += entry("TRAILER!!!", 0, 0)
    out += b"\0" * (-len(out) % 512)
    return gzip.compress(out, 9, mtime=0)


def module_info(data, key):
    """The values of one key in a module's .modinfo section (strings KEY=VALUE, zero ended)."""
    return [m.decode() for m in re.findall(rb"\0" + key + rb"=([^\0]*)(?=\0)", data)]


def modules(tree, wanted):
    """{path: contents} of the wanted modules, what they depend on, modules.dep and modules.alias."""
    (release,) = os.listdir(os.path.join(tree, "lib/modules"))
    root = os.path.join(tree, "lib/modules", release)
    where = {}
    for folder, _, names in os.walk(os.path.join(root, "kernel")):
        for name in names:
            if name.endswith(".ko"):
                path = os.path.relpath(os.path.join(folder, name), root)
                where[name[:-3].replace("-", "_")] = path
    with open(os.path.join(root, "modules.builtin"), encoding="ascii") as file:
        built_in = {os.path.basename(line.strip())[:-3].replace("-", "_") for line in file}

    data, needs = {}, {}

    def add(name):
        name = name.replace("-", "_")
        if name in data or name in built_in:
            return
        if name not in where:
            sys.exit(f"initramfs: the kernel package has no module {name}")
        with open(os.path.join(root, where[name]), "rb") as file:
            data[name] = file.read()
        needs[name] = []
        soft = [word for value in module_info(data[name], b"softdep")
                for word in re.sub(r"\bpost:.*", "", value).replace("pre:", "").split()]
        for other in ",".join(module_info(data[name], b"depends")).split(","):
            if other:
                add(other)
                other = other.replace("-", "_")
                needs[name] += [n for n in [other] + needs.get(other, []) if n in data]
        for other in soft:  # algorithms asked for by name at run time, crc32c for one
            if other.replace("-", "_") in where:
                add(other)

    for name in wanted:
        add(name)
    base = f"lib/modules/{release}/"
    files = {base + where[name]: (0o644, data[name]) for name in data}
    dep = [where[n] + ":" + "".join(" " + where[d] for d in dict.fromkeys(needs[n])) + "\n"
           for n in sorted(data)]
    alias = [f"alias {pattern} {name}\n"
             for name in sorted(data) for pattern in module_info(data[name], b"alias")]
    files[base + "modules.dep"] = (0o644, "".join(dep).encode())
    files[base + "modules.alias"] = (0o644, "".join(alias).encode())
    files[base + "modules.symbols"] = (0o644, b"")
    files[base + "modules.builtin"] = (0o644, open(root + "/modules.builtin", "rb").read())
    return files


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__)
    files, directories = {}, []
    for spec in arguments[1:]:
        if spec.startswith("@"):
            tree, names = spec[1:].rsplit(":", 1)
            files.update(modules(tree, names.split(",")))
        elif spec.endswith("/"):
            directories.append(spec.strip("/"))
        else:
            path, source = spec.split("=", 1)
            with open(source, "rb") as file:
                files[path.strip("/")] = (0o755, file.read())
    data = archive(files, directories)
    with open(arguments[0] + ".new", "wb") as file:
        file.write(data)
    os.replace(arguments[0] + ".new", arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
