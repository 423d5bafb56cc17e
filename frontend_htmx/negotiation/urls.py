"""Below /c/<company>/negotiations/."""

from django.urls import path

from frontend_htmx.negotiation import answers, enquiries, notices, views

ROOM = "<int:room_id>/"
ENQUIRY = "enquiries/<int:enquiry_id>/"

urlpatterns = [
    path("", views.list_rooms, name="rooms"),
    path("enquiries/new/", enquiries.new_enquiry, name="new_enquiry"),
    path(ENQUIRY, enquiries.show_enquiry, name="enquiry"),
    path(f"{ENQUIRY}withdrawal/", enquiries.create_enquiry_withdrawal, name="withdraw_enquiry"),
    path(f"{ENQUIRY}prolongation/", enquiries.create_prolongation, name="prolong_enquiry"),
    path(f"{ENQUIRY}awards/", enquiries.create_award, name="award_enquiry"),
    path(f"{ENQUIRY}end/", enquiries.create_enquiry_end, name="end_enquiry"),
    path("open/", notices.list_notices, name="notices"),
    path("open/<int:notice_id>/", notices.show_notice, name="notice"),
    path("open/<int:notice_id>/participation/", notices.create_participation, name="join_enquiry"),
    path("open/<int:notice_id>/pass/", notices.create_pass, name="pass_enquiry"),
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
