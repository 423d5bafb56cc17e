"""The map of the site. A verb is a noun that you create: POST /c/<company>/inventory/skus/9/adjustments/."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from frontend_htmx.catalog import views as catalog
from frontend_htmx.home import views as home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("catalogue/", catalog.list_products, name="catalogue"),
    path("products/<int:product_id>-<slug:slug>/", catalog.show_product, name="product"),
    path("language/", set_language, name="set_language"),
    path("live/", include("realtime.urls")),
    path("accounts/", include("allauth.urls")),
    path("c/<slug:company>/", home.company_desk, name="company"),
]

handler403 = "frontend_htmx.errors.not_allowed"
handler404 = "frontend_htmx.errors.not_found"
handler500 = "frontend_htmx.errors.broken"
