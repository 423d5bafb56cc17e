"""Which drawing stands for a product that has no picture: by what its name says it is, else by its category."""

CATEGORIES = frozenset(
    {
        "bags-travel",
        "candles-home-fragrance",
        "children-nursery",
        "christmas-easter",
        "craft-sewing",
        "cushions-textiles",
        "frames-mirrors-clocks",
        "furniture-storage",
        "garden",
        "gift-wrap-cards",
        "gifts-curiosities",
        "jewellery-accessories",
        "kitchen-bath",
        "lighting",
        "mugs-tableware",
        "party-celebration",
        "signs-decorations",
        "stationery",
        "t-light-holders-lanterns",
        "toys-games",
    }
)
FALLBACK = "goods"

# The last word that names a thing wins: a "Cake Tin" is a tin, a "Tin Heart" a heart.
THINGS = {
    "bag": "bags-travel",
    "bags": "bags-travel",
    "bird": "bird",
    "book": "book",
    "bottle": "bottle",
    "bowl": "bowl",
    "box": "goods",
    "bunting": "party-celebration",
    "butterfly": "butterfly",
    "cake": "cake",
    "cakestand": "cake",
    "candle": "candles-home-fragrance",
    "clock": "clock",
    "cup": "mugs-tableware",
    "cushion": "cushions-textiles",
    "doll": "doll",
    "frame": "frames-mirrors-clocks",
    "glass": "glass",
    "heart": "heart",
    "hook": "key",
    "jar": "tin",
    "key": "key",
    "lamp": "lighting",
    "lantern": "t-light-holders-lanterns",
    "mug": "mugs-tableware",
    "necklace": "jewellery-accessories",
    "notebook": "stationery",
    "parasol": "umbrella",
    "plate": "plate",
    "sign": "signs-decorations",
    "teapot": "teapot",
    "tin": "tin",
    "tins": "tin",
    "umbrella": "umbrella",
}


def drawing_of(category: str, name: str = "") -> str:
    """The symbol's id in static/drawings.svg."""
    things = [THINGS[word] for word in name.lower().split() if word in THINGS]
    if things:
        return things[-1]
    return category if category in CATEGORIES else FALLBACK
