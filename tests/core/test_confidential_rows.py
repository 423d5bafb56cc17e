"""Every confidential table, by raw SQL as the application's role: what its rows are to whom.

The tables are those that declare it; a new one is tried as it is.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, models
from django.db.migrations.state import ProjectState
from django.db.transaction import atomic

from backend.accounts.models import Company
from backend.catalog.lists.models import (
    Assortment,
    AssortmentAudience,
    AssortmentItem,
    CustomerGroup,
    GroupMember,
    PriceList,
    PriceListAudience,
    PriceListEntry,
)
from backend.catalog.models import Sku
from backend.catalog.pricing import Buyer, asking_as, offers_seen, visible_skus
from backend.core.database import application_role, use_owner_role
from backend.core.migrating import SecureRows
from backend.core.row_security import across_companies, acting_for, forgetting
from tests.canaries import Estate, estates
from tests.cast import Cast
from tests.catalog.pricing.lists import draft_list, fixed, in_force
from tests.conftest import as_owner
from tests.core.test_fences import outside
from tests.core.test_row_security import ask

CONFIDENTIAL = [model for model in apps.get_models() if hasattr(model, "row_security")]
POLICIES = "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2"


@pytest.fixture
def both(cast: Cast) -> tuple[Estate, Estate]:
    """Northfield and Eastwick have a row in each."""
    return estates(cast)


def shown(of: Estate) -> set[str]:
    """In which tables the estate's own row is to be seen, and can be changed."""
    found: set[str] = set()
    for model in CONFIDENTIAL:
        table, pk = model._meta.db_table, of.row(model).pk
        rows = ask(f"SELECT id FROM {table} WHERE id = {pk}")  # noqa: S608  # our own
        if not getattr(model, "append_only", False):
            changed = ask(f"UPDATE {table} SET id = id WHERE id = {pk} RETURNING id")  # noqa: S608
            assert changed == rows, table
        found |= {table} if rows else set()
    return found


def test_all_of_this_is_asked_as_the_application_that_no_policy_lets_by(db: None) -> None:
    query = "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert ask(query) == [(application_role(), False)]


def test_confidential_rows_are_their_companys_and_nobody_elses(both: tuple[Estate, Estate]) -> None:
    northfield, eastwick = both
    tables = {model._meta.db_table for model in CONFIDENTIAL}
    assert shown(northfield) == shown(eastwick) == set(), "nobody said for whom they work"
    with acting_for(northfield.company.pk):
        assert shown(northfield) == tables
        assert shown(eastwick) == set()
    with acting_for(eastwick.company.pk):
        assert shown(eastwick) == tables
        assert shown(northfield) == set()
    with across_companies(why="a test counts"):
        assert shown(northfield) == shown(eastwick) == tables


def test_whoever_forgets_counts_nothing(both: tuple[Estate, Estate]) -> None:
    counts = " UNION ALL ".join(f"SELECT count(*) FROM {model._meta.db_table}" for model in CONFIDENTIAL)  # noqa: S608
    assert set(ask(counts)) == {(0,)}


def test_nobody_puts_a_row_under_what_is_anothers(both: tuple[Estate, Estate]) -> None:
    northfield, eastwick = both
    for model in CONFIDENTIAL:
        row = northfield.row(model)
        copy = "INSERT INTO {0} SELECT ({0}.t).* FROM (SELECT jsonb_populate_record(NULL::{0}, %s::jsonb) AS t) AS {0}"
        with pytest.raises(ProgrammingError, match="row-level security"), atomic(), acting_for(eastwick.company.pk):
            outside("run(query, [row])", run=run, query=copy.format(model._meta.db_table), row=as_json(row))


def run(query: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, params)


def as_json(row: models.Model) -> str:
    """The row as PostgreSQL has it, with a key of its own."""
    table = row._meta.db_table
    with across_companies(why="a test copies a row"), connection.cursor() as cursor:
        cursor.execute(f"SELECT (to_jsonb(t) || '{{\"id\": 987654321}}')::text FROM {table} AS t WHERE id = {row.pk}")  # noqa: S608
        (text,) = cursor.fetchone()
    return str(text)


def test_policies_are_those_that_the_models_declare(transactional_db: None) -> None:
    """A migration keeps its own copy: here both are put side by side, as PostgreSQL writes them."""
    with as_owner():
        use_owner_role()
        migrated, state = rows_of(POLICIES), ProjectState.from_apps(apps)
        with connection.schema_editor() as editor:
            for model in CONFIDENTIAL:
                label, operation = model._meta.app_label, SecureRows(model._meta.model_name or "", model.row_security)
                operation.database_backwards(label, editor, state, state)
                operation.database_forwards(label, editor, state, state)
        assert rows_of(POLICIES) == migrated


def rows_of(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


# --- Buyers read what is for them ------------------------------------------------------------------------------------
def counted(*tables: type[models.Model]) -> list[int]:
    return [ask(f"SELECT count(*) FROM {table._meta.db_table}")[0][0] for table in tables]  # noqa: S608


def seen_by(companies: Mapping[str, Company], *tables: type[models.Model]) -> dict[str, list[int]]:
    seen: dict[str, list[int]] = {}
    for name, company in companies.items():
        with acting_for(company.pk):
            seen[name] = counted(*tables)
    return seen


def test_a_list_is_shown_to_its_seller_and_to_those_whom_it_is_for(cast: Cast) -> None:
    pk = in_force(cast, fixed(cast.mug, 1, 200)).pk
    draft_list(cast, name="Draft")
    companies = {"seller": cast.northfield, "buyer": cast.cornershop, "other": cast.eastwick}
    seen = seen_by(companies, PriceList, PriceListEntry, PriceListAudience)
    assert seen == {"seller": [2, 1, 2], "buyer": [1, 1, 2], "other": [0, 0, 0]}
    with acting_for(cast.cornershop.pk):
        assert ask(f"UPDATE catalog_pricelist SET name = 'Mine' WHERE id = {pk} RETURNING id") == []  # noqa: S608
        assert ask("DELETE FROM catalog_pricelistentry RETURNING id") == []
        with pytest.raises(ProgrammingError, match="row-level security"), atomic():
            ask(
                "INSERT INTO catalog_pricelistentry (price_list_id, sku_id, min_quantity, percent, may_be_dearer)"  # noqa: S608
                f" VALUES ({pk}, {cast.mug.pk}, 5, 50, false) RETURNING id"
            )


def test_a_buyer_does_not_learn_who_else_has_the_list(cast: Cast) -> None:
    group = CustomerGroup.objects.create(company=cast.northfield, name="Shops")
    for member in (cast.cornershop, cast.eastwick):
        GroupMember.objects.create(group=group, company=member)
    trade = PriceList.objects.create(company=cast.northfield, name="Trade", kind="group", state="active", percent=5)
    PriceListAudience.objects.create(company=cast.northfield, price_list=trade, group=group)
    own = PriceList.objects.create(company=cast.northfield, name="Own", state="active", percent=9)
    PriceListAudience.objects.create(company=cast.northfield, price_list=own, audience_company=cast.eastwick)
    companies = {"seller": cast.northfield, "one": cast.cornershop, "two": cast.eastwick, "none": cast.platform}
    seen = seen_by(companies, PriceList, PriceListAudience, GroupMember, CustomerGroup)
    assert seen == {"seller": [2, 2, 2, 1], "one": [1, 1, 1, 0], "two": [2, 2, 1, 0], "none": [0, 0, 0, 0]}


def test_a_list_for_everybody_is_read_by_nobody_in_particular(cast: Cast) -> None:
    PriceList.objects.create(company=cast.northfield, name="Public", kind="public", state="active", percent=5)
    with forgetting():
        assert counted(PriceList) == [1]


# --- A restriction that is not shown does not open -------------------------------------------------------------------
@pytest.fixture
def kept(cast: Cast) -> Cast:
    """Cornershop sees Northfield's mugs alone; everybody else sees all of his offers."""
    own = Assortment.objects.create(company=cast.northfield, name="Mugs")
    AssortmentItem.objects.create(assortment=own, sku=cast.mug)
    AssortmentAudience.objects.create(company=cast.northfield, assortment=own, audience_company=cast.cornershop)
    return cast


def offers(buyer: Buyer) -> set[int]:
    """Of all sellers, as somebody in the product would ask."""
    rows = Sku.objects.across_companies(why="a test").filter(visible_skus(buyer))
    return outside("set(rows.values_list('pk', flat=True))", rows=rows)  # type: ignore[no-any-return]


def test_whoever_forgets_to_ask_as_the_buyer_finds_no_offer_rather_than_all(kept: Cast) -> None:
    buyer = Buyer(kept.cornershop.pk)
    with asking_as(buyer):
        assert kept.mug.pk in offers(buyer)
        of_northfield = set(Sku.objects.filter(company=kept.northfield).values_list("pk", flat=True))
        assert offers(buyer) & of_northfield == {kept.mug.pk}
    assert offers(buyer) == set()
    with acting_for(kept.eastwick.pk):
        assert offers(buyer) == set()


def test_a_seller_who_looks_on_sees_his_own_offers_alone(kept: Cast) -> None:
    buyer = Buyer(kept.cornershop.pk, looks_on=kept.northfield.pk)
    with asking_as(buyer):
        assert offers(buyer) == {kept.mug.pk}
    assert offers_seen(buyer, [kept.mug.pk, kept.plate.pk, kept.kettle.pk]) == {kept.mug.pk}
