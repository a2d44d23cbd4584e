"""What the demo itself remembers. Shop, mails and tickets stand in the tables of the embedded twins."""

from django.db import models
from django.db.models import Q


class DemoClock(models.Model):
    """The one row that says how far the worker's clock is ahead of the real one."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    offset_hours = models.FloatField(default=0)

    class Meta:
        db_table = "miomente_partner_portal_demo_clock"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="demo_clock_is_one_row"),
            models.CheckConstraint(condition=Q(offset_hours__gte=0), name="demo_clock_is_not_behind"),
        ]

    def __str__(self) -> str:
        return f"{self.offset_hours:g} h ahead"
