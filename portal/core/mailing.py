"""Rendering of mails: subject, text and HTML from three templates, in the language of the recipient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import css_inline
from django.conf import settings
from django.template import engines
from django.utils import translation

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


@dataclass(frozen=True)
class RenderedMail:
    """
    :param template: what the mail is called where the provider may hold a template of its own for it
    :param data: what such a template is filled with, as JSON
    """

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def render_mail(template: str, *, language: str, context: Mapping[str, Any]) -> RenderedMail:
    """Render `<template>/subject.txt`, `body.txt` and `body.html`."""
    values = {
        **context,
        "language": language,
        "portal_url": settings.PORTAL_URL,
        "brand": {
            "name": settings.BRAND_NAME,
            "support_email": settings.BRAND_SUPPORT_EMAIL,
            "support_phone": settings.BRAND_SUPPORT_PHONE,
        },
    }
    plain, rich = engines["text"], engines["html"]
    with translation.override(language):
        subject = plain.get_template(f"{template}/subject.txt").render(values)
        text = plain.get_template(f"{template}/body.txt").render(values)
        html = rich.get_template(f"{template}/body.html").render(values)
    # One line, whatever a course is called: a line break in a subject would start a new header.
    return RenderedMail(" ".join(subject.split()), text.strip() + "\n", _inliner.inline(html))
