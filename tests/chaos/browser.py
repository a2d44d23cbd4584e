"""A browser: signed in where somebody signs in, without JavaScript, and used to a portal that is gone for a moment."""

import http.client
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Where it would go on to says what became of the form; the next page is not needed."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Browser:
    def __init__(self, port: int) -> None:
        self._portal = f"http://127.0.0.1:{port}"
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies), _StayHere
        )

    def sign_in(self, *, email: str, password: str) -> None:
        self.get("/login")
        assert self.post("/login", {"login": email, "password": password})[0] == http.client.FOUND

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Status and where to go on; (0, "") when nobody answers: whoever sends a form sends it again."""
        status, place, _ = self._open(path, urlencode(form).encode())
        return status, place

    def get(self, path: str) -> tuple[int, str]:
        """Status and text; (0, "") when nobody answers."""
        status, _, text = self._open(path, None)
        return status, text

    def _open(self, path: str, data: bytes | None) -> tuple[int, str, str]:
        headers = {"X-CSRFToken": self._cookie("csrftoken")}
        request = urllib.request.Request(self._portal + path, data, headers)
        try:
            with self._opener.open(request, timeout=10) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location", ""), ""
        except (OSError, http.client.HTTPException):
            return 0, "", ""

    def _cookie(self, name: str) -> str:
        return next((str(cookie.value) for cookie in self._cookies if cookie.name == name), "")
