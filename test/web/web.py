"""What the tests of the WebAssembly build share: where things are, and the protocol of results.

They look at what `make web` built; without it, or without node, all are skipped.
"""
import os
import shutil
import subprocess
import tempfile

BUILD = os.environ.get("BUILD", "build")
VITRINE = os.path.abspath(os.environ.get("VITRINE", os.path.join(BUILD, "vitrine")))
GUEST_DIR = os.path.abspath(os.environ.get("GUEST_DIR", os.path.join(BUILD, "guest")))
KERNEL = os.path.join(GUEST_DIR, "bzImage")
INITRD = os.path.join(GUEST_DIR, "initramfs.cpio.gz")
WEB = os.path.abspath(os.path.join(BUILD, "web"))
NPM_PACKAGE = os.path.abspath(os.path.join(BUILD, "npm"))
SECONDS = 900  # far more than anything takes on a busy machine


class Skip(Exception):
    pass


def tool(*words, codes=(0,)):
    """Runs a program and returns what it prints."""
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                          check=False)
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    assert done.returncode in codes, f"{words}: exit code {done.returncode}: {err[-2000:]} {out[-1000:]}"
    return out


def browser():
    """The path of a Chromium; None: there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def visit(script, name):
    """Runs one visit to the page, by the functions of a script beside this file."""
    os.environ.update(CHROMIUM=browser() or "", VITRINE=VITRINE)
    tool("node", f"test/web/{script}", name)


def missing(needs_browser):
    """Why the tests can't run here; None: they can."""
    if not shutil.which("node"):
        return "node is not installed"
    if not os.path.exists(os.path.join(NPM_PACKAGE, "package.json")):
        return "build/npm is not there: make web"
    if needs_browser and not os.path.exists("web/node_modules/playwright-core"):
        return "playwright-core is not installed: make web"
    if needs_browser and not browser():
        return "Chromium is not installed"
    return None


def main(names, needs_browser):
    """Runs the module's functions that are sentences, in their order."""
    tests = [f for name, f in names.items()
             if callable(f) and getattr(f, "__module__", "") == "__main__" and name.count("_") >= 2]
    why_not = missing(needs_browser)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            if why_not:
                raise Skip(why_not)
            test()
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except (AssertionError, subprocess.TimeoutExpired) as why:
            failed += 1
            print(f"not ok {number} - {name}\n# " + str(why).replace("\n", "\n# "), flush=True)
    raise SystemExit(1 if failed else 0)


def folder():
    return tempfile.TemporaryDirectory(prefix="vitrine-web-")
