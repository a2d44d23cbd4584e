"""The pages of dates: addresses, fragments and forms."""

HTMX = {"HX-Request": "true"}
DATES = "/dashboard/dates"


def url(course_date, action: str = "") -> str:
    return f"{DATES}/{course_date.pk}" + (f"/{action}" if action else "")


def is_fragment(response) -> bool:
    return "<html" not in response.text


def shown(response) -> dict[str, str]:
    """What stands in the fields of the form."""
    form = response.context["form"]
    return {name: str(form[name].value() or "") for name in form.fields}


def errors(response) -> dict[str, list[str]]:
    return {name: list(each) for name, each in response.context["form"].errors.items()}
