from backend.accounts.countries import countries, country_codes, country_name


def test_every_country_of_the_trade_is_there_and_no_union_or_test_region() -> None:
    assert {"GB", "DE", "IE", "EG", "XK"} <= country_codes()
    assert not {"EU", "UN", "ZZ", "XA"} & country_codes()
    assert len(country_codes()) == 250


def test_they_are_named_and_sorted_in_the_readers_language() -> None:
    assert country_name("DE", "en") == "Germany"
    assert country_name("DE", "ar") == "ألمانيا"
    names = [name for _, name in countries("en")]
    assert names.index("Åland Islands") < names.index("Belgium")


def test_a_code_that_is_none_is_shown_as_it_stands() -> None:
    assert country_name("ZZ", "en") == "ZZ"
