"""Access that ends is told at once, by whoever ended it and again by the relay, whatever else is late."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.db.transaction import atomic
from django.test import Client

from backend.accounts.access import raise_epoch
from backend.accounts.actions import change_role, remove_member, void_grants
from backend.accounts.custom_roles.actions import edit_role, make_role
from backend.accounts.devices.actions import sign_out_other_devices
from backend.accounts.models import Membership
from backend.accounts.protection.actions import require_second_step
from backend.accounts.roles import Role
from backend.catalog.actions import pause_product
from backend.events import log
from backend.events.models import Event
from realtime import revocation
from realtime.courier import Courier
from realtime.hearing import Hearing
from realtime.relay import Numberer
from tests.cast import Cast, actor_of
from tests.realtime.conftest import an_ear, carry, change


class Lane:
    """Another process's ear for what is revoked."""

    def __init__(self, pubsub: Any) -> None:
        self._pubsub = pubsub

    def told(self) -> list[dict[str, int]]:
        """What was told since the last time. Redis answers a ping in its turn: what was published before has come."""
        self._pubsub.ping("mark")
        found = []
        while (message := self._pubsub.get_message(timeout=30)) is not None and message["type"] != "pong":
            found.append(json.loads(message["data"]))
        return found


@contextmanager
def a_lane() -> Iterator[Lane]:
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as pubsub:
        pubsub.subscribe(revocation.CHANNEL)
        assert pubsub.get_message(timeout=30)["type"] == "subscribe"
        yield Lane(pubsub)


def membership_of(cast: Cast) -> Membership:
    return Membership.objects.select_related("company").get(user=cast.wes)


def test_it_is_told_right_after_the_commit_and_never_before(cast: Cast) -> None:
    with a_lane() as lane:
        with atomic():
            raise_epoch("person:7")
            assert lane.told() == []
        assert lane.told() == [{"person:7": 1}]


def test_what_is_rolled_back_is_not_told(cast: Cast) -> None:
    def raise_and_fail() -> None:
        with atomic():
            raise_epoch("person:7")
            raise LookupError

    with a_lane() as lane:
        with pytest.raises(LookupError):
            raise_and_fail()
        assert lane.told() == []


@pytest.mark.parametrize("ending", ["removed", "another role", "paused", "logged out"])
def test_whoever_ends_access_tells_it_and_the_relay_tells_it_again(ending: str, cast: Cast) -> None:
    nora, membership = actor_of(cast.nora), membership_of(cast)
    with a_lane() as lane:
        match ending:
            case "removed":
                scope = f"membership:{membership.pk}"
                remove_member(membership, actor=nora)
            case "another role":
                scope = f"membership:{membership.pk}"
                change_role(membership, Role.READ_ONLY, actor=nora)
            case "paused":
                scope = f"product:{cast.mug.product_id}"
                pause_product(cast.mug.product, actor=nora)
            case _:
                scope = f"person:{cast.wes.pk}"
                void_grants(cast.wes)
        assert lane.told() == [{scope: 1}]
        assert Numberer().number()
        assert lane.told() == [{scope: 1}]


@pytest.mark.parametrize("ending", ["a permission withdrawn from their role", "signed out", "a second step required"])
def test_access_that_ends_for_other_reasons_is_told_in_the_same_way(ending: str, cast: Cast, client: Client) -> None:
    nora, membership = actor_of(cast.nora), membership_of(cast)
    role = make_role(cast.northfield, name="Keeper", permissions=["inventory.view", "inventory.adjust"], actor=nora)
    change_role(membership, role.key, actor=nora)
    client.force_login(cast.wes)
    others = Membership.objects.filter(company=cast.northfield).exclude(user=cast.nora)
    totp.TOTP.activate(cast.nora, totp.generate_totp_secret())
    while Numberer().number():
        pass
    with a_lane() as lane:
        match ending:
            case "signed out":
                sign_out_other_devices(cast.wes, "")
                expected = {f"person:{cast.wes.pk}": 1}
            case "a second step required":
                require_second_step(cast.northfield, actor=nora)
                expected = {f"membership:{each.pk}": 1 + (each == membership) for each in others}
            case _:
                edit_role(role, name="Keeper", permissions=["inventory.view"], actor=nora)
                expected = {f"membership:{membership.pk}": 2}
        assert lane.told() == [expected]
        assert Numberer().number()
        assert lane.told() == [expected]


def test_a_logout_and_a_new_password_are_told(cast: Cast, client: Client) -> None:
    client.force_login(cast.wes)
    with a_lane() as lane:
        client.post("/accounts/logout/")
        assert lane.told() == [{f"person:{cast.wes.pk}": 1}]


def test_the_relay_tells_it_while_the_deliveries_are_far_behind(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.courier.BATCH", 1)
    for _ in range(3):
        change(cast, cast.mug, -1)
    numberer = Numberer()
    with a_lane() as lane:
        numberer.number()
        courier.carry(True)
        remove_member(membership_of(cast), actor=actor_of(cast.nora))
        lane.told()
        numberer.number()
        assert [list(told) for told in lane.told()] == [[f"membership:{actor_of_wes(cast)}"]]
        assert log.watermark() == 1 < log.last_position()


def actor_of_wes(cast: Cast) -> int:
    """The membership that the removal's event names."""
    return int(Event.objects.get(kind="accounts.member_removed").data["membership"])


def test_a_relay_that_died_before_it_told_tells_it_with_the_delivery(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    remove_member(membership_of(cast), actor=actor_of(cast.nora))
    log.number_events()
    with a_lane() as lane:
        while courier.carry(True):
            pass
        assert [list(told) for told in lane.told()] == [[f"membership:{actor_of_wes(cast)}"]]


def test_an_event_that_says_not_what_it_ended_stops_nothing(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    Event.objects.create(kind="accounts.member_removed", subject="company:1", version=1, data={})
    with an_ear(runner, f"stock:{cast.mug.pk}") as ear:
        change(cast, cast.mug, -60)
        assert len(Numberer().number()) == 2
        carry(courier)
        assert len(runner.run(ear.heard())) == 1


def test_without_redis_access_ends_all_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=9, socket_connect_timeout=1)
    monkeypatch.setattr(revocation, "_redis", lambda: nowhere)
    void_grants(cast.wes)
    assert Event.objects.filter(kind="accounts.grants_voided").count() == 1
