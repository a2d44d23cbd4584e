"""What an operation raises when a rule stands in the way."""

from django.db.models import TextChoices


class NotAllowed(Exception):
    """A rule says no. `blocker` names the rule, `message` says it to a person."""

    def __init__(self, blocker: TextChoices, message: str = "") -> None:
        super().__init__(blocker.value)
        self.blocker = blocker
        self.message = message or str(blocker.label)
