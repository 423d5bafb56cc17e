"""The live road's own addresses: tickets for pages, and what its operators see."""

from django.urls import path

from realtime import views

urlpatterns = [
    path("live/ticket", views.ticket, name="live_ticket"),
    path("c/<slug:company>/live/", views.show_road, name="live_road"),
    path("c/<slug:company>/live/letters/<int:letter_id>/seen/", views.create_seen, name="live_letter_seen"),
]
