"""Resolves, builds and installs Python requirements inside the stages of wheel.Dockerfile.

    build    requirements.txt, constraints.txt  ->  wheels, requirements.lock, manifest.json
    install  wheels and lock                    ->  /env, offline, with bytecode
    tests    test-requirements.txt and /env     ->  the packages that /env lacks
    apt      packages of the system
    user     the user that the app runs as

Needs Python 3.8 and the base image's own pip (23.0 or newer), and nothing else.
Same requirements, index and base image give the same bytes: no clock, no order of directories.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

CA = Path("/run/secrets/ca")
EPOCH = 315532800  # 1980-01-01, the oldest time that a zip file can hold
UID = 10001
TAIL = 60  # lines of a failed command's output that are shown
VCS = {"git": "git", "hg": "mercurial", "svn": "subversion", "bzr": "brz"}
# What pip says when a package's own build failed, which a compiler may cure.
BUILD_FAILED = re.compile(r"subprocess-exited-with-error|metadata-generation-failed|[Ff]ailed to build|Failed building")
# The interpreter that has pip; /env's own has none.
PYTHON = getattr(sys, "_base_executable", None) or sys.executable


class Failure(Exception):
    """Ends the program with exit 1 and this text."""


class CommandFailed(Failure):
    def __init__(self, doing, output):
        super().__init__(f"{relevant(output)}\n\nerror: {doing} failed")
        self.output = output


def main(argv=None):
    parser = argparse.ArgumentParser(prog="wheelhouse.py", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build")
    build.add_argument("--python", default="", help="the version that the base image must have")
    build.add_argument("--out", type=Path, required=True)
    build.add_argument("packages", nargs="*", help="packages of the system that builds need")
    install = commands.add_parser("install")
    install.add_argument("--from", dest="wheels", type=Path, required=True)
    install.add_argument("--env", type=Path, required=True, help="where it will be used")
    install.add_argument("--out", type=Path, required=True, help="the folder that env is put into when it is done")
    user = commands.add_parser("user")
    user.add_argument("--home", type=Path, required=True)
    tests = commands.add_parser("tests")
    tests.add_argument("--env", type=Path, required=True)
    tests.add_argument("--out", type=Path, required=True)
    tests.add_argument("packages", nargs="*")
    apt = commands.add_parser("apt")
    apt.add_argument("packages", nargs="+")
    args = parser.parse_args(argv)
    try:
        if args.command == "apt":
            apt_install(args.packages)
        elif args.command == "build":
            check_python(args.python)
            build_wheels(Path.cwd(), args.out, args.packages)
        elif args.command == "install":
            install_env(args.wheels, args.env, args.out)
        elif args.command == "user":
            add_user(args.home)
        else:
            install_tests(Path.cwd(), args.env, args.out, args.packages)
    except Failure as e:
        say(str(e))
        return 1
    return 0


def build_wheels(context, out, packages):
    """Makes the wheelhouse of requirements.txt under constraints.txt."""
    out.mkdir(parents=True)
    with Pip(packages) as pip:
        requirements = Requirements(context / "requirements.txt")
        items = resolve(pip, requirements, ["-c", str(context / "constraints.txt"), "--ignore-installed"])
        made = collect(pip, requirements, items, out)
        tools = {"pip": pip.version}
    write_lock(out / "requirements.lock", made)
    manifest = {
        "schema": 1,
        "python": sysconfig.get_config_var("py_version") or sys.version.split()[0],
        "platform": sysconfig.get_platform(),
        "tools": tools,
        "packages": made,
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    settle(out)
    say(f"wheelhouse: {count(made, 'package')}, {sum(m['origin'] == 'built' for m in made)} built")


def install_env(wheels, env, out):
    """Installs exactly the lock's wheels, each by its own hash, without a network."""
    run([PYTHON, "-m", "venv", "--without-pip", str(env)], "making " + str(env))
    lock = wheels / "requirements.lock"
    if lock.read_text().strip():
        start = time.monotonic()
        with Pip() as pip:
            into = pip.into(env)
            into("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile",
                 "--find-links", str(wheels), "-r", str(lock), doing="installing the wheels")
            say(f"installed {count(lock.read_text().splitlines(), 'package')} in {since(start)}")
            into("check", doing="pip check")
        compile_all(env / "bin" / "python", env / "lib")
    shutil.copyfile(lock, env / "requirements.lock")
    settle(env)
    out.mkdir()
    shutil.move(str(env), str(out))


def install_tests(context, env, out, packages):
    """Installs what the tests need beyond env, under env's lock."""
    out.mkdir(parents=True)
    lock = [line.split()[0] for line in (env / "requirements.lock").read_text().splitlines()]
    with Pip(packages) as pip:
        pins = pip.tmp / "lock.txt"
        pins.write_text("".join(pin + "\n" for pin in lock))
        requirements = Requirements(context / "test-requirements.txt")
        constraints = ["-c", str(context / "test-constraints.txt"), "-c", str(pins)]
        try:
            items = resolve(pip.into(env), requirements, constraints)
        except CommandFailed as e:
            if "ResolutionImpossible" not in e.output:
                raise
            raise Failure(f"{e}\nerror: the test requirements contradict the versions that the app is deployed with "
                          "(the constraints above); make them agree with the app's own requirements") from None
        have = {pin.split("==")[0] for pin in lock}
        items = [item for item in items if item.key not in have]
        wheels = pip.tmp / "wheels"
        wheels.mkdir()
        made = collect(pip, requirements, items, wheels)
        if made:
            write_lock(wheels / "requirements.lock", made)
            pip.into(env)("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile", "--target", str(out),
                          "--find-links", str(wheels), "-r", str(wheels / "requirements.lock"),
                          doing="installing the test packages")
            compile_all(env / "bin" / "python", out)
    settle(out)
    say(f"testenv: {count(made, 'package')} beyond the runtime's {len(lock)}")


class Requirements:
    """A canonical requirements file: options of the run first, then one requirement a line."""

    def __init__(self, path):
        self.path = path
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
        self.options = [line for line in lines if line.startswith("-") and not re.match(r"(-e|--editable)\b", line)]
        self.lines = [line for line in lines if line not in self.options]
        # A requirement's own --config-settings must reach its build: by name, or by URL where no name is written.
        self.settings = {}
        for line in self.lines:
            found = re.findall(r"""\s(--config-settings?[= ](?:"[^"]*"|'[^']*'|\S)+)""", line)
            name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=\s*($|[\[@<>=!~;(]|--))", line)
            if found and name:
                self.settings[normal(name.group())] = found
            elif found:
                path = re.match(r"(-e |--editable[= ])?\s*(file:)?([^\s\[#]+)", line).group(3)
                self.settings[(self.path.parent / path).resolve().as_uri() if "://" not in path else path] = found

    def settings_of(self, item):
        return self.settings.get(item.key) or self.settings.get(item.url) or []

    def must_compile(self):
        return any(line.startswith("--no-binary") and not line.endswith(":none:") for line in self.options)

    def systems(self):
        """The version control programs that its links need."""
        return sorted({VCS[m] for line in self.lines for m in re.findall(r"\b(git|hg|svn|bzr)\+", line)})


class Item:
    """One package of a resolution, from pip's installation report."""

    def __init__(self, entry):
        info = entry["download_info"]
        self.name, self.version = entry["metadata"]["name"], entry["metadata"]["version"]
        self.key = normal(self.name)
        self.url, self.direct = info["url"], entry.get("is_direct", False)
        archive = info.get("archive_info", {})
        self.sha256 = archive.get("hashes", {}).get("sha256") or archive.get("hash", "").partition("sha256=")[2]
        self.vcs, self.subdirectory = info.get("vcs_info"), info.get("subdirectory")
        self.wheel = urlsplit(self.url).path.endswith(".whl")

    def requirement(self):
        """The line that gives pip this very artefact again."""
        below = f"&subdirectory={self.subdirectory}" if self.subdirectory else ""
        if self.vcs:
            # Not NAME @ URL, which refuses git+file://.
            return f"{self.vcs['vcs']}+{self.url}@{self.vcs['commit_id']}#egg={self.key}{below}"
        line = f"{self.key}=={self.version}"
        if self.direct:
            line = f"{self.key} @ {self.url}" + ("#" + below[1:] if below else "")
        return line + (f" --hash=sha256:{self.sha256}" if self.sha256 else "")

    def source(self, context):
        """Where it came from, without credentials and without paths of this machine."""
        parts = urlsplit(self.url)
        path = unquote(parts.path)
        if parts.scheme != "file":
            url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        elif path.startswith(f"{context}/"):
            url = "." + path[len(str(context)):]
        else:
            url = "file:" + Path(path).name
        return f"{self.vcs['vcs']}+{url}@{self.vcs['commit_id']}" if self.vcs else url


class Pip:
    """The base image's pip, with a cache of its own that ends with the run."""

    def __init__(self, packages=()):
        self.packages = list(packages)
        self.compiler = False
        self.python = []

    def __enter__(self):
        self.tmp = Path(tempfile.mkdtemp(prefix="wheelhouse-"))
        self.version = pip_version()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.tmp, ignore_errors=True)

    def into(self, env):
        """The same pip, working on another environment."""
        other = Pip(self.packages)
        other.__dict__ = self.__dict__.copy()
        other.python = ["--python", str(env / "bin" / "python")]
        return other

    def __call__(self, *args, doing):
        env = dict(
            os.environ,
            PIP_CACHE_DIR=str(self.tmp / "cache"), PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_NO_COLOR="1",
            PIP_PROGRESS_BAR="off", PIP_ROOT_USER_ACTION="ignore", PIP_USE_PEP517="1", PYTHONUNBUFFERED="1",
            SOURCE_DATE_EPOCH=str(EPOCH), CFLAGS=flags("CFLAGS"), CXXFLAGS=flags("CXXFLAGS"),
        )
        env.setdefault("PIP_DEFAULT_TIMEOUT", "60")
        if has_ca():
            for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"):
                env[name] = str(CA)
        return run([PYTHON, "-m", "pip", *self.python, *args], doing, env)

    def need_compiler(self):
        """Installs what compiling needs, once."""
        if self.compiler:
            return False
        self.compiler = True
        wanted = list(self.packages)
        if not shutil.which("cc") or not shutil.which("make"):
            wanted.insert(0, "build-essential")
        if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
            if PYTHON.startswith("/usr/bin/"):
                wanted.append("python3-dev")
            else:
                say(f"note: the base image has no Python.h for {PYTHON}")
        if wanted:
            apt_install(wanted)
        return True


def resolve(pip, requirements, args):
    """Decides all versions at once; gives the packages sorted by name."""
    if not requirements.lines:
        return []
    if requirements.systems() and not all(shutil.which(p) for p in requirements.systems()):
        apt_install(requirements.systems())
    if requirements.must_compile():
        pip.need_compiler()
    report = pip.tmp / "report.json"
    command = ["install", "--dry-run", "--report", str(report), "-r", str(requirements.path), *args]
    start = time.monotonic()
    try:
        pip(*command, doing="resolving the requirements")
    except CommandFailed as e:
        if not BUILD_FAILED.search(e.output) or not pip.need_compiler():
            raise
        start = time.monotonic()
        pip(*command, doing="resolving the requirements")
    items = sorted((Item(e) for e in json.loads(report.read_text())["install"]), key=lambda i: i.key)
    say(f"resolved {count(items, 'package')} in {since(start)}")
    return items


def collect(pip, requirements, items, out):
    """Downloads the wheels of items, builds the others; gives the manifest's entries."""
    wheels = [item for item in items if item.wheel]
    others = [item for item in items if not item.wheel]
    if others:
        pip.need_compiler()
    made = []
    if wheels:
        start = time.monotonic()
        fetched = fetch(pip, requirements, wheels, "downloading the wheels")
        made += [entry(item, fetched, out, built=False) for item in wheels]
        say(f"downloaded {count(wheels, 'wheel')}, {sum((out / m['file']).stat().st_size for m in made) / 1e6:.1f} MB, in {since(start)}")
    for i, item in enumerate(others, 1):
        start = time.monotonic()
        say(f"building {item.key} {item.version} ({i}/{len(others)})")
        made.append(entry(item, fetch(pip, requirements, [item], f"building {item.key} {item.version}"), out, built=True))
        say(f"built {item.key} {item.version} in {since(start)} ({i}/{len(others)})")
    return sorted(made, key=lambda m: m["name"])


def fetch(pip, requirements, items, doing):
    """Runs `pip wheel` on exactly these artefacts; gives the folder of what came out."""
    folder = Path(tempfile.mkdtemp(dir=pip.tmp))
    lines = [" ".join([item.requirement(), *requirements.settings_of(item)]) for item in items]
    exact = folder / "exact.txt"
    exact.write_text("".join(line + "\n" for line in [*requirements.options, *lines]))
    pip("wheel", "--no-deps", "-w", str(folder), "-r", str(exact), doing=doing)
    return folder


def entry(item, folder, out, built):
    """Moves the item's wheel from folder to out, and describes it."""
    found = [p for p in sorted(folder.glob("*.whl")) if normal(p.name.split("-")[0]) == item.key]
    if len(found) != 1:
        raise Failure(f"error: pip made {len(found)} wheels of {item.key} {item.version}")
    sha256 = sha256_of(found[0])
    if item.wheel and item.sha256 and sha256 != item.sha256:
        raise Failure(f"error: {found[0].name} is not the file that was resolved: sha256 {sha256}, not {item.sha256}")
    shutil.move(str(found[0]), str(out / found[0].name))
    return {"name": item.key, "version": item.version, "file": found[0].name, "sha256": sha256,
            "url": item.source(Path.cwd()), "origin": "built" if built else "downloaded"}


def sha256_of(path):
    found = hashlib.sha256()
    with path.open("rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def write_lock(path, made):
    path.write_text("".join(f"{m['name']}=={m['version']} --hash=sha256:{m['sha256']}\n" for m in made))


def compile_all(python, folder):
    """Compiles what can be compiled: some packages carry files for other Pythons."""
    start = time.monotonic()
    subprocess.run([str(python), "-m", "compileall", "-qq", "-j", "0", "--invalidation-mode", "unchecked-hash", str(folder)],
                   stdout=subprocess.DEVNULL, check=False)
    say(f"compiled bytecode in {since(start)}")


def apt_install(packages):
    """Installs packages of the system, and leaves no lists, caches or logs."""
    if not shutil.which("apt-get"):
        raise Failure("error: the base image has no apt-get to install " + " ".join(packages)
                      + "; set base_image to an image based on Debian or Ubuntu")
    start = time.monotonic()
    options = ["-q", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3"]
    if has_ca():
        options += ["-o", f"Acquire::https::CAInfo={CA}"]
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", *options, "update"], "apt-get update", env)
    run(["apt-get", *options, "install", "-y", "--no-install-recommends", *packages],
        "installing " + " ".join(packages), env)
    run(["apt-get", "clean"], "apt-get clean", env)
    for path in [*Path("/var/lib/apt/lists").glob("*"), *Path("/var/log/apt").glob("*"), *Path("/var/cache/apt").glob("*.bin"),
                 Path("/var/log/dpkg.log"), Path("/var/log/alternatives.log"), Path("/var/cache/ldconfig/aux-cache")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    say(f"installed {' '.join(packages)} in {since(start)}")


def add_user(home):
    """Makes the user that the app runs as, and its folder."""
    for path, line in (("/etc/group", f"app:x:{UID}:"), ("/etc/passwd", f"app:x:{UID}:{UID}::{home}:/usr/sbin/nologin")):
        text = Path(path).read_text()
        if f":{UID}:" not in text:
            Path(path).write_text(text.rstrip("\n") + "\n" + line + "\n")
    home.mkdir(exist_ok=True)
    os.chown(home, UID, UID)


def check_python(wanted):
    have = sys.version_info[:3]
    if wanted and tuple(int(n) for n in wanted.split(".")) != have[:len(wanted.split("."))]:
        raise Failure(f"error: the base image has Python {'.'.join(map(str, have))}, and {wanted} is wanted; "
                      "set python or base_image so that they agree")


def pip_version():
    found = subprocess.run([PYTHON, "-m", "pip", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    version = (found.stdout.split() + ["", ""])[1]
    major = re.match(r"\d+", version)
    if not major or int(major.group()) < 23:
        raise Failure(f"error: the base image has {'pip ' + version if version else 'no pip'} for {PYTHON}; "
                      "set base_image to one with pip 23.0 or newer")
    return version


def run(command, doing, env=None):
    """Runs a command and gives its output; its own words are shown only when it fails."""
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        raise CommandFailed(doing, done.stdout)
    return done.stdout


def relevant(output):
    """The end of a failed command's output, from its first error on."""
    lines = [line for line in output.splitlines() if line.strip() and not re.match(r"\s*(note|hint|\[notice\])", line)]
    first = next((i for i, line in enumerate(lines) if re.match(r"\s*(ERROR|error|E):", line)), 0)
    lines = lines[first:]
    return "\n".join(lines if len(lines) <= TAIL else ["…", *lines[-TAIL:]])


def settle(folder):
    """Gives everything one time, so that equal content is an equal layer."""
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files, "."]:
            os.utime(os.path.join(root, name), (EPOCH, EPOCH), follow_symlinks=False)


def flags(name):
    """Debug information holds random paths and is of no use here."""
    return (os.environ.get(name, "") + " -g0").strip()


def has_ca():
    return CA.is_file() and CA.stat().st_size > 0


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def count(things, word):
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def since(start):
    seconds = time.monotonic() - start
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
