from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.catalog.states import ProductStatus
from backend.core.fences import FencedQuerySet
from backend.files.models import FileKind, KeptFile


class MediaQuerySet(FencedQuerySet["Media"]):
    def of_published(self) -> MediaQuerySet:
        """What everybody may see."""
        return self.scoped(product__status=ProductStatus.PUBLISHED, proposed=False)

    def with_content(self, sha256: str) -> MediaQuerySet:
        """The same file may be shown by several products."""
        return self.filter(sha256=sha256)

    def shown(self) -> MediaQuerySet:
        """Without those that wait for an approval."""
        return self.filter(proposed=False)


class Media(KeptFile):
    """A picture or a document of a product, or of one of its variants.

    One that is `proposed` waits for an approval: only its company sees it.
    """

    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="media")
    variant = models.ForeignKey("catalog.Variant", models.SET_NULL, null=True, blank=True, related_name="media")
    alt = models.CharField(_("alternative text"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    proposed = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    of_company_by = "product__company"
    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["product", "position", "pk"]
        verbose_name_plural = "media"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["sha256"], name="media_sha256")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["product", "sha256"], name="one_file_a_product"),
            models.CheckConstraint(condition=models.Q(kind__in=FileKind.values), name="media_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind="picture") | models.Q(width__gte=1, height__gte=1), name="picture_size"
            ),
        ]

    def __str__(self) -> str:
        return self.alt or super().__str__()
