"""What a program asks the list of rebookings for."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from portal.core.api_schemas import read_paging
from portal.core.parameters import Problems, read_choice
from portal.rebooking.api_schemas import ALL, STATUSES
from portal.rebooking.models import Rebooking


@dataclass(frozen=True)
class AskedList:
    """`problems` names each wrong parameter; the other values count only without any."""

    status: str
    page: int
    limit: int
    problems: Problems

    def narrow(self, rebookings: "QuerySet[Rebooking]") -> "QuerySet[Rebooking]":
        return rebookings if self.status == ALL else rebookings.filter(status=self.status)


def read_list(values: Mapping[str, str]) -> AskedList:
    problems: Problems = {}
    page, limit = read_paging(values, problems)
    status = read_choice(values, "status", STATUSES, problems) or ALL
    return AskedList(status, page, limit, problems)
