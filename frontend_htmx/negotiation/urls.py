"""Below /c/<company>/negotiations/."""

from django.urls import path

from frontend_htmx.negotiation import answers, attachments, enquiries, history, moderation, notices, views

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
    path("enquiry-files/<int:file_id>/<slug:size>/", attachments.show_enquiry_file, name="enquiry_file"),
    path("blocks/", moderation.list_blocks, name="blocks"),
    path("blocks/<int:block_id>/end/", moderation.create_unblocking, name="unblock"),
    path(ROOM, views.show_room, name="room"),
    path(f"{ROOM}before/<int:before>/", views.list_older, name="room_older"),
    path(f"{ROOM}files/<int:attachment_id>/<slug:size>/", attachments.show_attachment, name="room_file"),
    path(f"{ROOM}search/", history.search_room, name="room_search"),
    path(f"{ROOM}at/<int:seq>/", history.show_moment, name="room_moment"),
    path(f"{ROOM}whole.json", history.export_json, name="room_json"),
    path(f"{ROOM}whole.csv", history.export_csv, name="room_csv"),
    path(f"{ROOM}whole/", history.show_whole, name="room_whole"),
    path(f"{ROOM}report/", moderation.new_report, name="room_report"),
    path(f"{ROOM}reported/", moderation.show_reported, name="room_reported"),
    path(f"{ROOM}block/", moderation.create_block, name="create_block"),
    path(f"{ROOM}messages/", answers.create_message, name="create_message"),
    path(f"{ROOM}offers/", answers.create_offer, name="create_offer"),
    path(f"{ROOM}acceptance/", answers.create_offer_acceptance, name="create_offer_acceptance"),
    path(f"{ROOM}agreement.json", answers.export_agreement, name="agreement"),
    path(f"{ROOM}refusal/", answers.create_decline, name="create_decline"),
    path(f"{ROOM}withdrawal/", answers.create_offer_withdrawal, name="create_offer_withdrawal"),
    path(f"{ROOM}marks/", answers.create_read_mark, name="create_read_mark"),
]
