from django.urls import path

from portal.partners.views import joining, members, settings

app_name = "partners"
urlpatterns = [
    path("partner/switch", joining.switch, name="switch"),
    path("invitation/<str:token>", joining.accept_invitation, name="invitation"),
    path("dashboard/settings", settings.overview, name="settings"),
    path("dashboard/settings/mails", settings.save_mails, name="save_mails"),
    path("dashboard/settings/profile", settings.save_profile, name="save_profile"),
    path("dashboard/settings/absences", settings.add_absence, name="add_absence"),
    path("dashboard/settings/absences/<int:pk>/remove", settings.remove_absence, name="remove_absence"),
    path("dashboard/settings/members", members.member_list, name="members"),
    path("dashboard/settings/members/invite", members.invite, name="invite_member"),
    path("dashboard/settings/members/<int:pk>/invite", members.invite_again, name="invite_again"),
    path("dashboard/settings/members/<int:pk>/role", members.change_role, name="change_role"),
    path("dashboard/settings/members/<int:pk>/remove", members.remove, name="remove_member"),
]
