"""Writes small ELF files, as a linker would."""

import struct


def library(needed=(), soname="", bits=64, order="<", machine=62, runpath=""):
    """A shared library with one segment, a dynamic section and its strings."""
    strings, at = b"\0", {}
    for name in [*needed, soname, runpath]:
        at[name] = len(strings)
        strings += name.encode() + b"\0"
    wide = bits == 64
    header, program = (64, 56) if wide else (52, 32)
    base, start = 0x10000, header + 2 * program
    tags = [(1, at[name]) for name in needed] + ([(14, at[soname])] if soname else []) + ([(29, at[runpath])] if runpath else [])
    length = (len(tags) + 3) * (16 if wide else 8)
    tags += [(5, base + start + length), (10, len(strings)), (0, 0)]
    dynamic = b"".join(struct.pack(order + ("qQ" if wide else "iI"), *tag) for tag in tags)
    size = start + length + len(strings)

    def segment(kind, offset, length):
        if wide:
            return struct.pack(order + "IIQQQQQQ", kind, 6, offset, base + offset, base + offset, length, length, 8)
        return struct.pack(order + "IIIIIIII", kind, offset, base + offset, base + offset, length, length, 6, 4)

    word = "Q" if wide else "I"
    head = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    head += struct.pack(order + f"HHI{word}{word}{word}IHHHHHH", 3, machine, 1, 0, header, 0, 0, header, program, 2, 0, 0, 0)
    return head + segment(1, 0, size) + segment(2, start, length) + dynamic + strings


def with_symbols(data, symbols=b"\1" * 5000, behind=b"", loaded=()):
    """The same library with sections: .dynamic in its segment, symbols with their names, what a debugger reads, and a comment.

    behind is put after all of it; loaded are more segments, each (offset from the end, length).
    """
    wide, order = data[4] == 2, "<>"[data[5] - 1]
    names = b"\0.dynamic\0.symtab\0.strtab\0.debug_info\0.comment\0.shstrtab\0"
    at = {name: names.index(b"." + name + b"\0") for name in (b"dynamic", b"symtab", b"strtab", b"debug_info", b"comment", b"shstrtab")}
    segment = struct.unpack_from(order + ("IIQQQQQQ" if wide else "IIIIIIII"), data, (64 if wide else 52) + (56 if wide else 32))
    offset, address, length = (segment[2], segment[3], segment[5]) if wide else (segment[1], segment[2], segment[4])
    out, sections = bytearray(data), [(0,) * 10]
    sections.append((at[b"dynamic"], 6, 3, address, offset, length, 0, 0, 8, 16))
    for name, kind, link, text in ((b"symtab", 2, 3, symbols), (b"strtab", 3, 0, b"\0name\0" * 100), (b"debug_info", 1, 0, b"\2" * 3000),
                                   (b"comment", 1, 0, b"made by hand\0"), (b"shstrtab", 3, 0, names)):
        sections.append((at[name], kind, 0, 0, len(out), len(text), link, 0, 1, 0))
        out += text
    table = len(out)
    for s in sections:
        out += struct.pack(order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII"), *s)
    struct.pack_into(order + ("Q" if wide else "I"), out, 40 if wide else 32, table)
    struct.pack_into(order + "HHH", out, 58 if wide else 46, 64 if wide else 40, len(sections), len(sections) - 1)
    return bytes(out) + behind
