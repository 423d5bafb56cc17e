from backend.analytics.floor.models import DayTotal, Floor, FloorEntry, Standing

__all__ = ["DayTotal", "Floor", "FloorEntry", "Standing"]
