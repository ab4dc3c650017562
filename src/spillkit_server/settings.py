"""Django's settings, made from Room.

In:    the environment, read by `room`.
Out:   what Django and its packages look for here, under their own names.
Else:  what each setting of ours means is `room`; headers that these packages do not send are `headers`.
"""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF

from spillkit_server.room import read_room

ROOM = read_room(os.environ)
_HERE = Path(__file__).parent

SECRET_KEY = ROOM.secret
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if ROOM.is_local else [ROOM.host]
ROOT_URLCONF = "spillkit_server.urls"
DATABASES = {"default": dict(ROOM.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
SITE_ID = None

INSTALLED_APPS = [
    "spillkit_server",  # First: its templates stand before those of allauth.
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "ninja",
]
MIDDLEWARE = [
    "spillkit_server.headers.SafeHeaders",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "spillkit_server.tokens.BearerTokens",
    "spillkit_server.languages.ChosenLanguage",
    "spillkit_server.zones.ChosenZone",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "spillkit_server.damages.DamagedKept",
    "spillkit_server.gate.Gate",  # Last: whoever asks is known by now, and so is the view.
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.templatetags.tz",
                "spillkit_server.templatetags.room",
                "spillkit_server.templatetags.told",
                "spillkit_server.templatetags.notices",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "spillkit_server.frame.page_frame",
            ],
        },
    }
]

# Where sessions, messages and the counts of failed sign-ins live: in the database, so that a restart forgets none.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would lose the session on the way back from the company's own sign-in.
SESSION_COOKIE_SECURE = ROOM.is_https
SESSION_COOKIE_NAME = "__Host-spillkit_session" if ROOM.is_https else f"spillkit_session_{ROOM.port}"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = ROOM.is_https
CSRF_COOKIE_NAME = "__Host-spillkit_csrf" if ROOM.is_https else f"spillkit_csrf_{ROOM.port}"
CSRF_TRUSTED_ORIGINS = [ROOM.origin]
CSRF_FAILURE_VIEW = "spillkit_server.refusals.csrf_refused"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "room_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# What one request may bring.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["spillkit_server.uploads.SmallFiles"]

# Headers.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if ROOM.is_https else 0
SECURE_SSL_REDIRECT = False  # The proxy's work: the room itself never listens where it should not.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ROOM.behind_proxy else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # data: the QR code of an authenticator app
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *([ROOM.provider.origin] if ROOM.provider else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Static files: out of the package as they are, nothing to collect.
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "spillkit_server.styles.ReportStyle",
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 600

# Languages.
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [_HERE / "locale"]
LANGUAGE_COOKIE_NAME = "spillkit_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = ROOM.is_https

# Accounts.
AUTH_USER_MODEL = "spillkit_server.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "incidents"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_FORMS = {
    "login": "spillkit_server.accounts.SignInForm",
    "reauthenticate": "spillkit_server.accounts.AskAgainForm",
}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "spillkit_server.accounts.RoomAccounts"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,5/300s/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ROOM.behind_proxy else 0
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Spillkit"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ROOM.is_https
SOCIALACCOUNT_ADAPTER = "spillkit_server.provider_accounts.ProviderAccounts"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "company",
                "name": ROOM.provider.name,
                "client_id": ROOM.provider.client,
                "secret": ROOM.provider.secret,
                "settings": {"server_url": ROOM.provider.issuer},
            }
        ]
        if ROOM.provider
        else [],
    }
}

# Logs name views and places in the code, never a path, a value or a person.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"quiet": {"()": "spillkit_server.logs.QuietFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "quiet"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "allauth": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "spillkit": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "spillkit_server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
NINJA_PAGINATION_MAX_LIMIT = 500
