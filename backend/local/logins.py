"""Three ways to log in to the demo: a retailer, a manufacturer, an operator."""

import json
from pathlib import Path

from backend.local.places import ROOT

CAST = ROOT / "backend" / "market" / "data" / "cast.json"


def three_logins(cast: Path = CAST) -> list[str]:
    """One line each, from the cast of the demo market."""
    people = [person for person in json.loads(cast.read_text()) if person.get("shown", True)]
    chosen = {
        "retailer": next((one for one in people if one["kind"] == "retailer"), None),
        "manufacturer": next((one for one in people if one["kind"] == "manufacturer"), None),
        "operator": next((one for one in people if one["role"] == "operator"), None),
    }
    return [_line(role, one) for role, one in chosen.items() if one]


def _line(role: str, person: dict[str, str]) -> str:
    who = f"{person['name']}, {person['company']}"
    return f"{role:13} {person['email']:34} password {person['password']:14} {who}"
