"""What several threads ask for at the same moment is done together, by one of them."""

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from threading import Lock, get_ident
from typing import Generic, TypeVar

LINGER_S = 0.001
"""Where several wait, the next round begins this much later: those who were just answered may have a question more."""
KNOWN = 8
"""So many threads are remembered that have led a round."""
Q = TypeVar("Q")
A = TypeVar("A")


class _Asked(Generic[Q, A]):
    """A question with its answer, once there is one."""

    def __init__(self, question: Q) -> None:
        self.question, self.thread = question, get_ident()
        self.woken = Lock()  # taken until somebody wakes it: one thread waits, and an Event costs it more
        self.woken.acquire()
        self.answer: A | None = None
        self.error: BaseException | None = None


class Combiner(Generic[Q, A]):
    """Whoever asks while nobody does the work does it, for all who wait; who comes meanwhile waits for the next round.

    So a round costs what it costs once, however many wait: as a database commits many transactions with one write.
    """

    def __init__(self, do: Callable[[Sequence[Q]], Sequence[A]], *, most: int, alone: Callable[[Q], Hashable]) -> None:
        """`do` answers at most so many questions, in their order. Two that are `alone` the same never share a round."""
        self._do, self._most, self._alone = do, most, alone
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._mutex = Lock()
        self._is_led = False
        self._have_led: deque[int] = deque(maxlen=KNOWN)

    def ask(self, question: Q) -> A:
        """This question's own answer. What `do` raises, everybody of its round is told."""
        asked = _Asked[Q, A](question)
        with self._mutex:
            self._waiting.append(asked)
            leads, self._is_led = not self._is_led, True
        if not leads:
            asked.woken.acquire()
        if asked.answer is None and asked.error is None:
            self._lead(is_busy=not leads)
        if asked.error is not None:
            raise asked.error
        assert asked.answer is not None  # noqa: S101  # whoever leads a round is in it
        return asked.answer

    def _lead(self, *, is_busy: bool) -> None:
        if get_ident() not in self._have_led:
            self._have_led.append(get_ident())
        if is_busy:
            time.sleep(LINGER_S)
        together = self._take()
        try:
            for asked, answer in zip(together, self._do([each.question for each in together]), strict=True):
                asked.answer = answer
        except BaseException as error:  # the others wait for it
            for asked in together:
                asked.error = error
        self._hand_over()
        for asked in together:
            if asked.thread != get_ident():
                asked.woken.release()

    def _take(self) -> list[_Asked[Q, A]]:
        """Who leads is among them, and who waits longest."""
        together: list[_Asked[Q, A]] = []
        keys: set[Hashable] = set()
        with self._mutex:
            later: deque[_Asked[Q, A]] = deque()
            for asked in self._waiting:
                key = self._alone(asked.question)
                takes = len(together) < self._most and key not in keys
                (together if takes else later).append(asked)
                keys.add(key)
            self._waiting = later
        return together

    def _hand_over(self) -> None:
        """One of those who wait leads the next round: rather a thread that has led before, whose connection to the
        database is open and has its plans; else whoever waits longest."""
        with self._mutex:
            self._is_led = bool(self._waiting)
            if self._waiting:
                leader = next((each for each in self._waiting if each.thread in self._have_led), self._waiting[0])
                self._waiting.remove(leader)
                self._waiting.appendleft(leader)
                leader.woken.release()
