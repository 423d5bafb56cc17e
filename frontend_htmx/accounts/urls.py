"""Sign-up, login and one's own account; a company's people; the operator's companies."""

from django.urls import URLPattern, URLResolver, include, path

from frontend_htmx.accounts import letters, tokens, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/signup/", views.SignUp.as_view(), name="account_signup"),
    path("accounts/start/", views.start, name="start"),
    path("accounts/companies/", views.own_companies, name="own_companies"),
    path("accounts/", include("allauth.urls")),
    path("language/", views.language, name="set_language"),
    path("development/mail/", letters.list_letters, name="development_mail"),
    path("c/<slug:company>/", views.show_company, name="company"),
    path("c/<slug:company>/members/", views.list_members, name="members"),
    path("c/<slug:company>/members/<int:membership_id>/role/", views.create_role, name="member_role"),
    path("c/<slug:company>/members/<int:membership_id>/removal/", views.create_removal, name="member_removal"),
    path("c/<slug:company>/tokens/", tokens.list_tokens, name="api_tokens"),
    path("c/<slug:company>/tokens/<int:token_id>/revocation/", tokens.create_revocation, name="token_revocation"),
    path("c/<slug:company>/companies/", views.list_companies, name="companies"),
    path("c/<slug:company>/companies/<int:company_id>/approval/", views.create_approval, name="company_approval"),
]
