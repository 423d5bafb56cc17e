"""What people change of the search: what they look for again, and which words mean the same."""

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import User
from backend.catalog.search.models import SavedSearch, Synonym
from backend.catalog.search.policies import can_edit_synonyms
from backend.catalog.search.words import words_of
from backend.core.errors import NotAllowed, Refused
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import record

MAX_SAVED = 12
MAX_QUERY = 1_000
MAX_NAME = 60
MAX_TERMS = 12
MAX_SYNONYMS = 1_000


@atomic(durable=True)
def save_search(query: str, *, name: str, actor: Actor) -> SavedSearch:
    """Keeps a catalogue's address for this person under a name; the same address again takes the new name.

    `query` is what stands behind the question mark. Raises NotAllowed for whoever is nobody in person, Refused for a
    query or a name that is empty or too long, and for more than MAX_SAVED of them.
    """
    if actor.user_id is None:
        raise NotAllowed(_("Log in to save a search."))
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise Refused(_("A name has 1 to 60 characters."), field="name")
    if not 0 < len(query) <= MAX_QUERY:
        raise Refused(_("Search or filter for something first, then save it."), field="query")
    lock(User.objects.filter(pk=actor.user_id), what=_("your saved searches"))
    own = SavedSearch.objects.of_person(actor.user_id)
    if own.exclude(query=query).count() >= MAX_SAVED:
        message = _("%(max)d searches are saved already: take one away to save another.") % {"max": MAX_SAVED}
        raise Refused(message, field="name")
    return own.update_or_create(query=query, user_id=actor.user_id, defaults={"name": name})[0]


@atomic(durable=True)
def look_at_search(saved: SavedSearch) -> SavedSearch:
    """Its results are being looked at: what is new is new from now on. By the database's clock."""
    SavedSearch.objects.filter(pk=saved.pk).update(seen_at=Now())
    return saved


@atomic(durable=True)
def forget_search(saved: SavedSearch) -> None:
    """Takes a saved search away. Twice is once."""
    SavedSearch.objects.filter(pk=saved.pk).delete()


@atomic(durable=True)
def add_synonym(terms: str, *, actor: Actor) -> Synonym:
    """From now on these terms mean the same, wherever somebody searches for one: "lorry, truck".

    Raises NotAllowed without catalog.synonyms, Refused for fewer than two different terms, more than MAX_TERMS, one of
    more than three words, or more than MAX_SYNONYMS lines. The same line again changes nothing.
    """
    _require_editor(actor)
    found = _terms(terms)
    if not 2 <= len(found) <= MAX_TERMS:
        message = _("Write 2 to %(max)d words that mean the same, with commas between them.") % {"max": MAX_TERMS}
        raise Refused(message, field="words")
    if long := next((term for term in found if len(term.split()) > 3), ""):
        raise Refused(_("“%(term)s” is too long: a term has up to three words.") % {"term": long}, field="words")
    if Synonym.objects.count() >= MAX_SYNONYMS:
        raise Refused(_("There are %(max)d lines already.") % {"max": MAX_SYNONYMS}, field="words")
    synonym, is_new = Synonym.objects.get_or_create(words=found)
    if is_new:
        _record(synonym, actor)
    return synonym


@atomic(durable=True)
def remove_synonym(synonym: Synonym, *, actor: Actor) -> None:
    """From now on these words mean what they say. Raises NotAllowed without catalog.synonyms."""
    _require_editor(actor)
    if Synonym.objects.filter(pk=synonym.pk).delete()[0]:
        _record(synonym, actor)


def _terms(written: str) -> list[str]:
    """The terms as the search reads them, each once, in one order."""
    terms = {" ".join(words_of(term)) for term in written.replace("،", ",").split(",")}
    return sorted(term for term in terms if term)


def _record(synonym: Synonym, actor: Actor) -> None:
    record(Kind.CATALOG_SYNONYMS_CHANGED, f"synonym:{synonym.pk}", version=1, actor=actor)


def _require_editor(actor: Actor) -> None:
    if not can_edit_synonyms(actor):
        raise NotAllowed(_("Which words mean the same is written by the market’s operators."))
