"""The policy's numbers, as dated values: the one in force on the day of the event counts."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.history import never_removed
from apps.core.parameter_catalogue import DEFAULTS, Number
from apps.core.transitions import lock, record, verb
from apps.core.verdicts import YES, Findings, NotAllowed, Refused, Verdict, WrongState, no, require, unless

CATALOGUE = {number.key: number for number in DEFAULTS}
BEGINNING = date(2000, 1, 1)
FARTHEST = timedelta(days=731)  # two years, with a leap day

TAKEN_BACK = verb("parameter_taken_back", _("Taken back"))


class ParameterMissing(Refused):
    """A number of the policy has no value on that day: an error that shows, never a pass."""

    status = 500


class ParameterQuerySet(models.QuerySet):
    def counting(self):
        """Without values that were taken back before their day."""
        return self.filter(taken_back_at=None)


class Parameter(models.Model):
    """A number of the policy from a day on. Rows are only ever added; of two for one day the later counts.

    Only one whose day lies ahead is taken back; it stays in the history.
    """

    key = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    valid_from = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = ParameterQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-valid_from", "-pk"]
        indexes = [models.Index(fields=["key", "-valid_from", "-id"])]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="only_taken_back",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__taken_back_at__isnull=False)
                | pgtrigger.Q(old__key__df=pgtrigger.F("new__key"))
                | pgtrigger.Q(old__value__df=pgtrigger.F("new__value"))
                | pgtrigger.Q(old__valid_from__df=pgtrigger.F("new__valid_from"))
                | pgtrigger.Q(old__reason__df=pgtrigger.F("new__reason"))
                | pgtrigger.Q(old__set_by_id__df=pgtrigger.F("new__set_by_id"))
                | pgtrigger.Q(old__set_at__df=pgtrigger.F("new__set_at")),
            ),
        ]
        verbose_name = _("parameter")
        verbose_name_plural = _("parameters")

    def __str__(self):
        return f"{self.key} = {self.value} ({self.valid_from})"


def value(key: str, *, on: date) -> int | Decimal:
    """The number in force on a day; whole numbers come as int.

    Raises: ParameterMissing when no value covers the day.
    """
    return values(on, key)[key]


def label_of(key: str) -> str:
    """A number's name in the reader's language; the key of one that the policy no longer has."""
    return str(CATALOGUE[key].label) if key in CATALOGUE else key


def values(on: date, *keys: str) -> dict[str, int | Decimal]:
    """Several numbers in force on a day, with one query.

    Raises: ParameterMissing naming the first that has none.
    """
    rows = (
        Parameter.objects.counting()
        .filter(key__in=keys, valid_from__lte=on)
        .order_by("key", "-valid_from", "-pk")
        .distinct("key")
        .values_list("key", "value")
    )
    found = {key: int(number) if number == int(number) else number for key, number in rows}
    for key in keys:
        if key not in found:
            raise ParameterMissing(
                no(
                    _("The policy's number “%(name)s” has no value on %(day)s.")
                    % {"name": label_of(key), "day": date_format(on, "DATE_FORMAT")},
                    remedy=_("Ask HR to set it on the page Policy."),
                    clause=CATALOGUE[key].clause if key in CATALOGUE else "",
                )
            )
    return found


def may_change(user, *_things) -> Verdict:
    """The policy's numbers are HR's."""
    return unless(not user.has_role("hr"), _("Only HR changes the policy's numbers."), remedy=_("Ask HR to change it."))


def is_open(number: Number) -> Verdict:
    """Whether the document leaves this number to the company."""
    return unless(number.fixed_by_document, _("The document itself fixes this number."), clause=number.clause)


@transaction.atomic
def change(key: str, number: Decimal, *, valid_from: date, reason: str, by, now, today: date) -> Parameter:
    """Set a number of the policy from a day on; what happened before keeps the old one.

    Raises: NotAllowed; PolicyBroken beside `value`, `valid_from` or `reason`.
    """
    require(may_change(by), NotAllowed)
    known = CATALOGUE[key]
    findings = Findings(clause=known.clause)
    findings.check(is_open(known), "value")
    findings.check(
        unless(
            not known.minimum <= number <= known.maximum,
            _("Choose a number from %(low)s to %(high)s.") % {"low": known.minimum, "high": known.maximum},
        ),
        "value",
    )
    findings.check(_in_order(known, number, valid_from), "value")
    findings.check(
        unless(valid_from < today, _("A change cannot reach back: choose today or a later day.")), "valid_from"
    )
    findings.check(
        unless(valid_from > today + FARTHEST, _("Choose a day within two years: later ones cannot be foreseen.")),
        "valid_from",
    )
    findings.check(unless(not reason.strip(), _("Say why, so that the history can be understood.")), "reason")
    findings.require()
    return Parameter.objects.create(
        key=key, value=number, valid_from=valid_from, reason=reason.strip(), set_by=by, set_at=now
    )


def _in_order(known: Number, number: Decimal, valid_from: date) -> Verdict:
    """Between the numbers it stands between, on that day and on every later one that is set already."""
    for other in CATALOGUE.values():
        if other.key != known.above and other.above != known.key:
            continue
        later = Parameter.objects.counting().filter(key=other.key, valid_from__gt=valid_from)
        standing = [value(other.key, on=valid_from), *later.values_list("value", flat=True)]
        if other.key == known.above and number <= max(standing):
            words = _("It must be more than “%(name)s”: %(value)s.")
            return no(words % {"name": other.label, "value": f"{max(standing):g}"}, clause=known.clause)
        if other.above == known.key and number >= min(standing):
            words = _("It must be less than “%(name)s”: %(value)s.")
            return no(words % {"name": other.label, "value": f"{min(standing):g}"}, clause=known.clause)
    return YES


@transaction.atomic
def take_back(parameter: Parameter, *, reason: str, by, now: datetime, today: date) -> None:
    """A value that lies ahead never comes into force; the history keeps that it was meant to.

    Raises: NotAllowed; WrongState once its day has come, or when it was taken back; PolicyBroken beside `reason`.
    """
    require(may_change(by), NotAllowed)
    clause = CATALOGUE[parameter.key].clause
    lock(parameter)
    require(
        unless(parameter.taken_back_at, _("This value was taken back already."), clause=clause)
        & unless(
            parameter.valid_from <= today,
            _("This value is in force, or was: what happened rests on it."),
            remedy=_("Set another value from today on."),
            clause=clause,
        ),
        WrongState,
    )
    require(
        unless(not reason.strip(), _("Say why, so that the history can be understood."), clause=clause), field="reason"
    )
    parameter.taken_back_at = now
    parameter.save(update_fields=["taken_back_at"])
    record(parameter, TAKEN_BACK, by=by, now=now, note=reason.strip())


def history() -> dict[str, list[Parameter]]:
    """Every value each number ever had, the latest first; `replaced` where a later one took the same day."""
    found: dict[str, list[Parameter]] = {}
    taken: set[tuple[str, date]] = set()
    for row in Parameter.objects.select_related("set_by"):
        row.replaced = row.taken_back_at is None and (row.key, row.valid_from) in taken
        if row.taken_back_at is None:
            taken.add((row.key, row.valid_from))
        found.setdefault(row.key, []).append(row)
    return found


def install_defaults(now) -> None:
    """Give every number of the catalogue that has none yet its default, from the beginning of time."""
    known = set(Parameter.objects.values_list("key", flat=True))
    Parameter.objects.bulk_create(
        Parameter(key=number.key, value=number.default, valid_from=BEGINNING, set_at=now)
        for number in DEFAULTS
        if number.key not in known
    )
