from django.db import models
from django.utils.translation import gettext_lazy as _


class FileKind(models.TextChoices):
    PICTURE = "picture", _("Picture")
    DOCUMENT = "document", _("Document")


class KeptFile(models.Model):
    """What a row of any room says of a file that it names.

    `file` is its name in the storage; `sha256` is of what is stored, in hexadecimal: index it, the sweep asks by it.
    Only pictures have a width and a height, in pixels.
    """

    kind = models.CharField(max_length=10, choices=FileKind.choices)
    file = models.FileField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=60)
    name = models.CharField(max_length=120, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    size_bytes = models.PositiveIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or str(FileKind(self.kind).label)
