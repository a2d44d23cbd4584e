"""What customers wrote with their order, as far as a kitchen must not overlook it."""

import re

from portal.bookings.cards import NoteLine, note_lines

# Beginnings of words, in the languages that customers write. Only an emphasis: every note is shown in full.
_DIET = re.compile(
    r"allerg|unvertr|intoleran|z[öo]liak|celiac|coeliac|gluten|la[ck]tos|fructos|fruktos|histamin|nuss|nüsse|erdn"
    r"|\bnuts?\b|peanut|vegan|vegetar|halal|koscher|kosher|schwanger|pregnan|diabet|di[äa]t|\bdiet"
    r"|schalentier|shellfish|krustentier|sellerie|sesam|soja|\bsoy",
    re.IGNORECASE,
)
_NONE = re.compile(r"\W*(keine?[nrs]?|nein|nichts|ohne|none|no|nothing|n/?a)?\W*", re.IGNORECASE)


def has_diet(notes: str) -> bool:
    """Whether any line is about what the customer must or will not eat."""
    return any(is_diet(line) for line in note_lines(notes))


def is_diet(line: NoteLine) -> bool:
    """ "Allergien: keine" is none."""
    if line.label and _DIET.search(line.label):
        return not _NONE.fullmatch(line.answer)
    return bool(_DIET.search(line.answer))
