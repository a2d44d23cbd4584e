"""Sign-in, sign-out and passwords. The names are allauth's own."""

from allauth.account import views as allauth_views
from django.urls import path, re_path

from portal.accounts import views

urlpatterns = [
    path("login", allauth_views.login, name="account_login"),
    path("logout", allauth_views.logout, name="account_logout"),
    path("account/password", allauth_views.password_change, name="account_change_password"),
    path("account/password/set", allauth_views.password_set, name="account_set_password"),
    path("account/password/reset", allauth_views.password_reset, name="account_reset_password"),
    path(
        "account/password/reset/done", allauth_views.password_reset_done, name="account_reset_password_done"
    ),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("account/reauthenticate", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("language", views.set_language, name="set_language"),
]
