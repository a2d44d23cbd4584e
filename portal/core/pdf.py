"""Pages to print, typeset by Typst inside this process: no program and no network beside it."""

import json
import unicodedata
from pathlib import Path
from typing import Any


def typeset(template: Path, data: dict[str, Any]) -> bytes:
    """A PDF, the same on every machine, by the fonts that come with Typst.

    :param template: reads `data` by `json(bytes(sys.inputs.data))`; texts in it are texts and never code
    """
    # Large, and every process of the portal would load it at its start, though few ever print.
    import typst  # noqa: PLC0415

    compiler = typst.Compiler(
        str(template),
        root=str(template.parent),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_printable(data))},
    )
    try:
        # One that can be read aloud.
        made = compiler.compile(format="pdf", pdf_standards="ua-1")
    except typst.TypstError:
        # A name in letters that the fonts lack is better printed with gaps than not at all.
        made = compiler.compile(format="pdf")
    assert isinstance(made, bytes)
    return made


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(_printed(sign) for sign in value)
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value


def _printed(sign: str) -> str:
    """No font has pictures: they are named, since one may be all that says "peanuts"."""
    category = unicodedata.category(sign)
    if sign == "\n" or (ord(sign) < 0x2000 and category[0] != "C"):
        return sign
    if category == "So":
        return f"[{unicodedata.name(sign, '?').lower()}]"
    # Signs that only change how the one before looks, and those without a meaning.
    return "" if category[0] == "C" or category in ("Sk", "Mn") else sign
