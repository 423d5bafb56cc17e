"""Goods out of parcels again, all of a shipment or a part of it."""
