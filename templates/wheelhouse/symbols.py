"""Removes from a shared object the symbols that only a linker and a debugger read: .symtab and .debug_*.

What is loaded at run time, .dynsym with it, is named by segments. These are kept as they are, moved towards the beginning by
whole pages at most; the table of sections keeps its places, so that their numbers hold. A file of which a byte would go that
nothing names, or that is no plain shared object, is refused as it is. No more of a file than its tables is held.
"""

import mmap
import os
import shutil
import struct
from collections import namedtuple

from . import elf

SHARED = 3  # the type of the file
NULL, SYMTAB, STRTAB, RELA, NOBITS, REL, DYNSYM, INDICES = 0, 2, 3, 4, 8, 9, 11, 18
ALLOC = 2  # a flag: the section is loaded
DEBUG = (".debug_", ".zdebug_", ".gnu.debuglto_", ".gnu_debugdata", ".stab")
MOST = 0xff00  # sections; from there on their number stands elsewhere

Header = namedtuple("Header", "type machine version entry phoff shoff flags size phsize phnum shsize shnum names")
Section = namedtuple("Section", "name type flags address offset size link info align entry")
# A piece of the file that stays: where it begins, its length, and what its place must be a multiple of, but for the rest
# that it has now.
Piece = namedtuple("Piece", "start end align")

# By the class byte: the layouts of the header behind the first 16 bytes, of a section, and of a segment, in which the offset,
# the size in the file, and the alignment stand at these places.
Class = namedtuple("Class", "header section segment offset length align word")
CLASSES = {1: Class("HHIIIIIHHHHHH", "IIIIIIIIII", "IIIIIIII", 1, 4, 7, 4), 2: Class("HHIQQQIHHHHHH", "IIQQQQIIQQ", "IIQQQQQQ", 2, 5, 7, 8)}


def remove(path):
    """Rewrites a file without them; gives how many bytes that saved. Error where the file is not understood."""
    with open(str(path), "rb") as f:
        if os.fstat(f.fileno()).st_size < 64:
            raise elf.Error("no ELF file")
        with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
            layout = Layout(data)
            if not layout.removed or layout.size() >= len(data):
                return 0
            before, new = elf.read(data), str(path) + ".new"
            try:
                with open(new, "wb+") as to:
                    layout.write(f, to)
                    to.flush()
                    with mmap.mmap(to.fileno(), 0, access=mmap.ACCESS_READ) as after:
                        if elf.read(after) != before or Layout(after).removed:
                            raise elf.Error("it would not be what it was")
                shutil.copymode(str(path), new)
                os.replace(new, str(path))
            finally:
                if os.path.exists(new):
                    os.unlink(new)
            return len(data) - layout.size()


class Layout:
    """Where a file's pieces lie, and where they will."""

    def __init__(self, data):
        which = elf.kind(data)
        self.form, self.order = CLASSES[which[0]], "<>"[which[1] - 1]
        self.header = h = Header(*elf.unpack(self.order + self.form.header, data, 16))
        self.sections, self.segments = [], []
        if h.type != SHARED:
            raise elf.Error("no shared object")
        if h.shnum == 0:  # there is nothing that could be removed
            self.removed = set()
            return
        if h.shnum >= MOST or h.names >= h.shnum or (h.shsize, h.phsize) != (self.length(self.form.section), self.length(self.form.segment)):
            raise elf.Error("its tables are not understood")
        self.sections = [Section(*elf.unpack(self.order + self.form.section, data, h.shoff + n * h.shsize)) for n in range(h.shnum)]
        self.segments = [elf.unpack(self.order + self.form.segment, data, h.phoff + n * h.phsize) for n in range(h.phnum)]
        self.removed = self.choose(self.names(data))
        self.pieces = self.keep(len(data))
        self.account(data)
        self.place()

    def length(self, layout):
        return struct.calcsize(self.order + layout)

    def names(self, data):
        table = self.sections[self.header.names]
        strings = data[table.offset:table.offset + table.size]
        return [elf.text(strings, s.name) if s.name else "" for s in self.sections]

    def choose(self, names):
        """The numbers of the sections that go."""
        gone = {n for n, s in enumerate(self.sections) if not s.flags & ALLOC and (s.type in (SYMTAB, INDICES) or names[n].startswith(DEBUG))}
        gone |= {n for n, s in enumerate(self.sections) if not s.flags & ALLOC and s.type in (REL, RELA) and (s.info in gone or s.link in gone)}
        linked = {s.link for n, s in enumerate(self.sections) if n not in gone}
        gone |= {self.sections[n].link for n in gone if self.sections[n].type == SYMTAB} - linked - {0, self.header.names}
        if any(n >= len(self.sections) for n in gone) or linked & gone or any(self.sections[n].flags & ALLOC for n in gone):
            raise elf.Error("what stays names what would go")
        return gone

    def keep(self, size):
        """The pieces that stay, in their order: what overlaps is one."""
        h, f = self.header, self.form
        found = [Piece(0, h.size, 1), Piece(h.phoff, h.phoff + h.phnum * h.phsize, f.word)]
        found += [Piece(s[f.offset], s[f.offset] + s[f.length], s[f.align] or 1) for s in self.segments if s[f.length]]
        loaded = list(found)
        for n, s in enumerate(self.sections):
            if n in self.removed or s.type in (NULL, NOBITS) or not s.size:
                continue
            found.append(Piece(s.offset, s.offset + s.size, s.align or 1))
            if s.flags & ALLOC and not any(p.start <= s.offset and s.offset + s.size <= p.end for p in loaded):
                raise elf.Error("a section that is loaded is in no segment")
        pieces = []
        for p in sorted(found):
            if p.end > size or p.align & (p.align - 1):
                raise elf.Error("the file is cut off")
            if pieces and p.start < pieces[-1].end:
                last = pieces.pop()
                p = Piece(last.start, max(last.end, p.end), max(last.align, p.align))
            pieces.append(p)
        return pieces

    def account(self, data):
        """Refuses what would go without being a section of symbols, or an empty place."""
        known = [(self.header.shoff, self.header.shoff + self.header.shnum * self.header.shsize)]
        known += [(s.offset, s.offset + s.size) for n, s in enumerate(self.sections) if n in self.removed]
        for p in self.pieces:
            if any(p.start < end and start < p.end for start, end in known):
                raise elf.Error("symbols are in what is loaded")
        at = 0
        for start, end in sorted([*known, *((p.start, p.end) for p in self.pieces), (len(data), len(data))]):
            while at < start:
                part = data[at:min(start, at + (1 << 20))]
                if part.count(0) != len(part):
                    raise elf.Error("it has more than its sections")
                at += len(part)
            at = max(at, end)

    def place(self):
        """Moves the pieces together."""
        self.moved, self.end = [], 0
        for p in self.pieces:
            at = self.end + (p.start - self.end) % p.align
            self.moved.append(at)
            self.end = at + p.end - p.start
        self.end += -self.end % self.form.word

    def size(self):
        return self.end + self.header.shnum * self.header.shsize

    def moves(self, offset):
        """Where an offset of a piece will be; of what is in none, where it is empty, the end."""
        for p, at in zip(self.pieces, self.moved):
            if p.start <= offset <= p.end:
                return offset - p.start + at
        return self.end

    def write(self, data, to):
        for p, at in zip(self.pieces, self.moved):
            data.seek(p.start)
            to.seek(at)
            left = p.end - p.start
            while left:
                block = data.read(min(left, 1 << 20))
                to.write(block)
                left -= len(block)
        h, f = self.header, self.form
        for n, s in enumerate(self.segments):
            s = list(s)
            s[f.offset] = self.moves(s[f.offset])
            self.put(to, self.moves(h.phoff) + n * h.phsize, f.segment, s)
        for n, s in enumerate(self.sections):
            s = Section(*[0] * len(s)) if n in self.removed or s.type == NULL else s._replace(offset=self.moves(s.offset))
            self.put(to, self.end + n * h.shsize, f.section, s)
        self.put(to, 16, f.header, h._replace(phoff=self.moves(h.phoff), shoff=self.end))

    def put(self, to, at, layout, values):
        to.seek(at)
        to.write(struct.pack(self.order + layout, *values))
