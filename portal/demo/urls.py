"""Addresses of the demo, below /demo/. Pages and JSON for checks from outside."""

from django.urls import path
from django.views.generic import RedirectView

from portal.demo import api
from portal.demo.views.mailbox import mail, mail_html, mailbox
from portal.demo.views.media import media
from portal.demo.views.shop import change, ordered, shop
from portal.demo.views.tickets import tickets

app_name = "demo"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="demo:shop"), name="start"),
    path("shop", shop, name="shop"),
    path("shop/ordered/<str:number>", ordered, name="ordered"),
    path("shop/change/<str:number>", change, name="change"),
    path("shop/dates.json", api.dates, name="dates_json"),
    path("shop/orders", api.place_order, name="place_order_json"),
    path("shop/orders/<str:number>/cancel", api.cancel_item, name="cancel_json"),
    path("shop/orders/<str:number>/refund", api.refund_item, name="refund_json"),
    path("media/<slug:name>.svg", media, name="media"),
    path("mailbox", mailbox, name="mailbox"),
    path("mailbox.json", api.mailbox, name="mailbox_json"),
    path("mailbox/<int:pk>", mail, name="mail"),
    path("mailbox/<int:pk>/html", mail_html, name="mail_html"),
    path("tickets", tickets, name="tickets"),
    path("tickets.json", api.tickets, name="tickets_json"),
    path("clock", api.shift_clock, name="clock"),
]
