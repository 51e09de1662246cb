"""People of our company, their roles and departments."""

from collections.abc import Iterator
from datetime import time
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.attachments import Attachment
from apps.core.history import history
from apps.core.lookups import SearchableQuerySet
from apps.personnel import access
from apps.personnel.models.checks import known_phone, known_zone, once_in_any_case, sensible_hire_day
from apps.personnel.names import Named, SortKeyField, initials
from apps.personnel.roles import Role

RELATED_ROLES = (Role.HEAD, Role.LEAD, Role.STAFF)


class UserQuerySet(SearchableQuerySet):
    def with_role(self, role: str):
        """Active people who hold a role, granted or by heading a department."""
        holds = Q(grants__role=role)
        if role == Role.HEAD:
            holds |= Q(pk__in=Department.objects.exclude(head=None).values("head_id"))
        return self.filter(holds, is_active=True).distinct()

    def standing_in_for(self, person):
        """Who could sign in a person's place: those who lead or head with or above them, or hold the same role."""
        from apps.personnel.models.places import Site  # which stands above: a site names its lead

        sites = Site.objects.filter(Q(pk__in=Site.objects.led_by(person)) | Q(pk__in=access.stationed_at(person)))
        known = {one.pk for site in sites.select_related("lead", "deputy") for one in (*site.leads, *site.heads)}
        for department in Department.objects.filter(head=person):
            known |= {one.pk for one in department.heads}
        granted = [role for role in person.role_names if role not in RELATED_ROLES]
        held = Q(grants__role__in=[*granted, Role.EXECUTIVE, Role.HR])
        return self.filter(Q(pk__in=known) | held, is_active=True).exclude(pk=person.pk).distinct()

    def visible_to(self, user):
        return self.filter(access.people(user))

    def search(self, words: str):
        words = words.strip()
        return self.filter(
            Q(name__icontains=words)
            | Q(number__icontains=words)
            | Q(email__icontains=words)
            | Q(name_sort__startswith=words.lower())
            | Q(name_letters__startswith=words.lower().replace(" ", ""))
            | initials(words)
        )

    def offered(self, user):
        return self.visible_to(user).filter(is_active=True)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR)
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


@history(exclude=["password", "last_login"])
class User(Named, AbstractBaseUser, PermissionsMixin):
    """A person of our company, stationed or not, who signs in by mail address."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Language(models.TextChoices):
        EN = "en", "English"
        ZH_HANS = "zh-hans", "简体中文"
        ZH_HANT = "zh-hant", "繁體中文"

    email = models.EmailField(_("mail address"), unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=100)
    name_letters = SortKeyField(spaced=False)
    number = models.CharField(_("staff number"), max_length=20, unique=True, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True, validators=[known_phone])
    title = models.CharField(_("job title"), max_length=80, blank=True)
    department = models.ForeignKey(
        "personnel.Department",
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
    )
    hired_on = models.DateField(_("hired on"), null=True, blank=True, validators=[sensible_hire_day])
    grade = models.ForeignKey(
        "personnel.Grade",
        verbose_name=_("grade"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
    )
    home_city = models.CharField(_("home city"), max_length=80, blank=True)
    emergency_name = models.CharField(_("emergency contact"), max_length=100, blank=True)
    emergency_relation = models.CharField(_("relation"), max_length=40, blank=True)
    emergency_phone = models.CharField(
        _("phone of the emergency contact"), max_length=30, blank=True, validators=[known_phone]
    )
    photo = models.ForeignKey(
        Attachment, verbose_name=_("photo"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ZH_HANS)
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.AUTO)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[known_zone])
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digest_at = models.TimeField(_("daily digest at"), default=time(8, 30))
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the technical administration"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    lookup_key = "email"

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case"),
            once_in_any_case("number", "user_number_once_in_any_case"),
        ]
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="user_name_trigrams"),
        ]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("person", args=[self.pk])

    def get_full_name(self):
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def role_names(self) -> frozenset[str]:
        """Granted roles, and those that follow from relations: heads a department, leads a site, is stationed."""
        stationed = self.assignments.exclude(status="cancelled")
        granted, *relations = User.objects.values_list(
            ArraySubquery(self.grants.values("role")),
            Exists(self.heads.all()),
            Exists(self.leads.all()) | Exists(self.deputises.all()),
            Exists(stationed),
        ).get(pk=self.pk)
        names = {*granted, *(role for role, holds in zip(RELATED_ROLES, relations, strict=True) if holds)}
        return frozenset(names)

    @cached_property
    def headed_departments(self) -> set[int]:
        """Ids of the departments this person heads, with all below them."""
        own = set(self.heads.values_list("pk", flat=True))
        return own | access.below(own)

    @cached_property
    def steered_sites(self) -> list[int]:
        """Ids of the sites this person leads, or whose department they head."""
        from apps.personnel.models import Site

        return list(Site.objects.filter(access.steered(self, "")).values_list("pk", flat=True))

    def has_role(self, *roles: str) -> bool:
        return not self.role_names.isdisjoint(roles)

    @property
    def roles_text(self) -> str:
        return " · ".join(str(Role(name).label) for name in Role.values if name in self.role_names)


@history()
class RoleGrant(models.Model):
    """A role given to a person by an administrator. Lead, head and staff also come from relations."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(_("role"), max_length=30, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_granted_once"),
            models.CheckConstraint(condition=Q(role__in=Role.granted()), name="role_grantable"),
        ]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self):
        return self.get_role_display()


class Grade(Named):
    """A step of the company's ladder; standards and appraisals ask for it."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True, help_text=_("1 is the lowest."))

    class Meta:
        ordering = ["rank"]
        verbose_name = _("grade")
        verbose_name_plural = _("grades")

    def __str__(self):
        return self.name


class Department(Named):
    """A department of the company with its head, who learns of what is late."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    head = models.ForeignKey(
        User, verbose_name=_("head"), null=True, blank=True, on_delete=models.PROTECT, related_name="heads"
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("belongs to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )

    class Meta:
        ordering = ["name_sort", "pk"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self):
        return self.name

    @property
    def heads(self) -> Iterator[User]:
        """Its head and those of the departments above, nearest first."""
        department = self
        while department is not None:
            if department.head_id:
                yield department.head
            department = department.parent
