"""Settings, all from the environment with safe defaults (operators: docs/operations.md lists them)."""

from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / ".rollbook")))

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "insecure-key-for-development-only-set-SECRET_KEY-in-production")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
BASE_DOMAIN = env.str("BASE_DOMAIN", "localhost")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [f".{BASE_DOMAIN}"])
HTTPS = env.bool("HTTPS", False)
# The port in links of mails where it is not the scheme's own (development).
SITE_PORT = env.int("SITE_PORT", 0)
# How many proxies of yours stand before the web servers; their X-Forwarded-For is believed that far back.
TRUSTED_PROXY_HOPS = env.int("TRUSTED_PROXY_HOPS", 0)

# --- applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "django_filters",
    "csp",
    "lms.core",
    "lms.tenancy",
    "lms.people",
    "lms.courses",
    "lms.audit",
    "lms.notifications",
    "lms.imports",
    "lms.daily",
    "lms.dashboard",
    "completions",
    "certifications",
    "offline_records",
    "lms.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lms.core.middleware.HealthMiddleware",
    "lms.core.middleware.PrivatePagesMiddleware",
    "lms.core.middleware.PlainAddressMiddleware",
    "lms.tenancy.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lms.people.middleware.SessionGuardMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lms.people.middleware.SignInRequiredMiddleware",
    "lms.people.middleware.PersonalSettingsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "lms.urls"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets of our own stand among the templates
WSGI_APPLICATION = "lms.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "lms.dashboard.context_processors.around_every_screen",
            ],
            "builtins": ["lms.core.templatetags.ui", "django.templatetags.i18n"],
        },
    },
]

# --- database: PostgreSQL only; two roles (docs/architecture.md) --------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", "postgres://lms_app@127.0.0.1:5432/rollbook")}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", 60),
    CONN_HEALTH_CHECKS=True,
    DISABLE_SERVER_SIDE_CURSORS=True,
    TEST={"MIRROR": "owner"},
)
if env.str("DATABASE_OWNER_URL", ""):
    DATABASES["owner"] = env.dj_db_url("DATABASE_OWNER_URL")
DATABASE_ROUTERS = ["lms.tenancy.router.OwnerMigratesRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people and sessions --------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["lms.people.backends.TenantBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "dashboard"
SESSION_ENGINE = "lms.people.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", 12) * 3600
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_MINUTES", 60) * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "lms.core.views.csrf_failed"
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- what browsers may do ---------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# The whole request body; a file is streamed to disk and counted by the upload handler instead.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
# People may choose one of these; mails come in it where their organisation has written words of its own (L-77).
MAIL_LANGUAGES = [
    *LANGUAGES,
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_storage = env.str("STORAGE_URL", f"file://{DATA_DIR / 'files'}")
if _storage.startswith("file://"):
    _files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": _storage[7:]}}
else:  # s3://bucket, credentials and endpoint from the usual AWS_ variables
    _files = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _storage.removeprefix("s3://").strip("/"),
            "endpoint_url": env.str("AWS_ENDPOINT_URL", None),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }
STORAGES = {
    "default": _files,
    "staticfiles": {
        # Names with hashes, cached for a year; needs collectstatic, which development and tests do without.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("HASHED_STATIC_FILES", not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
WHITENOISE_MANIFEST_STRICT = False

# --- mail -------------------------------------------------------------------------------------------
_mail = env.dj_email_url("EMAIL_URL", "smtp://127.0.0.1:1025")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"Rollbook <no-reply@{BASE_DOMAIN}>")

# --- work -------------------------------------------------------------------------------------------
BROKER_URL = env.str("BROKER_URL", "redis://127.0.0.1:6379/0")
# Test runs that share one broker keep apart by this prefix of every key and queue.
BROKER_KEY_PREFIX = env.str("BROKER_KEY_PREFIX", "rollbook:")
# How long a worker may be silent before another one takes its work over (seconds, database clock).
WORK_LEASE_SECONDS = env.int("WORK_LEASE_SECONDS", 30)
# How often the reconcilers look for work whose wake-up was lost (seconds).
WORK_SWEEP_SECONDS = env.int("WORK_SWEEP_SECONDS", 10)
IMPORT_CHUNK_ROWS = env.int("IMPORT_CHUNK_ROWS", 10_000)
# Operators' ceilings; each tenant's own setting stays at or below them.
IMPORT_ROW_CEILING = env.int("IMPORT_ROW_CEILING", 50_000)
IMPORT_UPLOAD_BYTES = env.int("IMPORT_UPLOAD_BYTES", 25 * 1024 * 1024)
# Files one person may upload in an hour (S39).
IMPORT_UPLOADS_PER_HOUR = env.int("IMPORT_UPLOADS_PER_HOUR", 60)
RETENTION_DAYS_CEILING = env.int("RETENTION_DAYS_CEILING", 90)

# --- logs -------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        # One line a record; of errors the type and the place, never the values they quote (S42).
        "plain": {
            "()": "lms.core.log_format.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # putting a domain on the browsers' preload lists is its owner's decision
    "auth.W004",  # usernames are unique per tenant, not alone; TenantBackend looks them up inside the tenant's scope
]
