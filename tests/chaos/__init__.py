import pytest

# Their asserts tell what they found, like those of a test.
pytest.register_assert_rewrite(
    "tests.chaos.date_checks", "tests.chaos.rebooking_checks", "tests.chaos.told_checks"
)
