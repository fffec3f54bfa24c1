"""Reads from ELF files which shared libraries they need; pure, for 32 and 64 bits and both byte orders.

A file is given as bytes, or as what can be read like bytes: a mapped file, or a Member of an archive. No more of it
is asked for than its tables.

Every offset of the file is checked before it is followed, so that a truncated or hostile file
ends in Error and nothing else.
"""

import struct
from collections import namedtuple

MAGIC = b"\x7fELF"
PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 0, 1, 5, 10, 14, 15, 29

LONGEST = 4096  # bytes of a name

# By the class byte: where the offset of the program headers stands, where their size and number stand, and the layout
# of one (type, offset, address, size in the file) and of one entry of the dynamic section (tag, value).
Class = namedtuple("Class", "phoff sizes header entry")
CLASSES = {1: Class((28, "I"), 42, "III4xI", "iI"), 2: Class((32, "Q"), 54, "I4xQQ8xQ", "qQ")}


class Error(ValueError):
    """The file is no ELF file, or a broken one."""


# kind is what two files must share to be linked together: class, byte order, machine. runpath are the folders,
# as written, where needed is looked for first.
Elf = namedtuple("Elf", "kind needed soname runpath")


def needed(data):
    """The sonames that the file names as needed, in its order; [] for a static one."""
    return read(data).needed


def soname(data):
    """The name that the library gives itself, or ""."""
    return read(data).soname


def kind(data):
    """Class, byte order and machine, from the file's first 20 bytes."""
    if len(data) < 20 or data[:4] != MAGIC or data[4] not in CLASSES or data[5] not in (1, 2):
        raise Error("no ELF file")
    return data[4], data[5], unpack("<>"[data[5] - 1] + "H", data, 18)[0]


def read(data):
    """Parses a whole file."""
    which = kind(data)
    form, order = CLASSES[which[0]], "<>"[which[1] - 1]
    dynamic, segments = None, []
    for type, *where in program_headers(form, order, data):
        if type == PT_LOAD:
            segments.append(where)
        elif type == PT_DYNAMIC:
            dynamic = where
    if dynamic is None:
        return Elf(which, [], "", [])
    names, values = [], {}
    for tag, value in entries(order + form.entry, data, dynamic[0], dynamic[2]):
        if tag == DT_NEEDED:
            names.append(value)
        else:
            values[tag] = value
    if not names and DT_SONAME not in values:
        return Elf(which, [], "", [])
    strings = table(data, segments, values.get(DT_STRTAB), values.get(DT_STRSZ, 0))
    own, path = (text(strings, values[tag]) if tag in values else "" for tag in (DT_SONAME, DT_RUNPATH if DT_RUNPATH in values else DT_RPATH))
    return Elf(which, [text(strings, n) for n in names], own, [folder for folder in path.split(":") if folder])


def program_headers(form, order, data):
    start, = unpack(order + form.phoff[1], data, form.phoff[0])
    size, count = unpack(order + "HH", data, form.sizes)
    if start == 0 or count == 0:  # an object file
        return
    if size < struct.calcsize(order + form.header):
        raise Error("program headers are too small")
    for i in range(count):
        yield unpack(order + form.header, data, start + i * size)


def entries(layout, data, start, length):
    if start + length > len(data):
        raise Error("the dynamic section is cut off")
    size = struct.calcsize(layout)
    for offset in range(start, start + length - size + 1, size):
        tag, value = unpack(layout, data, offset)
        if tag == DT_NULL:
            return
        yield tag, value


def table(data, segments, address, length):
    """The bytes of the string table, which is named by its address in memory."""
    for offset, vaddr, size in segments:
        if address is not None and vaddr <= address and address + length <= vaddr + size:
            start = offset + address - vaddr
            if start + length > len(data):
                raise Error("the string table is cut off")
            return data[start:start + length]
    raise Error("the string table is in no segment")


def text(strings, offset):
    end = strings.find(b"\0", offset, offset + LONGEST)
    if end < 0:
        raise Error("a name has no end")
    try:
        return strings[offset:end].decode()
    except UnicodeDecodeError:
        raise Error("a name is no text") from None


def unpack(layout, data, offset):
    try:
        return struct.unpack(layout, data[offset:offset + struct.calcsize(layout)])
    except (struct.error, OverflowError):
        raise Error("the file is cut off") from None


class Member:
    """A file in an archive, of which a piece is held at a time; the file is an open one that can seek.

    Where a compressed one is asked for what lies further back it is read from its beginning again, so that is kept.
    """

    HEAD = 1 << 20

    def __init__(self, file, size):
        self.file, self.size, self.head = file, size, file.read(self.HEAD)

    def __len__(self):
        return self.size

    def __getitem__(self, at):
        if not isinstance(at, slice):
            return self[at:at + 1][0]
        start, end, _ = at.indices(self.size)
        if end <= len(self.head):
            return self.head[start:end]
        if self.file.tell() != start:
            self.file.seek(start)
        return self.file.read(max(0, end - start))
