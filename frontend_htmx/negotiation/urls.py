"""Below /c/<company>/negotiations/."""

from django.urls import path

from frontend_htmx.negotiation import answers, enquiries, views

ROOM = "<int:room_id>/"

urlpatterns = [
    path("", views.list_rooms, name="rooms"),
    path("enquiries/new/", enquiries.new_enquiry, name="new_enquiry"),
    path("enquiries/<int:enquiry_id>/", enquiries.show_enquiry, name="enquiry"),
    path("enquiries/<int:enquiry_id>/withdrawal/", enquiries.create_enquiry_withdrawal, name="withdraw_enquiry"),
    path(ROOM, views.show_room, name="room"),
    path(f"{ROOM}before/<int:before>/", views.list_older, name="room_older"),
    path(f"{ROOM}messages/", answers.create_message, name="create_message"),
    path(f"{ROOM}offers/", answers.create_offer, name="create_offer"),
    path(f"{ROOM}acceptance/", answers.create_offer_acceptance, name="create_offer_acceptance"),
    path(f"{ROOM}agreement.json", answers.export_agreement, name="agreement"),
    path(f"{ROOM}refusal/", answers.create_decline, name="create_decline"),
    path(f"{ROOM}withdrawal/", answers.create_offer_withdrawal, name="create_offer_withdrawal"),
    path(f"{ROOM}marks/", answers.create_read_mark, name="create_read_mark"),
]
