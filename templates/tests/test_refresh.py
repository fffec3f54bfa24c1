"""Tests of a resolution without a build, and of the cooldown; with real pip and an index that tells upload times."""

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from case import HAS_PIP, Case, sdist, wheel
from wheelhouse.files import sha256_of


class Served(Case):
    """Serves the folder links as an index (PEP 691); self.times has the upload times of file names, self.files those that were
    asked for."""

    def setUp(self):
        super().setUp()
        self.times, self.files = {}, []
        case = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = self.path.strip("/").split("/")
                if parts[0] == "files":
                    case.files.append(parts[1])
                    return self.answer("application/octet-stream", (case.links / parts[1]).read_bytes())
                files = [{"filename": p.name, "url": f"/files/{p.name}", "hashes": {"sha256": sha256_of(p)}, "upload-time": case.times.get(p.name)}
                         for p in sorted(case.links.iterdir()) if p.name.startswith(parts[1] + "-")]
                if not files:
                    return self.send_error(404)
                body = {"meta": {"api-version": "1.1"}, "name": parts[1], "files": files}
                self.answer("application/vnd.pypi.simple.v1+json", json.dumps(body).encode())

            def answer(self, kind, data):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.options = lambda: f"--index-url http://127.0.0.1:{server.server_port}/simple/\n"

    def add(self, name, version, uploaded, requires=()):
        wheel(self.links, name, version, requires)
        self.times[f"{name}-{version}-py3-none-any.whl"] = uploaded

    def resolve(self, requirements, before="", code=0):
        self.runs = getattr(self, "runs", 0) + 1
        self.write("requirements.txt", self.options() + requirements)
        self.write("settings.json", json.dumps({"uploaded_before": before} if before else {}))
        out = self.root / f"out{self.runs}"
        got, self.said = self.main("resolve", "--out", out, "--base", "base")
        self.assertEqual(got, code, self.said)
        if code:
            return None
        return {p["name"]: p["version"] for p in json.loads((out / "resolution.json").read_text())["packages"]}


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Refresh(Served):
    def test_resolves_and_builds_nothing(self):
        sdist(self.links, "ext", "1.0", depends=["plain"])
        wheel(self.links, "plain", "1.0")
        self.assertEqual(self.resolve("ext\n"), {"ext": "1.0", "plain": "1.0"})
        self.assertNotIn("built", self.said)

    def test_the_same_build_keys_as_a_build(self):
        sdist(self.links, "ext", "1.0", depends=["plain"])
        wheel(self.links, "plain", "1.0")
        self.resolve("ext\n")
        resolved = json.loads((self.root / "out1" / "resolution.json").read_text())["packages"]
        code, said = self.main("build", "--out", self.root / "w" / "wheelhouse", "--report", self.root / "w" / "report.json", "--base", "base")
        self.assertEqual(code, 0, said)
        built = json.loads((self.root / "w" / "wheelhouse" / "manifest.json").read_text())["packages"]
        for r, b in zip(resolved, built):
            self.assertEqual(r["name"], b["name"])
            self.assertIn(r["build_key"], ("", b["build_key"]))

    def test_cooldown(self):
        self.add("app", "1.0", "2026-01-01T00:00:00.5Z", ["lib"])
        self.add("app", "1.1", "2026-01-02T00:00:00Z", ["lib"])
        self.add("app", "2.0", "2026-03-01T00:00:00Z", ["lib"])
        self.add("lib", "1.0", "2026-01-01T00:00:00Z")
        self.add("lib", "2.0", "2026-02-28T00:00:00Z")
        self.add("lib", "3.0", "2026-03-01T00:00:00Z")
        self.assertEqual(self.resolve("app\n"), {"app": "2.0", "lib": "3.0"})
        self.assertEqual(self.resolve("app\n", "2026-03-01T00:00:00Z"), {"app": "2.0", "lib": "3.0"})
        self.assertEqual(self.resolve("app\n", "2026-02-28T23:00:00Z"), {"app": "1.1", "lib": "2.0"})
        self.assertEqual(self.resolve("app\n", "2026-01-15T00:00:00Z"), {"app": "1.1", "lib": "1.0"})

    def test_cooldown_leaves_pins_alone(self):
        self.add("app", "2.0", "2026-03-01T00:00:00Z", ["lib"])
        self.add("lib", "1.0", "2026-01-01T00:00:00Z")
        self.add("lib", "2.0", "2026-03-01T00:00:00Z")
        self.assertEqual(self.resolve("app==2.0\n", "2026-02-01T00:00:00Z"), {"app": "2.0", "lib": "1.0"})

    def test_everything_is_too_young(self):
        self.add("app", "1.0", "2026-03-01T00:00:00Z")
        self.resolve("app\n", "2026-02-01T00:00:00Z", code=1)
        self.assertIn("too young: app 1.0", self.said)

    def test_an_index_that_tells_no_times(self):
        wheel(self.links, "app", "1.0")
        self.assertEqual(self.resolve("app\n", "2026-02-01T00:00:00Z"), {"app": "1.0"})
        self.assertIn("does not tell when", self.said)


if __name__ == "__main__":
    unittest.main()
