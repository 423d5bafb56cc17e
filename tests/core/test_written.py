"""Written statements give what Django's own queries give."""

from django.db.models import F

from backend.accounts.custom_roles.models import CustomRole
from backend.accounts.models import Company, Membership
from backend.core.inserted import Inserted
from backend.core.written import Written, as_array, as_texts, fetch
from tests.cast import Cast

OF_COMPANY = Written(
    """
SELECT {membership}, {company}, {role}, 7 AS seven FROM accounts_membership membership
JOIN accounts_company company ON company.id = membership.company_id
LEFT JOIN accounts_customrole role ON role.id = membership.custom_role_id
WHERE membership.company_id = %(company)s ORDER BY membership.id
""",
    membership=Membership,
    company=Company,
    role=CustomRole,
)


def values(row: object) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def test_its_rows_are_models_and_what_else_was_selected(cast: Cast) -> None:
    found = OF_COMPANY.fetch({"company": cast.northfield.pk})
    expected = Membership.objects.of_company(cast.northfield.pk).order_by("pk")
    assert [values(membership) for membership, *_ in found] == [values(each) for each in expected]
    assert {(company.name, seven) for _, company, _, seven in found} == {("Northfield", 7)}
    assert not found[0][0]._state.adding


def test_what_an_outer_join_does_not_find_is_none_and_json_is_read(cast: Cast) -> None:
    role = CustomRole.objects.create(company=cast.northfield, name="Packer", permissions=["inventory.view"])
    Membership.objects.filter(user=cast.wes).update(role="custom", custom_role=role)
    found = {membership.user_id: role for membership, _, role, _ in OF_COMPANY.fetch({"company": cast.northfield.pk})}
    assert found[cast.wes.pk].permissions == ["inventory.view"]
    assert found[cast.nora.pk] is None


def test_a_statement_may_have_rows_of_its_own(cast: Cast) -> None:
    Company.objects.filter(pk=cast.northfield.pk).update(version=F("version") + 4)
    asked = {"company": cast.northfield.pk}
    assert fetch("SELECT version FROM accounts_company WHERE id = %(company)s", asked) == [(5,)]


def test_rows_are_inserted_with_what_each_has_and_with_the_defaults_of_their_model(cast: Cast) -> None:
    roles = Inserted(CustomRole, returning="{made}, length(name)")
    said = [{"name": "Packer", "permissions": ["inventory.view"]}, {"name": "Café “Ü”; 100 %", "permissions": []}]
    (packer, six), (cafe, _length) = roles.fetch(said, {"company_id": cast.northfield.pk})
    assert (packer.name, packer.permissions, six) == ("Packer", ["inventory.view"], 6)
    assert [values(packer), values(cafe)] == [
        values(each) for each in CustomRole.objects.of_company(cast.northfield.pk).order_by("pk")
    ]


def test_a_column_may_be_what_some_sql_says(cast: Cast) -> None:
    named = Inserted(CustomRole, returning="name", name="'Number ' || company_id")
    assert named.fetch([{"permissions": []}], {"company_id": cast.northfield.pk}) == [(f"Number {cast.northfield.pk}",)]


def test_an_array_arrives_as_it_was_whatever_is_in_it(db: None) -> None:
    said = ["plain", 'a "quote"', "an 'other'", "back\\slash", "{,}", "", "NULL", " قدح "]
    asked = {"many": as_array([1, None, -(2**40)]), "truths": as_array([True, False]), "said": as_texts(said)}
    found = fetch("SELECT %(many)s::bigint[], %(truths)s::boolean[], %(said)s::text[]", asked)
    assert found == [([1, None, -(2**40)], [True, False], said)]
    assert fetch("SELECT %(none)s::bigint[], %(said)s::text[]", {"none": as_array([]), "said": as_texts([])}) == [
        ([], [])
    ]
