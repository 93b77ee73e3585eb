"""Settings, all from the environment; without any, the embedded default: SQLite, a private Valkey, state in one folder.

Names: DATA_DIR, DATABASE_URL, REDIS_URL, CELERY_BROKER_URL, FFMPEG, SECRET_KEY, SEAL_KEYS, PORT, SITE_URL, ORIGINS,
SANDBOX_WEBHOOK_SECRET, ALLOWED_HOSTS, BEHIND_PROXY, RTMP_HOST, RTMP_PORT, RTMP_PUBLIC_URL, EMAIL_HOST and its kin,
COMMANDS_PER_SEC, DATABASE_POOL_THREADS, PREPARED_STATEMENTS, HTTP_THREADS, HTTP_AT_ONCE, DRAIN_SECS, LINK_PREVIEWS,
LOG_LEVEL, METRICS_TOKEN, PAYMENT_PROVIDERS, DEFAULT_CURRENCY, HOLD_SECS, ORDER_UNPAID_SECS, FREIGHT_MINOR, SOUK_DEMO,
SOUK_DEBUG.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext

from project.settings.admin_look import UNFOLD as UNFOLD
from project.settings.redis_urls import one_redis
from project.settings.secrets import embedded_secrets, required_secrets
from project.settings.shop import currency, whole_number

# Django's generic classes (ModelAdmin[...], TextField[...]) can be subscripted for mypy only after this.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / ".souk")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def listed(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


DEMO = os.environ.get("SOUK_DEMO") == "1"
DEBUG = os.environ.get("SOUK_DEBUG") == "1"
PORT = int(os.environ.get("PORT", "8000"))
SITE_URL = os.environ.get("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
# Embedded: nobody named a database. Then secrets may be made up on the first start, and kept beside the data.
EMBEDDED = "DATABASE_URL" not in os.environ

_secrets = embedded_secrets(DATA_DIR) if EMBEDDED or DEMO or DEBUG else required_secrets()
SECRET_KEY = _secrets.secret_key
SEAL_KEYS = _secrets.seal_keys
SANDBOX_WEBHOOK_SECRET = _secrets.sandbox_webhook_secret

ALLOWED_HOSTS = listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ORIGINS = listed("ORIGINS", ",".join({SITE_URL, f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}"}))
CSRF_TRUSTED_ORIGINS = ORIGINS
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_ENGINE = "community.accounts.sessions"
CSRF_FAILURE_VIEW = "project.pages.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("BEHIND_PROXY") == "1" else None
X_FRAME_OPTIONS = "SAMEORIGIN"

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    # In front of allauth: its mails are written here.
    "community.accounts",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.usersessions",
    "project",
    "project.realtime",
    "community.notices",
    "community.social",
    "community.moderation",
    "chat.conversations",
    "chat.files",
    "chat.messages",
    "chat.links",
    "chat.search",
    "chat.channels",
    "commerce.idempotency",
    "commerce.catalog",
    "commerce.inventory",
    "commerce.search",
    "commerce.flash_sales",
    "commerce.promotions",
    "commerce.cart",
    "commerce.orders",
    "commerce.shipping",
    "commerce.payments",
    "commerce.reviews",
    "commerce.aftersales",
    "commerce.checkout",
    "live.shows",
    "live.shelf",
    "live.media",
    "live.activities.coupon_drop",
    "live.activities.flash_sale",
    "live.room",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "project.refusals.refuse_nonsense",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
# For Channels consumers of a deployment's own: a process connects when the first one uses it.
CHANNEL_LAYERS = {"default": {"BACKEND": "project.realtime.layer.ChannelLayer"}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(os.environ.get("DATABASE_URL", f"sqlite:///{DATA_DIR / 'souk.sqlite3'}"))
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at BEGIN, where the busy timeout works.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    }
else:
    DATABASES["default"]["ENGINE"] = "project.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # What is kept (project/kernel/queries.py) is prepared when a connection has seen it five times. PgBouncer before
    # 1.21 cannot do with that, where it pools transactions.
    prepared = os.environ.get("PREPARED_STATEMENTS", "1") == "1"
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5 if prepared else None
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASE_POOL_THREADS = int(os.environ.get("DATABASE_POOL_THREADS", "8"))
# Each with a connection to the database. So many requests are worked on at a time; those that are not done soon do not
# count, and have the other threads.
HTTP_THREADS = int(os.environ.get("HTTP_THREADS", "16"))
HTTP_AT_ONCE = int(os.environ.get("HTTP_AT_ONCE", "4"))

# The embedded Valkey listens on a socket in DATA_DIR; `manage.py run` starts it. Channels may be spread over several
# Redises, with commas between, or over a cluster, `redis+cluster://host:port`: see project/realtime/addresses.py.
REDIS_URL = os.environ.get("REDIS_URL", f"unix://{DATA_DIR / 'valkey.sock'}")
ONE_REDIS_URL = one_redis(REDIS_URL, os.environ.get("CELERY_BROKER_URL"))

# What one WebSocket may ask for in the long run; bursts of 200 are fine.
COMMANDS_PER_SEC = float(os.environ.get("COMMANDS_PER_SEC", "100"))

# Rate limits live here. A Redis that is away lets everyone through rather than nobody.
CACHES = {"default": {"BACKEND": "project.cache.RedisCache", "LOCATION": ONE_REDIS_URL, "KEY_PREFIX": "cache"}}

AUTH_USER_MODEL = "community_accounts.User"
AUTHENTICATION_BACKENDS = ["community.accounts.backend.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_ADAPTER = "community.accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "community.accounts.forms.SignupForm"
# A whole audience may come from one address of a mobile carrier; an account is guarded by the limits per key.
ACCOUNT_RATE_LIMITS = {
    "signup": "60/m/ip",
    "login": "120/m/ip",
    "login_failed": "30/m/ip,5/300s/key",
    "reset_password": "20/m/ip,3/m/key",
    "confirm_email": "1/180s/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if os.environ.get("BEHIND_PROXY") == "1" else 0
HEADLESS_ONLY = True
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{SITE_URL}/verify/{{key}}",
    "account_reset_password": f"{SITE_URL}/reset",
    "account_reset_password_from_key": f"{SITE_URL}/reset/{{key}}",
    "account_signup": f"{SITE_URL}/signup",
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [("frontend", str(FRONTEND_DIST))] if FRONTEND_DIST.is_dir() else []
# Served from where they stand: `make run` needs no collectstatic, and a rebuilt page is there at once.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Vite names its assets by their content: `shop-C7EXgN83.js`.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/frontend/assets/.+-[\w-]{8}\.\w+$"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "project.media_files.PictureStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
# What people send each other: read by short-lived links alone, and never below MEDIA_ROOT.
UPLOADS_ROOT = DATA_DIR / "uploads"
HLS_ROOT = DATA_DIR / "hls"

FFMPEG = os.environ.get("FFMPEG", "")
RTMP_HOST = os.environ.get("RTMP_HOST", "0.0.0.0")
RTMP_PORT = int(os.environ.get("RTMP_PORT", "1935"))
RTMP_PUBLIC_URL = os.environ.get("RTMP_PUBLIC_URL", f"rtmp://localhost:{RTMP_PORT}/live")

EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "souk@localhost")
# Without a mail server, mail lands in DATA_DIR/mail, one file each.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "allauth.headless.contrib.rest_framework.authentication.XSessionTokenAuthentication",
    ],
    # A view that has others says `NotBanned` itself, unless it is for staff or only reads.
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "community.moderation.api.barring.NotBanned",
    ],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["project.rendering.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "project.errors_http.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Souk",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # A picture is a file when it is sent and a URL when it is read.
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "project.openapi.with_refusals",
        "project.openapi.with_defaults_answered",
    ],
    "ENUM_NAME_OVERRIDES": {
        "NotReturned": "commerce.orders.models.NotReturned",
        "OrderState": "commerce.orders.models.Order.State",
        "PaymentState": "commerce.payments.models.Payment.State",
        "TopUpWay": "commerce.payments.models.TopUpDecision.Way",
        "ReconciliationState": "commerce.payments.models.ReconciliationDay.State",
        "ReconciliationResult": "commerce.payments.models.ReconciliationRow.Result",
        "ShipmentState": "commerce.shipping.models.ShipmentState",
        "SaleState": "commerce.flash_sales.models.FlashSale.State",
        "ShowState": "live.shows.models.Show.State",
        "CaseState": "commerce.aftersales.models.Case.State",
        "CaseKind": "commerce.aftersales.models.Case.Kind",
        "CaseReason": "commerce.aftersales.reasons.ALL",
        "OfferState": "commerce.promotions.serializers.OFFER_STATES",
        "GroupRole": "chat.conversations.serializers.ROLES",
        "JoinPolicy": "chat.conversations.serializers.POLICIES",
        "MentionAll": "chat.conversations.serializers.MENTION_ALL",
        "GroupHistory": "chat.conversations.serializers.HISTORY",
        "JoinRequestState": "chat.conversations.models.JoinRequest.State",
        "DirectRequest": "chat.conversations.serializers.DIRECT_REQUESTS",
        "NoticeKind": "community.notices.kinds.KINDS",
        "SanctionKind": "community.moderation.serializers.SANCTION_KINDS",
        "ModerationReason": "community.moderation.serializers.REASONS",
        "ModerationAction": "community.moderation.serializers.ACTIONS",
        "ReportedKind": "community.moderation.serializers.CASE_KINDS",
        "ReportedState": "community.moderation.serializers.CASE_STATES",
        "AppealState": "community.moderation.serializers.APPEAL_STATES",
        "RuleKind": "community.moderation.serializers.RULE_KINDS",
        "RuleAction": "community.moderation.serializers.RULE_ACTIONS",
        "HeldState": "community.moderation.serializers.HELD_STATES",
        "CouponState": "commerce.promotions.serializers.COUPON_STATES",
    },
}

CELERY_BROKER_URL = os.environ.get(
    "CELERY_BROKER_URL", ONE_REDIS_URL if "REDIS_URL" in os.environ else f"redis+socket://{DATA_DIR / 'valkey.sock'}"
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

DEFAULT_CURRENCY = currency("DEFAULT_CURRENCY", "CNY")
# How long a claim is held for whoever won it, and an order without a claim waits for its payment.
HOLD_SECS = whole_number("HOLD_SECS", 600, least=10, most=24 * 3600)
ORDER_UNPAID_SECS = whole_number("ORDER_UNPAID_SECS", 900, least=60, most=30 * 24 * 3600)
PAYMENT_ATTEMPT_SECS = 600
# Which providers take payments; with none named, the sandbox does in demo mode and nobody does elsewhere.
PAYMENT_PROVIDERS = listed("PAYMENT_PROVIDERS")
# What sending goods costs that no freight template says more of, in minor units of the goods' currency.
FREIGHT_MINOR = whole_number("FREIGHT_MINOR", 0, least=0, most=10**9)
# What a wallet can be topped up by at once, in minor units of DEFAULT_CURRENCY.
TOP_UP_LEAST_MINOR = 100
TOP_UP_MOST_MINOR = 500_000

# How many a group may have when it is founded, and at most; managers and open invites of it.
GROUP_CAPACITY = 500
GROUP_CAPACITY_MOST = 100_000
GROUP_MANAGERS_MOST = 50
GROUP_INVITES_MOST = 50
# Groups of one person.
GROUPS_OWNED_MOST = 50
GROUPS_JOINED_MOST = 1000
# What is said in a group with as many members moves it in each one's list at once; larger ones when it is read.
LIST_NEWS_MEMBERS = 50
# In a group with more members, nobody sees who has read what.
READ_RECEIPTS_MEMBERS = 50
# In a group with more members, nobody is told who comes and goes.
GROUP_LINES_MEMBERS = 100
# How long one may word a message anew, and take it back.
MESSAGE_EDIT_SECS = 24 * 3600
MESSAGE_RECALL_SECS = 120
# Uploads of one person that are in no message yet: how many, and for how long they are kept.
UPLOADS_UNATTACHED_MOST = 30
UPLOADS_UNATTACHED_SECS = 24 * 3600
# Whether the server looks at pages that people name in chats, to show their titles.
LINK_PREVIEWS = os.environ.get("LINK_PREVIEWS", "1") == "1"
# What a stranger may write before a direct chat is accepted, and how many strangers one may ask in a day.
DM_REQUEST_MESSAGES = 3
DM_REQUESTS_A_DAY = 30

# Reports of so much weight put a thing out of sight before anybody has looked; how many one may make in a day, and how
# long a moderator may take a decision back.
MODERATION_AUTO_HIDE_WEIGHT = 3.0
MODERATION_REPORTS_A_DAY = 50
MODERATION_UNDO_SECS = 60

# A web server that ends sends its sockets elsewhere over so many seconds.
DRAIN_SECS = float(os.environ.get("DRAIN_SECS", "5"))

# When set, /metrics wants it as a bearer token.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Beat starts several tasks a second; each would be three lines.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
