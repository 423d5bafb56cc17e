"""Roles that a company makes itself, out of the list of permissions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower, Now

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.core.fences import FencedQuerySet

KEY = "custom-"
"""In forms and actions a company's own role is named `custom-<pk>`."""


class CustomRoleQuerySet(FencedQuerySet["CustomRole"]):
    def visible_to(self, actor: Actor) -> CustomRoleQuerySet:
        """A company's roles are its own people's business."""
        return self.of_company(actor.company_id)


class CustomRole(models.Model):
    """What those who have it may do, under a name that the company chose."""

    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="custom_roles")
    name = models.CharField(max_length=40)
    permissions = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())

    objects = CustomRoleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("company", Lower("name"), name="one_custom_role_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def holds(self) -> frozenset[Permission]:
        """What it stands for; a permission that is no more stands for nothing."""
        return frozenset(each for each in Permission if each in self.permissions)

    @property
    def key(self) -> str:
        return f"{KEY}{self.pk}"
