"""Tests of logins: an index that wants one, in a thread."""

import os
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

from case import Case
from wheelhouse import access, net, run
from wheelhouse.pip import Pip

LOGIN = "Basic " + b64encode(b"u:secret").decode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        allowed = self.headers.get("Authorization") == LOGIN or self.path.startswith("/open/")
        self.send_response(200 if allowed and not self.path.endswith("/gone/") else 404 if allowed else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


class Access(Case):
    def setUp(self):
        super().setUp()
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.netrc = self.root / "netrc"
        for module in (run, access, net):
            patch = mock.patch.object(module, "NETRC", self.netrc)
            patch.start()
            self.addCleanup(patch.stop)

    def login(self, password):
        self.netrc.write_text(f"machine 127.0.0.1\nlogin u\npassword {password}\n")

    def refused(self, output, options=""):
        return access.failures(output, options + "a==1\n")[0]

    def test_index(self):
        missing = "ERROR: No matching distribution found for Foo_Bar>=1"
        index = f"--index-url http://{self.host}/simple\n--extra-index-url 'http://{self.host}/open/simple/'\n"
        self.assertEqual(self.refused(missing, index), [f"error: {self.host} refuses access (401) with no login"])
        self.login("wrong")
        self.assertEqual(self.refused(missing, index), [f"error: {self.host} refuses access (401) with the login that it was given"])
        self.login("secret")
        self.assertEqual(self.refused(missing, index), [])
        self.assertEqual(self.refused("ERROR: Cannot install a and b", index), [])

    def test_no_index(self):
        for options in ("", "--no-index\n", "--index-url no-url\n"):
            self.assertEqual(self.refused("ERROR: No matching distribution found for a", options), [])

    def test_no_answer(self):
        missing = "ERROR: No matching distribution found for a"
        lines, silent = access.failures(missing, "--index-url http://127.0.0.1:1/simple\n")
        self.assertEqual((lines, silent), (["error: 127.0.0.1:1 cannot be reached: [Errno 111] Connection refused"], ["127.0.0.1:1"]))
        broken = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError('…')': /simple/a/\n"
        self.assertEqual(access.failures(broken + missing, "")[1], ["pypi.org"])
        files = "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='files.example', port=443): Max retries exceeded with url: /a"
        self.assertEqual(access.failures(files, "")[1], ["files.example"])

    def test_files_and_git(self):
        for output, host in (
            ("ERROR: HTTP error 403 while getting https://u:****@files.example/a-1.whl", "files.example (403)"),
            ("fatal: Authentication failed for 'https://git.example/a.git/'", "git.example (401)"),
            ("fatal: could not read Username for 'https://git.example': terminal prompts disabled", "git.example (401)"),
        ):
            host, status = host.split()
            self.assertEqual(self.refused(output), [f"error: {host} refuses access {status} with no login"])

    def test_get(self):
        with self.assertRaisesRegex(OSError, "401"):
            net.get(f"http://{self.host}/simple/a/")
        self.login("secret")
        with net.get(f"http://{self.host}/simple/a/") as answer:
            self.assertEqual(answer.status, 200)

    def test_builds_do_not_inherit_it(self):
        self.login("secret")
        before = dict(os.environ)
        with Pip() as pip:
            self.assertEqual({k: v for k, v in pip.environ().items() if "netrc" in (k + str(v)).lower()}, {})
            self.assertEqual(pip.environ().get("HOME"), before.get("HOME"))
        self.assertEqual(access.environment(), {"GIT_TERMINAL_PROMPT": "0", "HOME": str(self.root)})
