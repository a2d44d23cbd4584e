"""Staff may send a mail that has left once more: a second row with a Message-ID and a fate of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_rate_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="copy",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.RemoveConstraint(model_name="outboxmail", name="outbox_mail_once"),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.UniqueConstraint(
                fields=("subject_type", "subject_id", "kind", "recipient", "version", "copy"),
                name="outbox_mail_once",
            ),
        ),
    ]
