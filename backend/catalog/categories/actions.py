"""Every change of the categories and of what their products say about themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import Q
from django.db.transaction import atomic
from django.utils.text import slugify
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.categories.policies import can_keep_categories
from backend.catalog.models import AttributeDefinition, AttributeKind, Category, Product
from backend.catalog.spans import spans_of
from backend.catalog.translations import AT, Translations, write_translations
from backend.core.errors import NotAllowed, Refused
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import record

MAX_NAME, MAX_CATEGORIES, MAX_DEFINITIONS, MAX_CHOICES, MAX_CHOICE, MAX_UNIT = 80, 500, 40, 200, 60, 20
WHY = "a category holds the products of all sellers"


@dataclass(frozen=True, slots=True)
class DefinitionDraft:
    """What products of a category say under `code`. The kind, and whether variants differ in it, stay as they began."""

    code: str
    name: str
    kind: str = AttributeKind.TEXT
    unit: str = ""
    choices: Sequence[str] = ()
    required: bool = False
    is_facet: bool = False
    is_variant_axis: bool = False
    position: int = 0
    translations: Translations | None = None
    """What its name, its unit and its choices are called in further languages; None: as it stands."""


@atomic(durable=True)
def create_category(
    name: str, *, position: int = 0, translations: Translations | None = None, actor: Actor
) -> Category:
    """A category that products may be put into. Made again, it is the one that is there.

    Raises NotAllowed without catalog.categories, Refused for a name that is none, or for more than MAX_CATEGORIES.
    """
    _require_keeper(actor)
    name = _name(name)
    if found := Category.objects.filter(name__iexact=name).first():
        return found
    if Category.objects.count() >= MAX_CATEGORIES:
        raise Refused(_("There are %(max)d categories already.") % {"max": MAX_CATEGORIES}, field="name")
    made = Category(name=name, slug=_slug(name), position=position)
    made.translations = _called(made, translations, {"name": MAX_NAME})
    return _saved(made, actor)


@atomic(durable=True)
def edit_category(
    category: Category, *, name: str, position: int, translations: Translations | None = None, actor: Actor
) -> Category:
    """Its name, in each language that is given, and its place; its address stays. Lists and the search follow, very
    many products a moment later.

    Raises NotAllowed without catalog.categories, Refused for a name that is none, or another category's.
    """
    _require_keeper(actor)
    category = _locked(category)
    was = (category.name, category.position, category.translations)
    category.name, category.position = _name(name), position
    category.translations = _called(category, translations, {"name": MAX_NAME})
    if was == (category.name, category.position, category.translations):
        return category
    return _saved(category, actor)


@atomic(durable=True)
def save_definition(category: Category, draft: DefinitionDraft, *, actor: Actor) -> AttributeDefinition:
    """What products of a category say about themselves: a new thing, or the one of this code as it is to be now.

    Raises NotAllowed without catalog.categories; Refused for another kind than it began with, for choices that are
    none, for one that is taken out while a product still says it, and for more than MAX_DEFINITIONS.
    """
    _require_keeper(actor)
    category, code, name = _locked(category), slugify(draft.code)[:40], _name(draft.name)
    if not code:
        raise Refused(_("A code has letters or digits, such as “material”."), field="code")
    choices = _choices(draft)
    known = category.attribute_definitions.filter(code=code).first()
    if known is None:
        if category.attribute_definitions.count() >= MAX_DEFINITIONS:
            raise Refused(_("A category asks for at most %(max)d things.") % {"max": MAX_DEFINITIONS}, field="code")
        known = AttributeDefinition(category=category, code=code, kind=draft.kind)
        known.is_variant_axis = draft.is_variant_axis
    _require_same(known, draft, choices)
    known.name, known.unit, known.choices = name, draft.unit.strip()[:MAX_UNIT], choices
    known.translations = _called(known, draft.translations, _most(choices))
    known.required, known.is_facet, known.position = draft.required, draft.is_facet, draft.position
    known.save()
    _record(category, actor)
    return known


def _saved(category: Category, actor: Actor) -> Category:
    """Somebody else may have taken its name at the same moment."""
    try:
        with atomic():
            category.save()
    except IntegrityError:
        raise Refused(_("Another category is called “%(name)s”.") % {"name": category}, field="name") from None
    _record(category, actor)
    return category


def _require_keeper(actor: Actor) -> None:
    if not can_keep_categories(actor):
        raise NotAllowed(_("Categories are kept by the market’s operators."))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise Refused(_("A name has 1 to %(most)d characters.") % {"most": MAX_NAME}, field="name")
    return name


def _called(of: Category | AttributeDefinition, given: Translations | None, most: Mapping[str, int]) -> Translations:
    """What it is called in further languages. What is no longer one of its texts is dropped."""
    known = {key: text for key, text in (given or {}).items() if key.rpartition(".")[0] in most}
    write_translations(of, {f"{AT}{key}": text for key, text in known.items()}, most)
    return {key: text for key, text in of.translations.items() if key.rpartition(".")[0] in most}


def _most(choices: Iterable[str]) -> Mapping[str, int]:
    return {"name": MAX_NAME, "unit": MAX_UNIT, **{f"choice.{choice}": MAX_CHOICE for choice in choices}}


def _slug(name: str) -> str:
    """An address that no other category has."""
    wanted = slugify(name)[:70] or "category"
    taken = set(Category.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    free = (f"{wanted}-{n}" for n in range(2, MAX_CATEGORIES + 2))
    return wanted if wanted not in taken else next(each for each in free if each not in taken)


def _choices(draft: DefinitionDraft) -> list[str]:
    choices = list(dict.fromkeys(" ".join(each.split()) for each in draft.choices if each.strip()))
    if draft.kind not in AttributeKind.values:
        raise Refused(_("It is one of: %(all)s.") % {"all": ", ".join(AttributeKind.values)}, field="kind")
    if (draft.kind == AttributeKind.CHOICE) != bool(choices):
        raise Refused(_("One of a list has a list, and nothing else has: one choice a line."), field="choices")
    if len(choices) > MAX_CHOICES or any(len(each) > MAX_CHOICE for each in choices):
        raise Refused(
            _("At most %(n)d choices of %(max)d characters each.") % {"n": MAX_CHOICES, "max": MAX_CHOICE},
            field="choices",
        )
    return choices


def _require_same(known: AttributeDefinition, draft: DefinitionDraft, choices: Sequence[str]) -> None:
    if (known.kind, known.is_variant_axis) != (draft.kind, draft.is_variant_axis):
        raise Refused(
            _("“%(code)s” is %(kind)s, and products say it as that. Take another code for something else.")
            % {"code": known.code, "kind": AttributeKind(known.kind).label},
            field="kind",
        )
    for gone in set(known.choices) - set(choices):
        says = {"attributes__contains": {known.code: gone}}
        among = Product.objects.across_companies(why=WHY).filter(category=known.category)
        count = among.filter(Q(**says) | Q(**{f"variants__{name}": value for name, value in says.items()})).count()
        if count:
            raise Refused(
                _("“%(choice)s” is still said of %(n)d products: leave it in the list.") % {"choice": gone, "n": count},
                field="choices",
            )


def _locked(category: Category) -> Category:
    return lock(Category.objects.filter(pk=category.pk), what=_("the category %(name)s") % {"name": category})[0]


def _record(category: Category, actor: Actor) -> None:
    data = {"products": spans_of(Product.objects.across_companies(why=WHY).filter(category=category))}
    record(Kind.CATALOG_CATEGORY_CHANGED, f"category:{category.pk}", version=1, actor=actor, data=data)
