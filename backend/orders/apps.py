from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "backend.orders"
    label = "orders"

    def ready(self) -> None:
        from backend.catalog.search.calling import read_names_by
        from backend.orders.part_numbers.queries import CALLED_SO

        read_names_by(CALLED_SO)
