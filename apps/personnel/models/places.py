"""Clients, their people and sites, the work for them, and their days off."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.history import history
from apps.core.lookups import SearchableQuerySet
from apps.personnel import access
from apps.personnel.models.checks import END_BEFORE_BEGIN, known_calendar, known_phone, known_zone, once_in_any_case
from apps.personnel.models.people import Department, User
from apps.personnel.names import Named


class ClientQuerySet(SearchableQuerySet):
    found_in = ("name", "code")

    def visible_to(self, user):
        return self.filter(access.clients(user))


class Client(Named):
    """A company on whose sites our people work."""

    name = models.CharField(_("name"), max_length=150)
    code = models.CharField(_("short code"), max_length=20)
    note = models.TextField(_("note"), blank=True)

    objects = ClientQuerySet.as_manager()
    lookup_key = "code"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [once_in_any_case("name", "client_name_once"), once_in_any_case("code", "client_code_once")]
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

    code = models.CharField(_("code"), max_length=20)
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
    shift = models.CharField(_("working hours"), max_length=100, blank=True)
    report_to = models.TextField(_("where to report in"), blank=True)
    bring = models.TextField(_("what to bring on the first day"), blank=True)
    active = models.BooleanField(_("running"), default=True)

    objects = SiteQuerySet.as_manager()
    lookup_key = "code"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            once_in_any_case("code", "site_code_once"),
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
    phone = models.CharField(_("phone"), max_length=30, blank=True, validators=[known_phone])
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

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=150)
    client = models.ForeignKey(Client, verbose_name=_("client"), on_delete=models.PROTECT, related_name="projects")
    begins_on = models.DateField(_("begins on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    objects = ProjectQuerySet.as_manager()
    lookup_key = "code"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            once_in_any_case("code", "project_code_once"),
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
