from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from backend.events import dead_letters


class Command(BaseCommand):
    """Lists what the road could not understand or show; with --seen, marks it as looked at."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seen", nargs="*", type=int, metavar="ID", help="these, or all where none is named")

    def handle(self, *_args: Any, seen: list[int] | None = None, **_options: Any) -> None:
        found = dead_letters.unseen()
        for letter in found:
            self.stdout.write(
                f"{letter.pk}  {letter.at:%Y-%m-%d %H:%M}  {letter.times}x  {letter.what}  {letter.topic}"
                f"  {letter.subject} at {letter.position}: {letter.problem}"
            )
        if seen is not None:
            marked = dead_letters.mark_seen(seen or [letter.pk for letter in found])
            self.stdout.write(f"{marked} marked as seen")
