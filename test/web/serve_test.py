#!/usr/bin/env python3
"""vitrine web: types, byte ranges (RFC 9110 section 14), isolation, and no way out of its folder."""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
import web  # noqa: E402

web.missing = lambda needs_browser: None  # needs neither node nor the real page


class Server:
    """The program beside a folder `web` with a page of ours in it."""

    def __enter__(self):
        self.folder = web.folder()
        root = self.folder.name
        shutil.copy(web.VITRINE, root)
        os.makedirs(root + "/web/guest")
        for name, data in {"web/index.html": b"<p>page", "web/a.js": b"1", "web/m.wasm": b"\0asm", "web/guest/d": bytes(range(100)),
                           "web/.hidden": b"h", "secret": b"s"}.items():
            with open(f"{root}/{name}", "wb") as file:
                file.write(data)
        self.process = subprocess.Popen([root + "/vitrine", "web", "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", self.process.stdout.readline()).group(1))
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body


def files_come_with_their_types_and_isolated():
    with Server() as server:
        for path, kind in (("/", "text/html; charset=utf-8"), ("/a.js?x=1", "text/javascript; charset=utf-8"),
                           ("/m.wasm", "application/wasm"), ("/guest/%64", "application/octet-stream")):
            answer, body = server.get(path)
            assert answer.status == 200 and answer.getheader("Content-Type") == kind, (path, answer.status)
            assert answer.getheader("Cross-Origin-Opener-Policy") == "same-origin", path
            assert answer.getheader("Cross-Origin-Embedder-Policy") == "require-corp", path
            assert int(answer.getheader("Content-Length")) == len(body) > 0, path
        answer, body = server.get("/", "HEAD")
        assert answer.status == 200 and body == b"" and answer.getheader("Content-Length") == "7", answer.status


def ranges_are_what_the_rfc_says():
    with Server() as server:
        data = bytes(range(100))
        for asked, first, last in (("0-0", 0, 0), ("10-19", 10, 19), ("90-", 90, 99), ("-5", 95, 99), ("90-200", 90, 99)):
            answer, body = server.get("/guest/d", Range=f"bytes={asked}")
            assert answer.status == 206 and body == data[first:last + 1], (asked, answer.status, body)
            assert answer.getheader("Content-Range") == f"bytes {first}-{last}/100", asked
        for asked in ("100-", "5-4", "-0", "x"):
            answer, _ = server.get("/guest/d", Range=f"bytes={asked}")
            assert answer.status == 416 and answer.getheader("Content-Range") == "bytes */100", (asked, answer.status)


def nothing_outside_the_folder_is_served():
    with Server() as server:
        os.symlink("../secret", server.folder.name + "/web/link")
        for path in ("/../secret", "/%2e%2e/secret", "/guest/../../secret", "//secret", "/.hidden", "/link", "/guest", "/none",
                     "/a%00.js", "/%", "/guest/..%2f..%2fsecret"):
            answer, body = server.get(path)
            assert answer.status == 404 and b"s" != body, (path, answer.status)
        assert server.get("/", "POST")[0].status == 405


def a_request_without_end_or_sense_is_refused():
    with Server() as server:
        for text, wanted in ((b"nonsense\r\n\r\n", b"HTTP/1.1 400"), (b"GET /" + b"a" * 20000, b"")):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as link:
                try:
                    link.sendall(text)
                    got = link.recv(100)
                except ConnectionResetError:
                    got = b""
                assert got.startswith(wanted), (text[:20], got)
        assert server.get("/")[0].status == 200


def a_wrong_port_is_one_line():
    for words, text in ((["--port", "70000"], "0 to 65535"), (["--port"], "0 to 65535"), (["-x"], "no such option")):
        done = subprocess.run([web.VITRINE, "web", *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and text in done.stderr and done.stderr.count("\n") == 1, done


web.main(globals(), needs_browser=False)
