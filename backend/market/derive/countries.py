"""The till's country names as ISO 3166-1 alpha-2 codes."""

# The wholesaler is British: a customer who named no country is served as one at home.
HOME = "GB"

ISO: dict[str, str] = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "JE",  # Jersey and Guernsey have a code each; the larger stands for both
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "European Community": "BE",  # an institution's account; its seat is Brussels
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": HOME,
    "Unspecified": HOME,
}


def iso_country(name: str) -> str:
    """The code for a name as the till writes it. Raises ValueError for a name that no rule knows."""
    try:
        return ISO[name]
    except KeyError:
        raise ValueError(f"No ISO code is known for the country {name!r}: add it to {__name__}.ISO") from None
