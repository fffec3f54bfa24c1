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
