"""Sites by the sheet."""

from django.utils.translation import gettext_lazy as _

from apps.core.imports import importer
from apps.core.keeping import ADDED
from apps.core.sheets_in import Column, Fault
from apps.personnel import access
from apps.personnel.imports.cells import (
    BATCH,
    Book,
    check_fields,
    column,
    once,
    resolve,
    take_away,
    write_history,
)
from apps.personnel.models import Client, Department, Site, User
from apps.personnel.policy import postings as policy

COLUMNS = (
    column(Site, "code", required=True, example="SZ-PS"),
    column(Site, "name", required=True, example="比亚迪坪山基地"),
    Column("client", _("client"), required=True, help=_("The name or short code of a client."), example="BYD"),
    Column("department", _("responsible department"), required=True, help=_("The name of a department.")),
    Column("lead", _("site lead"), help=_("Mail address or staff number."), example="E00123"),
    Column("deputy", _("deputy"), help=_("Mail address or staff number.")),
    column(Site, "city", required=True, example="深圳"),
    column(Site, "address"),
    column(Site, "time_zone", example="Asia/Shanghai"),
    column(
        Site, "country", help=_("Country code, for public holidays."), example="CN", read=lambda words: words.upper()
    ),
)
BY_KEY = {one.key: one for one in COLUMNS}


def _books() -> dict[str, Book]:
    people = User.objects.filter(is_active=True).only("name", "email", "number", "is_active")
    somebody = Book(
        people, "email", "number", nobody=_("Nobody here has the mail address or staff number “%(words)s”.")
    )
    return {
        "client": Book(Client.objects.all(), "name", "code", nobody=_("No client is called “%(words)s”.")),
        "department": Book(Department.objects.all(), "name", nobody=_("No department is called “%(words)s”.")),
        "lead": somebody,
        "deputy": somebody,
    }


def _site(values: dict) -> Site:
    return Site(**{key: value for key, value in values.items() if value is not None})


def check(rows, faults, *, by, now, tick) -> None:
    books = _books()
    for done, (number, values) in enumerate(rows, 1):
        site = _site(resolve(number, values, books, BY_KEY, faults))
        check_fields(number, site, [key for key in BY_KEY if key not in books], BY_KEY, faults)
        verdict = policy.deputy_is_another(site.lead_id, site.deputy_id)
        if not verdict:
            faults.append(Fault(number, str(BY_KEY["deputy"].label), str(verdict.reason)))
        tick(done)
    once(rows, "code", {code.casefold() for code in Site.objects.values_list("code", flat=True)}, BY_KEY, faults)


def save(rows, batch, *, by, now, tick) -> dict[str, list[int]]:
    books = _books()
    sites = [_site(resolve(number, values, books, BY_KEY, [])) for number, values in rows]
    for begin in range(0, len(sites), BATCH):
        some = Site.objects.bulk_create(sites[begin : begin + BATCH])
        write_history(some, ADDED, by=by, now=now, batch=batch)
        tick(begin + len(some))
    return {"sites": [site.pk for site in sites]}


def undo(made, *, by, now, tick) -> None:
    take_away(Site.objects.filter(pk__in=made["sites"]), tick)


importer(
    "sites",
    label=_("Sites"),
    icon="map-pin",
    columns=COLUMNS,
    may=access.may_manage,
    check=check,
    save=save,
    undo=undo,
    order=20,
)
