#!/usr/bin/env python3
"""The npm package: what is in it, and whether the README's program has the right types."""
import json
import os
import re
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402

TSC = "web/node_modules/.bin/tsc"
FLAGS = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]


def the_package_has_all_that_it_needs_and_nothing_else():
    with open(f"{web.NPM_PACKAGE}/package.json", encoding="utf-8") as file:
        package = json.load(file)
    assert "dependencies" not in package, package
    there = {os.path.relpath(os.path.join(folder, name), web.NPM_PACKAGE)
             for folder, _, names in os.walk(web.NPM_PACKAGE) for name in names}
    code = {f"dist/{name}" for name in ("vitrine.js", "worker.js", "vitrine.wasm", "vitrine.wasm.gz")}
    data = {f"dist/firmware/{name}" for name in ("bios-256k.bin", "vgabios-stdvga.bin")}
    data |= {f"dist/guest/{name}" for name in ("bzImage", "initramfs.cpio.gz")}
    rest = {name for name in there - code - data if not name.startswith(("dist/types/", "examples/"))}
    assert code | data <= there, (code | data) - there
    assert rest == {"package.json", "README.md"}, rest
    assert package["exports"]["."]["types"].removeprefix("./") in there, package["exports"]


def the_readme_s_program_has_the_right_types():
    with open("web/README.md", encoding="utf-8") as file:
        program = re.search(r"```js\n(.*?)```", file.read(), re.S).group(1)
    with web.folder() as folder:
        os.makedirs(f"{folder}/node_modules")
        os.symlink(web.NPM_PACKAGE, f"{folder}/node_modules/vitrine")
        for name, text in {"package.json": '{ "type": "module" }', "given.d.ts":
                           "declare const file: File;\ndeclare const context: CanvasRenderingContext2D;\n",
                           "program.ts": program, "wrong.ts": program.replace('"256M"', "true")}.items():
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        web.tool(TSC, *FLAGS, f"{folder}/given.d.ts", f"{folder}/program.ts")
        said = web.tool(TSC, *FLAGS, f"{folder}/given.d.ts", f"{folder}/wrong.ts", codes=(1, 2))
        assert "wrong.ts" in said and "TS2322" in said, said


web.main(globals(), needs_browser=False)
