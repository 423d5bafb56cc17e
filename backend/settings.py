"""One file, read from the environment. Nonsense fails at start-up with a message that names the variable."""

import os
import secrets
from pathlib import Path
from wsgiref.headers import Headers

import psycopg
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from backend.core.build import build_id
from backend.core.database import django_settings
from backend.core.logs import logging_settings

ROOT = Path(__file__).resolve().parent.parent


def _choice(name: str, choices: tuple[str, ...]) -> str:
    value = os.environ.get(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it may be {', '.join(choices)}")
    return value


def _number(name: str, default: int, least: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}; it has to be a whole number from {least} up")
    return int(value)


def _skew() -> int:
    """Seconds by which this process's clock is wrong on purpose; production's never is."""
    value = os.environ.get("CLOCK_SKEW_S", "0")
    if not value.isascii() or not value.removeprefix("-").isdigit() or (PRODUCTION and value != "0"):
        raise ImproperlyConfigured(f"CLOCK_SKEW_S is {value!r}; it may be a whole number, and in production only 0")
    return int(value)


def _required_in_production(name: str, otherwise: str) -> str:
    value = os.environ.get(name, "")
    if not value and PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set; production needs it")
    return value or otherwise


ENTREPOT_ENV = _choice("ENTREPOT_ENV", ("development", "test", "production"))
PRODUCTION = ENTREPOT_ENV == "production"
CLOCK_SKEW_S = _skew()
DEBUG = False
BUILD = os.environ.get("BUILD") or build_id(ROOT)
DATA_DIR = Path(os.environ.get("DATA_DIR", ROOT / ".data"))
BASE_URL = _required_in_production("BASE_URL", f"http://localhost:{_number('PORT', 8000, 1)}").rstrip("/")
HOST = BASE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
SECRET_KEY = _required_in_production("SECRET_KEY", "insecure-development-key-" + secrets.token_hex(24))
SECOND_STEP_KEYS = os.environ.get("SECOND_STEP_KEYS", "").split() or [SECRET_KEY]
ALLOWED_HOSTS = [HOST] if PRODUCTION else [HOST, "localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- Rooms -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    *([] if PRODUCTION else ["daphne"]),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "backend.core",
    "backend.files",
    "backend.events",
    "backend.accounts",
    "backend.catalog",
    "backend.catalog.search",
    "backend.inventory",
    "backend.orders",
    "backend.negotiation",
    "backend.logistics",
    "backend.analytics",
    *([] if PRODUCTION else ["backend.market"]),
    "realtime",
    "frontend_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "frontend_htmx.middleware.ActorMiddleware",
]

ROOT_URLCONF = "frontend_htmx.urls"
ASGI_APPLICATION = "realtime.asgi.application"
FORM_RENDERER = "frontend_htmx.rendering.KeptRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]

# --- PostgreSQL: the application's role for everything, the owner's for `release` and `migrate` ----------------------
DATABASE_URL = _required_in_production("DATABASE_URL", "postgresql://entrepot_app@/entrepot")
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", DATABASE_URL)
# Only the web server pools (realtime/server.py sets this): LISTEN, advisory locks and the worker need their own.
DATABASE_POOL_SIZE = _number("DATABASE_POOL_SIZE", 0)


def _database(name: str, url: str) -> dict[str, object]:
    try:
        return django_settings(url)
    except psycopg.Error as error:
        raise ImproperlyConfigured(f"{name} is not a PostgreSQL URL: {error}") from None


DATABASES = {"default": _database("DATABASE_URL", DATABASE_URL)}
_database("DATABASE_OWNER_URL", DATABASE_OWNER_URL)
if DATABASE_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": DATABASE_POOL_SIZE, "timeout": 10}  # type: ignore[index]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: the live road ---------------------------------------------------------------------------------------------
REDIS_URL = _required_in_production("REDIS_URL", "redis://localhost:6379")
CHANNEL_LAYERS = {"default": {"BACKEND": "realtime.layer.RedisLayer", "CONFIG": {"url": REDIS_URL}}}

# --- The live road ---------------------------------------------------------------------------------------------------
RELAY_SHARDS = _number("RELAY_SHARDS", 1, 1)
"""Among how many leading relays the subjects are shared out; run one process more than that, to stand by."""
RELAY_METRICS_PORT = _number("RELAY_METRICS_PORT", 0)
RELAY_METRICS_HOST = os.environ.get("RELAY_METRICS_HOST", "127.0.0.1")
"""Where a relay answers Prometheus, with nobody asked who they are: a private address. Port 0: nowhere."""
LIVE_TRACE_EVERY = _number("LIVE_TRACE_EVERY", 100)
"""Every so many events one is followed to the browser's acknowledgement; 0: none."""
EVENT_RETENTION_MONTHS = _number("EVENT_RETENTION_MONTHS", 24, 1)
"""Whole months of events that are kept; older ones are dropped by `release` once every reader has passed them."""

# --- People ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "frontend_htmx.accounts.sessions"
AUTHENTICATION_BACKENDS = ["frontend_htmx.accounts.backend.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Logins are counted here, for all web processes together. Every key has a time-out: the live database never evicts.
CACHES = {
    "default": {
        "BACKEND": "realtime.cache.ForgetfulRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "TIMEOUT": 300,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CSRF_FAILURE_VIEW = "frontend_htmx.errors.csrf_failure"  # a login in another tab gives every form a new token
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "frontend_htmx.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "frontend_htmx.accounts.forms.SignUpForm",
    "login": "frontend_htmx.accounts.forms.LogInForm",
    "reauthenticate": "frontend_htmx.accounts.forms.ReauthenticateForm",
    "change_password": "frontend_htmx.accounts.forms.ChangePasswordForm",
    "set_password": "frontend_htmx.accounts.forms.SetPasswordForm",
    "reset_password": "frontend_htmx.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "frontend_htmx.accounts.forms.NewPasswordForm",
    "add_email": "frontend_htmx.accounts.forms.ChangeAddressForm",
}
ACCOUNT_CHANGE_EMAIL = True  # one address a person: the new one counts once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or second factor is told to the person
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_ADAPTER = "frontend_htmx.accounts.adapter.SecondStepAdapter"
MFA_FORMS = {
    "add_webauthn": "frontend_htmx.accounts.passkeys.AddPasskeyForm",
    "edit_webauthn": "frontend_htmx.accounts.passkeys.EditPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"Entrepot <no-reply@{HOST}>")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if PRODUCTION else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _number("EMAIL_PORT", 25, 1)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [ROOT / "frontend_htmx" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
SERVESTATIC_USE_FINDERS = not PRODUCTION
SERVESTATIC_AUTOREFRESH = ENTREPOT_ENV == "development"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Safety ----------------------------------------------------------------------------------------------------------
SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"


def _as_pages(headers: Headers, _path: str, _url: str) -> None:
    """What SecurityMiddleware adds to pages: static files are answered before it."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = SECURE_REFERRER_POLICY
    if SECURE:
        headers["Strict-Transport-Security"] = f"max-age={SECURE_HSTS_SECONDS}; includeSubDomains; preload"


SERVESTATIC_ADD_HEADERS_FUNCTION = _as_pages
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = logging_settings(as_json=PRODUCTION, level=os.environ.get("LOG_LEVEL", "INFO"))
