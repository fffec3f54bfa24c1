import random
import shutil
import struct
import subprocess
import tempfile
import tracemalloc
import unittest
import zipfile
from pathlib import Path

from case import run  # noqa: F401, it finds the program
from elves import library, with_symbols
from wheelhouse import elf, record, symbols, system

FORMS = [(bits, order) for bits in (32, 64) for order in "<>"]


def moved(data, by):
    """The library with a hole between its header and what its segments name, as a large one has."""
    out = bytearray(data[:176] + bytes(by) + data[176:])
    for at in (64, 120):
        offset, = struct.unpack_from("<Q", out, at + 8)
        address, = struct.unpack_from("<Q", out, at + 16)
        if offset:
            struct.pack_into("<QQ", out, at + 8, offset + by, address + by)
        else:
            struct.pack_into("<QQ", out, at + 32, len(out), len(out))
    at = 176 + by
    while struct.unpack_from("<q", out, at)[0] != 5:
        at += 16
    struct.pack_into("<Q", out, at + 8, struct.unpack_from("<Q", out, at + 8)[0] + by)
    return bytes(out)


class Elf(unittest.TestCase):
    def test_names(self):
        for bits, order in FORMS:
            for names, own in (([], ""), ([], "libx.so.1"), (["libc.so.6"], ""), (["libpq.so.5", "libc.so.6"], "libx.so.1")):
                with self.subTest(bits=bits, order=order, names=names, own=own):
                    data = library(names, own, bits, order)
                    self.assertEqual((elf.needed(data), elf.soname(data)), (names, own))

    def test_kind(self):
        self.assertEqual(len({elf.kind(library(bits=bits, order=order, machine=m)) for bits, order in FORMS for m in (62, 183)}), 8)

    def test_gcc_agrees(self):
        gcc = shutil.which("gcc")
        if not gcc:
            self.skipTest("there is no gcc here")
        with tempfile.TemporaryDirectory() as tmp:
            out = Path(tmp) / "libown.so"
            subprocess.run([gcc, "-shared", "-x", "c", "/dev/null", "-o", str(out), "-Wl,-soname,libown.so.7", "-Wl,--no-as-needed", "-lm"], check=True)
            data = out.read_bytes()
            self.assertEqual((elf.needed(data)[0], elf.soname(data)), ("libm.so.6", "libown.so.7"))
            subprocess.run([gcc, "-c", "-x", "c", "/dev/null", "-o", str(out)], check=True)
            self.assertEqual((elf.needed(out.read_bytes()), elf.soname(out.read_bytes())), ([], ""))

    def test_members(self):
        """What is read of an archive is what is read of the file, wherever its tables lie, and no file is held."""
        far = with_symbols(library(["libpq.so.5"], "libx.so.1"), symbols=bytes(40 << 20))
        for data in (far, library(["libpq.so.5"], "libx.so.1"), moved(library(["libpq.so.5"], "libx.so.1"), 3 << 20)):
            with tempfile.TemporaryDirectory() as tmp:
                wheel, own = Path(tmp) / "x-1-cp311-cp311-linux_x86_64.whl", Path(tmp) / "x.so"
                own.write_bytes(data)
                with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
                    z.write(own, "x.so")
                    z.writestr("x-1.dist-info/WHEEL", "")
                    z.writestr("x-1.dist-info/RECORD", "x.so,,\n")
                want, size = elf.read(data), len(data)
                tracemalloc.start()
                self.addCleanup(tracemalloc.stop)
                with zipfile.ZipFile(wheel) as z, z.open("x.so") as f:
                    self.assertEqual(elf.read(elf.Member(f, size)), want)
                self.assertEqual(system.linked(wheel), {"libpq.so.5"})
                self.assertEqual(len(record.Wheel(wheel, Path(tmp) / "env").files()), 1)
                symbols.remove(own)
                self.assertEqual(elf.read(own.read_bytes()), want)
                self.assertLess(tracemalloc.get_traced_memory()[1], 12 << 20)
                tracemalloc.stop()

    def test_no_elf(self):
        for data in (b"", b"\x7fELF", b"#!/bin/sh\n" * 10, b"\x7fELF\3\1" + bytes(60), b"\x7fELF\2\3" + bytes(60)):
            with self.subTest(data=data), self.assertRaises(elf.Error):
                elf.read(data)

    def test_truncated(self):
        for bits, order in FORMS:
            data = library(["libpq.so.5"], "libx.so.1", bits, order)
            for end in range(len(data)):
                with self.subTest(bits=bits, end=end), self.assertRaises(elf.Error):
                    elf.read(data[:end])

    def test_hostile(self):
        chance = random.Random(4)
        for _ in range(4000):
            data = bytearray(library(["libpq.so.5", "libc.so.6"], "libx.so.1", *chance.choice(FORMS)))
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(4, len(data))] = chance.choice([0, 1, 0x7f, 0x80, 0xff, chance.randrange(256)])
            try:
                found = elf.read(bytes(data))
            except elf.Error:
                continue
            self.assertTrue(all(isinstance(name, str) for name in [*found.needed, found.soname]))


if __name__ == "__main__":
    unittest.main()
