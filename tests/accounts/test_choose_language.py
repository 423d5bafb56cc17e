from backend.accounts.actions import choose_language
from tests.cast import Cast


def test_the_market_writes_to_a_person_in_the_language_they_chose(cast: Cast) -> None:
    choose_language(cast.bea, "ar")
    cast.bea.refresh_from_db()
    assert cast.bea.language == "ar"
