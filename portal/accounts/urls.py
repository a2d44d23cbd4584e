"""Sign-in, sign-out, passwords and the second factor. The names are allauth's own."""

from allauth.account import views as allauth_views
from allauth.mfa.base import views as mfa_views
from django.urls import path, re_path

from portal.accounts import views

urlpatterns = [
    path("login", views.LoginView.as_view(), name="account_login"),
    path("login/code", mfa_views.authenticate, name="mfa_authenticate"),
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
    path("account/security", mfa_views.index, name="mfa_index"),
    path("account/security/app", views.SetUpSecondFactorView.as_view(), name="mfa_activate_totp"),
    path("account/security/app/remove", views.RemoveSecondFactorView.as_view(), name="mfa_deactivate_totp"),
    path("account/security/codes", views.NewRecoveryCodesView.as_view(), name="mfa_generate_recovery_codes"),
    path("language", views.set_language, name="set_language"),
]
