"""Mail servers as they happen to be, to be named in the setting EMAIL_SENDER."""

import time

from portal.integrations.email import (
    EmailRecipientRefused,
    EmailRejected,
    EmailSettingsWrong,
    EmailUnavailable,
    OutgoingEmail,
)

# What the servers below have taken, oldest first. The fixture `taken` empties it.
taken_mails: list[OutgoingEmail] = []


class _Taking:
    def __init__(self, *, seconds: float = 0, dies_after_taking: bool = False) -> None:
        self._seconds, self._dies = seconds, dies_after_taking

    def send(self, email: OutgoingEmail) -> None:
        time.sleep(self._seconds)
        taken_mails.append(email)
        if self._dies:
            raise EmailUnavailable("The connection broke after the mail was sent.")

    def check(self) -> list[str]:
        return []


class _Refusing(_Taking):
    def send(self, email: OutgoingEmail) -> None:
        raise EmailRejected("The mailbox does not exist.")


class _KnowingNobody(_Taking):
    def send(self, email: OutgoingEmail) -> None:
        raise EmailRecipientRefused("Nobody lives here.")


class _Misconfigured(_Taking):
    def send(self, email: OutgoingEmail) -> None:
        raise EmailSettingsWrong("The password is wrong.")


class _Down(_Taking):
    def send(self, email: OutgoingEmail) -> None:
        raise EmailUnavailable("The mail server does not answer.")


def taking() -> _Taking:
    return _Taking()


def slow() -> _Taking:
    return _Taking(seconds=0.2)


def very_slow() -> _Taking:
    return _Taking(seconds=1.0)


def dying() -> _Taking:
    return _Taking(dies_after_taking=True)


def refusing() -> _Refusing:
    return _Refusing()


def knowing_nobody() -> _KnowingNobody:
    return _KnowingNobody()


def misconfigured() -> _Misconfigured:
    return _Misconfigured()


def down() -> _Down:
    return _Down()
