"""Asking the API for dates."""

from portal.dates.api_schemas import DateAnswer, DateListAnswer

DATES = "/api/partner/dates"


def patch(client, path: str, body: object):
    return client.patch(path, data=body, content_type="application/json")


def date_in(response, status: int = 200) -> dict[str, object]:
    assert response.status_code == status, response.text
    DateAnswer.model_validate(response.json())
    return response.json()["data"]["date"]


def date_ids(response) -> list[int]:
    assert response.status_code == 200, response.text
    DateListAnswer.model_validate(response.json())
    return [each["id"] for each in response.json()["data"]["dates"]]
