"""Which category a product belongs to, and who makes it."""

import pytest

from backend.market.derive.ranges import categories, category_of, makers


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("White Hanging Heart T-Light Holder", "T-Light Holders & Lanterns"),
        ("Set of 6 T-Lights Santa", "Christmas & Easter"),
        ("Regency Cakestand 3 Tier", "Mugs & Tableware"),
        ("Chick Grey Hot Water Bottle", "Cushions & Textiles"),
        ("Spaceboy Gift Wrap", "Gift Wrap & Cards"),
        ("Lunch Bag Spaceboy Design", "Bags & Travel"),
        ("Pack of 60 Spaceboy Cake Cases", "Party & Celebration"),
        ("Number Tile Cottage Garden 7", "Signs & Decorations"),
        ("Red Retrospot Umbrella", "Bags & Travel"),
        ("Blue Diamante Pen in Gift Box", "Stationery"),
        ("Amber Drop Earrings with Long Beads", "Jewellery & Accessories"),
        ("Bathroom Scales Rubber Ducks", "Kitchen & Bath"),
        ("Green Geisha Girl", "Gifts & Curiosities"),
    ],
)
def test_the_noun_of_the_goods_decides_before_what_is_drawn_on_them(name: str, category: str) -> None:
    assert category_of(name).name == category


def test_every_category_has_a_maker_that_exists_and_every_maker_a_category() -> None:
    assert {category.maker for category in categories()} == {maker.slug for maker in makers()}


def test_about_a_dozen_manufacturers_and_a_distributor_share_the_market() -> None:
    assert sorted(maker.kind for maker in makers()) == ["distributor"] + ["manufacturer"] * 14
    assert makers()[0].slug == "northfield"
