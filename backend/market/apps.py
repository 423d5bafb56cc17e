from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "backend.market"
    label = "market"
