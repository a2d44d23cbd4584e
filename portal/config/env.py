"""Typed values from the environment. Everything wrong is collected and said at once."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


class Environment:
    """Reads settings one by one and remembers each problem for `raise_problems`."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values
        self.problems: list[str] = []

    def has(self, name: str) -> bool:
        return bool(self._values.get(name, "").strip())

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def required(self, name: str, meaning: str, *, at_least: int = 1) -> str:
        value = self.text(name)
        if not value:
            self.problems.append(f"{name} is missing: {meaning}.")
        elif len(value) < at_least:
            self.problems.append(f"{name} is too short: {meaning}, at least {at_least} characters.")
        return value

    def integer(self, name: str, default: int) -> int:
        return self._parse(name, default, int, "a whole number")

    def boolean(self, name: str, *, default: bool) -> bool:
        return self._parse(name, default, _boolean, "true or false")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            self.problems.append(f"{name} must be one of {', '.join(choices)}.")
            return default
        return value

    def moment(self, name: str) -> datetime | None:
        return self._parse(name, None, _moment, "a time with its zone, like 2026-01-31T00:00:00+01:00")

    def zone(self, name: str, default: str) -> str:
        return self._parse(name, default, lambda value: ZoneInfo(value).key, "a zone like Europe/Berlin")

    def raise_problems(self) -> None:
        """:raises ImproperlyConfigured: naming every missing or wrong setting, never a value"""
        if self.problems:
            lines = "\n".join(f"  - {problem}" for problem in self.problems)
            raise ImproperlyConfigured(f"The settings need attention:\n{lines}")

    def _parse(self, name: str, default: T, parse: Callable[[str], T], form: str) -> T:
        value = self.text(name)
        if not value:
            return default
        try:
            return parse(value)
        except (ValueError, KeyError):
            self.problems.append(f"{name} must be {form}.")
            return default


def _boolean(value: str) -> bool:
    return {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }[value.lower()]


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def database(url: str) -> dict[str, object]:
    """Django's form of postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
    }
