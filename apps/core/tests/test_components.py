"""The components: what they draw, that they escape, and that a refused button says why."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django import forms
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from django.utils.html import strip_tags

from apps.core import charts
from apps.core.charts import Bar
from apps.core.templatetags.onsite import undo_url, words_for
from apps.core.verdicts import YES, no

DUE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Someone:
    name: str


def draw(source: str, **context) -> str:
    with translation.override("en"), timezone.override("Asia/Shanghai"):
        return Template(source).render(Context(context))


def test_a_refused_button_cannot_be_pressed_and_says_why_what_next_and_by_which_clause():
    verdict = no("You cannot sign your own.", remedy="Ask your site lead.", clause="7.1.2b")

    page = draw('{% action verdict "/sign" "Approve" icon="check" %}', verdict=verdict)

    assert "<form" not in page
    assert 'aria-disabled="true"' in page
    assert [words in page for words in ("You cannot sign your own.", "Ask your site lead.", "#7.1.2b")] == [True] * 3


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("A short one.", False),
        ("One line after the other.\n" * 16, False),
        ("One line after the other.\n" * 17, True),
        ("word " * 250, False),
        ("word " * 260, True),
        ("问" * 640, False),
        ("问" * 641, True),
    ],
)
def test_a_long_text_is_cut_after_sixteen_rows_and_can_be_shown_whole(text, cut):
    page = draw("{% long_text text %}", text=text)

    assert text.strip() in page
    assert ("Show more" in page, 'type="checkbox"' in page) == (cut, cut)


class AskedForm(forms.Form):
    key = forms.CharField(widget=forms.HiddenInput)
    day = forms.DateField()
    why = forms.CharField()


def test_above_a_form_stands_only_what_belongs_to_no_field():
    form = AskedForm({"key": "", "day": "soon", "why": ""})
    form.add_error(None, "The month is closed.")

    page = draw('{% include "components/form_errors.html" %}', form=form)

    lines = strip_tags(page.replace("</p>", "\n")).splitlines()
    assert [line.strip() for line in lines if line.strip()] == [
        "The month is closed.",
        "This field is required.",
        "Please mend the 2 fields marked below.",
    ]
    assert 'href="#div_id_day"' in page
    assert draw('{% include "components/form_errors.html" %}', form=AskedForm()).strip() == ""


def test_an_allowed_button_posts_with_its_hidden_fields():
    page = draw('{% action verdict "/sign" "Approve" key="e" outcome="approved" %}', verdict=YES)

    assert '<form method="post" action="/sign"' in page
    assert '<input type="hidden" name="outcome" value="approved">' in page
    assert 'data-key="e"' in page


def test_a_button_without_a_verdict_is_closed():
    assert 'aria-disabled="true"' in draw('{% action forgotten "/sign" "Approve" %}')
    assert 'aria-disabled="true"' in draw('{% link_action forgotten "/new" "New" %}')


@pytest.mark.parametrize(
    "tag",
    [
        "{% avatar who %}",
        "{% person who %}",
        "{% badge who.name %}",
        "{% card who.name %}x{% endcard %}",
        "{% stat who.name who.name hint=who.name %}",
        "{% empty 'inbox' who.name who.name %}",
        '{% action True "/" who.name confirm=who.name extra=who.name %}',
    ],
)
def test_names_are_escaped(tag):
    assert "<script" not in draw(tag, who=Someone("<script>alert(1)</script>"))


def test_an_avatar_keeps_its_colour_and_shows_the_first_character():
    first, again = draw("{% avatar who %}", who=Someone("王芳")), draw("{% avatar who %}", who=Someone("王芳"))

    assert first == again
    assert ">王<" in first


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=125), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=50), "3 d 4 h"),
        (-timedelta(hours=1), "1 h 0 min"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(span, words):
    with translation.override("en"):
        assert words_for(span) == words


@pytest.mark.parametrize(
    ("met", "words", "tone"),
    [(DUE, "met in time", "success"), (DUE + timedelta(minutes=90), "met 1 h 30 min late", "danger")],
)
def test_a_promise_met_says_whether_it_was_in_time(met, words, tone):
    page = draw("{% due value met=met %}", value=DUE, met=met)

    assert words in page
    assert f"chip-{tone}" in page


@pytest.mark.parametrize(("hours", "tone"), [(-2, "danger"), (2, "warning"), (20, "info")])
def test_an_open_promise_counts_on_in_the_browser(hours, tone):
    page = draw("{% due value %}", value=timezone.now() + timedelta(hours=hours, minutes=1))

    assert f"chip-{tone}" in page
    assert "data-due=" in page


def test_a_moment_is_told_in_the_viewers_zone_and_in_the_sites():
    assert "2 Mar 2026, 17:00" in draw("{% moment value %}", value=DUE)
    assert "2 Mar 2026, 10:00 CET" in draw('{% moment_in value "Europe/Berlin" %}', value=DUE)


def test_a_day_stays_a_day():
    assert ">2 Mar 2026<" in draw("{% moment value %}", value=date(2026, 3, 2))


def test_the_address_keeps_its_filters():
    request = RequestFactory().get("/enquiries/?q=li&page=2")

    assert draw('{% address_with "page" 3 %}', request=request) == "?q=li&amp;page=3"


def test_a_message_is_undone_only_at_an_address_of_our_own():
    assert undo_url(Message(25, "Approved.", extra_tags="undo:/inbox/3/undo/")) == "/inbox/3/undo/"
    assert undo_url(Message(25, "Approved.", extra_tags="undo:https://elsewhere.example/")) == ""
    assert undo_url(Message(25, "Approved.", extra_tags="undo://elsewhere.example/")) == ""


@pytest.mark.parametrize(
    "picture",
    [
        charts.bars("<In & out>", ["<Jan>", "Feb"], {"<in>": [1, 30], "out": [0, 2.5]}),
        charts.bars("Nothing yet", [], {}),
        charts.gauge("<In time>", 92.5),
        charts.gauge("Over", 130),
        charts.sparkline("<Trend>", [3, 3, 3]),
        charts.heat("<Days>", {date(2026, 3, 1): 0, date(2026, 3, 2): 7}),
    ],
)
def test_a_chart_is_whole_describes_itself_and_carries_no_style(picture):
    tree = ElementTree.fromstring(picture)
    tags = {element.tag.rsplit("}", 1)[-1] for element in tree.iter()}

    assert {"svg", "title", "desc"} <= tags
    assert all("style" not in element.attrib for element in tree.iter())


def test_bars_are_as_tall_as_their_values():
    tree = ElementTree.fromstring(charts.bars("Enquiries", ["Jan", "Feb"], {"in": [20, 40]}))
    tall = [float(rect.get("height")) for rect in tree.iter("{http://www.w3.org/2000/svg}rect") if rect.get("x")][:2]

    assert tall[1] == pytest.approx(2 * tall[0], abs=0.02)


def test_a_gantt_draws_bars_in_lanes_within_its_days():
    first, last = date(2026, 10, 1), date(2027, 3, 31)
    bars = [
        Bar(date(2026, 1, 1), None, "success", "王芳, since long", "/assignments/1/"),
        Bar(date(2026, 11, 1), date(2026, 11, 30), "info", "<b>Li</b>, in November"),
    ]
    both = charts.gantt("Who", [("Site <1>", bars), ("Empty", [])], first=first, last=last, today=date(2026, 11, 22))
    picture, phone = both.split('<svg class="plot plot-phone"')
    assert (picture.count("<rect"), phone.count("<rect")) == (2, 2)
    assert (picture.count('class="plot-today"'), phone.count('class="plot-today"')) == (1, 1)
    assert (picture.count("plot-tick"), phone.count("plot-tick")) == (
        6,
        4,
    )  # as many months as have room for their name
    assert ("&lt;b&gt;Li" in picture, "<b>" in picture, "Site &lt;1&gt;" in picture) == (True, False, True)
    assert 'href="/assignments/1/"' in picture
    assert "plot-bar-open" in picture
    assert "style=" not in picture
    tops = sorted(set(re.findall(r'<rect class="plot-bar[^>]* y="(\d+)"', picture)))
    assert len(tops) == 2
