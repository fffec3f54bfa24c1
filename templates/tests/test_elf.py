import random
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from case import run  # noqa: F401, it finds the program
from elves import library
from wheelhouse import elf

FORMS = [(bits, order) for bits in (32, 64) for order in "<>"]


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
