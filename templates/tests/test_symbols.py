"""Tests of what is removed from shared objects."""

import ctypes
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import case  # noqa: F401  (finds the program)
import elves
from wheelhouse import elf, symbols

CODE = """
#include <stdexcept>
static int hidden_name(int n) { if (n < 0) throw std::runtime_error("below"); return n + 1; }
extern "C" int next_one(int n) { try { return hidden_name(n); } catch (std::exception &) { return -1; } }
thread_local int kept = 7;
extern "C" int each() { return kept++; }
"""


class Symbols(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.file = Path(tmp.name) / "lib.so"

    def remove(self, data):
        self.file.write_bytes(data)
        self.file.chmod(0o751)
        saved = symbols.remove(self.file)
        after = self.file.read_bytes()
        self.assertEqual(saved, len(data) - len(after))
        self.assertEqual((self.file.stat().st_mode & 0o777, os.listdir(str(self.file.parent))), (0o751, ["lib.so"]))
        return after

    def test_all_forms(self):
        for bits in (32, 64):
            for order in "<>":
                plain = elves.library(["libc.so.6"], "libx.so.1", bits, order, runpath="$ORIGIN/x")
                after = self.remove(elves.with_symbols(plain))
                self.assertEqual(elf.read(after), elf.read(plain))
                self.assertEqual(after[64:len(plain)], plain[64:], "what is loaded")
                self.assertIn(b"made by hand", after)
                self.assertNotIn(b"\1" * 10, after)
                self.assertNotIn(b"\2" * 10, after)
                self.assertLess(len(after), len(plain) + 700)
                self.assertEqual(self.remove(after), after, "a second time")

    def test_nothing_to_remove(self):
        plain = elves.library(["libc.so.6"])
        self.assertEqual(self.remove(plain), plain)

    def test_what_is_not_understood_stays(self):
        good = elves.with_symbols(elves.library(["libc.so.6"], "libx.so"))
        table = int.from_bytes(good[40:48], "little")
        for why, data in {
            "no ELF": b"#!/bin/sh\n" * 20,
            "empty": b"",
            "an object file": good[:16] + b"\1\0" + good[18:],
            "a payload behind": good + b"PK\3\4 more",
            "a table beyond the end": good[:40] + (1 << 40).to_bytes(8, "little") + good[48:],
            "entries of another size": good[:58] + b"\x30\0" + good[60:],
            "no names": good[:62] + b"\x63\0" + good[64:],
            "symbols in a segment": good[:64 + 32] + len(good).to_bytes(8, "little") * 2 + good[64 + 48:],
            "a section beyond the end": good[:table + 5 * 64 + 32] + (1 << 40).to_bytes(8, "little") + good[table + 5 * 64 + 40:],
            "symbols whose names are the sections'": good[:table + 2 * 64 + 40] + b"\x63\0\0\0" + good[table + 2 * 64 + 44:],
        }.items():
            with self.subTest(why):
                self.file.write_bytes(data)
                with self.assertRaises(elf.Error):
                    symbols.remove(self.file)
                self.assertEqual((self.file.read_bytes(), os.listdir(str(self.file.parent))), (data, ["lib.so"]))

    def test_cut_anywhere(self):
        good = elves.with_symbols(elves.library(["libc.so.6"]))
        for end in range(0, len(good), 97):
            self.file.write_bytes(good[:end])
            with self.assertRaises(elf.Error, msg=str(end)):
                symbols.remove(self.file)

    @unittest.skipUnless(shutil.which("g++") and shutil.which("readelf"), "there is no compiler")
    def test_a_real_one(self):
        source = self.file.with_name("lib.cc")
        source.write_text(CODE)
        subprocess.run(["g++", "-g", "-O1", "-shared", "-fPIC", "-o", str(self.file), str(source)], check=True)
        source.unlink()
        before = self.file.read_bytes()
        self.assertIn(b"hidden_name", before)
        after = self.remove(before)
        self.assertNotIn(b"hidden_name", after)
        said = subprocess.run(["readelf", "-W", "-S", "-l", "-s", str(self.file)], capture_output=True, text=True, check=True)
        self.assertEqual((said.stderr, ".symtab" in said.stdout, "next_one" in said.stdout), ("", False, True))
        lib = ctypes.CDLL(str(self.file))
        self.assertEqual((lib.next_one(4), lib.next_one(-4), lib.each(), lib.each()), (5, -1, 7, 8))


if __name__ == "__main__":
    unittest.main()
