"""People, clients, sites, and who is stationed where (chapter 2)."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import holidays
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Func, Q
from django.db.models.functions import Coalesce, Lower, Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from apps.core.history import history
from apps.core.lookups import SearchableQuerySet
from apps.personnel import access
from apps.personnel.names import Named, SortKeyField
from apps.personnel.roles import Role


def known_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("Choose a time zone such as Asia/Shanghai."))


def known_calendar(value: str) -> None:
    if value not in holidays.list_supported_countries():
        raise ValidationError(_("Use a country code such as CN or SG: public holidays are known by it."))


END_BEFORE_BEGIN = _("The end is before the beginning.")
RELATED_ROLES = (Role.HEAD, Role.LEAD, Role.STAFF)


def sensible_hire_day(day: date) -> None:
    if not date(1950, 1, 1) <= day <= timezone.localdate() + timedelta(days=366):
        raise ValidationError(_("Choose a day from 1950 to a year from now."))


def lasts_to(day) -> Q:
    """Assignments whose last day is this one or later: the real last day counts, else the planned one (2.1.1)."""
    return Q(ended_on__gte=day) | Q(ended_on=None) & (Q(planned_to=None) | Q(planned_to__gte=day))


def active_on(day) -> Q:
    """Assignments that run on a day; of one person at most one, as the database's own rule counts the same days."""
    return Q(since__lte=day) & lasts_to(day) & ~Q(status="cancelled")


def plan_passed(day) -> Q:
    """Assignments whose planned end has passed and that nobody has ended or extended."""
    return Q(status__in=["planned", "on_site"], planned_to__lt=day)


class UserQuerySet(SearchableQuerySet):
    def with_role(self, role: str):
        """Active people who hold a role, granted or by heading a department."""
        holds = Q(grants__role=role)
        if role == Role.HEAD:
            holds |= Q(pk__in=Department.objects.exclude(head=None).values("head_id"))
        return self.filter(holds, is_active=True).distinct()

    def standing_in_for(self, person):
        """Who could sign in a person's place: those who lead or head with or above them, or hold the same role."""
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
    name = models.CharField(_("name"), max_length=100)
    name_letters = SortKeyField(spaced=False)
    number = models.CharField(_("staff number"), max_length=20, unique=True, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
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
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case")]
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
        led = Site.objects.filter(Q(lead=self) | Q(deputy=self))
        stationed = self.assignments.exclude(status=Assignment.Status.CANCELLED)
        granted, *relations = User.objects.values_list(
            ArraySubquery(self.grants.values("role")), Exists(self.heads.all()), Exists(led), Exists(stationed)
        ).get(pk=self.pk)
        names = {*granted, *(role for role, holds in zip(RELATED_ROLES, relations, strict=True) if holds)}
        return frozenset(names)

    @cached_property
    def headed_departments(self) -> set[int]:
        """Ids of the departments this person heads, with all below them."""
        own = set(self.heads.values_list("pk", flat=True))
        return own | access.below(own)

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


class ClientQuerySet(SearchableQuerySet):
    found_in = ("name", "code")

    def visible_to(self, user):
        return self.filter(access.clients(user))


class Client(Named):
    """A company on whose sites our people work."""

    name = models.CharField(_("name"), max_length=150, unique=True)
    code = models.CharField(_("short code"), max_length=20, unique=True)
    note = models.TextField(_("note"), blank=True)

    objects = ClientQuerySet.as_manager()
    lookup_key = "code"

    class Meta:
        ordering = ["name_sort", "pk"]
        verbose_name = _("client")
        verbose_name_plural = _("clients")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("client", args=[self.pk])


class SiteQuerySet(SearchableQuerySet):
    found_in = ("name", "code", "city")

    def visible_to(self, user):
        return self.filter(access.sites(user))

    def led_by(self, user):
        return self.filter(Q(lead=user) | Q(deputy=user))

    def overseen_by(self, user):
        """Those a person leads, stands above, or keeps the records of."""
        return self.filter(access.through_site(user, ""))

    def running(self):
        return self.filter(active=True)


@history(exclude=["name_sort"])
class Site(Named):
    """A client's place where our people work."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    client = models.ForeignKey(Client, verbose_name=_("client"), on_delete=models.PROTECT, related_name="sites")
    department = models.ForeignKey(
        Department, verbose_name=_("responsible department"), on_delete=models.PROTECT, related_name="sites"
    )
    lead = models.ForeignKey(
        User, verbose_name=_("site lead"), null=True, blank=True, on_delete=models.PROTECT, related_name="leads"
    )
    deputy = models.ForeignKey(
        User, verbose_name=_("deputy"), null=True, blank=True, on_delete=models.PROTECT, related_name="deputises"
    )
    city = models.CharField(_("city"), max_length=80)
    address = models.CharField(_("address"), max_length=300, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[known_zone])
    country = models.CharField(
        _("holiday calendar"),
        max_length=2,
        default="CN",
        validators=[known_calendar],
        help_text=_("Country code, for public holidays."),
    )
    active = models.BooleanField(_("running"), default=True)

    objects = SiteQuerySet.as_manager()
    lookup_key = "code"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead=None) | Q(deputy=None) | ~Q(lead=F("deputy")), name="site_deputy_is_another"
            ),
        ]
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("site", args=[self.pk])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def leads(self) -> list[User]:
        return [person for person in (self.lead, self.deputy) if person]

    @property
    def heads(self) -> Iterator[User]:
        """The heads of its department and of those above, nearest first."""
        return self.department.heads if self.department else iter(())

    @property
    def head(self) -> User | None:
        """The head who learns of what is late here: the department's, else the one above it."""
        return next(self.heads, None)


class ClientContactQuerySet(SearchableQuerySet):
    found_in = ("name", "email", "client__name")

    def visible_to(self, user):
        return self.filter(access.contacts(user))

    def offered(self, user):
        return self.visible_to(user).filter(active=True).select_related("client")


class ClientContact(Named):
    """A person on the client's side. Has no account."""

    client = models.ForeignKey(Client, verbose_name=_("client"), on_delete=models.PROTECT, related_name="contacts")
    sites = models.ManyToManyField(Site, verbose_name=_("sites"), related_name="contacts", blank=True)
    name = models.CharField(_("name"), max_length=100)
    title = models.CharField(_("job title"), max_length=80, blank=True)
    email = models.EmailField(_("mail address"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    active = models.BooleanField(_("active"), default=True)

    objects = ClientContactQuerySet.as_manager()
    lookup_key = "pk"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email="") & Q(active=True), name="contact_email_once"),
        ]
        verbose_name = _("client contact")
        verbose_name_plural = _("client contacts")

    def __str__(self):
        return self.name

    @property
    def full_name(self) -> str:
        """Named with their client, where there are several clients to choose from."""
        return f"{self.name} · {self.client}"

    def get_absolute_url(self):
        return reverse("contact", args=[self.pk])


class ProjectQuerySet(SearchableQuerySet):
    found_in = ("name", "code", "client__name")

    def visible_to(self, user):
        return self.filter(client__in=Client.objects.visible_to(user))

    def offered(self, user):
        return self.visible_to(user).select_related("client")


class Project(Named):
    """Work for a client, on one or several sites."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    client = models.ForeignKey(Client, verbose_name=_("client"), on_delete=models.PROTECT, related_name="projects")
    begins_on = models.DateField(_("begins on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    objects = ProjectQuerySet.as_manager()
    lookup_key = "code"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(begins_on=None) | Q(ends_on=None) | Q(begins_on__lte=F("ends_on")),
                name="project_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message=END_BEFORE_BEGIN,
            ),
        ]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self):
        return self.name

    @property
    def full_name(self) -> str:
        return f"{self.name} · {self.client}"


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.assignments(user))

    def active_on(self, day):
        return self.filter(active_on(day))

    def plan_passed(self, day):
        return self.filter(plan_passed(day))


@history()
class Assignment(models.Model):
    """A person stationed at a site from a day on. Two of one person never overlap (clause 2.1.1)."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ON_SITE = "on_site", _("On site")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="assignments")
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="assignments")
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    position = models.CharField(_("role on site"), max_length=80)
    since = models.DateField(_("from"))
    planned_to = models.DateField(_("planned to"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="assignment_never_overlaps",
                expressions=[
                    (
                        Func(
                            F("since"),
                            Coalesce(F("ended_on"), F("planned_to")),
                            models.Value("[]"),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("person", RangeOperators.EQUAL),
                ],
                condition=~Q(status="cancelled"),
            ),
            models.CheckConstraint(
                condition=Q(planned_to=None) | Q(planned_to__gte=F("since")),
                name="assignment_planned_in_order",
                violation_error_code="planned_to",
                violation_error_message=END_BEFORE_BEGIN,
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("since")),
                name="assignment_ended_in_order",
                violation_error_code="ended_on",
                violation_error_message=END_BEFORE_BEGIN,
            ),
            models.CheckConstraint(
                condition=~Q(status="ended") | Q(ended_on__isnull=False), name="assignment_ended_has_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "status"]),
            models.Index(fields=["since"], condition=Q(status__in=["planned", "on_site"]), name="assignment_live"),
        ]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self):
        return f"{self.person} – {self.site}"

    def get_absolute_url(self):
        return reverse("assignment", args=[self.pk])

    @property
    def last_day(self) -> date | None:
        """The real one, else the planned one; None while no end is known."""
        return self.ended_on or self.planned_to

    @property
    def plan_passed(self) -> bool:
        """The planned end has passed: the person no longer counts as stationed, but nobody has ended or extended it."""
        live = self.status in (self.Status.PLANNED, self.Status.ON_SITE)
        return live and self.planned_to is not None and self.planned_to < timezone.localdate()

    def get_status_display(self) -> str:
        return _("Planned end passed") if self.plan_passed else self.Status(self.status).label

    @property
    def status_tone(self) -> str:
        tones = {"planned": "info", "on_site": "success"}
        return "warning" if self.plan_passed else tones.get(self.status, "secondary")


class Holiday(models.Model):
    """A day off, or a make-up working day, of a country or of one site."""

    country = models.CharField(_("country"), max_length=2, blank=True)
    site = models.ForeignKey(
        Site, verbose_name=_("site"), null=True, blank=True, on_delete=models.CASCADE, related_name="holidays"
    )
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100)
    working = models.BooleanField(_("make-up working day"), default=False)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "site", "day"], nulls_distinct=False, name="holiday_once_per_place"
            ),
            models.CheckConstraint(
                condition=(Q(site=None) & ~Q(country="")) | (Q(site__isnull=False) & Q(country="")),
                name="holiday_of_country_or_site",
            ),
        ]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")

    def __str__(self):
        return f"{self.day}: {self.name}"
