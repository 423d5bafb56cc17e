"""Price tiers as a buyer reads them."""

from collections.abc import Sequence

from backend.catalog.pricing import Buyer, Rung, price_cells
from frontend_htmx.catalog.ladder import draw_ladder
from tests.cast import Cast


def rungs(cast: Cast) -> Sequence[Rung]:
    return price_cells([cast.mug.pk], Buyer())[cast.mug.pk].rungs


def steps(cast: Cast, *, case_pack: int, moq: int = 1) -> list[tuple[int, int, int | None]]:
    cast.mug.case_pack, cast.mug.moq = case_pack, moq
    return [
        (step.quantity, step.percent_off, step.case.amount_minor if step.case else None)
        for step in draw_ladder(cast.mug, rungs(cast))
    ]


def test_a_case_is_priced_at_the_steps_that_it_can_be_bought_at(cast: Cast) -> None:
    assert steps(cast, case_pack=12) == [(1, 0, 12 * 295), (32, 14, 12 * 255)]
    assert steps(cast, case_pack=32) == [(1, 0, None), (32, 14, 32 * 255)]


def test_the_first_step_begins_at_the_smallest_order(cast: Cast) -> None:
    assert steps(cast, case_pack=12, moq=6)[0][0] == 6


def test_the_picture_steps_down_and_stays_inside(cast: Cast) -> None:
    first, second = draw_ladder(cast.mug, rungs(cast))
    assert first.y < second.y
    assert (first.x, second.x, second.x + second.width) == (0, 320, 640)
