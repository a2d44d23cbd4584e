"""The building blocks of the pages, and the pages of the frame."""

import re
from datetime import date

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from portal.core.templatetags.components import icon, icon_names


def rendered(source, **context):
    html = (
        engines["html"]
        .from_string(source)
        .render(context, RequestFactory().get("/", **context.pop("extra", {})))
    )
    return re.sub(r"\s+", " ", html).strip()


def test_an_icon_that_is_not_in_the_sprite_fails_at_once():
    with pytest.raises(ValueError, match="There is no icon"):
        icon("no-such-icon")


def test_the_sprite_holds_the_icons_of_every_status():
    assert {"clock", "circle-check", "circle-x", "ban", "hourglass", "arrow-right-left"} <= icon_names()


def test_a_status_pill_says_the_word_beside_icon_and_colour():
    html = rendered('{% status_pill "confirmed" "Confirmed" %}')

    assert html == (
        '<span class="pill pill-confirmed" data-tone="confirmed"><svg class="icon" aria-hidden="true" '
        'focusable="false"><use href="/static/dist/icons.svg#circle-check"></use></svg>Confirmed</span>'
    )


def test_a_status_pill_escapes_a_text_also_after_the_same_one_was_safe():
    safe, unsafe = (rendered('{% status_pill "x" label %}', label=each) for each in (mark_safe("<i>"), "<i>"))

    assert (safe[-10:], unsafe[-16:]) == ("<i></span>", "&lt;i&gt;</span>")


def test_a_date_tile_speaks_the_language_of_whoever_looks():
    tiles = []
    for language in ("de", "en", "de"):
        with translation.override(language):
            tiles.append(re.findall(r">([^<>\s]+)<", rendered("{% date_tile on %}", on=date(2030, 3, 2))))

    assert tiles == [["Sa.", "2", "März"], ["Sat", "2", "Mar"], ["Sa.", "2", "März"]]


def test_an_action_with_a_blocker_is_off_and_says_why():
    class Blocker:
        label = "Too late."

    html = rendered('{% action_button url="/x" label="Confirm" blocker=blocker %}', blocker=Blocker())

    assert " disabled>" in html
    assert '<p class="hint">Too late.</p>' in html


def test_an_action_without_a_blocker_is_on():
    html = rendered('{% action_button url="/x" label="Confirm" %}')

    assert "disabled" not in html


def test_an_unknown_variant_fails_at_once():
    with pytest.raises(ValueError, match="There is no variant"):
        rendered('{% action_button url="/x" label="Confirm" variant="loud" %}')


def test_what_people_write_is_escaped_inside_block_components():
    html = rendered("{% card title=text %}{{ text }}{% endcard %}", text="<b>&")

    assert html.count("&lt;b&gt;&amp;") == 2


def test_pages_are_turned_with_the_filters_kept():
    page = Paginator(range(60), 20).page(2)
    html = rendered("{% pagination page query=query %}", page=page, query=QueryDict("status=pending&page=2"))

    assert re.findall(r'href="(\?[^"]+)"', html) == [
        "?status=pending&amp;page=1",
        "?status=pending&amp;page=3",
    ]


@pytest.mark.django_db
def test_the_theme_is_kept_in_a_cookie_and_only_a_known_one():
    client = Client()

    answer = client.post("/theme", {"theme": "dark", "next": "/login"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert client.cookies["theme"].value == "dark"
    client.post("/theme", {"theme": "loud"})
    assert client.cookies["theme"].value == "dark"


@pytest.mark.django_db
def test_changing_the_theme_never_leads_to_another_site():
    answer = Client().post("/theme", {"theme": "dark", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
def test_the_style_guide_shows_every_component(settings):
    answer = Client().get("/styleguide/")

    assert answer.status_code == 200
    source = (settings.PACKAGE / "core" / "templatetags" / "components.py").read_text(encoding="utf-8")
    names = re.findall(r"@register\.(?:inclusion_tag|simple_block_tag|simple_tag)[^\n]*\ndef (\w+)", source)
    folder = settings.PACKAGE / "templates" / "core"
    shown = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*styleguide*.html")))
    # These two speak only when there is something to say, so they are not on show.
    assert [name for name in names if f"{{% {name}" not in shown] == ["form_errors", "flash_messages"]
