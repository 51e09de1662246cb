"""People by the sheet: accounts opened many at once."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.imports import cannot_be_undone, importer
from apps.core.sheets_in import Column, day
from apps.personnel import access
from apps.personnel.actions.people import OPENED, WELCOME
from apps.personnel.imports.cells import (
    BATCH,
    Book,
    check_fields,
    choice,
    column,
    once,
    resolve,
    take_away,
    write_history,
)
from apps.personnel.models import Department, Grade, User

MAIL = ("mail", "e-mail", "邮箱", "电子邮箱", "電子郵件", "電郵")
COLUMNS = (
    column(User, "name", required=True, example="王芳", also=("姓名",)),
    column(User, "email", required=True, example="fang.wang@example.com", help=_("Signs in with it."), also=MAIL),
    column(User, "number", example="E00123", also=("员工编号", "員工編號")),
    column(User, "phone", example="13800000000", also=("手机", "手機")),
    column(User, "title", example="Java 开发工程师"),
    Column("department", _("department"), help=_("The name of a department."), example="华南交付部"),
    Column("grade", _("grade"), help=_("The name of a grade."), example="P5"),
    column(User, "hired_on", read=day, example="2024-03-01"),
    column(User, "home_city", example="深圳"),
    column(User, "language", read=choice(User.Language.choices), help="zh-hans, zh-hant, en", example="zh-hans"),
    column(User, "time_zone", example="Asia/Shanghai"),
    column(User, "emergency_name"),
    column(User, "emergency_relation"),
    column(User, "emergency_phone"),
)
BY_KEY = {one.key: one for one in COLUMNS}


def _books() -> dict[str, Book]:
    return {
        "department": Book(Department.objects.all(), "name", nobody=_("No department is called “%(words)s”.")),
        "grade": Book(Grade.objects.all(), "name", nobody=_("No grade is called “%(words)s”.")),
    }


def _person(values: dict) -> User:
    given = {key: value for key, value in values.items() if value is not None}
    given["email"] = given.get("email", "").strip().lower()
    return User(**given)


def check(rows, faults, *, by, now, tick) -> None:
    books = _books()
    for done, (number, values) in enumerate(rows, 1):
        person = _person(resolve(number, values, books, BY_KEY, faults))
        check_fields(number, person, [key for key in BY_KEY if key not in books], BY_KEY, faults)
        tick(done)
    taken = {"email": set(), "number": set()}
    for email, staff_number in User.objects.values_list("email", "number"):
        taken["email"].add(email.casefold())
        taken["number"].add((staff_number or "").casefold())
    for key, known in taken.items():
        once(rows, key, known - {""}, BY_KEY, faults)


def save(rows, batch, *, by, now, tick) -> dict[str, list[int]]:
    """Open the accounts without passwords; each owner is told by mail how to choose one."""
    books, people = _books(), []
    for number, values in rows:
        person = _person(resolve(number, values, books, BY_KEY, []))
        person.set_unusable_password()
        people.append(person)
    for begin in range(0, len(people), BATCH):
        some = User.objects.bulk_create(people[begin : begin + BATCH])
        write_history(some, OPENED, by=by, now=now, batch=batch)
        page = reverse("account_reset_password")
        words = ((one, WELCOME.key, None, page, {"name": one.name, "email": one.email}) for one in some)
        notifications.tell_many(words, WELCOME, now=now)
        tick(begin + len(some))
    return {"people": [person.pk for person in people]}


def undo(made, *, by, now, tick) -> None:
    rows = User.objects.filter(pk__in=made["people"])
    used = [person.name for person in rows if person.last_login or person.has_usable_password()]
    if used:
        raise cannot_be_undone(used)
    take_away(rows, tick)


importer(
    "people",
    label=_("People"),
    icon="users",
    columns=COLUMNS,
    may=access.may_manage,
    check=check,
    save=save,
    undo=undo,
    order=10,
)
