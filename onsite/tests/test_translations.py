"""What makes a catalogue unfit. The real catalogues are checked by bin/test."""

import polib
import pytest

from onsite.translations import defects, differences, hidden, too_early


def catalogue(*entries: polib.POEntry) -> polib.POFile:
    made = polib.POFile()
    made.extend(entries)
    return made


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (polib.POEntry(msgid="Sites", msgstr="驻场点"), []),
        (polib.POEntry(msgid="Sites", msgstr=""), ["untranslated: 'Sites'"]),
        (polib.POEntry(msgid="Sites", msgstr="现场", flags=["fuzzy"]), ["fuzzy: 'Sites'"]),
        (polib.POEntry(msgid="Sites", msgstr="", obsolete=True), []),
        (polib.POEntry(msgid="Due %(at)s by %(who)s", msgstr="%(who)s 于 %(at)s 到期"), []),
        (
            polib.POEntry(msgid="Due %(at)s", msgstr="%(when)s 到期"),
            ["other placeholders than the source: 'Due %(at)s'"],
        ),
        (polib.POEntry(msgid="One", msgid_plural="%(n)s days", msgstr_plural={0: "%(n)s 天"}), []),
        (
            polib.POEntry(msgid="One", msgid_plural="%(n)s days", msgstr_plural={0: "天"}),
            ["other placeholders than the source: 'One'"],
        ),
    ],
)
def test_defects_of_an_entry(entry, expected):
    assert defects(catalogue(entry)) == expected


def test_differences_are_strings_not_places_or_order():
    written = catalogue(polib.POEntry(msgid="Old"), polib.POEntry(msgid="Kept", occurrences=[("a.py", "1")]))
    fresh = catalogue(polib.POEntry(msgid="Kept", occurrences=[("b.py", "9")]), polib.POEntry(msgid="New"))

    assert differences(written, fresh) == ["not in the catalogue: 'New'", "no longer in the code: 'Old'"]


def test_a_template_inside_python_hides_its_strings(tmp_path):
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "seen.py").write_text('LABEL = _("Sites")')
    (tmp_path / "apps" / "hidden.py").write_text('LABEL = "{% load i18n %}{% trans "Sites" %}"')

    assert hidden(tmp_path) == ["apps/hidden.py: a template inside Python; its strings are not collected."]


def test_a_text_that_is_filled_while_its_module_is_loaded_would_stay_in_one_language(tmp_path):
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "late.py").write_text('def label(days):\n    return _("In %(d)s days") % {"d": days}\n')
    (tmp_path / "apps" / "early.py").write_text('LABELS = [_("In %(d)s days") % {"d": one} for one in (1, 2)]\n')

    assert too_early(tmp_path) == ["apps/early.py:1: a text is filled while the module is loaded."]
