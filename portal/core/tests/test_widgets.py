import pytest

from portal.core.widgets import cents_of


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("89", 8900),
        ("89,00", 8900),
        ("89.00", 8900),
        ("89,5", 8950),
        ("0,99", 99),
        ("0", 0),
        ("89 €", 8900),
        ("€89.00", 8900),
        ("1.089,00\N{NO-BREAK SPACE}€", 108900),
        ("1,089.00", 108900),
        ("1.089", 108900),
        ("1,089", 108900),
        ("1.234.567,89", 123456789),
        ("12345.6", 1234560),
        ("", None),
        ("viel", None),
        ("-5", None),
        ("1,2,3", None),
        ("89,001,5", None),
        ("1.089.00", None),
        ("1,08", 108),
        ("1.08.9", None),
        ("89,", None),
        ("٨٩", None),
        ("9" * 400, None),
    ],
)
def test_an_amount_is_read_as_people_of_either_language_write_it(text, cents):
    assert cents_of(text) == cents
