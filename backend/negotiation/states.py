"""The lives of an enquiry, and of the negotiation that each seller who was asked has with the buyer."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class EnquiryStatus(TextChoices):
    """Sellers answer while it is open. A job closes it within seconds of `closes_at`; that its time is over decides the
    database's clock, closed or not."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    AWARDED = "awarded", _("Awarded")
    NO_AWARD = "no_award", _("Ended without an award")
    CANCELLED = "cancelled", _("Taken back")


_E = EnquiryStatus
ENQUIRY: Machine[EnquiryStatus] = Machine(
    {
        _E.OPEN: {_E.CLOSED, _E.AWARDED, _E.CANCELLED},
        _E.CLOSED: {_E.OPEN, _E.AWARDED, _E.NO_AWARD},
        _E.AWARDED: set(),
        _E.NO_AWARD: set(),
        _E.CANCELLED: set(),
    }
)


class Audience(TextChoices):
    """Whom an enquiry is put to."""

    NAMED = "named", _("Only the sellers of what is named")
    VERIFIED = "verified", _("Also every verified seller who wants to take part")


class Board(TextChoices):
    """What is told of the offers while an enquiry is open."""

    PRIVATE = "private", _("Private: you see each offer at once, sellers learn nothing of each other")
    OPEN = "open", _("Open: sellers see their rank and the best price of each line, never whose it is")
    SEALED = "sealed", _("Sealed: nobody sees a price before the closing time, you neither")


SEALED_WHILE = (_E.OPEN, _E.CANCELLED)
"""Sealed offers of such an enquiry are not opened; taken back before its closing time they never are."""


class QuoteStatus(TextChoices):
    """Whose turn it is, and how it ended. What has ended is never revived: one asks anew."""

    AWAITING_SELLER = "awaiting_seller", _("The seller’s turn")
    AWAITING_BUYER = "awaiting_buyer", _("The buyer’s turn")
    ORDERED = "ordered", _("Agreed and ordered")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


_Q = QuoteStatus
_ENDS = {_Q.ORDERED, _Q.DECLINED, _Q.WITHDRAWN, _Q.EXPIRED}
QUOTE: Machine[QuoteStatus] = Machine(
    {
        _Q.AWAITING_SELLER: {_Q.AWAITING_BUYER, *_ENDS},
        _Q.AWAITING_BUYER: {_Q.AWAITING_SELLER, *_ENDS},
        _Q.ORDERED: set(),
        _Q.DECLINED: set(),
        _Q.WITHDRAWN: set(),
        _Q.EXPIRED: set(),
    }
)
OPEN = (_Q.AWAITING_SELLER, _Q.AWAITING_BUYER)
"""An answer is still owed."""


class Side(TextChoices):
    BUYER = "buyer", _("Buyer")
    SELLER = "seller", _("Seller")

    @property
    def awaited(self) -> QuoteStatus:
        """How it stands while this side is to answer."""
        return _Q.AWAITING_BUYER if self == Side.BUYER else _Q.AWAITING_SELLER

    @property
    def other(self) -> "Side":
        return Side.SELLER if self == Side.BUYER else Side.BUYER


class Word(TextChoices):
    """What an entry of a room's stream is."""

    MESSAGE = "message", _("Message")
    ASKED = "asked", _("Asked for an offer")
    JOINED = "joined", _("Takes part in the enquiry")
    OFFERED = "offered", _("Offer")
    SEALED = "sealed", _("A sealed offer was handed in")
    PART = "part", _("The buyer takes a part of the offer")
    UNSEALED = "unsealed", _("The offer is opened")
    PROLONGED = "prolonged", _("The buyer takes offers for longer")
    DECLINED = "declined", _("Negotiation declined")
    WITHDRAWN = "withdrawn", _("Offer withdrawn")
    TAKEN_BACK = "taken_back", _("The buyer has taken the enquiry back")
    NOT_CHOSEN = "not_chosen", _("Thank you for your offer. This time the buyer has decided otherwise")
    EXPIRED = "expired", _("The offer’s time is over")
    ORDERED = "ordered", _("Agreed: the order is placed")
    SUSPENDED = "suspended", _("The market’s operators have suspended this negotiation")
    RESUMED = "resumed", _("The market’s operators let this negotiation go on")


class Incoterm(TextChoices):
    """ICC Incoterms 2020, those that a wholesaler's trade by road and sea uses."""

    EXW = "EXW", _("EXW: collected at the works")
    FCA = "FCA", _("FCA: handed to the carrier")
    CPT = "CPT", _("CPT: carriage paid")
    CIP = "CIP", _("CIP: carriage and insurance paid")
    DAP = "DAP", _("DAP: delivered, duties unpaid")
    DDP = "DDP", _("DDP: delivered, duties paid")
    FOB = "FOB", _("FOB: on board the ship")
    CIF = "CIF", _("CIF: to the port, insured")
