"""The reasons to decline."""

from django.db import models
from django.utils.translation import get_language


class DeclineReason(models.Model):
    """Why a partner declines; the same list for all."""

    code = models.CharField(max_length=50, unique=True)
    label_de = models.CharField(max_length=255)
    label_en = models.CharField(max_length=255)
    requires_notes = models.BooleanField(default=False)
    sort_order = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "miomente_partner_portal_decline_reasons"
        ordering = ["sort_order", "id"]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        return self.label_en if (get_language() or "de").startswith("en") else self.label_de
