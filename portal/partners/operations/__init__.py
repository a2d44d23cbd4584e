"""Everything that changes partners, their settings and their members."""

from portal.partners.operations.absences import add_absence, remove_absence
from portal.partners.operations.importing import COLUMNS, PartnersReport, import_partners
from portal.partners.operations.members import (
    INVITATION,
    change_role,
    invite_member,
    join,
    remove_member,
)
from portal.partners.operations.saving import doubt_phone, save_partner
from portal.partners.operations.settings import MailSettings, save_mail_settings

__all__ = [
    "COLUMNS",
    "INVITATION",
    "MailSettings",
    "PartnersReport",
    "add_absence",
    "change_role",
    "doubt_phone",
    "import_partners",
    "invite_member",
    "join",
    "remove_absence",
    "remove_member",
    "save_mail_settings",
    "save_partner",
]
