"""What a person recognises of a device: its browser and its system, by what it says of itself, and roughly where."""

import ipaddress

# The first that is named wins: browsers also claim to be those that they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """The browser's name; empty where it is none that we know."""
    return next((name for mark, name in BROWSERS if mark in agent), "")


def system_of(agent: str) -> str:
    """The system's name; empty where it is none that we know."""
    return next((name for mark, name in SYSTEMS if mark in agent), "")


def shown_in_part(ip: str) -> str:
    """Enough of an address to tell home from office, too little to name a line: its first half or quarter."""
    address = ipaddress.ip_address(ip)
    if address.is_unspecified:
        return ""
    if address.version == 4:
        return ".".join(ip.split(".")[:2]) + ".…"
    return ":".join(address.exploded.split(":")[:2]) + ":…"
