"""What is answered by itself, and what came of it. Each says how many queries it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import Now, TruncDate

from backend.negotiation.automatic.models import AnswerRule, AnswerRun, Outcome
from backend.negotiation.models import Room

SHOWN = 50


@dataclass(frozen=True, slots=True)
class RunRow:
    room_id: int
    title: str
    buyer: str
    rule: str
    outcome: Outcome
    why: str
    ran_at: datetime


def answer_rules(company_id: int) -> Sequence[AnswerRule]:
    """By name, each with `today`: how many it has answered today. One query."""
    today = Q(runs__outcome=Outcome.ANSWERED, runs__ran_at__date=TruncDate(Now()))
    rules = AnswerRule.objects.of_company(company_id).select_related("sku", "category", "set_up_by")
    return list(rules.annotate(today=Count("runs", filter=today)).order_by("name"))


def answer_runs(company_id: int, rows: slice = slice(SHOWN)) -> Sequence[RunRow]:
    """The newest first. One query."""
    runs = AnswerRun.objects.of_company(company_id).select_related("room__enquiry", "room__buyer", "rule")
    return [_row(row) for row in runs.order_by("-ran_at", "-pk")[rows]]


def answered_by(room: Room) -> AnswerRun | None:
    """The run that made the offer on the table, for the seller's own eyes. One query."""
    runs = AnswerRun.objects.of_company(room.seller_id).filter(room=room, outcome=Outcome.ANSWERED)
    return runs.filter(revision=room.head).select_related("rule").first()


def _row(row: AnswerRun) -> RunRow:
    room = row.room
    rule = row.rule.name if row.rule else ""
    return RunRow(room.pk, room.enquiry.title, room.buyer.name, rule, Outcome(row.outcome), row.why, row.ran_at)
