"""What every template keeps: the content security policy, the token of forms, icons that exist."""

import re
from pathlib import Path

import pytest

from portal.core.templatetags.components import icon_names

PACKAGE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(PACKAGE.glob("**/templates/**/*.html"))
MAILS = [path for path in TEMPLATES if "emails" in path.parts]
PAGES = [path for path in TEMPLATES if path not in MAILS]

SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE)
STYLE = re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)
HANDLER = re.compile(r"\son[a-z]+\s*=|javascript:", re.IGNORECASE)
# What htmx would evaluate: handlers, js: values, filters in brackets behind a trigger.
EVALUATED = re.compile(r"\bhx-on\b|[\"']js:|hx-trigger=\"[^\"]*\[")
POST_FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.IGNORECASE | re.DOTALL)
ICON = re.compile(r"{%\s*icon\s+\"([^\"]+)\"|\bicon=\"([^\"]+)\"|{%\s*empty_state\s+\"([^\"]+)\"")
COMMENT = re.compile(r"{#.*?#}|{%\s*comment\s*%}.*?{%\s*endcomment\s*%}", re.DOTALL)


def source_of(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_pages_hold_nothing_that_the_content_security_policy_blocks(path):
    source = source_of(path)

    found = [each.group() for rule in (SCRIPT, STYLE, HANDLER, EVALUATED) for each in rule.finditer(source)]

    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_form_that_posts_carries_the_csrf_token(path):
    forms = POST_FORM.findall(source_of(path))

    assert [form for form in forms if "{% csrf_token %}" not in form] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_icon_that_is_named_exists(path):
    named = {name for match in ICON.findall(source_of(path)) for name in match if name}

    assert named - icon_names() == set()


@pytest.mark.parametrize("path", MAILS, ids=name_of)
def test_mails_run_nothing_and_load_nothing(path):
    source = source_of(path).replace('<script type="application/ld+json">', "")

    found = re.findall(r"<script|<link\b|<img\b|@import|url\(", source, re.IGNORECASE)

    assert found == []
