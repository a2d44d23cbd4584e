"""The entry of a partner's first page in the menu."""

from django.utils.translation import gettext_lazy as _

from portal.core import registry

registry.add_menu_entry(registry.MenuEntry(_("Overview"), "home:dashboard", "house", "partner", 5))
