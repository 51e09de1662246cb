"""Keeping plain records: set, check, save, and write down what changed."""

from collections.abc import Callable

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.transitions import lock, record, verb
from apps.core.verdicts import Findings, PolicyBroken, WrongState, no

ADDED = verb("record_added", _("Added"))
CHANGED = verb("record_changed", _("Changed"))


@transaction.atomic
def keep(
    thing: models.Model,
    *,
    by,
    now,
    values: dict,
    added: str = ADDED,
    changed: str = CHANGED,
    rule: Callable | None = None,
) -> models.Model:
    """Set fields of a record, new or known, and save it; the Event names each changed field, before and after.

    values: by field name, many-to-many fields too. A known record that stays as it is writes nothing.
    rule: `rule(record, values, findings)` puts beside the fields what no field or constraint can say.
    Raises: PolicyBroken beside the fields that a constraint refuses; WrongState when somebody was faster.
    """
    fresh = thing._state.adding
    if not fresh:
        lock(thing)
    if rule is not None:
        findings = Findings()
        rule(thing, values, findings)
        findings.require()
    plain, many = _split(thing, values)
    before = {name: None if fresh else getattr(thing, name) for name in plain}
    for name, value in plain.items():
        setattr(thing, name, value)
    check(thing, plain)
    changes = differences(before, plain, every=fresh)
    if changes:
        save(thing)
    for name, rows in many.items():
        old = set() if fresh else set(getattr(thing, name).all())
        if old != set(rows):
            getattr(thing, name).set(rows)
            changes[name] = [sorted(str(one) for one in old), sorted(str(one) for one in rows)]
    if fresh:
        record(thing, added, by=by, now=now)
    elif changes:
        record(thing, changed, by=by, now=now, changes=changes)
    return thing


def differences(before: dict, after: dict, *, every: bool = False) -> dict[str, list]:
    """What changed, as an Event keeps it: by field, before and after. every: also what stayed."""
    return {
        name: [_shown(before[name]), _shown(value)] for name, value in after.items() if every or before[name] != value
    }


def check(thing: models.Model, names) -> None:
    """Ask every field and constraint of the model about what was set.

    A constraint whose `violation_error_code` is a field's name speaks beside that field.
    Raises: PolicyBroken with each finding beside its field.
    """
    others = {field.name for field in thing._meta.fields} - set(names)
    try:
        thing.clean_fields(exclude=others)
        thing.validate_unique(exclude=others)
        thing.validate_constraints()
    except ValidationError as error:
        found = {name: _words(thing, name, errors) for name, errors in _beside(thing, error).items()}
        fields = {name: words for name, words in found.items() if name != NON_FIELD_ERRORS}
        raise PolicyBroken(no(" ".join(found.values())), fields=fields or None) from error


def _beside(thing: models.Model, error: ValidationError) -> dict[str, list[ValidationError]]:
    """The errors by field; those of constraints by the field that their code names."""
    names = {field.name for field in thing._meta.fields}
    found = dict(error.error_dict)
    for one in found.pop(NON_FIELD_ERRORS, []):
        found.setdefault(one.code if one.code in names else NON_FIELD_ERRORS, []).append(one)
    return found


def _words(thing: models.Model, name: str, errors: list[ValidationError]) -> str:
    """What is wrong with a field, in one line."""
    return " ".join(
        _("This %(field)s is taken.") % {"field": thing._meta.get_field(name).verbose_name}
        if error.code == "unique"
        else " ".join(error.messages)
        for error in errors
    )


def save(thing: models.Model) -> None:
    """Save a checked record.

    Raises: WrongState when another session stored the same in the meantime.
    """
    try:
        with transaction.atomic():
            thing.save()
    except IntegrityError as error:
        raise WrongState(
            no(_("Somebody stored the same at this moment."), remedy=_("Look at the list, then try again."))
        ) from error


def _split(thing: models.Model, values: dict) -> tuple[dict, dict]:
    many = {field.name for field in thing._meta.many_to_many}
    return (
        {name: value for name, value in values.items() if name not in many},
        {name: value for name, value in values.items() if name in many},
    )


def _shown(value):
    """A value as the history keeps it."""
    return value if value is None or isinstance(value, bool | int) else str(value)
