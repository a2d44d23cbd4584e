"""What partners announce to the pages around them: the entry of their settings in the menu."""

from django.utils.translation import gettext_lazy as _

from portal.core import registry

registry.add_menu_entry(registry.MenuEntry(_("Settings"), "partners:settings", "settings", "partner", 90))
