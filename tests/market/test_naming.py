"""Names for buyers, out of the till's capitals."""

import pytest

from backend.market.derive.naming import buyers_name, common_description, tell_apart


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "White Hanging Heart T-Light Holder"),
        ("LUNCH BAG BLACK SKULL.", "Lunch Bag Black Skull"),
        ("S/4 CACTI CANDLES", "Set of 4 Cacti Candles"),
        ("SET/6 RED SPOTTY PAPER CUPS", "Set of 6 Red Spotty Paper Cups"),
        ("SET 12 KIDS COLOUR CHALK STICKS", "Set of 12 Kids Colour Chalk Sticks"),
        ("FOOD COVER WITH BEADS SET 2", "Food Cover with Beads Set of 2"),
        ("ASSTD DESIGN RACING CAR PEN", "Assorted Design Racing Car Pen"),
        ("PINK B'FLY C/COVER W BOBBLES", "Pink Butterfly Cushion Cover with Bobbles"),
        ("GIN + TONIC DIET METAL SIGN", "Gin & Tonic Diet Metal Sign"),
        ("HOOK, 1 HANGER ,MAGIC GARDEN", "Hook, 1 Hanger, Magic Garden"),
        ("POLYESTER FILLER PAD 65CMx65CM", "Polyester Filler Pad 65 × 65 cm"),
        ('LETTER "A" BLING KEY RING', "Letter “A” Bling Key Ring"),
        ("ROSE DU SUD CUSHION COVER", "Rose du Sud Cushion Cover"),
        ("POPPY'S PLAYHOUSE KITCHEN", "Poppy's Playhouse Kitchen"),
        ("FOLDING UMBRELLA PINKWHITE POLKADOT", "Folding Umbrella Pink/White Polkadot"),
        ("SET OF 10 LED DOLLY LIGHTS", "Set of 10 LED Dolly Lights"),
        ("MIDNIGHT BLUE COPPER FLOWER NECKLAC", "Midnight Blue Copper Flower Necklace"),
        ("CHARLIE+LOLA RED HOT WATER BOTTLE", "Max and Molly Red Hot Water Bottle"),
    ],
)
def test_a_buyer_reads_a_name(printed: str, name: str) -> None:
    assert buyers_name("00000", printed) == name


def test_a_name_that_no_rule_gets_right_is_written_down_by_its_code() -> None:
    assert buyers_name("16008", "SMALL FOLDING SCISSOR(POINTED EDGE)") == "Small Folding Scissors with Pointed Edge"


def test_of_several_descriptions_the_commonest_wins_and_then_the_latest() -> None:
    assert common_description(["SPOTTY", "RETROSPOT", "RETROSPOT"]) == "RETROSPOT"
    assert common_description(["SPOTTY", "", "RETROSPOT", ""]) == "RETROSPOT"
    assert common_description(["", ""]) == ""


def test_two_products_never_have_the_same_name() -> None:
    assert tell_apart({"47503J": "Screwdriver", "47503H": "Screwdriver"}) == {
        "47503H": "Screwdriver",
        "47503J": "Screwdriver, Style 2",
    }
