from typing import Any

import pytest

from backend.accounts.models import Company
from backend.accounts.states import COMPANY, CompanyStatus
from backend.core.errors import Conflict, Refused

pytestmark = pytest.mark.django_db


def company(**fields: Any) -> Company:
    return Company.objects.create(name="Kiln & Co", slug="kiln", kind="manufacturer", country="GB", **fields)


def test_a_legal_move_changes_the_row_and_the_object() -> None:
    kiln = company()
    COMPANY.move(kiln, to=CompanyStatus.APPROVED)
    assert kiln.status == CompanyStatus.APPROVED
    assert Company.objects.get(pk=kiln.pk).status == CompanyStatus.APPROVED


def test_an_illegal_move_names_the_legal_ones() -> None:
    with pytest.raises(Refused, match="it may become: Approved"):
        COMPANY.move(company(), to=CompanyStatus.APPLIED)


def test_from_an_end_nothing_follows() -> None:
    with pytest.raises(Refused, match="nothing else"):
        COMPANY.move(company(status="approved"), to=CompanyStatus.APPLIED)


def test_of_two_who_move_the_same_thing_the_slower_is_told() -> None:
    mine = company()
    theirs = Company.objects.get(pk=mine.pk)
    COMPANY.move(theirs, to=CompanyStatus.APPROVED)
    with pytest.raises(Conflict, match="“Applied” when you looked"):
        COMPANY.move(mine, to=CompanyStatus.APPROVED)
