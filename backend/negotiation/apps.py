from django.apps import AppConfig


class NegotiationConfig(AppConfig):
    name = "backend.negotiation"
    label = "negotiation"
