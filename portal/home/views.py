from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def start(request: HttpRequest) -> HttpResponse:
    """Members to their bookings, staff to the open problems, everybody else to the login."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if getattr(request, "partner", None):
        return redirect("bookings:list")
    if request.user.is_manager:
        return redirect("manage:home")
    return render(request, "home/no_partner.html", status=403)
