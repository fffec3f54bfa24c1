"""Tests of the builder's parts."""

import io
import json
import os
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from case import Case
from wheelhouse import backend, downloads, early, keys, net, run, sdist
from wheelhouse.builder import Builder
from wheelhouse.index import Index
from wheelhouse.item import Item
from wheelhouse.options import PYPI, Options
from wheelhouse.requirements import Requirements
from wheelhouse.settings import Settings

H = "a" * 64


class Put(Case):
    def test_put(self):
        """What ends with the run is not written once more; what stays is copied, and both can be read by all."""
        for place, links in (("run", 2), ("store", 1)):
            wheel, out = self.root / place / "a.whl", self.root / f"out-{place}.whl"
            wheel.parent.mkdir()
            wheel.write_text("wheel")
            wheel.chmod(0o600)
            Builder.put(mock.Mock(pip=mock.Mock(tmp=self.root / "run")), wheel, out)
            self.assertEqual((out.read_text(), out.stat().st_nlink, out.stat().st_mode & 0o777), ("wheel", links, 0o644))


class Pins(Case):
    def test_pins(self):
        self.write("requirements.txt", "--no-binary :all:\n"
                   f"a==1.0\nb[x,y]==2.0 ; python_version > '3' and extra == '' --config-settings=k=v --hash=sha256:{H}\nc\nd\n"
                   "e>=1\nf==1.*\ng==1,<2\nh===1\ni==1 ; x\ni==2 ; y\nj @ https://h/j.whl\n./src/k\n-e ./src/l\nm==${V}\nc-c\n")
        pins = Requirements(self.context / "requirements.txt").pins("c==3.0\nd==1 ; x == 'y'\ne==2\nc_c==1\n")
        self.assertEqual([(p.key, p.version) for p in pins], [("a", "1.0"), ("b", "2.0"), ("c", "3.0"), ("c-c", "1")])
        b = pins[1]
        self.assertEqual((b.marker, b.hashes), ("python_version > '3' and extra == ''", [H]))
        self.assertEqual(b.at("file:///b.whl", "1" * 64),
                         f"b[x,y] @ file:///b.whl ; python_version > '3' and extra == '' --config-settings=k=v --hash=sha256:{'1' * 64}")
        self.assertEqual(pins[0].at("file:///a.whl", H), "a @ file:///a.whl")

    def test_options(self):
        o = Options(["--extra-index-url https://x/", "--index-url=https://i/", "--find-links ./src/w", "--no-binary a_b,c", "--only-binary c,:all:",
                     "--no-binary d", "--no-binary :none:", "--no-binary e", "--use-feature z"])
        self.assertEqual((o.index_url, o.extra_index_urls, o.find_links, o.unknown), ("https://i/", [], ["./src/w"], ["--use-feature"]))
        self.assertEqual((o.from_source("e"), o.from_source("a-b"), o.from_wheel("x"), o.from_wheel("e")), (True, False, True, False))
        self.assertTrue(Options(["--no-binary :all:", "--only-binary x"]).from_source("y"))
        self.assertFalse(Options(["--no-binary :all:", "--only-binary x"]).from_source("x"))
        self.assertEqual(Options([]).index_url, PYPI)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body = self.server.pages.get(self.path, (None, ""))
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        self.send_response(302 if kind == "to" else 200 if kind else 404)
        self.send_header("Location" if kind == "to" else "Content-Type", body if kind == "to" else kind or "text/plain")
        self.end_headers()
        if kind != "to":
            self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Indexes(Case):
    def serve(self, pages):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.pages, server.seen = pages, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, f"http://127.0.0.1:{server.server_port}"

    def test_json_and_html(self):
        files = [{"filename": "a_b-1.0.tar.gz", "url": "../../f/a_b-1.0.tar.gz", "hashes": {"sha256": H}, "size": 7, "requires-python": ">=3"}]
        _, url = self.serve({
            "/simple/a-b/": ("application/vnd.pypi.simple.v1+json", json.dumps({"files": files})),
            "/html/a-b/": ("text/html", f'<a href="/f/a.b-1.0-py3-none-any.whl#sha256={H}" data-requires-python="&gt;=3">x</a><a href="README">y</a>'),
        })
        found = Index(Options([f"--index-url {url}/simple/", f"--extra-index-url {url}/html"])).files("a-b")
        self.assertEqual([(f.url, f.sha256, f.version, f.sdist, f.requires_python) for f in found],
                         [(url + "/f/a_b-1.0.tar.gz", H, "1.0", True, ">=3"), (url + "/f/a.b-1.0-py3-none-any.whl", H, "1.0", False, ">=3")])
        with self.assertRaises(OSError):
            Index(Options([f"--index-url {url}/nothing"])).files("a-b")

    def test_credentials_stay_with_their_host(self):
        other, there = self.serve({"/file": ("text/plain", "x")})
        server, here = self.serve({"/simple/x/": ("to", there.replace("127.0.0.1", "localhost") + "/file"), "/own": ("to", "/end"), "/end": ("text/plain", "")})
        (self.root / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
        with mock.patch.object(run, "NETRC", self.root / "netrc"), mock.patch.object(net, "NETRC", self.root / "netrc"), \
                mock.patch.dict(os.environ, no_proxy="*"):
            net.get(here + "/simple/x/").close()
            net.get(here + "/own").close()
        self.assertEqual([bool(seen[1]) for seen in server.seen + other.seen], [True, True, True, False])

    def test_download_is_verified(self):
        _, url = self.serve({"/f": ("text/plain", "x")})
        with self.assertRaisesRegex(run.Failure, "f is not the file that was resolved: sha256 2d71"):
            net.download(url + "/f", self.root / "f", H)

    def test_downloads_are_what_was_resolved_or_are_left_to_pip(self):
        server, url = self.serve({"/a%20b.whl": ("text/plain", "x"), "/other.whl": ("text/plain", "y")})
        x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        good, other, gone = (Item(name, "1", f"{url}/{file}", x) for name, file in (("a", "a%20b.whl#sha256=" + x), ("b", "other.whl"), ("c", "gone.whl")))
        unknown, here = Item("d", "1", url + "/a.whl"), Item("e", "1", "file:///a.whl", x)
        found = downloads.Downloads(self.root / "new")
        found.begin([good, other])
        found.begin([good, gone, unknown, here])
        self.assertEqual((found.get(good).name, found.get(good).read_text()), ("a b.whl", "x"))
        self.assertEqual([found.get(item) for item in (other, gone, unknown, here)], [None] * 4)
        self.assertEqual(sorted(path for path, _ in server.seen), ["/a%20b.whl", "/gone.whl", "/other.whl"], "each once")

    def test_choice(self):
        try:
            tools = early.Tools()
        except ImportError as e:
            self.skipTest(str(e))
        wheel, sdist_, other = "a-1.0-py3-none-any.whl", "a-1.0.tar.gz", "a-1.0-cp27-cp27m-win32.whl"
        for what, options, names, want in (
            ("a wheel wins", [], [sdist_, wheel, other], wheel),
            ("from source", ["--no-binary a"], [sdist_, wheel], sdist_),
            ("no wheel fits", [], [sdist_, other], sdist_),
            ("but only wheels may", ["--only-binary a"], [sdist_, other], None),
            ("two sdists", [], [sdist_, "a-1.0.zip"], None),
            ("a better tag", [], [wheel, "a-1.0-py2.py3-none-any.whl"], None),
            ("a build number", [], [wheel, "a-1.0-1-py3-none-any.whl"], None),
            ("two versions that are 1.0", ["--no-binary a"], [sdist_, "a-1.0+x.tar.gz"], None),
            ("another version", [], ["a-1.1.tar.gz"], None),
            ("a name of old times", ["--no-binary a"], ["a-2004d.tar.gz", sdist_], sdist_),
        ):
            with self.subTest(what):
                for name in names:
                    (self.links / name).write_text(name)
                self.write("requirements.txt", "a==1.0\n")
                pin, = Requirements(self.context / "requirements.txt").pins("")
                choice = Options([f"--find-links {self.links}", "--no-index", *options])
                got = early.choose(pin, Index(choice).files("a"), choice, tools)
                self.assertEqual(got and got.name, want)
                for name in names:
                    (self.links / name).unlink()


class Keys(Case):
    def test_what_decides(self):
        tree = self.root / "tree"
        tree.mkdir()
        (tree / "a.py").write_text("a")
        item = Item("A", "1", "https://u:p@h/a-1.tar.gz?x", H)

        def key(item=item, packages=("p",), settings=(), base="b", pip="24", **configured):
            return keys.Keys(base, pip, Settings(**configured)).of(item, list(packages), list(settings), self.context)

        def git(commit, url="https://h/a.git", below=""):
            return Item("a", "1", url, direct=True, vcs={"vcs": "git", "commit_id": commit}, subdirectory=below)

        folder = Item("a", "1", tree.as_uri(), direct=True, folder=True)
        some = [key(), key(Item("a", "1", "u/a.tar.gz", "b" * 64)), key(packages=["q"]), key(settings=["k=v"]), key(base="c"), key(pip="25"),
                key(build_env={"CC": "clang"}), key(build_constraints=["x<1"]), key(git("1")), key(git("2")), key(git("1", below="py")), key(folder),
                key(Item("a", "1", "https://h/a-1-py3-none-any.whl", H))]
        self.assertEqual(len(set(some)), len(some))
        self.assertEqual(some[-1], "sha256:" + H)
        for same in (key(Item("a", "1", "https://mirror/other.tar.gz", H)), key(skip_imports=["x"]), key(packages=("p",), config_settings={"other": ["x=y"]})):
            self.assertEqual(same, key())
        self.assertEqual(key(git("1", "https://user:token@h/a.git")), key(git("1")), "a token decides nothing")
        before = key(folder)
        (tree / "__pycache__").mkdir()
        (tree / "__pycache__" / "a.pyc").write_text("x")
        self.assertEqual(key(folder), before)
        (tree / "a.py").chmod(0o755)
        self.assertNotEqual(key(folder), before)
        self.assertEqual(key(Item("a", "1", "https://h/a-1.tar.gz")), "", "what has no hash has no key")


class Sdists(Case):
    def test_unpack(self):
        def member(name, type=tarfile.REGTYPE, link=""):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = type, link
            return info

        for what, members, good in (
            ("plain", [member("a-1/setup.py"), member("a-1/x/y"), member("a-1/x/link", tarfile.SYMTYPE, "../setup.py")], True),
            ("absolute", [member("/etc/x")], False),
            ("up", [member("a-1/../../x")], False),
            ("link out", [member("a-1/x", tarfile.SYMTYPE, "../../x")], False),
            ("absolute link", [member("a-1/x", tarfile.SYMTYPE, "/etc/passwd")], False),
            ("hard link out", [member("a-1/x", tarfile.LNKTYPE, "../x")], False),
            ("device", [member("a-1/x", tarfile.CHRTYPE)], False),
        ):
            with self.subTest(what):
                path = self.root / "a.tar.gz"
                with tarfile.open(path, "w:gz") as t:
                    for m in members:
                        t.addfile(m, io.BytesIO())
                if good:
                    self.assertEqual(sdist.unpack(path, self.root / what).name, "a-1")
                    self.assertTrue((self.root / what / "a-1" / "x" / "link").is_file())
                else:
                    with self.assertRaisesRegex(run.Failure, "error: unpacking a.tar.gz: "):
                        sdist.unpack(path, self.root / what)
        (self.root / "b.tar.gz").write_bytes(b"no archive")
        with self.assertRaisesRegex(run.Failure, "error: unpacking b.tar.gz: "):
            sdist.unpack(self.root / "b.tar.gz", self.root / "b")

    def test_zip(self):
        with zipfile.ZipFile(self.root / "a.zip", "w") as z:
            entry = zipfile.ZipInfo("a-1/configure")
            entry.external_attr = 0o755 << 16
            z.writestr(entry, "x")
        self.assertTrue(os.access(sdist.unpack(self.root / "a.zip", self.root / "a") / "configure", os.X_OK))

    def test_backend(self):
        for text, want in (
            ("", (backend.LEGACY, ["setuptools>=40.8.0"])),
            ('[build-system]\nrequires = ["x"]\n', (backend.LEGACY, ["x"])),
            ('[build-system]\nrequires = []\nbuild-backend = "b:c"\n', ("b:c", [])),
        ):
            (self.root / "pyproject.toml").write_text(text)
            b = backend.Backend(self.root)
            self.assertEqual((b.name, b.requires), want)
        for text in ('[build-system]\nrequires = []\nbackend-path = [".."]\n', "[[["):
            (self.root / "pyproject.toml").write_text(text)
            with self.assertRaises(run.Failure):
                backend.Backend(self.root)
        self.assertEqual(backend.as_settings(["a=1", "b=x=y", "a=2", "c"]), {"a": ["1", "2"], "b": "x=y", "c": ""})
