"""Who is let in where: the grant that a page carries for its topics, bound to the access that it hangs on."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property

from backend.accounts.access import epoch_numbers
from backend.accounts.actor import Actor
from realtime.access import Grant
from realtime.topics import TOPICS, Ask, Scopes, T, TopicKind, kind_of, of_member, present_actor

MAX_NAME = 40


class Asker:
    """Somebody who asks, perhaps for several regions of one page: what was read for one counts for the next.

    The scopes' numbers are read before any decision: if access is taken away in between, either the decision sees it or
    the grant carries a number that is already void. A number that is known is not read again: it is older than what was
    decided since, as it has to be. What the actor is now is decided after the numbers of the scopes that it hangs on;
    and what was decided once for a page is decided for all of it.
    """

    def __init__(self, actor: Actor, numbers: Mapping[str, int] | None = None) -> None:
        """`numbers` are those of the scopes that the actor hangs on, if they were read before the actor was."""
        self.actor = actor
        self._numbers = dict(numbers or {})
        self._is_known = self._numbers.keys() >= set(self._own)
        self._decided: dict[tuple[object, object], dict[int, bool]] = defaultdict(dict)

    @property
    def _own(self) -> Scopes:
        return of_member(self.actor) if self.actor.company_id else ()

    @cached_property
    def _now(self) -> Actor:
        """The actor as they stand now. One query, unless their numbers were read before."""
        return self.actor if self._is_known else present_actor(self.actor)

    def grant_for(self, names: Iterable[str], *, shown_as: str = "") -> Grant:
        """Those of the topics that they may watch. The scopes' numbers and the actor's present state cost a query each,
        and each kind of topic what its functions say, however many topics. Raises ValueError for what is no topic.

        `shown_as` is the person's own name, which the grant carries where a topic tells its watchers who is there.
        """
        asked = _by_kind(names)
        if not asked:
            return Grant({}, {})
        answers = _answers(asked, lambda kind: kind.scopes, self.actor)
        hangs_on = {
            (thing, pk): answers[thing][pk] for thing, pks in asked.items() for pk in pks if pk in answers[thing]
        }
        numbers = self._numbers_of({scope for scopes in hangs_on.values() for scope in scopes})
        opened = self._opened(asked)
        topics = {f"{thing}:{pk}": scopes for (thing, pk), scopes in hangs_on.items() if pk in opened[thing]}
        name = shown_name(shown_as) if any(_tells_people(topic) for topic in topics) else ""
        return Grant(topics, {scope: numbers[scope] for scopes in topics.values() for scope in scopes}, name)

    def _opened(self, asked: Mapping[str, list[int]]) -> Mapping[str, Collection[int]]:
        """Those of each kind that its policy opens; what it has said before is not asked again. Only kinds that hang on
        the same scopes share a decision: their numbers were all read before it."""
        decided = {thing: self._decided[TOPICS[thing].scopes, TOPICS[thing].opens] for thing in asked}
        unknown = {thing: [pk for pk in pks if pk not in decided[thing]] for thing, pks in asked.items()}
        answers = _answers({thing: pks for thing, pks in unknown.items() if pks}, lambda kind: kind.opens, self._now)
        for thing, opened in answers.items():
            decided[thing] |= {pk: pk in opened for pk in unknown[thing]}
        return {thing: {pk for pk in pks if decided[thing][pk]} for thing, pks in asked.items()}

    def _numbers_of(self, scopes: Collection[str]) -> Mapping[str, int]:
        """What the actor hangs on is read along, before what they are now is looked at."""
        if unknown := {*scopes, *self._own} - self._numbers.keys():
            self._numbers |= epoch_numbers(unknown)
        return self._numbers


def grant_for(actor: Actor, names: Iterable[str], *, shown_as: str = "") -> Grant:
    """The same for whoever asks once."""
    return Asker(actor).grant_for(names, shown_as=shown_as)


def _answers(
    asked: Mapping[str, list[int]], function_of: Callable[[TopicKind], Ask[T]], actor: Actor
) -> Mapping[str, T]:
    """What the kinds' functions answer, each of which is asked once, for all kinds that share it."""
    together: dict[Ask[T], list[int]] = defaultdict(list)
    for thing, pks in asked.items():
        together[function_of(TOPICS[thing])] += pks
    answers = {ask: ask(actor, set(pks)) for ask, pks in together.items()}
    return {thing: answers[function_of(TOPICS[thing])] for thing in asked}


def shown_name(name: str) -> str:
    """As others of a topic read it: short, and never an e-mail address, which some give as their name."""
    return "" if "@" in name else " ".join(name.split())[:MAX_NAME]


def _tells_people(topic: str) -> bool:
    kind = kind_of(topic)
    return kind is not None and (kind.presence or kind.typing)


def _by_kind(names: Iterable[str]) -> Mapping[str, list[int]]:
    asked: dict[str, list[int]] = defaultdict(list)
    for name in names:
        thing, _, pk = name.partition(":")
        if thing not in TOPICS:
            raise ValueError(f"{name!r} is no topic; there are {', '.join(TOPICS)}")
        asked[thing].append(int(pk))
    return asked
