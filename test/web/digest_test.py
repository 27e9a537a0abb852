#!/usr/bin/env python3
"""The same guest natively, as WebAssembly in node and in Chromium, to the same instruction: the same digest."""
import os
import re
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402

DIGEST = re.compile(r"digest [0-9a-f]{16} at \d+ instructions")


def digest_of(text):
    found = DIGEST.findall(text)
    assert len(found) == 1, text[-800:]
    return found[0]


def same(kind, native_words, words, limit):
    native = digest_of(web.tool(web.VITRINE, kind, *native_words, "--digest", "--max-instructions", limit,
                                codes=(0, 3)))
    ours = digest_of(web.tool("node", "test/web/digest.mjs", web.NPM_PACKAGE, kind, limit, *words))
    assert native == ours, f"native {native}, WebAssembly in node {ours}"
    if web.missing(True):
        print(f"# not in Chromium: {web.missing(True)}")
        return native
    os.environ.update(CHROMIUM=web.browser(), VITRINE=web.VITRINE)
    ours = digest_of(web.tool("node", "test/web/digest_page.mjs", kind, limit, *(words[:1] if kind != "pc" else [])))
    assert native == ours, f"native {native}, WebAssembly in Chromium {ours}"
    return native


def the_toy_is_the_same():
    program = "examples/toy/stripes.toy"
    same("toy", [program], [program], 5000)


def the_lc3_is_the_same():
    for program in ("sorting", "recursion"):
        path = f"examples/lc3/{program}.asm"
        same("lc3", [path], [path], 2000)


def a_pc_is_the_same_after_sixty_million_instructions():
    if not os.path.exists(web.KERNEL):
        raise web.Skip("the default guest is not there")
    append = "console=ttyS0 cryptomgr.notests noisapnp"
    native = ["-m", "128M", "-nographic", "--deterministic", "-kernel", web.KERNEL, "-initrd", web.INITRD,
              "-append", append]
    digest = same("pc", native, [web.KERNEL, web.INITRD, append], 60_000_000)
    assert digest.endswith("at 60000000 instructions"), digest


web.main(globals(), needs_browser=False)
