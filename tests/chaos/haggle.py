"""One room of the market: Bea of Cornershop and Sally of Northfield talk in it, and are faster than each other."""

from collections.abc import Sequence

from django.db import connection
from django.db.transaction import atomic

from backend.accounts.actor import Actor
from backend.core.errors import Conflict
from backend.core.row_security import acting_for
from backend.negotiation.actions import make_offer, send_message
from backend.negotiation.models import Entry, Room
from backend.negotiation.states import Word
from backend.orders.agreements.actions import make_counter_offer
from tests.cast import Cast, actor_of
from tests.chaos.page import Said
from tests.negotiation.haggling import enquire, terms

PENCE = 240


class Haggle:
    """A new room for every scene: a page that is made afresh shows only the newest of a long stream."""

    room: Room

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._sides: dict[str, Actor] = {name: actor_of(getattr(cast, name)) for name in ("bea", "sally")}
        self.told: list[str] = []
        """What somebody was told that it was said."""
        self.outrun: list[int] = []
        """Offers that were refused because the other side's was faster."""

    def open(self) -> None:
        enquiry = enquire(self._cast)
        bea = self._sides["bea"]
        with atomic(), acting_for(bea.company_id):
            self.room = Room.objects.visible_to(bea).with_parties().get(enquiry=enquiry)
        self.told.clear()
        self.outrun.clear()

    def say(self, nth: int, name: str) -> None:
        """The same number is the same message, sent again."""
        text = f"{name} says number {nth}"
        send_message(self.room, text, key=f"say-{self.room.pk}-{nth}", actor=self._sides[name])
        self.told.append(text)

    def offer(self, nth: int, more: int, name: str) -> None:
        """Answers what is on the table as this is read."""
        make = make_counter_offer if name == "bea" else make_offer
        asked, key = terms(self._cast.mug, str(PENCE + more)), f"offer-{self.room.pk}-{nth}"
        try:
            make(self.room, asked, answers=self._head(), key=key, actor=self._sides[name])
        except Conflict:
            self.outrun.append(nth)
            raise

    def entries(self) -> Sequence[Said]:
        """What the database keeps of it. The last fault may have left this thread a dead connection."""
        connection.close()
        with atomic(), acting_for(self.room.buyer_id):
            kept = Entry.objects.scoped(room=self.room).order_by("seq").values_list("seq", "word", "text")
            return [Said(seq, word, text if word == Word.MESSAGE else "") for seq, word, text in kept]

    def _head(self) -> int:
        with atomic(), acting_for(self.room.buyer_id):
            return Room.objects.this(self.room).get().head
