"""Says what a failed build probably needs, as the line to add to gcpdeploy.yaml."""

import re
import sys

from . import outgrown
from . import table as tables

# What is not found → the Debian package that brings it. A header or a program is written as the compiler says it.
HEADERS = {
    "libpq-fe.h": "libpq-dev", "pg_config.h": "libpq-dev", "mysql.h": "default-libmysqlclient-dev", "ffi.h": "libffi-dev",
    "openssl/ssl.h": "libssl-dev", "openssl/opensslv.h": "libssl-dev", "openssl/evp.h": "libssl-dev", "yaml.h": "libyaml-dev",
    "libxml/xpath.h": "libxml2-dev", "libxml/xmlversion.h": "libxml2-dev", "libxslt/xslt.h": "libxslt1-dev",
    "zlib.h": "zlib1g-dev", "jpeglib.h": "libjpeg-dev", "png.h": "libpng-dev", "ft2build.h": "libfreetype-dev", "sql.h": "unixodbc-dev",
    "curl/curl.h": "libcurl4-openssl-dev", "ldap.h": "libldap-dev", "lber.h": "libldap-dev", "sasl/sasl.h": "libsasl2-dev",
    "sasl.h": "libsasl2-dev", "krb5.h": "libkrb5-dev", "gssapi/gssapi.h": "libkrb5-dev", "sqlite3.h": "libsqlite3-dev", "bzlib.h": "libbz2-dev",
    "lzma.h": "liblzma-dev", "zstd.h": "libzstd-dev", "lz4.h": "liblz4-dev", "snappy.h": "libsnappy-dev", "snappy-c.h": "libsnappy-dev",
    "gmp.h": "libgmp-dev", "mpfr.h": "libmpfr-dev", "mpc.h": "libmpc-dev", "hdf5.h": "libhdf5-dev", "geos_c.h": "libgeos-dev",
    "proj.h": "libproj-dev", "proj_api.h": "libproj-dev", "gdal.h": "libgdal-dev", "cairo.h": "libcairo2-dev", "portaudio.h": "portaudio19-dev",
    "sndfile.h": "libsndfile1-dev", "libmemcached/memcached.h": "libmemcached-dev", "librdkafka/rdkafka.h": "librdkafka-dev",
    "graphviz/cgraph.h": "libgraphviz-dev", "pcre.h": "libpcre3-dev", "pcre2.h": "libpcre2-dev", "event.h": "libevent-dev", "uv.h": "libuv1-dev",
    "systemd/sd-daemon.h": "libsystemd-dev", "sodium.h": "libsodium-dev", "zmq.h": "libzmq3-dev", "cblas.h": "libopenblas-dev",
    "lapacke.h": "liblapacke-dev", "magic.h": "libmagic-dev", "libusb.h": "libusb-1.0-0-dev", "ncurses.h": "libncurses-dev",
    "readline/readline.h": "libreadline-dev", "X11/Xlib.h": "libx11-dev", "webp/decode.h": "libwebp-dev", "tiff.h": "libtiff-dev",
    "expat.h": "libexpat1-dev", "db.h": "libdb-dev", "leveldb/c.h": "libleveldb-dev", "boost/python.hpp": "libboost-python-dev",
    "Eigen/Dense": "libeigen3-dev", "protobuf-c/protobuf-c.h": "libprotobuf-c-dev", "google/protobuf/message.h": "libprotobuf-dev",
}
LIBRARIES = {
    "pq": "libpq-dev", "ssl": "libssl-dev", "crypto": "libssl-dev", "xml2": "libxml2-dev", "xslt": "libxslt1-dev", "z": "zlib1g-dev",
    "jpeg": "libjpeg-dev", "ffi": "libffi-dev", "yaml": "libyaml-dev", "mysqlclient": "default-libmysqlclient-dev",
    "mariadb": "libmariadb-dev", "ldap": "libldap-dev", "lber": "libldap-dev", "curl": "libcurl4-openssl-dev", "odbc": "unixodbc-dev",
    "sybdb": "freetds-dev", "openblas": "libopenblas-dev", "blas": "libopenblas-dev", "lapack": "libopenblas-dev",
    "gfortran": "gfortran", "gmp": "libgmp-dev", "sqlite3": "libsqlite3-dev", "geos_c": "libgeos-dev", "gdal": "libgdal-dev", "proj": "libproj-dev",
    "bz2": "libbz2-dev", "lzma": "liblzma-dev", "snappy": "libsnappy-dev", "hdf5": "libhdf5-dev", "freetype": "libfreetype-dev",
    "portaudio": "portaudio19-dev", "magic": "libmagic-dev", "stdc++": "g++",
}
MODULES = {  # of pkg-config, where the name of the library says nothing
    "openblas": "libopenblas-dev", "blas": "libopenblas-dev", "lapack": "libopenblas-dev", "cairo": "libcairo2-dev", "freetype2": "libfreetype-dev",
    "gobject-introspection-1.0": "libgirepository1.0-dev", "girepository-2.0": "libgirepository-2.0-dev", "dbus-1": "libdbus-1-dev",
    "glib-2.0": "libglib2.0-dev", "libffi": "libffi-dev", "openssl": "libssl-dev", "libssl": "libssl-dev", "libpq": "libpq-dev",
    "mysqlclient": "default-libmysqlclient-dev", "libmariadb": "libmariadb-dev", "xmlsec1": "libxmlsec1-dev", "libxml-2.0": "libxml2-dev",
    "hdf5": "libhdf5-dev", "libavcodec": "libavcodec-dev", "libavformat": "libavformat-dev", "libsystemd": "libsystemd-dev",
    "libzmq": "libzmq3-dev", "libsodium": "libsodium-dev", "sndfile": "libsndfile1-dev", "libjpeg": "libjpeg-dev", "zlib": "zlib1g-dev",
}
PROGRAMS = {
    "gcc": "gcc", "cc": "build-essential", "x86_64-linux-gnu-gcc": "gcc", "aarch64-linux-gnu-gcc": "gcc", "g++": "g++", "c++": "g++",
    "x86_64-linux-gnu-g++": "g++", "aarch64-linux-gnu-g++": "g++", "gfortran": "gfortran", "f77": "gfortran", "f95": "gfortran",
    "make": "make", "gmake": "make", "cmake": "cmake", "ninja": "ninja-build", "swig": "swig", "pkg-config": "pkg-config", "pkgconf": "pkg-config",
    "pg_config": "libpq-dev", "mysql_config": "default-libmysqlclient-dev", "mariadb_config": "libmariadb-dev",
    "xml2-config": "libxml2-dev", "xslt-config": "libxslt1-dev", "curl-config": "libcurl4-openssl-dev", "gdal-config": "libgdal-dev",
    "geos-config": "libgeos-dev", "llvm-config": "llvm-dev", "krb5-config": "libkrb5-dev", "cargo": "cargo", "rustc": "rustc", "git": "git",
    "patchelf": "patchelf", "autoconf": "autoconf", "autoreconf": "autoconf", "automake": "automake", "libtool": "libtool", "bison": "bison",
    "flex": "flex", "nasm": "nasm", "perl": "perl", "go": "golang", "node": "nodejs", "patch": "patch", "java": "default-jre-headless", "protoc": "protobuf-compiler",
}
# What is said → which group names the thing, and where to look it up. The first that fits is taken.
SIGNS = [
    (r"fatal error: ([\w./+-]+): No such file or directory", HEADERS, "the header {0}"),
    (r"(?:cannot find|unable to find library) -l([\w+-]+)", LIBRARIES, "the library lib{0}"),
    (r"(pg_config|mysql_config|mariadb_config|curl-config|gdal-config|geos-config|xslt-config|xml2-config|llvm-config|krb5-config)\b.*(?:not found|required|missing|No such file|Could not)",
     PROGRAMS, "the program {0}"),
    (r"(?:(?i:could not run) |Could not find )(pg_config|curl-config|mysql_config|gdal-config|geos-config|llvm-config)\b", PROGRAMS, "the program {0}"),
    (r"Specify (MYSQL)CLIENT_CFLAGS", {"MYSQL": "default-libmysqlclient-dev pkg-config"}, "the MySQL client's headers"),
    (r"make sure the development packages of (libxml2) and libxslt", {"libxml2": "libxml2-dev libxslt1-dev"}, "libxml2 and libxslt"),
    (r"headers or library files could not be found for (\w+)", LIBRARIES, "{0}"),
    (r"No package '([\w.+-]+)' found|Package '?([\w.+-]+)'?,? (?:was )?not found|Dependency \"?([\w.+-]+)\"? not found|Package ([\w.+-]+) was not found in the pkg-config",
     MODULES, "the pkg-config module {0}"),
    (r"command '?([\w.+/-]+)'? failed: No such file or directory|\[Errno 2\] No such file or directory: '([\w.+/-]+)'"
     r"|\b(?:sh|bash): (?:\d+: )?([\w.+-]+): (?:command )?not found",
     PROGRAMS, "the program {0}"),
    (r"Unknown compiler\(s\): \[?\[?'(\w[\w.+-]*)'", PROGRAMS, "a compiler such as {0}"),
    (r"No (CMAKE_CXX)_COMPILER could be found", {"CMAKE_CXX": "g++"}, "a C++ compiler"),
    (r"(CMake) must be installed|(cmake): not found|Program '?(cmake)'? not found", {"CMake": "cmake", "cmake": "cmake"}, "CMake"),
    (r"Program '?([\w.+-]+)'? not found or not executable|(?:Did not find|can't find) (pkg-config)\b", PROGRAMS, "the program {0}"),
]
# A library that the distribution has in an older version than the package wants: the name of the library, and where the
# text has the version that was found.
OLD_LIBRARY = [(re.compile(pattern), library) for pattern, library in (
    (r"Python bindings of GDAL [\w.]+ require at least libgdal [\w.]+, but ([\w.]+) was found", "libgdal"),
    (r"which follows (lib\w+?)-dev, and the distribution has ([\w.]+)", "{0}"),
    (r"GDAL API version must be (?:specified|at least)|GDAL >= [\d.]+ (?:is )?required|requires GDAL (?:API )?version [\d.]+ or (?:later|greater)", "libgdal"),
    (r"Minimum supported PROJ version is [\d.]+,? installed version is ([\d.]+)", "PROJ"),
    (r"requires MariaDB Connector/C >= [\d.]+, found version ([\d.]+)", "MariaDB Connector/C"),
    (r"confluent-kafka-python requires librdkafka v?[\d.]+ or later", "librdkafka"),
    (r"libvirt version \S+ .*(?:too old|required)|Requested '\S+ >= \S+' but version of \S+ is ([\w.]+)", "the library"),
    (r"Dependency (?:lookup for )?\"?([\w.+-]+)\"? .*found: NO,? found '?([\d.]+)'? but need", "the library"),
)]
# Headers that a Python package brings, not one of the system.
OF_PYTHON = {"numpy": "numpy", "pybind11": "pybind11", "Cython": "cython", "nanobind": "nanobind"}
RUST_OLD = re.compile(r"requires rustc ([\d.]+)|rustc ([\d.]+) is not supported|feature `edition20\d\d` is required|lock file version [`']?\d+[`']? requires"
                      r"|can't find crate for `core`|package .* cannot be built because it requires rustc", re.IGNORECASE)
RUST = re.compile(r"Rust (?:toolchain|compiler).*(?:not found|not installed|required|install)|can't find Rust compiler|Cargo, the Rust package manager, is not installed",
                  re.IGNORECASE)
PYTHON = re.compile(r"No module named '?(distutils|imp|asynchat|asyncore|pkg_resources)\b|Python version .*(?:not supported|unsupported)"
                    r"|the configured Python interpreter version \([\d.]+\) is newer than|module 'pkgutil' has no attribute 'ImpImporter'"
                    r"|use of undeclared identifier '_PyLong|‘PyThreadState’.* has no member|too few arguments to function ‘_PyLong_AsByteArray’"
                    r"|has no member named ‘(?:ob_digit|tp_print|curexc_\w+|use_tracing|recursion_depth|f_code|c_stack_refs)’|longintrepr\.h: No such file")
NO_SPACE = re.compile(r"No space left on device")
MEMORY = re.compile(r"Killed signal terminated program|virtual memory exhausted|Cannot allocate memory|std::bad_alloc|c(?:c1|c1plus|11)?: out of memory")


def hint(item, log, constraints=()):
    """What to do about the failed build of an item, in a sentence or two; "" where nothing known is to be seen."""
    said = of_log(item.key, log, constraints)
    if item.wheels_for:
        newest = item.wheels_for[-1]
        said = (f"{item} has published wheels for Python {', '.join(item.wheels_for)}, and none for this one: "
                f'set `python: "{newest}"` in gcpdeploy.yaml, or pin a newer {item.key}. {said}')
    return said.strip()


def of_log(name, log, constraints=()):
    """constraints are the build constraints that it was built under."""
    have = ".".join(map(str, sys.version_info[:2]))
    said = outgrown.hint(name, log, constraints)
    if said:
        return said
    if PYTHON.search(log):
        return (f"This version of {name} is probably older than Python {have}: pin a newer one, or set in gcpdeploy.yaml "
                f'`python: "{older()}"`.')
    if NO_SPACE.search(log):
        return "The disk is full: set build.machine_type to a larger machine in gcpdeploy.yaml, or free space on this one."
    if MEMORY.search(log):
        return "The compiler ran out of memory: set build.machine_type to a larger machine in gcpdeploy.yaml."
    for pattern, library in OLD_LIBRARY:
        found = pattern.search(log)
        if found:
            version, library = (found.group(found.lastindex) if found.lastindex else "").rstrip("."), library.format(*found.groups())
            pin = f"`{name}=={version}`" if name in tables.FOLLOWS and version else f"an older {name}"
            return f"{name} wants a newer {library} than the base image's distribution has{f' ({version})' * bool(version)}: pin {pin}, or set base_image to a newer one."
    if RUST_OLD.search(log):
        return (f"{name} wants a newer Rust than this base image has: pin a version of it that has a wheel for Python {have}, "
                "or set base_image to a newer one, with cargo in system_packages.build.")
    if RUST.search(log):
        return f"Rust is missing: add to gcpdeploy.yaml `system_packages: {{build: [cargo, rustc]}}`, or pin a version of {name} that has a wheel."
    for pattern, table, what in SIGNS:
        for found in re.finditer(pattern, log):
            word = next(w for w in found.groups() if w)
            if table is HEADERS and word.split("/")[0] in OF_PYTHON:
                return (f"The header {word} comes with {OF_PYTHON[word.split('/')[0]]}, which {name} does not name among its build requirements: "
                        f"pin a version of {name} that does, or one that has a wheel.")
            if table is HEADERS and word == "Python.h":
                return "Python.h is missing: set base_image to one with Python's headers, such as python:3-slim."
            short = word.rpartition("/")[2] if table is PROGRAMS else word
            package = table.get(short) or table.get(word.rpartition("/")[2])
            words = what.format(short)
            if package:
                return f"{words[0].upper()}{words[1:]} is missing: add to gcpdeploy.yaml `system_packages: {{build: [{', '.join(package.split())}]}}`."
            if table is not PROGRAMS:
                return (f"{words[0].upper()}{words[1:]} is missing: find its Debian package at https://packages.debian.org, "
                        "and add it to system_packages.build in gcpdeploy.yaml.")
    return ""


def older():
    """A Python that most old packages can still be built with."""
    return "3.11" if sys.version_info >= (3, 12) else f"3.{max(8, sys.version_info[1] - 1)}"
