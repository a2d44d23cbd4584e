"""What a mail, a ticket or a text of the shop says, taken out of its HTML with the standard library alone."""

from html.parser import HTMLParser

_BLOCKS = {"p", "div", "br", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section"}
_UNSEEN = {"style", "script", "title"}


def text_of(html: str) -> str:
    """The words, one line per paragraph."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).split("\n"))
    return "\n".join(line for line in lines if line)


def links_of(html: str) -> list[dict[str, str]]:
    """Every `<a href>` with its words, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [{"text": " ".join(text.split()), "url": url} for text, url in reader.links]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._open_link: tuple[int, str] | None = None
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.text.append("\n")
        url = dict(attrs).get("href")
        if tag == "a" and url:
            self._open_link = (len(self.text), url)

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self.text.append("\n")
        if tag == "a" and self._open_link:
            start, url = self._open_link
            self.links.append(("".join(self.text[start:]), url))
            self._open_link = None

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.text.append(data.replace("\n", " "))
