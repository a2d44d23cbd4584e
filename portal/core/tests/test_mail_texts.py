"""What a timeline reads once a mail has left, said by whoever writes mails of that kind."""

from portal.core import registry


def test_a_mail_has_the_words_that_were_announced_for_it():
    registry.add_mail_text("test_told", "Somebody was told.", to_customer=False)
    registry.add_mail_text("test_told_customer", "The customer was told.")

    kinds = ("test_told", "test_told_customer", "test_unheard_of")
    assert [registry.mail_text(kind) for kind in kinds] == [
        "Somebody was told.",
        "The customer was told.",
        "",
    ]
    assert [registry.is_mail_to_customer(kind) for kind in kinds] == [False, True, False]
