"""What somebody uploads, looked at before it is kept: by its content, never by its name or what the browser says."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from threading import BoundedSemaphore

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from backend.core.errors import Refused
from backend.files.models import FileKind

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A JPEG is decoded at the size that is kept; of the others every pixel is in memory, at 4 bytes."""
MAX_SIDE = 3_000
"""A larger picture is kept this large: nobody's screen shows more."""
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
ENDINGS = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
}
"""What the name of such a file may end with; the first is what it is kept with."""
MAX_NAME = 120
SIZES = {"s": 160, "m": 480, "l": 1200}
"""The longest side of each thumbnail, in pixels."""
_decoding = BoundedSemaphore(2)
"""Whoever else sends pictures to this process waits: memory is for two at a time."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What is kept of an upload. A picture is encoded anew: nothing but its pixels is left of what was sent."""

    kind: FileKind
    content: bytes
    content_type: str
    width: int | None = None
    height: int | None = None
    thumbnails: tuple[tuple[str, bytes], ...] = ()
    """Of a picture: (size, WebP)."""

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def ending(self) -> str:
        return ENDINGS[self.content_type][0]


def read_upload(content: bytes) -> Upload:
    """Raises Refused for whatever is neither a picture that can be decoded nor a PDF, or is too large."""
    if not content:
        raise _refused(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise _refused(
            _("The file has %(size)s MB: at most %(max)d MB are taken.")
            % {"size": f"{len(content) / 1024 / 1024:.1f}", "max": MAX_BYTES // 1024 // 1024}
        )
    if content.startswith(b"%PDF-"):
        return _document(content)
    if b"<svg" in content[:4096].lower():
        raise _refused(_("SVG can carry scripts and is not taken: send a JPEG, PNG or WebP of it."))
    return _picture(content)


def read_attachment(content: bytes, name: str) -> Upload:
    """The same for what somebody else will open under the name that it came with: that may not claim to be of another
    kind."""
    upload = read_upload(content)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in ENDINGS[upload.content_type]:
        raise _refused(
            _("“%(name)s” is in truth a file of the kind .%(ending)s: give it that ending and send it again.")
            % {"name": shown_name(name), "ending": upload.ending}
        )
    return upload


def shown_name(name: str) -> str:
    """As others read it: one line, in which nothing turns the direction of what follows; the end stays."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    return plain if len(plain) <= MAX_NAME else f"{plain[: MAX_NAME - 10]}…{plain[-9:]}"


def _document(content: bytes) -> Upload:
    if b"%%EOF" not in content[-2048:]:
        raise _refused(_("This PDF is not complete: its end is missing. Send it again."))
    return Upload(FileKind.DOCUMENT, content, "application/pdf")


def _picture(content: bytes) -> Upload:
    try:
        with _decoding, Image.open(BytesIO(content), formats=list(FORMATS)) as image:
            _require_pixels(image)
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            image.load()
            return _encoded(image, image.format or "PNG")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels("PNG") from None
    except UnidentifiedImageError:
        raise _refused(_("This is neither a JPEG, PNG or WebP picture nor a PDF.")) from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise _refused(_("This picture is damaged: it can’t be decoded. Save it anew and send that.")) from None


def _require_pixels(image: Image.Image) -> None:
    form = image.format or "PNG"
    if image.width * image.height > MAX_PIXELS[form]:
        raise _too_many_pixels(form)


def _encoded(image: Image.Image, form: str) -> Upload:
    """Turned as its camera held it, without anything that the camera wrote about where and when."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if has_alpha and form != "JPEG" else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    plain.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    turned = ImageOps.exif_transpose(plain)
    clean = Image.new(mode, turned.size)
    clean.paste(turned)
    thumbnails = tuple((size, _thumbnail(clean, longest)) for size, longest in SIZES.items())
    return Upload(FileKind.PICTURE, _bytes(clean, form), FORMATS[form], clean.width, clean.height, thumbnails)


def _thumbnail(image: Image.Image, longest: int) -> bytes:
    small = image.copy()
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return _bytes(small, "WEBP")


def _bytes(image: Image.Image, form: str) -> bytes:
    written = BytesIO()
    options = {} if form == "PNG" else {"quality": 85}
    image.save(written, form, **options)
    return written.getvalue()


def _too_many_pixels(form: str) -> Refused:
    message = _("This picture has too many pixels: at most %(max)d million are taken of a %(form)s.")
    return _refused(message % {"max": MAX_PIXELS[form] // 1_000_000, "form": form})


def _refused(message: str) -> Refused:
    return Refused(message, field="file")
