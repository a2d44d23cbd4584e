"""What somebody who marks and copies all of a PDF gets, page by page. For files as `core.pdf` makes them."""

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)(?=\nendobj|\nstream\n)", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [\d.]+ Tf")
_HEXADECIMAL = re.compile(rb"<([0-9A-Fa-f]+)>")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> list[str]:
    objects = {int(each[1]): (each[2], each.end()) for each in _OBJECT.finditer(pdf)}
    pages = next(head for head, _ in objects.values() if b"/Type/Pages" in head and b"/Kids" in head)
    kids = re.search(rb"/Kids\s*\[([^\]]*)\]", pages)[1]
    return [_text(pdf, objects, int(each)) for each in re.findall(rb"(\d+) 0 R", kids)]


def _text(pdf, objects, page: int) -> str:
    head = objects[page][0]
    resources = objects[_reference(head, b"Resources")][0]
    fonts = re.search(rb"/Font<<(.*?)>>", resources, re.DOTALL)[1]
    letters = {
        name: _letters(pdf, objects, int(number)) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", fonts)
    }
    found = []
    # Each text stands between BT and ET, with one font.
    for shown in _stream(pdf, objects, _reference(head, b"Contents")).split(b"\nBT")[1:]:
        font = letters[_FONT.search(shown)[1]]
        codes = b"".join(_strings(shown))
        found.append("".join(font.get(codes[at : at + 2], "\ufffd") for at in range(0, len(codes), 2)))
    return " ".join(found)


def _strings(shown: bytes) -> list[bytes]:
    """Those before the operator Tj or TJ: brackets and balanced parentheses may stand in them."""
    found, at = [], shown.index(b" Tm") + 3
    while shown[at : at + 1] != b"T":
        if shown[at : at + 1] == b"(":
            literal = _literal(shown, at + 1)
            found.append(_ESCAPED.sub(lambda each: _unescaped(each[1]), literal))
            at += len(literal) + 2
        elif hexadecimal := _HEXADECIMAL.match(shown, at):
            found.append(bytes.fromhex(hexadecimal[1].decode()))
            at = hexadecimal.end()
        else:
            at += 1
    return found


def _literal(shown: bytes, start: int) -> bytes:
    at, depth = start, 1
    while depth:
        sign = shown[at : at + 1]
        depth += (sign == b"(") - (sign == b")")
        at += 2 if sign == b"\\" else 1
    return shown[start : at - 1]


def _letters(pdf, objects, font: int) -> dict[bytes, str]:
    cmap = _stream(pdf, objects, _reference(objects[font][0], b"ToUnicode"))
    pairs = re.findall(rb"\n<([0-9A-F]{4})> <([0-9A-F]+)>", cmap)
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs
    }


def _reference(head: bytes, name: bytes) -> int:
    return int(re.search(rb"/" + name + rb" (\d+) 0 R", head)[1])


def _stream(pdf, objects, number: int) -> bytes:
    start = objects[number][1] + len("\nstream\n")
    return zlib.decompressobj().decompress(pdf[start:])


def _unescaped(code: bytes) -> bytes:
    return bytes([int(code, 8)]) if code[:1].isdigit() else _LETTERS.get(code, code)
