"""What was heard is handed out: each cohort gets its share of it in one message."""

from collections.abc import Callable, Iterable

from django.conf import settings

from realtime import lag
from realtime.audience import Audience, Gap, News, Roll
from realtime.cohort import Cohort
from realtime.fanout import Fanout
from realtime.holding import Share, merge
from realtime.refreshing import Refreshing
from realtime.road import Bundle, Push


class Telling:
    """Brings audiences up to date. Nothing here waits, so nobody comes or goes in the middle of it."""

    def __init__(self, roll: Roll, fanout: Fanout, refreshing: Refreshing, on_gap: Callable[[], None]) -> None:
        self._roll = roll
        self._fanout = fanout
        self._refreshing = refreshing
        self._on_gap = on_gap
        self._heard: dict[str, list[News]] = {}

    def hear(self, bundle: Bundle) -> None:
        """Keeps it until `hand_out`: where more is heard than can be handed out, the newest of each state is."""
        is_ours = bundle.build == settings.BUILD
        for news in bundle.news:
            if news.topic in self._roll.topics:
                self._keep(news if is_ours else Push(news.topic, news.version))
        lag.heard(bundle.trace)
        self._fanout.is_due.set()

    def _keep(self, news: News) -> None:
        known = self._heard.setdefault(news.topic, [])
        if isinstance(news, Push):
            if known and known[-1].version >= news.version:
                return
            known.clear()
        known.append(news)

    def forget(self) -> None:
        """What was heard and not handed out belongs to an epoch that is over."""
        self._heard.clear()

    def hand_out(self) -> None:
        """All that was heard until now. A bundle is never torn: it was heard as a whole."""
        heard, self._heard = self._heard, {}
        told = [(audience, news) for one in heard.values() for news in one for audience in self._audiences(news)]
        self.tell(told, "no_frame")

    def _audiences(self, news: News) -> Iterable[Audience]:
        topic = self._roll.topics.get(news.topic)
        return topic.audiences.values() if topic else ()

    def tell(self, told: Iterable[tuple[Audience, News]], reason: str) -> None:
        """Gives audiences what is news to them; `reason` is why those ask who get no frame."""
        shares: dict[Cohort, Share] = {}
        for audience, news in told:
            try:
                payload = audience.take(news)
            except Gap:
                self._on_gap()
                continue
            if payload is not None and audience.cohorts:
                self._share_out(audience, payload or self._ask(audience, reason), shares)
        self._give(shares)

    def ask_all(self) -> None:
        """Redis forgot: every version that it announced is in doubt, so every page asks for its regions again."""
        shares: dict[Cohort, Share] = {}
        for topic in self._roll.topics.values():
            for audience in topic.audiences.values():
                audience.know(0)
                if audience.cohorts:
                    self._share_out(audience, self._ask(audience, "epoch"), shares)
        self._give(shares)

    def _ask(self, audience: Audience, reason: str) -> bytes:
        reason = reason if audience.lang else "build"
        return self._refreshing.signal(audience.name, reason, audience.askers(audience.watchers()))

    def _share_out(self, audience: Audience, payload: bytes | list[bytes], shares: dict[Cohort, Share]) -> None:
        for cohort in audience.cohorts:
            share = shares.get(cohort)
            if share is None:
                shares[cohort] = {audience.name: payload}
            else:
                merge(share, {audience.name: payload}, self._overflow)

    def _overflow(self, name: str) -> bytes:
        return self._refreshing.signal(name, "overflow")

    def _give(self, shares: dict[Cohort, Share]) -> None:
        for cohort, share in shares.items():
            self._fanout.give(cohort, share)
