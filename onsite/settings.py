"""Settings. Each comes from the environment, typed, and fails loudly; README lists them all."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from onsite.keys import DEVELOPMENT_KEYS, named_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Core ---------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "only-for-development-and-tests-" * 2 if DEBUG else environ.Env.NOTSET)
ENCRYPTION_KEYS = named_keys(env.list("ENCRYPTION_KEYS", default=DEVELOPMENT_KEYS if DEBUG else environ.Env.NOTSET))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
COMPANY_NAME = env.str("COMPANY_NAME", "Onsite")

INSTALLED_APPS = [
    "apps.core",
    "apps.personnel",
    "apps.communication",
    "apps.workplans",
    "onsite",
    "onsite.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "drf_spectacular",
    "knox",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.personnel.middleware.SignInFirst",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "apps.personnel.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "apps.core.web.RefusalMiddleware",
]

ROOT_URLCONF = "onsite.urls"
WSGI_APPLICATION = "onsite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.web.frame",
            ],
            "builtins": ["apps.core.templatetags.onsite"],
        },
    },
]

# --- PostgreSQL and Redis -----------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", "postgres://onsite@127.0.0.1:5432/onsite")}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("DATABASE_CONN_MAX_AGE", 60),
    CONN_HEALTH_CHECKS=True,
    TEST={"NAME": env.str("TEST_DATABASE", "test_onsite")},
)
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")

# A page must never wait for Redis (promise G7), so sessions and throttles live in PostgreSQL.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "onsite_cache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "visibility_timeout": 3600,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_PUBLISH_RETRY = False
# Plain intervals in UTC: a crontab in a zone with summer time goes silent for an hour.
CELERY_BEAT_SCHEDULE = {
    "sweep obligations": {"task": "apps.core.tasks.sweep", "schedule": 15.0},
    "settle decisions": {"task": "apps.core.tasks.settle", "schedule": 5.0},
    "deliver notices": {"task": "apps.core.tasks.deliver", "schedule": 5.0},
    "deliver to robots": {"task": "apps.core.tasks.deliver_to_robots", "schedule": 5.0},
    "plan periods": {"task": "apps.core.tasks.plan", "schedule": 900.0},
    "work on imports": {"task": "apps.core.tasks.work_on_imports", "schedule": 2.0},
    "tidy files": {"task": "apps.core.tasks.tidy_files", "schedule": 21600.0},
    "fetch mail": {"task": "apps.communication.tasks.fetch_mail", "schedule": 30.0},
    "send answers": {"task": "apps.communication.tasks.send_answers", "schedule": 10.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE_FILE", str(BASE_DIR / "var" / "beat-schedule"))

# --- Languages, time ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["onsite.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "Asia/Shanghai")

# --- Files --------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
MEDIA_ROOT = env.str("MEDIA_ROOT", str(BASE_DIR / "var" / "files"))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Larger uploads pass through a folder that lies in memory where there is one: papers are never on disk unsealed (G28).
FILE_UPLOAD_TEMP_DIR = env.str("UPLOAD_DIR", "/dev/shm" if Path("/dev/shm").is_dir() else "") or None

# --- Sign-in: one pathway, django-allauth -------------------------------------------------------------

AUTH_USER_MODEL = "personnel.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
DELEGATIONS_URL = "/delegations/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "apps.personnel.signin.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "apps.personnel.signin.SocialAccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{COMPANY_NAME}] "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/5m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Onsite"
MFA_FORMS = {
    "authenticate": "apps.personnel.key_forms.SecondStepForm",
    "reauthenticate": "apps.personnel.key_forms.ConfirmForm",
    "add_webauthn": "apps.personnel.key_forms.AddKeyForm",
    "edit_webauthn": "apps.personnel.key_forms.RenameKeyForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # HR opens accounts and vouches for the address
USERSESSIONS_TRACK_ACTIVITY = False  # a GET changes nothing
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "")
if OIDC_SERVER_URL:
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "company",
                    "name": env.str("OIDC_NAME", "Company account"),
                    "client_id": env.str("OIDC_CLIENT_ID"),
                    "secret": env.str("OIDC_CLIENT_SECRET"),
                    "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
                }
            ]
        }
    }
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- API ----------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.paging.Pages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "apps.core.parsing.BoundedJSON",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.refusal_handler",
    "PAGE_SIZE": 50,
    "DATETIME_FORMAT": "iso-8601",
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=env.int("TOKEN_DAYS", 90)), "TOKEN_LIMIT_PER_USER": 20}
SPECTACULAR_SETTINGS = {
    "TITLE": "Onsite",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {
        "ApprovalStatus": "apps.core.approvals.Approval.Status",
        "SignatureStatus": "apps.core.approvals.Signature.Status",
        "ImportStatus": "apps.core.imports.ImportBatch.Status",
        "DecisionOutcome": "apps.core.approvals.Outcome",
        "ObligationStatus": "apps.core.obligations.Obligation.Status",
        "AssignmentStatus": "apps.personnel.models.Assignment.Status",
        "SkillKind": "apps.personnel.models.Skill.Kind",
        "SkillLevel": "apps.personnel.models.Level",
        "IdentityKind": "apps.personnel.models.IdentityNumber.Kind",
        "DocumentKind": "apps.personnel.models.DocumentVersion.Kind",
        "ProofKind": "apps.personnel.models.Proof.Kind",
        "ProofStatus": "apps.personnel.models.Proof.Status",
        "StaffingStatus": "apps.personnel.models.StaffingRequest.Status",
        "HandoverStatus": "apps.personnel.models.Handover.Status",
        "AbsenceStatus": "apps.personnel.models.UnapprovedAbsence.Status",
        "AbsenceResult": "apps.personnel.models.UnapprovedAbsence.Result",
        "TrainingStatus": "apps.personnel.models.TrainingSession.Status",
        "TrainingResult": "apps.personnel.models.Enrolment.Result",
        "ClientTrainingStatus": "apps.personnel.models.ClientTraining.Status",
        "TalkStatus": "apps.personnel.models.DevelopmentTalk.Status",
        "GoalStatus": "apps.personnel.models.DevelopmentGoal.Status",
        "CareerChangeKind": "apps.personnel.models.CareerChange.Kind",
        "EnquiryStatus": "apps.communication.models.Enquiry.Status",
        "EnquiryChannel": "apps.communication.models.Enquiry.Channel",
        "MailStatus": "apps.communication.models.InboundMail.Status",
        "RequestStatus": "apps.communication.models.ClientRequest.Status",
        "ReviewStatus": "apps.communication.models.DateChange.Status",
        "MeetingStatus": "apps.communication.models.Meeting.Status",
        "MeetingMode": "apps.communication.models.Meeting.Mode",
        "ProblemKind": "apps.communication.models.Problem.Kind",
        "ProblemStatus": "apps.communication.models.Problem.Status",
        "ContactMode": "apps.communication.models.ContactLog.Mode",
        "TaskStatus": "apps.workplans.models.Task.Status",
        "ReportStatus": "apps.workplans.models.Report.Status",
        "ReportChannel": "apps.workplans.models.Report.Channel",
        "WorkProblemStatus": "apps.workplans.models.WorkProblem.Status",
        "NeedStatus": "apps.workplans.models.Need.Status",
        "CaseStatus": "apps.workplans.models.QualityCase.Status",
        "TaskPriority": "apps.workplans.models.Priority",
    },
}

# --- Browser safety -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
HTTPS = env.bool("HTTPS", PUBLIC_URL.startswith("https://"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = env.int("SESSION_DAYS", 14) * 24 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Mail and robots ----------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "onsite@localhost")
CLIENT_MAIL_FROM = env.str("CLIENT_MAIL_FROM", DEFAULT_FROM_EMAIL)
IMAP_URL = env.str("IMAP_URL", "")  # imaps://user:password@host:993/INBOX; empty: no mailbox is polled
MAIL_MAX_BYTES = env.int("MAIL_MAX_BYTES", 40 * 1024 * 1024)
ROBOT_BASE_URLS = {
    "wecom": env.str("ROBOT_WECOM_URL", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"),
    "dingtalk": env.str("ROBOT_DINGTALK_URL", "https://oapi.dingtalk.com/robot/send"),
    "feishu": env.str("ROBOT_FEISHU_URL", "https://open.feishu.cn/open-apis/bot/v2/hook"),
    "slack": env.str("ROBOT_SLACK_URL", "https://hooks.slack.com/services"),
    "teams": env.str("ROBOT_TEAMS_URL", "https://prod.logic.azure.com/workflows"),
}
ROBOT_TIMEOUT = (3, 10)  # seconds to connect, seconds to answer

# --- Look ---------------------------------------------------------------------------------------------

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

LANGUAGE_NAMES = {"en": _("English"), "zh-hans": _("Simplified Chinese"), "zh-hant": _("Traditional Chinese")}
