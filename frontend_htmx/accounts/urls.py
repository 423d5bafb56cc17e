"""Sign-up, login and one's own account; a company's people; the operator's companies."""

from django.urls import URLPattern, URLResolver, include, path

from frontend_htmx.accounts import (
    addresses,
    devices,
    exports,
    invitations,
    letters,
    members,
    naming,
    protection,
    recovery,
    roles,
    tokens,
    views,
)
from frontend_htmx.exports import export_paths

NAME = "c/<slug:company>/companies/names/<int:naming_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/signup/", views.SignUp.as_view(), name="account_signup"),
    path("accounts/start/", views.start, name="start"),
    path("accounts/companies/", views.own_companies, name="own_companies"),
    path("accounts/invitations/<str:token>/", invitations.show_invitation, name="account_invitation"),
    path("accounts/invitations/<str:token>/signup/", invitations.sign_up, name="account_invited_signup"),
    path("accounts/invitations/<str:token>/acceptance/", invitations.create_acceptance, name="account_acceptance"),
    path("accounts/sessions/", devices.list_devices, name="usersessions_list"),
    path("accounts/sessions/others/removal/", devices.create_removal_of_others, name="account_devices_removal"),
    path("accounts/sessions/<int:device_id>/removal/", devices.create_removal, name="account_device_removal"),
    path("accounts/", include("allauth.urls")),
    path("language/", views.language, name="set_language"),
    path("development/mail/", letters.list_letters, name="development_mail"),
    path("c/<slug:company>/", views.show_company, name="company"),
    path("c/<slug:company>/members/", members.list_members, name="members"),
    path("c/<slug:company>/members/<int:membership_id>/role/", members.create_role, name="member_role"),
    path("c/<slug:company>/members/<int:membership_id>/removal/", members.create_removal, name="member_removal"),
    path("c/<slug:company>/invitations/", invitations.create_invitation, name="invitations"),
    path(
        "c/<slug:company>/invitations/<int:invitation_id>/letter/",
        invitations.create_letter,
        name="invitation_letter",
    ),
    path(
        "c/<slug:company>/invitations/<int:invitation_id>/withdrawal/",
        invitations.create_withdrawal,
        name="invitation_withdrawal",
    ),
    path("c/<slug:company>/second-step/", protection.create_requirement, name="second_step"),
    path("c/<slug:company>/second-step/waiver/", protection.create_waiver, name="second_step_waiver"),
    path("c/<slug:company>/roles/", roles.list_roles, name="roles"),
    path("c/<slug:company>/roles/<int:role_id>/", roles.create_edit, name="role"),
    path("c/<slug:company>/roles/<int:role_id>/removal/", roles.create_removal, name="role_removal"),
    *export_paths("c/<slug:company>/members/", exports.export_members, "members"),
    *export_paths("c/<slug:company>/addresses/", exports.export_addresses, "addresses"),
    path("c/<slug:company>/addresses/", addresses.list_addresses, name="addresses"),
    path("c/<slug:company>/addresses/<int:address_id>/", addresses.edit_address, name="address"),
    path(
        "c/<slug:company>/addresses/<int:address_id>/preference/",
        addresses.create_preference,
        name="address_preference",
    ),
    path("c/<slug:company>/addresses/<int:address_id>/removal/", addresses.create_removal, name="address_removal"),
    path("c/<slug:company>/tokens/", tokens.list_tokens, name="api_tokens"),
    path("c/<slug:company>/tokens/<int:token_id>/revocation/", tokens.create_revocation, name="token_revocation"),
    path("c/<slug:company>/recovery/", recovery.show_recovery, name="recovery"),
    path("c/<slug:company>/recovery/<int:user_id>/", recovery.create_reset, name="second_step_reset"),
    path("c/<slug:company>/name/", naming.show_name, name="company_name"),
    path("c/<slug:company>/name/<int:naming_id>/withdrawal/", naming.create_withdrawal, name="name_withdrawal"),
    path(f"{NAME}confirmation/", naming.create_confirmation, name="name_confirmation"),
    path(f"{NAME}refusal/", naming.create_refusal, name="name_refusal"),
    *export_paths("c/<slug:company>/companies/", exports.export_companies, "companies"),
    path("c/<slug:company>/companies/", views.list_companies, name="companies"),
    path("c/<slug:company>/companies/<int:company_id>/approval/", views.create_approval, name="company_approval"),
]
