"""Why something may not happen on the staff's pages."""

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ImportBlocker(TextChoices):
    NO_SHOP = "no_shop", _("No shop is connected: MAGENTO_DATABASE_URL is not set.")


def import_blocker() -> ImportBlocker | None:
    return None if settings.HAS_SHOP else ImportBlocker.NO_SHOP
