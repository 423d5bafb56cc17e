"""What becomes of an enquiry when it comes to a seller: within the seller's rules it is answered by itself."""

from backend.events.kinds import Kind
from backend.events.models import Event
from backend.negotiation.automatic.steps import answer_automatically


def answer_what_was_asked(event: Event) -> None:
    """Told again it finds that it has looked already."""
    answer_automatically(event.subject_pk)


REACTIONS = {Kind.NEGOTIATION_ROOM_OPENED: answer_what_was_asked}
