"""A buyer awards an enquiry on its board: of which offer so much of which line."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.negotiation.bids.queries import Bid, BoardLine, BoardView, Cell
from backend.orders.awards.actions import Choice
from backend.orders.placing.details import MAX_PO_NUMBER
from frontend_htmx.fields import KeyField, QuantityField, Typed


class CellFields(NamedTuple):
    """A cell of the board, and the field beside it, where a part of the offer can be taken."""

    cell: Cell
    take: Any


class RowFields(NamedTuple):
    line: BoardLine
    cells: Sequence[CellFields]


class ColumnFields(NamedTuple):
    """A seller's column: the offer that the buyer saw, and the box for the whole of it."""

    bid: Bid
    seen: Any
    whole: Any


def plain_rows(board: BoardView) -> Sequence[RowFields]:
    """A board on which nothing can be chosen."""
    return [RowFields(line, [CellFields(cell, "") for cell in line.cells]) for line in board.lines]


def plain_columns(board: BoardView) -> Sequence[ColumnFields]:
    return [ColumnFields(bid, "", "") for bid in board.bids]


class AwardForm(forms.Form):
    """How much of each line is taken from whom; of what is offered only as a whole, all or nothing. It begins with the
    best of each line."""

    po_number = forms.CharField(label=gettext_lazy("Your PO number"), max_length=MAX_PO_NUMBER, required=False)
    keep_others = forms.BooleanField(
        label=gettext_lazy("Keep the other negotiations open for what is left"), required=False
    )
    key = KeyField()

    def __init__(self, data: Typed = None, *, board: BoardView) -> None:
        self.board = board
        self.seen: dict[int, int] = {}
        """The numbers of the offers that the buyer saw, by room, once they are read."""
        super().__init__(data, auto_id="award-%s")
        for bid in board.bids:
            self.fields[f"seen-{bid.room_id}"] = forms.IntegerField(
                initial=bid.number, required=False, widget=forms.HiddenInput
            )
            self.fields[f"whole-{bid.room_id}"] = forms.BooleanField(label=_("All of it"), required=False)
        for line in board.lines:
            for cell, bid in zip(line.cells, board.bids, strict=True):
                self._add_cell(line, cell, bid)

    def _add_cell(self, line: BoardLine, cell: Cell, bid: Bid) -> None:
        best = min(line.left, cell.quantity) if cell.is_best and bid.may_split else 0
        label = _("Take of %(seller)s: %(name)s") % {"seller": bid.seller, "name": line.name}
        self.fields[f"take-{line.pk}-{bid.room_id}"] = QuantityField(
            label=label, required=False, initial=best or "", attrs={"aria-label": label}
        )

    def again(self, board: BoardView, *, changed: Collection[int]) -> "AwardForm":
        """What was typed, on the board as it is now: sent again it takes those rooms' offers that have changed."""
        typed = dict(self.data.items())
        for bid in board.bids:
            if bid.room_id in changed:
                typed[f"seen-{bid.room_id}"] = str(bid.number)
        form = AwardForm(typed, board=board)
        form.is_valid()
        return form

    def rows(self) -> Sequence[RowFields]:
        """For the template."""
        return [
            RowFields(
                line,
                [
                    CellFields(cell, self._take(line, cell, bid))
                    for cell, bid in zip(line.cells, self.board.bids, strict=True)
                ],
            )
            for line in self.board.lines
        ]

    def columns(self) -> Sequence[ColumnFields]:
        return [ColumnFields(bid, self[f"seen-{bid.room_id}"], self[f"whole-{bid.room_id}"]) for bid in self.board.bids]

    def _take(self, line: BoardLine, cell: Cell, bid: Bid) -> Any:
        return self[f"take-{line.pk}-{bid.room_id}"] if cell.counts and cell.price and bid.may_split else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        self.seen = {bid.room_id: given.get(f"seen-{bid.room_id}") or 0 for bid in self.board.bids}
        chosen = (self._choice(bid, given) for bid in self.board.bids)
        return {
            "choices": [choice for choice in chosen if choice],
            "po_number": given.get("po_number", ""),
            "keep_others": given.get("keep_others", False),
            "key": given.get("key"),
        }

    def _choice(self, bid: Bid, given: Mapping[str, Any]) -> Choice | None:
        number = self.seen[bid.room_id]
        if given.get(f"whole-{bid.room_id}"):
            return Choice(bid.room_id, number)
        taken = {line.pk: given.get(f"take-{line.pk}-{bid.room_id}") for line in self.board.lines}
        quantities = {pk: n for pk, n in taken.items() if n}
        return Choice(bid.room_id, number, quantities) if quantities else None
