"""Every change of a company's address book. Each is one transaction, and sent twice it is the same."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import policies, steps
from backend.accounts.actor import Actor
from backend.accounts.addresses.models import LENGTHS, Address, AddressQuerySet, Use
from backend.accounts.models import Company
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events.kinds import Kind

MAX_ADDRESSES = 500
MAY_BE_EMPTY = ("contact", "note")


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address as somebody types it, and what the company calls it."""

    name: str
    recipient: str
    street: str
    city: str
    postcode: str
    country: str
    contact: str = ""
    note: str = ""


@atomic(durable=True)
@for_actor
def keep_address(company: Company, draft: AddressDraft, *, use: Use, actor: Actor) -> Address:
    """The company's address book has this address; the first one for its use is chosen by itself from then on.

    The same address under the same name is kept once. Raises NotAllowed without addresses.keep; Refused for a text
    that is missing or too long, what is no country, a name that another one has, or one more than MAX_ADDRESSES.
    """
    require(policies.can_keep_addresses(actor, company))
    company = steps.lock_company(company)
    draft, book = _cleaned(draft), _book(company, use)
    known = book.filter(name__iexact=draft.name).first()
    if known and _said(known) == draft:
        return known
    _require_free(known, draft)
    if book.count() >= MAX_ADDRESSES:
        raise Refused(_("An address book has at most %(most)d addresses of a kind.") % {"most": MAX_ADDRESSES})
    made = Address.objects.create(company=company, use=use, is_default=not book.exists(), **asdict(draft))
    _record(Kind.ACCOUNTS_ADDRESS_KEPT, made, company, actor)
    return made


@atomic(durable=True)
@for_actor
def correct_address(address: Address, draft: AddressDraft, *, seen: int, actor: Actor) -> Address:
    """From now on it says this. What was ordered says what it said then.

    Raises as keep_address does, and Conflict where it is gone or somebody has changed it since version `seen`.
    """
    require(policies.can_keep_addresses(actor, address.company))
    company = steps.lock_company(address.company)
    draft, now = _cleaned(draft), _now(address)
    if _said(now) == draft:
        return now
    if now.version != seen:
        raise Conflict(_("Somebody has changed “%(name)s” meanwhile. Look at it, then change it.") % {"name": now})
    _require_free(_book(company, now.use).filter(name__iexact=draft.name).exclude(pk=now.pk).first(), draft)
    fields: Mapping[str, object] = asdict(draft)
    for name, text in fields.items():
        setattr(now, name, text)
    now.version += 1
    now.save(update_fields=[*fields, "version"])
    _record(Kind.ACCOUNTS_ADDRESS_KEPT, now, company, actor)
    return now


@atomic(durable=True)
@for_actor
def prefer_address(address: Address, *, actor: Actor) -> Address:
    """It is the one for its use that is chosen by itself. Raises NotAllowed without addresses.keep, Conflict where it
    is gone."""
    require(policies.can_keep_addresses(actor, address.company))
    company = steps.lock_company(address.company)
    now = _now(address)
    if not now.is_default:
        _make_default(now, company)
        _record(Kind.ACCOUNTS_ADDRESS_KEPT, now, company, actor)
    return now


@atomic(durable=True)
@for_actor
def remove_address(address: Address, *, actor: Actor) -> None:
    """It can't be chosen any more; what was ordered keeps its words. Where it was chosen by itself, the oldest one that
    is left is. Raises NotAllowed without addresses.keep."""
    require(policies.can_keep_addresses(actor, address.company))
    company = steps.lock_company(address.company)
    now = Address.objects.this(address).first()
    if now is None:
        return
    pk, was_default = now.pk, now.is_default
    now.delete()
    oldest = _book(company, now.use).order_by("pk").first()
    if was_default and oldest:
        _make_default(oldest, company)
    steps.record_of_company(Kind.ACCOUNTS_ADDRESS_REMOVED, company, actor, address=pk)


def _book(company: Company, use: str) -> AddressQuerySet:
    return Address.objects.of_company(company.pk).filter(use=use)


def _now(address: Address) -> Address:
    now = Address.objects.this(address).first()
    if now is None:
        raise Conflict(_("“%(name)s” was taken out of the address book meanwhile.") % {"name": address})
    return now


def _make_default(address: Address, company: Company) -> None:
    _book(company, address.use).filter(is_default=True).update(is_default=False)
    address.is_default = True
    address.save(update_fields=["is_default"])


def _said(address: Address) -> AddressDraft:
    return AddressDraft(**{name: getattr(address, name) for name in (*LENGTHS, "country")})


def _record(kind: Kind, address: Address, company: Company, actor: Actor) -> None:
    steps.record_of_company(kind, company, actor, address=address.pk)


def _require_free(other: Address | None, draft: AddressDraft) -> None:
    if other:
        raise Refused(
            _("There is another address “%(name)s” already: give this one another name.") % {"name": draft.name},
            field="name",
        )


def _cleaned(draft: AddressDraft) -> AddressDraft:
    texts = {name: " ".join(str(getattr(draft, name)).split()) for name in LENGTHS}
    for name, text in texts.items():
        _require_text(name, text)
    steps.require_country(draft.country)
    return replace(draft, **texts)


def _require_text(name: str, text: str) -> None:
    least, most = 0 if name in MAY_BE_EMPTY else 1, LENGTHS[name]
    if not least <= len(text) <= most or not (text.isprintable() or not text):
        raise Refused(
            _("Give %(least)d to %(most)d characters here, all of them visible; these are %(n)d.")
            % {"least": least, "most": most, "n": len(text)},
            field=name,
        )
