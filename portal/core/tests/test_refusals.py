import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import TextChoices
from django.db.transaction import TransactionManagementError

from portal.core.models import Watermark
from portal.core.refusals import NotAllowed, refuse_or_do

pytestmark = pytest.mark.django_db(transaction=True)


class TestBlocker(TextChoices):
    __test__ = False

    NO = "no", "Not today."


@refuse_or_do
def keep(name: str, *, is_allowed: bool = True) -> str:
    """Twice the same name breaks it."""
    if not is_allowed:
        raise NotAllowed(TestBlocker.NO)
    Watermark.objects.create(name=name)
    Watermark.objects.create(name=f"{name}, too")
    return name


def names() -> list[str]:
    return sorted(Watermark.objects.filter(name__startswith="test").values_list("name", flat=True))


def test_what_is_done_stands_with_the_callers_transaction(django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(2):
        assert keep("test") == "test"

    assert names() == ["test", "test, too"]


def test_after_a_refusal_the_callers_transaction_goes_on():
    with transaction.atomic():
        with pytest.raises(NotAllowed):
            keep("test", is_allowed=False)
        Watermark.objects.create(name="test of the caller")

    assert names() == ["test of the caller"]


def test_a_refusal_needs_no_transaction_of_the_caller():
    with pytest.raises(NotAllowed):
        keep("test", is_allowed=False)

    assert (names(), connection.in_atomic_block) == ([], False)


def test_any_other_failure_takes_all_back_even_where_the_caller_goes_on():
    with transaction.atomic():
        Watermark.objects.create(name="test, too")
        with pytest.raises(IntegrityError):
            keep("test")
        with pytest.raises(TransactionManagementError):
            Watermark.objects.create(name="test of the caller")

    assert names() == []
