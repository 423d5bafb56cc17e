"""Mounted by the site's urls under /live/."""

from django.urls import path

from realtime import views

urlpatterns = [path("ticket", views.ticket, name="live_ticket")]
