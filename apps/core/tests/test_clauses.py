"""The catalogue is the whole policy, in three languages, and honest about how each clause is kept."""

import re
from decimal import Decimal

import pytest
from django.utils import translation
from opencc import OpenCC

from apps.core import clauses
from apps.core.clauses import Keeping, UnknownClause, Words
from apps.core.parameter_catalogue import DEFAULTS, UNIT_LABELS

POLICY = [
    "1.1",
    "1.2",
    "1.3.1",
    "1.3.2",
    "1.3.3",
    "1.3.4",
    "2.1.1",
    "2.1.2",
    "2.2.1a",
    "2.2.1b",
    "2.2.2a",
    "2.2.2b",
    "2.2.2c",
    "2.3.1",
    "2.3.2a",
    "2.3.2b",
    "2.3.2c",
    "2.4.1",
    "2.4.2",
    "2.4.3a",
    "2.4.3b",
    "3.1.1",
    "3.1.2",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "3.3.1",
    "3.3.2",
    "3.3.3",
    "3.4.1",
    "3.4.2",
    "3.4.3",
    "3.5.1",
    "3.5.2",
    "3.5.3",
    "4.1.1",
    "4.1.2",
    "4.1.3",
    "4.2.1",
    "4.2.2",
    "4.2.3",
    "4.3.1",
    "4.3.2",
    "4.3.3",
    "5.1.1",
    "5.1.2",
    "5.2.1",
    "5.2.2",
    "5.2.3",
    "5.3.1",
    "5.3.2",
    "6.1.1",
    "6.1.2",
    "6.2.1",
    "6.2.2",
    "6.3.1",
    "6.3.2",
    "6.4.1",
    "6.4.2",
    "7.1.1",
    "7.1.2a",
    "7.1.2b",
    "7.1.3",
    "7.2.1",
    "7.2.2",
    "7.2.3",
    "7.3.1",
    "7.3.2",
    "8.1.1",
    "8.1.2",
    "8.2.1",
    "8.2.2",
    "8.3.1",
    "8.3.2",
    "8.3.3",
    "8.3.4",
]

BUILT = [
    "1.2",
    "1.3.1",
    "1.3.2",
    "2.1.1",
    "2.1.2",
    "2.2.1a",
    "2.2.1b",
    "2.2.2a",
    "2.2.2b",
    "2.2.2c",
    "2.4.1",
    "2.4.2",
    "2.4.3a",
    "2.4.3b",
    "3.1.1",
    "3.1.2",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "3.3.1",
    "3.3.2",
    "3.3.3",
    "3.4.1",
    "3.4.2",
    "3.4.3",
    "3.5.1",
    "3.5.2",
    "3.5.3",
    "4.2.1",
    "4.3.1",
    "4.3.3",
    "7.1.1",
    "7.1.2a",
    "7.1.2b",
    "7.2.1",
]
OURS = ["8.3.2", "8.3.3", "8.3.4"]

# The whole set of numbers, with the clause each belongs to and the value the company starts with.
NUMBERS = {
    ("rulebook_renew_days", "1.3.1", "3"),
    ("rulebook_remind_hours", "1.3.1", "24"),
    ("request_owner_hours", "1.3.2", "4"),
    ("report_in_reminder_hours", "2.2.1a", "24"),
    ("report_in_late_hours", "2.2.1a", "2"),
    ("departure_notice_days", "2.2.2a", "30"),
    ("absence_take_up_hours", "2.2.2b", "24"),
    ("absence_warn_hours", "2.2.2b", "4"),
    ("sick_leave_hours", "2.3.2a", "24"),
    ("leave_stand_in_days", "2.3.2c", "0.5"),
    ("trainings_per_year", "2.4.1", "4"),
    ("training_warn_days", "2.4.1", "21"),
    ("training_answer_days", "2.4.2", "3"),
    ("training_answer_warn_hours", "2.4.2", "24"),
    ("development_talk_days", "2.4.3b", "365"),
    ("development_talk_warn_days", "2.4.3b", "30"),
    ("workload_confirm_percent", "3.1.1", "100"),
    ("plan_review_days", "3.2.1", "2"),
    ("work_report_every_days", "3.3.1", "7"),
    ("report_review_days", "3.3.3", "2"),
    ("contact_silence_days", "3.4.1", "30"),
    ("contact_silence_warn_days", "3.4.1", "7"),
    ("workday_hours", "3.1.1", "8"),
    ("plan_review_warn_hours", "3.2.1", "12"),
    ("task_warn_hours", "3.2.3", "48"),
    ("step_warn_hours", "3.2.3", "24"),
    ("step_lead_hours", "3.2.3", "24"),
    ("report_warn_hours", "3.3.1", "8"),
    ("report_missed_lead_hours", "3.3.1", "24"),
    ("report_review_warn_hours", "3.3.3", "12"),
    ("work_problem_days", "3.3.1", "5"),
    ("work_problem_warn_hours", "3.3.1", "24"),
    ("work_problem_lead_hours", "3.3.1", "24"),
    ("major_acknowledge_hours", "3.4.3", "2"),
    ("quality_assess_days", "3.5.1", "7"),
    ("quality_completion_min", "3.5.3", "80"),
    ("quality_results_min", "3.5.3", "3"),
    ("quality_satisfaction_min", "3.5.3", "60"),
    ("quality_statement_days", "3.5.3", "3"),
    ("quality_case_days", "3.5.3", "10"),
    ("department_answer_days", "7.2.1", "1"),
    ("quality_assessments_per_year", "3.5.1", "12"),
    ("inspection_every_days", "4.1.1", "7"),
    ("hazard_critical_minutes", "4.2.2", "15"),
    ("hazard_high_hours", "4.2.2", "4"),
    ("hazard_low_days", "4.2.2", "3"),
    ("receipt_age_days", "5.2.1", "60"),
    ("expense_packs_per_year", "5.3.1", "12"),
    ("appraisal_due_day", "6.1.1", "15"),
    ("appeal_days", "6.4.2", "5"),
    ("meeting_min_working_days", "7.1.1", "10"),
    ("meeting_warn_day_1", "7.1.1", "20"),
    ("meeting_warn_day_2", "7.1.1", "25"),
    ("meeting_head_hours", "7.1.1", "24"),
    ("client_reply_hours", "7.1.2a", "24"),
    ("client_reply_warn_1", "7.1.2a", "12"),
    ("client_reply_warn_2", "7.1.2a", "20"),
    ("client_reply_warn_3", "7.1.2a", "23"),
    ("client_reply_warn_lead", "7.1.2a", "23"),
    ("request_agree_hours", "7.1.2b", "24"),
    ("request_warn_owner_hours", "7.1.2b", "24"),
    ("request_warn_lead_hours", "7.1.2b", "4"),
    ("progress_reports_per_year", "7.1.3", "12"),
    ("support_accept_days", "7.2.3", "1"),
    ("emergency_plan_review_days", "8.1.1", "365"),
    ("drills_per_year", "8.2.1", "2"),
    ("incident_repeat_minutes", "8.3.1", "2"),
    ("situation_update_minutes", "8.3.2", "30"),
    ("incident_review_days", "8.3.4", "5"),
}

# Right in Traditional (獲准) although it is also the simplified form of another character (準).
BOTH_SCRIPTS = {"准"}


def every_text():
    for clause in clauses.all():
        yield f"{clause.code} title", clause.title
        yield f"{clause.code} duty", clause.duty
        yield f"{clause.code} kept by", clause.kept_by
    for chapter in clauses.chapters():
        yield f"chapter {chapter.number}", chapter.title
    for keeping in Keeping:
        yield keeping.value, keeping.label
    for number in DEFAULTS:
        yield number.key, number.label


def test_the_whole_policy_stands_in_the_catalogue_once_and_in_order():
    assert [clause.code for clause in clauses.all()] == POLICY


def test_eight_chapters_hold_the_clauses_of_their_number():
    chapters = clauses.chapters()

    assert [chapter.number for chapter in chapters] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [clause for chapter in chapters for clause in chapter.clauses] == list(clauses.all())
    assert all(clause.code.startswith(f"{chapter.number}.") for chapter in chapters for clause in chapter.clauses)


def test_every_text_is_there_in_three_languages():
    assert [name for name, words in every_text() if not (words.en and words.zh_hans and words.zh_hant)] == []
    assert [name for name, words in every_text() if re.search(r"[一-鿿]", words.en)] == []
    assert [
        name
        for name, words in every_text()
        if not (re.search(r"[一-鿿]", words.zh_hans) and re.search(r"[一-鿿]", words.zh_hant))
    ] == []


def test_each_script_keeps_to_itself():
    to_traditional, to_simplified = OpenCC("s2t"), OpenCC("t2s")
    simplified = set("".join(words.zh_hans for _name, words in every_text()))
    traditional = set("".join(words.zh_hant for _name, words in every_text()))

    assert {char for char in traditional if to_traditional.convert(char) != char} == BOTH_SCRIPTS
    assert {char for char in simplified if to_simplified.convert(char) != char} == set()


def test_only_what_is_built_says_so_and_the_rest_names_its_keeper():
    assert [clause.code for clause in clauses.all() if clause.built] == BUILT
    unbuilt = [clause for clause in clauses.all() if not clause.built]

    assert [clause.code for clause in unbuilt if clause.keeping != Keeping.OUTSIDE] == []
    assert [clause.code for clause in unbuilt if not clause.kept_by.en.startswith("Not built yet. Until then ")] == []
    assert [clause.code for clause in clauses.all() if clause.ours] == OURS


def test_every_clause_is_kept_by_a_rule_or_a_record_or_by_people():
    assert [clause.code for clause in clauses.all() if not clauses.is_kept(clause)] == []


def test_references_lead_to_clauses_and_numbers_that_exist():
    numbers = {number.key for number in DEFAULTS}

    assert [code for clause in clauses.all() for code in clause.see if code not in POLICY] == []
    assert [key for clause in clauses.all() for key in clause.parameters if key not in numbers] == []
    assert {key for clause in clauses.all() for key in clause.parameters} == numbers


def test_the_numbers_are_those_of_the_policy():
    assert len(DEFAULTS) == len(NUMBERS)
    assert {(number.key, number.clause, str(number.default)) for number in DEFAULTS} == NUMBERS
    assert [number.key for number in DEFAULTS if number.key not in clauses.get(number.clause).parameters] == []
    assert [number.key for number in DEFAULTS if not number.minimum <= number.default <= number.maximum] == []
    assert {number.unit for number in DEFAULTS} == set(UNIT_LABELS)


@pytest.mark.clause("7.1.2a")
def test_what_the_document_itself_fixes_leaves_no_room():
    fixed = [number for number in DEFAULTS if number.fixed_by_document]

    assert [number.key for number in fixed] == ["workload_confirm_percent", "client_reply_hours"]
    assert [(number.minimum, number.maximum) for number in fixed] == [
        (Decimal(100), Decimal(100)),
        (Decimal(24), Decimal(24)),
    ]


def test_an_unknown_code_is_an_error_that_shows():
    with pytest.raises(UnknownClause, match=r"9\.9"):
        clauses.get("9.9")
    with pytest.raises(LookupError):
        clauses.claim("7.1.2", "nobody")
    with pytest.raises(LookupError):
        clauses.claims("")


def test_a_claim_is_remembered_once(monkeypatch):
    monkeypatch.setattr(clauses, "_claims", {})

    clauses.claim("7.1.1", "obligation client_meeting")
    clauses.claim("7.1.1", "obligation client_meeting")
    clauses.claim("7.1.1", "a second rule")

    assert clauses.claims("7.1.1") == ["obligation client_meeting", "a second rule"]
    assert clauses.claims("7.1.2a") == []


def test_an_enforced_clause_without_a_rule_is_not_kept(monkeypatch):
    monkeypatch.setattr(clauses, "_claims", {})
    enforced = [clause.code for clause in clauses.all() if not clauses.is_kept(clause)]
    clauses.claim("7.1.2a", "obligation")
    clauses.claim("7.1.2b", "obligation")

    assert enforced == [
        "1.2",
        "1.3.1",
        "1.3.2",
        "2.1.1",
        "2.1.2",
        "2.2.1a",
        "2.2.1b",
        "2.2.2a",
        "2.2.2b",
        "2.2.2c",
        "2.4.1",
        "2.4.2",
        "2.4.3b",
        "3.1.1",
        "3.1.2",
        "3.2.1",
        "3.2.2",
        "3.2.3",
        "3.3.1",
        "3.3.2",
        "3.3.3",
        "3.4.2",
        "3.4.3",
        "3.5.1",
        "3.5.2",
        "3.5.3",
        "4.2.1",
        "4.3.1",
        "4.3.3",
        "7.1.1",
        "7.1.2a",
        "7.1.2b",
        "7.2.1",
    ]
    assert clauses.is_kept(clauses.get("3.4.2"))
    assert not clauses.is_kept(clauses.get("7.1.1"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "site"),
        ("en-gb", "site"),
        ("de", "site"),
        ("zh-hans", "现场"),
        ("zh-cn", "现场"),
        ("zh-hant", "現場"),
        ("zh-tw", "現場"),
        ("zh-Hant-HK", "現場"),
    ],
)
def test_words_speak_the_language_active_at_the_moment(language, text):
    assert Words("site", "现场", "現場").in_language(language) == text


def test_words_are_lazy():
    words = clauses.get("7.1.1").title
    said = []
    for language in ("en", "zh-hans", "zh-hant"):
        with translation.override(language):
            said.append(str(words))
    with translation.override(None):
        said.append(words.text)

    assert said == [words.en, words.zh_hans, words.zh_hant, words.en]
