"""All settings of the portal. docs/settings.md explains each to the people who run it."""

import re
from pathlib import Path

from portal.config.env import Environment, database

env = Environment()
PACKAGE = Path(__file__).resolve().parent.parent

# DEMO is for trying the product: own shop, mailbox and tickets, known passwords, this machine only.
# TESTING is set by the tests alone.
DEMO = env.boolean("DEMO", default=False)
TESTING = env.boolean("TESTING", default=False)
DEBUG = False

PORTAL_URL = env.text("PORTAL_URL", "http://localhost:8000").rstrip("/")
SECRET_KEY = env.required("SECRET_KEY", "a long random text that signs sessions", at_least=32)
LINK_SECRET = env.required("LINK_SECRET", "a long random text that makes the links in mails", at_least=32)
ALLOWED_HOSTS = [host for host in env.text("ALLOWED_HOSTS").split(",") if host] or [
    PORTAL_URL.split("//", 1)[-1].split(":", 1)[0].split("/", 1)[0],
    "localhost",
    "127.0.0.1",
]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

# --- Brand
BRAND_NAME = env.text("BRAND_NAME", "Miomente")
BRAND_ACCENT = env.text("BRAND_ACCENT", "")
BRAND_SUPPORT_EMAIL = env.text("BRAND_SUPPORT_EMAIL", "support@miomente.de")
BRAND_SUPPORT_PHONE = env.text("BRAND_SUPPORT_PHONE", "")
# Where customers go from here; it stands in links, so it must be an address.
BRAND_URL = env.text("BRAND_URL", "https://www.miomente.de")
if BRAND_URL and not re.fullmatch(r"https?://[\w.:-]+(/[\w./~-]*)?", BRAND_URL, re.ASCII):
    env.problems.append("BRAND_URL must be an address like https://shop.example.")

# --- Database. The processes connect as a role that owns nothing; only `portal migrate` uses the owner.
DATABASE_URL = env.required("DATABASE_URL", "postgresql://portal_app:…@host/name, a role that owns nothing")
MIGRATION_DATABASE_URL = env.text("MIGRATION_DATABASE_URL", DATABASE_URL)
DATABASE_APP_ROLE = env.text("DATABASE_APP_ROLE", "portal_app")
DATABASES = {
    "default": {
        **database(DATABASE_URL),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            # Tests run in transactions and threads of their own, which a pool would keep open behind their back.
            "pool": not TESTING
            and {"min_size": 1, "max_size": env.integer("DATABASE_POOL_SIZE", 8), "timeout": 10},
            "server_side_binding": True,
            "prepare_threshold": 2,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "template_partials.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "portal.core",
    "portal.integrations",
    "portal.accounts",
    "portal.partners",
    "portal.courses",
    "portal.dates",
    "portal.bookings",
    "portal.rebooking",
    "portal.home",
    "portal.manage",
    *(["portal.demo"] if DEMO or TESTING else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.core.middleware.SecurityHeadersMiddleware",
    "portal.core.middleware.ApiErrorMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before the request's transaction: a call stays counted when that is rolled back.
    "portal.core.middleware.RateLimitMiddleware",
    "portal.partners.middleware.PartnerScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "portal.config.urls"
WSGI_APPLICATION = "portal.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "NAME": "html",
        "DIRS": [PACKAGE / "templates"],
        "OPTIONS": {
            # Written out because template_partials by itself finds only an engine that is called "django".
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
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.core.context.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.core.templatetags.components",
            ],
        },
    },
    {  # Subjects and the text part of mails: nothing is escaped there.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "NAME": "text",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "autoescape": False,
            "builtins": ["django.templatetags.i18n", "portal.core.templatetags.components"],
        },
    },
]

# --- People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = (
    []
    if DEMO or TESTING
    else [
        {
            "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
            "OPTIONS": {"min_length": 10},
        },
        {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    ]
)
if TESTING:
    # The slowness of real hashes protects nobody here.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:start"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {"reset_password": "portal.accounts.forms.ResetPasswordForm"}
# Behind a proxy every visitor would have its address, and one who guesses passwords would lock all others out.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
# That mail would name a page to sign up, which there is none of.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# A second factor: everybody may have one, whoever works for the marketplace must.
REQUIRE_MANAGER_MFA = env.boolean("REQUIRE_MANAGER_MFA", default=not DEMO)
MFA_ADAPTER = "portal.accounts.second_factor.MFAAdapter"
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.CodeForm",
    "activate_totp": "portal.accounts.forms.ActivateForm",
}
# Phones go half a minute wrong.
MFA_TOTP_TOLERANCE = 1
# Addresses are those that we have mailed invitations to.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# What is counted and used up there holds for all processes.
CACHES = {"default": {"BACKEND": "portal.accounts.shared_cache.SharedCache"}}
MANAGER_SESSION_HOURS = env.integer("MANAGER_SESSION_HOURS", 12)
SESSION_ENGINE = "portal.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PORTAL_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PORTAL_URL.startswith("https://") else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PORTAL_URL.startswith("https://") else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# --- Languages and times
LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
FORMAT_MODULE_PATH = ["portal.config.formats"]

# --- Files
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
# The package's own files are served as they are: nobody has to run collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# --- Decisions (DESIGN: decide, then settle; one click for people, none for robots)
UNDO_SECONDS = env.integer("UNDO_SECONDS", 15 if DEMO else 600)
CONFIRM_GRACE_SECONDS = env.integer("CONFIRM_GRACE_SECONDS", 0 if DEMO else 120)
CONFIRM_ON_OPEN = env.choice("CONFIRM_ON_OPEN", "navigation", ("navigation", "never"))
BOOKING_TOKEN_EXPIRY_DAYS = env.integer("BOOKING_TOKEN_EXPIRY_DAYS", 7)
REMINDER_FIRST_HOURS = env.integer("REMINDER_FIRST_HOURS", 24)
REMINDER_SECOND_HOURS = env.integer("REMINDER_SECOND_HOURS", 48)
# Whether customers hear that their booking is confirmed (the spec's open question 1).
CUSTOMER_MAIL_ON_CONFIRM = env.boolean("CUSTOMER_MAIL_ON_CONFIRM", default=True)
# So many days after the date partners see initials instead of a customer.
CUSTOMER_FADE_DAYS = env.integer("CUSTOMER_FADE_DAYS", 30)
TICK_SECONDS = env.integer("TICK_SECONDS", 2)
# Rebooking: how long a link works, how long chosen seats are kept, how soon a date may begin that is offered, and what
# it may cost (the partner may say otherwise).
REBOOK_LINK_DAYS = env.integer("REBOOK_LINK_DAYS", 30)
REBOOK_HOLD_MINUTES = env.integer("REBOOK_HOLD_MINUTES", 10)
REBOOK_LEAD_HOURS = env.integer("REBOOK_LEAD_HOURS", 24)
REBOOK_PRICE_POLICY = env.choice("REBOOK_PRICE_POLICY", "keep", ("keep", "same"))

# Calls a minute: of the API by each partner, of a mailed link by each address. 0 is no limit.
RATE_LIMIT_PER_MINUTE = env.integer("RATE_LIMIT_PER_MINUTE", 0 if TESTING else 100)
LINK_RATE_LIMIT_PER_MINUTE = env.integer("LINK_RATE_LIMIT_PER_MINUTE", 0 if TESTING else 30)

# --- Shop: Magento's database; the embedded twin is the demo's
MAGENTO_DATABASE_URL = env.text("MAGENTO_DATABASE_URL")
if not MAGENTO_DATABASE_URL and env.has("MAGENTO_DB_HOST"):
    MAGENTO_DB = {
        "host": env.text("MAGENTO_DB_HOST"),
        "port": env.integer("MAGENTO_DB_PORT", 3306),
        "database": env.required("MAGENTO_DB_NAME", "the name of Magento's database"),
        "user": env.required("MAGENTO_DB_USER", "a user that may only read"),
        "password": env.text("MAGENTO_DB_PASSWORD"),
    }
else:
    MAGENTO_DB = {}
MAGENTO_TABLE_PREFIX = env.text("MAGENTO_TABLE_PREFIX")
MAGENTO_EVENT_DATE_ZONE = env.zone("MAGENTO_EVENT_DATE_ZONE", "Europe/Berlin")
MAGENTO_ATTRIBUTES = {
    name: env.text(f"MAGENTO_{name.upper()}_ATTRIBUTE", code)
    for name, code in {
        "partner": "partner_id",
        "course_date": "course_date",
        "event_date": "event_date",
        "event_time": "event_time",
        "event_end": "event_end",
        "location": "course_location",
        "duration": "course_duration",
        "voucher": "is_voucher",
    }.items()
}
HAS_MAGENTO = bool(MAGENTO_DATABASE_URL or MAGENTO_DB)
ORDER_SOURCE = (
    "portal.integrations.shop.magento.order_source"
    if HAS_MAGENTO
    else "portal.integrations.shop.embedded.order_source"
)
CATALOG_SOURCE = (
    "portal.integrations.shop.magento.catalog_source"
    if HAS_MAGENTO
    else "portal.integrations.shop.embedded.catalog_source"
)
# Where the shop shows pictures of products; the demo draws its own. It stands in a header, so it must be an address.
MAGENTO_MEDIA_URL = env.text("MAGENTO_MEDIA_URL", "/demo/media" if DEMO and not HAS_MAGENTO else "")
if MAGENTO_MEDIA_URL and not re.fullmatch(r"(https?://[\w.:-]+)?(/[\w./~-]*)?", MAGENTO_MEDIA_URL, re.ASCII):
    env.problems.append(
        "MAGENTO_MEDIA_URL must be an address like https://shop.example/media/catalog/product."
    )
# Without Magento there is a shop to read only where the demo has made one.
HAS_SHOP = HAS_MAGENTO or DEMO or TESTING
BOOKINGS_START_AT = env.moment("BOOKINGS_START_AT")
if HAS_MAGENTO and not env.has("BOOKINGS_START_AT"):
    env.problems.append("BOOKINGS_START_AT is missing: orders before this time come in as history.")
# Comments on its orders go over REST; without an address none is written.
MAGENTO_API_URL = env.text("MAGENTO_API_URL").rstrip("/")
MAGENTO_API_TOKEN = env.text("MAGENTO_API_TOKEN")
MAGENTO_CONSUMER_KEY = env.text("MAGENTO_CONSUMER_KEY")
MAGENTO_CONSUMER_SECRET = env.text("MAGENTO_CONSUMER_SECRET")
MAGENTO_ACCESS_TOKEN = env.text("MAGENTO_ACCESS_TOKEN")
MAGENTO_ACCESS_SECRET = env.text("MAGENTO_ACCESS_SECRET")
_MAGENTO_OAUTH = (MAGENTO_CONSUMER_KEY, MAGENTO_CONSUMER_SECRET, MAGENTO_ACCESS_TOKEN, MAGENTO_ACCESS_SECRET)
if MAGENTO_API_URL and not (all(_MAGENTO_OAUTH) or (MAGENTO_API_TOKEN and not any(_MAGENTO_OAUTH))):
    env.problems.append(
        "MAGENTO_API_URL needs either MAGENTO_CONSUMER_KEY, MAGENTO_CONSUMER_SECRET, MAGENTO_ACCESS_TOKEN and "
        "MAGENTO_ACCESS_SECRET, or MAGENTO_API_TOKEN alone."
    )
MAGENTO_STATUS_CONFIRMED = env.text("MAGENTO_STATUS_CONFIRMED")
MAGENTO_STATUS_DECLINED = env.text("MAGENTO_STATUS_DECLINED")
if MAGENTO_API_URL:
    ORDER_WRITER = "portal.integrations.shop.rest.magento.order_writer"
else:
    ORDER_WRITER = "portal.integrations.shop.rest.embedded.order_writer" if DEMO and not HAS_MAGENTO else ""
# Only where it is wanted: it needs further rights, and from then on the portal decides with what the shop sells.
MAGENTO_STOCK_WRITE = env.boolean("MAGENTO_STOCK_WRITE", default="embedded" in ORDER_WRITER)
if MAGENTO_STOCK_WRITE and not ORDER_WRITER:
    env.problems.append("MAGENTO_STOCK_WRITE needs MAGENTO_API_URL.")
STOCK_WRITER = ORDER_WRITER.replace(".order_writer", ".stock_writer") if MAGENTO_STOCK_WRITE else ""
NEW_ORDER_WEBHOOK_SECRET = env.text("NEW_ORDER_WEBHOOK_SECRET")
BOOKING_REMINDER_CRON_SECRET = env.text("BOOKING_REMINDER_CRON_SECRET")

# --- Tickets: Odoo, or the embedded list
ODOO_URL = env.text("ODOO_URL").rstrip("/")
ODOO_DB = env.text("ODOO_DB")
ODOO_API_KEY = env.required("ODOO_API_KEY", "the key of Odoo's bot user") if ODOO_URL else ""
# JSON-RPC (Odoo 17 and 18) wants the bot user's login beside its key.
ODOO_LOGIN = env.text("ODOO_LOGIN")
ODOO_API = env.choice("ODOO_API", "auto", ("auto", "json2", "jsonrpc"))
if ODOO_URL and ODOO_API == "jsonrpc" and not ODOO_LOGIN:
    env.problems.append("ODOO_LOGIN is missing: JSON-RPC wants it beside ODOO_API_KEY.")
ODOO_FLAVOUR = env.choice("ODOO_FLAVOUR", "auto", ("auto", "oca", "enterprise", "task", "lead"))
ODOO_TICKET_MODEL = env.text("ODOO_TICKET_MODEL")
ODOO_TEAM = env.text("ODOO_TEAM")
ODOO_CATEGORY_DECLINED = env.text("ODOO_CATEGORY_DECLINED")
ODOO_CATEGORY_NO_REPLY = env.text("ODOO_CATEGORY_NO_REPLY")
# Empty, and a ticket stays in its stage when the customer rebooks.
ODOO_STAGE_REBOOKED = env.text("ODOO_STAGE_REBOOKED")
ODOO_TAG = env.text("ODOO_TAG")
ODOO_CHANNEL = env.text("ODOO_CHANNEL")
ODOO_XMLID_PREFIX = env.text("ODOO_XMLID_PREFIX", "partner_portal")
TICKET_DESK = (
    "portal.integrations.tickets.odoo.ticket_desk"
    if ODOO_URL
    else "portal.integrations.tickets.embedded.ticket_desk"
)

# --- Mail: SendGrid, else SMTP, else the embedded mailbox
SENDGRID_API_KEY = env.text("SENDGRID_API_KEY")
SENDGRID_API_URL = env.text("SENDGRID_API_URL", "https://api.sendgrid.com").rstrip("/")
SENDGRID_WEBHOOK_PUBLIC_KEY = env.text("SENDGRID_WEBHOOK_PUBLIC_KEY")
# Ids of the account's own templates, by what the mail is called; without one the portal writes the mail.
SENDGRID_TEMPLATES = {
    name: template_id
    for name in ("booking_confirmation", "booking_reminder", "booking_declined")
    if (template_id := env.text(f"SENDGRID_TEMPLATE_{name.upper()}"))
}
SMTP_HOST = env.text("SMTP_HOST")
SMTP_PORT = env.integer("SMTP_PORT", 587)
SMTP_USER = env.text("SMTP_USER")
SMTP_PASSWORD = env.text("SMTP_PASSWORD")
SMTP_SECURITY = env.choice("SMTP_SECURITY", "starttls", ("starttls", "tls", "none"))
MAIL_FROM = env.text("MAIL_FROM", f"{BRAND_NAME} Partner Portal <partner@miomente.de>")
DEFAULT_FROM_EMAIL = MAIL_FROM
EMAIL_SENDER = (
    "portal.integrations.email.sendgrid.email_sender"
    if SENDGRID_API_KEY
    else "portal.integrations.email.smtp.email_sender"
    if SMTP_HOST
    else "portal.integrations.email.embedded.email_sender"
)
EMAIL_BACKEND = "portal.integrations.email.backend.EmailBackend"

SILENCED_SYSTEM_CHECKS = ["account.W001"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.core.logs.CutSecrets",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
    "loggers": {"portal": {"level": env.text("LOG_LEVEL", "INFO")}},
}

env.raise_problems()
