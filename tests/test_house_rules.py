"""Rules of STYLE.md that no linter knows."""

from pathlib import Path

PORTAL = Path(__file__).resolve().parent.parent / "portal"


def is_view(path: Path) -> bool:
    return path.name.startswith("views") or path.parent.name == "views"


def test_views_start_from_queries():
    views = [path for path in PORTAL.rglob("*.py") if is_view(path)]

    assert len(views) > 10
    assert [str(path.relative_to(PORTAL)) for path in views if ".objects" in path.read_text()] == []
