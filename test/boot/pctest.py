"""The disk of rom/pctest, which tries the PC as DOS and its programs use it; what it tells."""
import os
import re

import rig

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../rom/pctest")
IMAGE = "pctest.img"
NEEDS = ["as", "ld"]


def build(*symbols):
    rig.tool("sh", os.path.join(SOURCE, "build.sh"), IMAGE, *symbols)


def names(has_all):
    """The tests that the source lists; resets and speed, which QEMU does otherwise, are built on request."""
    with open(os.path.join(SOURCE, "pctest.S"), encoding="ascii") as file:
        text = file.read()
    if not has_all:
        text = re.sub(r"\.ifdef.*?\.endif", "", text, flags=re.S)
    return re.findall(r"^ +TEST (\w+)$", text, re.M)


def failures(has_all, name="debug"):
    """{test: code} of the failed ones in the debug port's text, which must name every test."""
    text = rig.read(name).decode("latin-1").replace("\r", "")
    lines = re.findall(r"(PASS|FAIL) (\w+)(?: ([0-9A-F]{4}))?$", text, re.M)
    assert [line[1] for line in lines] == names(has_all), text
    assert re.search(r"^finished, failures: ", text, re.M), text
    return {test: code for word, test, code in lines if word == "FAIL"}
