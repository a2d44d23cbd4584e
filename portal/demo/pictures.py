"""Pictures of the sample courses, drawn by hand in a few lines, so that nobody else's are needed."""

_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300" width="960" height="600">'
    '<rect width="480" height="300" fill="{ground}"/><rect y="212" width="480" height="88" fill="{table}"/>'
    "{drawing}</svg>"
)
_GLASS = (
    '<path d="M{x} 90h60q6 62-26 70v54h22v8h-52v-8h22v-54q-32-8-26-70z" fill="#fff" fill-opacity=".75"/>'
    '<path d="M{y} 118h56q-2 36-28 36t-28-36z" fill="{wine}"/>'
)


def _glass(x: int, wine: str) -> str:
    return _GLASS.format(x=x, y=x + 2, wine=wine)


def _circles(*circles: tuple[int, int, int, str]) -> str:
    return "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"/>' for x, y, r, fill in circles)


_SUSHI = "".join(
    _circles((x, 200, 44, "#22302b"), (x, 200, 36, "#fdfcf7"), (x, 200, 15, fill))
    for x, fill in ((150, "#f08a5d"), (240, "#7bb661"), (330, "#e2574c"))
)
_PLATE = (
    '<ellipse cx="240" cy="222" rx="170" ry="40" fill="#fff"/>'
    '<ellipse cx="240" cy="218" rx="120" ry="24" fill="#eef2f3"/>'
)
_BOWL = (
    '<path d="M120 150h240q-8 100-120 100t-120-100z" fill="{fill}"/>'
    '<ellipse cx="240" cy="150" rx="120" ry="24" fill="{soup}"/>'
)
_PASTA = "".join(
    f'<path d="M{150 + 12 * n} 208q{30 - 5 * n} -{50 + 6 * n} {90 - 4 * n} -{20 + 2 * n}t{40} 20" '
    'fill="none" stroke="#f2c14e" stroke-width="9" stroke-linecap="round"/>'
    for n in range(6)
)
_BREAD = (
    '<path d="M110 220q-10-110 130-110t130 110z" fill="#b5702d"/>'
    '<path d="M170 150l30 44M225 136l24 52M282 138l18 48" stroke="#f3d9a4" stroke-width="9" stroke-linecap="round"/>'
)
_MACARONS = "".join(
    f'<rect x="{x}" y="168" width="84" height="26" rx="13" fill="{fill}"/><rect x="{x + 4}" y="190" width="76" '
    f'height="12" fill="#fff7ee"/><rect x="{x}" y="200" width="84" height="26" rx="13" fill="{fill}"/>'
    for x, fill in ((92, "#e58fb1"), (198, "#9bd0b4"), (304, "#f4c95d"))
)
_POT = '<path d="M190 96h100q-6 26 22 58 22 60-28 80h-88q-50-20-28-80 28-32 22-58z" fill="{fill}"/>'
_WHEEL = '<ellipse cx="240" cy="240" rx="130" ry="22" fill="#6b625b"/>' + _POT.format(fill="#c1744b")
_DISHES = _PLATE + _circles((190, 214, 12, "#3f7cac"), (240, 218, 12, "#e2574c"), (290, 214, 12, "#f2c14e"))
_FIRE = (
    '<path d="M240 60q70 70 50 130-10 44-50 44t-50-44q-10-40 20-70 4 26 18 30 18-40 12-90z" fill="#f08a5d"/>'
    '<path d="M240 150q34 36 20 66-8 18-20 18t-20-18q-8-30 20-66z" fill="#fbd786"/>'
)
_CHEESE = '<path d="M110 220l150-90 70 90z" fill="#f2c14e"/>' + _circles(
    (200, 200, 10, "#d9a52f"), (245, 184, 13, "#d9a52f"), (280, 208, 8, "#d9a52f")
)
_CUP = (
    '<path d="M160 100h160l-66 84v42h30v10h-88v-10h30v-42z" fill="#fff" fill-opacity=".8"/>'
    '<path d="M182 118h116l-44 56h-28z" fill="{fill}"/>'
)

# By the course: the wall, the table and what stands on it.
_PICTURES = {
    "sushi": ("#cfe3dc", "#8fb3a6", _SUSHI),
    "pasta": ("#f7e3c8", "#c98f5a", _PLATE + _PASTA),
    "thai": (
        "#fbe6cf",
        "#b5793f",
        _BOWL.format(fill="#2f6f73", soup="#e9a23b")
        + _circles((210, 148, 10, "#c0392b"), (262, 152, 12, "#6a994e")),
    ),
    "brot": ("#f1e4d1", "#9c7a54", _BREAD),
    "macarons": ("#fdeef2", "#d8b7c2", _MACARONS),
    "drehen": ("#e6e1da", "#a4978a", _WHEEL),
    "aufbau": ("#e3e9ea", "#94a3a8", _POT.format(fill="#5f8a8b")),
    "geschirr": ("#e8eef7", "#a9b9d0", _DISHES),
    "raku": ("#2f3542", "#1e222b", _FIRE),
    "rotwein": ("#efe3df", "#8a5a52", _glass(150, "#8e2b3f") + _glass(270, "#a63a50")),
    "kaese": ("#f6ecd6", "#a98a5b", _CHEESE + _glass(340, "#f0d58a")),
    "gin": ("#dcecf0", "#8fb0b9", _glass(210, "#cfe8e4") + _circles((240, 126, 12, "#7bb661"))),
    "rum": ("#fbe3d6", "#c77b5a", _CUP.format(fill="#f08a5d")),
}


def picture(name: str) -> str | None:
    """The SVG of a course by its sku in small letters."""
    found = _PICTURES.get(name)
    return _FRAME.format(ground=found[0], table=found[1], drawing=found[2]) if found else None
