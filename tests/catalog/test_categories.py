"""Operators keep the categories; lists and the search follow, and nothing that a product says is lost."""

from dataclasses import replace

import pytest
from django.test import Client
from django.utils.translation import override

from backend.catalog.categories.actions import DefinitionDraft, create_category, edit_category, save_definition
from backend.catalog.models import AttributeDefinition, Category, Product, Variant
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.index import index_products
from backend.catalog.search.port import Query
from backend.core.errors import NotAllowed, Refused
from backend.events import listeners, log
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of

COLOUR = DefinitionDraft("colour", "Colour", "choice", choices=("Red", "Blue"), is_facet=True)
CATEGORIES = "/c/platform/categories/"


def found(text: str) -> int:
    log.number_events(100)
    room = "backend.catalog.search"
    listeners.listen_once(room, listeners.listeners()[room], 100)
    return len(PostgresSearch().find(Query(text)).ids)


def test_a_category_is_made_once_at_an_address_of_its_own(cast: Cast) -> None:
    operator = actor_of(cast.olga)
    made = create_category("Garden  tools", position=3, actor=operator)
    assert create_category("garden tools", actor=operator) == made
    assert (made.name, made.slug, made.position) == ("Garden tools", "garden-tools", 3)
    Category.objects.filter(pk=made.pk).update(name="Sheds")
    assert create_category("Garden tools", actor=operator).slug == "garden-tools-2"


def test_a_category_that_is_called_otherwise_is_found_under_its_new_name_at_its_old_address(cast: Cast) -> None:
    slug = cast.crockery.slug
    assert found("earthenware") == 0
    for _ in range(2):
        edit_category(cast.crockery, name="Earthenware", position=1, actor=actor_of(cast.olga))
    (event,) = Event.objects.filter(kind=Kind.CATALOG_CATEGORY_CHANGED)
    pks = sorted(Product.objects.filter(category=cast.crockery).values_list("pk", flat=True))
    assert event.data == {"products": [[pks[0], pks[-1]]]}
    assert found("earthenware") > 0
    assert Category.objects.get(pk=cast.crockery.pk).slug == slug


def test_what_a_product_says_is_asked_for_and_filtered_by(cast: Cast) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(attributes={"colour": "Red"})
    save_definition(cast.crockery, COLOUR, actor=actor_of(cast.olga))
    assert found("mug") == 1
    facets = {facet.key: facet for facet in PostgresSearch().find(Query("mug")).facets}
    assert [value.label for value in facets["colour"].values] == ["Red"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (DefinitionDraft("", "Colour"), "code"),
        (DefinitionDraft("colour", ""), "name"),
        (DefinitionDraft("colour", "Colour", "choice"), "choices"),
        (DefinitionDraft("colour", "Colour", "text", choices=("Red",)), "choices"),
        (DefinitionDraft("colour", "Colour", "melody"), "kind"),
        (DefinitionDraft("colour", "Colour", "choice", choices=("x" * 61,)), "choices"),
    ],
)
def test_what_is_no_question_is_refused_at_its_field(cast: Cast, draft: DefinitionDraft, field: str) -> None:
    with pytest.raises(Refused) as refused:
        save_definition(cast.crockery, draft, actor=actor_of(cast.olga))
    assert refused.value.field == field


@pytest.mark.parametrize("says", ["product", "variant"])
def test_a_choice_that_is_said_stays_and_so_does_the_kind(cast: Cast, says: str) -> None:
    operator, red = actor_of(cast.olga), {"attributes": {"colour": "Red"}}
    save_definition(cast.crockery, COLOUR, actor=operator)
    if says == "product":
        Product.objects.filter(pk=cast.mug.product_id).update(**red)
    else:
        Variant.objects.filter(pk=cast.mug.variant_id).update(**red)
    with pytest.raises(Refused, match="“Red” is still said of 1 products"):
        save_definition(cast.crockery, DefinitionDraft("colour", "Colour", "choice", choices=["Blue"]), actor=operator)
    with pytest.raises(Refused, match="One of a list, and products say it"):
        save_definition(cast.crockery, DefinitionDraft("colour", "Colour", "text"), actor=operator)
    kept = save_definition(
        cast.crockery, DefinitionDraft("colour", "Hue", "choice", choices=["Red"], required=True), actor=operator
    )
    assert (kept.name, kept.choices, kept.required) == ("Hue", ["Red"], True)
    assert AttributeDefinition.objects.filter(category=cast.crockery).count() == 1


def test_only_operators_keep_categories(cast: Cast) -> None:
    for who in (cast.nora, cast.bea):
        with pytest.raises(NotAllowed):
            create_category("Mine", actor=actor_of(who))
        with pytest.raises(NotAllowed):
            edit_category(cast.crockery, name="Mine", position=0, actor=actor_of(who))
        with pytest.raises(NotAllowed):
            save_definition(cast.crockery, COLOUR, actor=actor_of(who))


def test_a_name_that_another_category_has_is_refused(cast: Cast) -> None:
    other = create_category("Sheds", actor=actor_of(cast.olga))
    with pytest.raises(Refused, match="Another category is called “Sheds”"):
        edit_category(cast.crockery, name=other.name, position=0, actor=actor_of(cast.olga))


def test_the_pages_make_change_and_ask(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    assert client.post(CATEGORIES, {"name": "", "position": "0"}).status_code == 422
    assert client.post(CATEGORIES, {"name": "Sheds", "position": "2"}).status_code == 303
    assert "Sheds" in client.get(CATEGORIES).content.decode()
    page = f"{CATEGORIES}{Category.objects.get(name='Sheds').pk}/"
    assert client.post(page, {"name": "Huts", "position": "2"}).status_code == 303
    typed = {"code": "roof", "name": "Roof", "kind": "choice", "position": "0", "choices": "Felt\nTiles\n"}
    wrong = client.post(f"{page}definitions/", {**typed, "kind": "text"})
    assert wrong.status_code == 422
    assert "Tiles" in wrong.content.decode(), "what was typed stays"
    unsaid = client.post(f"{page}definitions/", {**typed, "code": "no code", "name": ""})
    assert unsaid.status_code == 422
    assert "Tiles" in unsaid.content.decode()
    assert client.post(f"{page}definitions/", typed).status_code == 303
    shown = client.get(f"{page}?definition=roof").content.decode()
    assert "Huts" in shown
    assert "Felt\nTiles" in shown


def test_categories_and_what_they_ask_are_read_and_found_in_the_reader_s_language(cast: Cast) -> None:
    operator, crockery = actor_of(cast.olga), cast.crockery
    Product.objects.filter(pk=cast.mug.product_id).update(attributes={"colour": "Red"})
    edit_category(crockery, name=crockery.name, position=0, translations={"name.ar": "أوانٍ"}, actor=operator)
    called = {"name.ar": "اللون", "choice.Red.ar": "أحمر", "choice.Green.ar": "أخضر"}
    saved = save_definition(cast.crockery, replace(COLOUR, translations=called), actor=operator)
    assert "choice.Green.ar" not in saved.translations, "it is no choice"
    assert (found("أوان"), found("أحمر")) == (3, 1)
    with override("ar"):
        facets = {facet.key: facet for facet in PostgresSearch().find(Query("mug")).facets}
    assert [value.label for value in facets["category"].values] == ["أوانٍ"]
    assert (facets["colour"].label, [value.label for value in facets["colour"].values]) == ("اللون", ["أحمر"])
    assert save_definition(crockery, COLOUR, actor=operator).translations == saved.translations, "none given: they stay"


def test_an_operator_writes_them_line_by_line(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    url = f"{CATEGORIES}{cast.crockery.pk}/definitions/"
    asked = {
        "code": "colour", "name": "Colour", "kind": "choice", "position": "0", "choices": "Red\nBlue",
        "translations.name.ar": "اللون", "translations.choices.ar": "\nأزرق",
    }  # fmt: skip
    assert client.post(url, asked).status_code == 303
    definition = AttributeDefinition.objects.get(code="colour")
    assert definition.translations == {"name.ar": "اللون", "choice.Blue.ar": "أزرق"}
    shown = client.get(f"{CATEGORIES}{cast.crockery.pk}/?definition=colour").content.decode()
    assert "اللون" in shown
    assert "أزرق" in shown
    refused = client.post(url, {**asked, "translations.choices.ar": "1\n2\n3"})
    assert refused.status_code == 422
    assert "in the order of the choices, of which there are 2" in refused.content.decode()


def test_a_list_of_several_categories_calls_each_choice_by_the_name_that_its_own_one_gives_it(cast: Cast) -> None:
    operator, garden = actor_of(cast.olga), Category.objects.create(name="Garden", slug="garden")
    for category, choice, called in ((cast.crockery, "Red", "أحمر"), (garden, "Teal", "بترولي")):
        key = f"choice.{choice}.ar"
        draft = replace(COLOUR, choices=(choice,), translations={"name.ar": "اللون", key: called})
        save_definition(category, draft, actor=operator)
    Product.objects.filter(pk=cast.mug.product_id).update(attributes={"colour": "Red"})
    Product.objects.filter(pk=cast.plate.product_id).update(attributes={"colour": "Teal"}, category=garden)
    index_products([cast.mug.product_id, cast.plate.product_id])
    with override("ar"):
        colours = next(facet for facet in PostgresSearch().find(Query("")).facets if facet.key == "colour")
    assert {value.label for value in colours.values} == {"أحمر", "بترولي"}
