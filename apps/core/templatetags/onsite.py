"""The components of every page. Registered as a builtin: templates use these tags without {% load %}.

A tone is one of success, warning, danger, info, primary, neutral.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import md5
from math import ceil
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from django.conf import settings
from django.middleware.csrf import get_token
from django.template import Library
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.html import conditional_escape, format_html, json_script, strip_tags
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from apps.core.lookups import LookupField
from apps.core.words import listed

register = Library()

TONES = {"success", "warning", "danger", "info", "primary", "neutral"}
NEARLY = timedelta(hours=4)
CODE = re.compile(r"[\w.:+/-]*", re.ASCII)  # a choice, a number, a day or a token: nothing that somebody worded
STATUS_TONES = {
    "draft": "neutral",
    "open": "info",
    "new": "info",
    "waiting": "warning",
    "pending": "warning",
    "in_review": "warning",
    "returned": "warning",
    "overdue": "danger",
    "failed": "danger",
    "rejected": "danger",
    "approved": "success",
    "active": "success",
    "answered": "success",
    "confirmed": "success",
    "done": "success",
    "met": "success",
    "sent": "success",
}


def _tone(name: str) -> str:
    return name if name in TONES else "neutral"


# --- Small marks --------------------------------------------------------------------------------------


@register.simple_tag
def table_rows(table) -> SafeString:
    """The rows of a list. What the cells of a column share is written once: cells by the hundred are most of a page."""
    opening = {
        column.name: format_html(
            '<td {} role="cell" data-label="{}">', column.attrs["td"].as_html(), strip_tags(column.header)
        )
        for column in table.columns
    }
    rows = []
    for row in table.paginated_rows:
        cells = (f"{opening[column.name]}{conditional_escape(localize(cell))}</td>" for column, cell in row.items())
        rows.append(f'<tr role="row" data-row>{"".join(cells)}</tr>')
    return mark_safe("".join(rows))


@register.simple_tag(name="icon")
def icon_svg(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of static/icons.svg; silent for screen readers unless it has a label."""
    return _icon(name, str(label), css)


@lru_cache(1000)
def _icon(name: str, label: str, css: str) -> SafeString:
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round" {}><use href="{}#{}"/></svg>',
        css,
        said,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def avatar(person, size: str = "") -> SafeString:
    """A disc with the first character of a person's name, in a colour that stays theirs. Size: sm, lg or empty."""
    name = str(getattr(person, "name", "") or person or "").strip()
    shade = int(md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 8
    return format_html(
        '<span class="avatar-disc avatar-{} {}" aria-hidden="true">{}</span>',
        shade,
        f"avatar-disc-{size}" if size else "",
        name[:1].upper() or "?",
    )


@register.simple_tag
def person(who, size: str = "sm") -> SafeString:
    """Avatar and name in one line; a dash for nobody."""
    if not who:
        return mark_safe('<span class="text-secondary">–</span>')
    return format_html('<span class="person">{}<span>{}</span></span>', avatar(who, size), getattr(who, "name", who))


@register.simple_tag
def badge(text, tone: str = "neutral", icon: str = "") -> SafeString:
    """A short word on a tinted ground."""
    return format_html('<span class="chip chip-{}">{}{}</span>', _tone(tone), icon_svg(icon) if icon else "", text)


@register.simple_tag
def status(thing) -> SafeString:
    """The status of a record in words, toned by its `status_tone` or by the usual meaning of the status."""
    tone = getattr(thing, "status_tone", None) or STATUS_TONES.get(str(thing.status), "neutral")
    return badge(thing.get_status_display(), tone)


@register.simple_tag
def clause(code: str) -> SafeString:
    """A link to a clause on the policy page; nothing without a code."""
    if not code:
        return mark_safe("")
    return format_html(
        '<a class="clause" href="{}#{}" title="{}">{}</a>',
        reverse("policy"),
        code,
        _("Clause %(code)s of the policy") % {"code": code},
        f"§ {code}",
    )


@register.simple_tag(name="filesize")
def file_size(size) -> str:
    """A number of bytes in words."""
    return filesizeformat(size)


# --- Time ---------------------------------------------------------------------------------------------


def words_for(span: timedelta) -> str:
    """A length of time in its two largest units, never negative: 3 d 4 h, 2 h 5 min, 12 min."""
    minutes = int(abs(span).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return _("%(minutes)s min") % {"minutes": rest}


@register.simple_tag
def duration(span: timedelta | None) -> str:
    """A length of time in words; a dash for none."""
    return "–" if span is None else words_for(span)


def _time(value: datetime, shown: str, zone=None) -> SafeString:
    local = timezone.localtime(value, zone)
    title = _("%(moment)s (%(zone)s)") % {
        "moment": date_format(local, "DATETIME_FORMAT"),
        "zone": str(local.tzinfo),
    }
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), title, shown)


@register.simple_tag
def moment(value: datetime | date | None) -> SafeString:
    """When something was or will be, in the viewer's zone; in words when it is near. A day stays a day."""
    if not value:
        return mark_safe('<span class="text-secondary">–</span>')
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "DATE_FORMAT"))
    now, local = timezone.now(), timezone.localtime(value)
    gone = now - value
    if timedelta() <= gone < timedelta(minutes=1):
        shown = _("just now")
    elif timedelta() <= gone < timedelta(hours=6):
        shown = _("%(span)s ago") % {"span": words_for(gone)}
    elif local.date() == timezone.localdate():
        shown = _("today %(time)s") % {"time": date_format(local, "TIME_FORMAT")}
    elif local.date() == timezone.localdate() - timedelta(days=1):
        shown = _("yesterday %(time)s") % {"time": date_format(local, "TIME_FORMAT")}
    elif local.date() == timezone.localdate() + timedelta(days=1):
        shown = _("tomorrow %(time)s") % {"time": date_format(local, "TIME_FORMAT")}
    elif local.year == timezone.localtime(now).year:
        shown = _("%(day)s, %(time)s") % {
            "day": date_format(local, "MONTH_DAY_FORMAT"),
            "time": date_format(local, "TIME_FORMAT"),
        }
    else:
        shown = date_format(local, "DATE_FORMAT")
    return _time(value, shown)


@register.simple_tag
def moment_in(value: datetime | None, zone_name: str) -> SafeString:
    """Date and time on the wall clock of a named zone, with the zone's name; a dash for none."""
    if not value:
        return mark_safe('<span class="text-secondary">–</span>')
    zone = ZoneInfo(str(zone_name))
    local = timezone.localtime(value, zone)
    shown = _("%(moment)s %(zone)s") % {"moment": date_format(local, "DATETIME_FORMAT"), "zone": local.tzname()}
    return _time(value, shown, zone)


@register.simple_tag
def due(value: datetime | None, met: datetime | None = None) -> SafeString:
    """How a promise stands: time left, time overdue, or met in time or late. Counts on in the browser."""
    if not value:
        return mark_safe("")
    if met:
        late = met > value
        words = _("met %(span)s late") % {"span": words_for(met - value)} if late else _("met in time")
        return format_html('<span class="chip chip-{}">{}</span>', "danger" if late else "success", words)
    left = value - timezone.now()
    if left < timedelta():
        tone, words = "danger", _("%(span)s overdue") % {"span": words_for(left)}
    else:
        tone, words = "warning" if left < NEARLY else "info", _("%(span)s left") % {"span": words_for(left)}
    local = timezone.localtime(value)
    title = _("due %(moment)s") % {"moment": date_format(local, "DATETIME_FORMAT")}
    return format_html(
        '<time class="chip chip-{}" data-due="{}" datetime="{}" title="{}">{}</time>',
        tone,
        value.isoformat(),
        value.isoformat(),
        title,
        words,
    )


# --- Boxes --------------------------------------------------------------------------------------------


@register.simple_block_tag
def card(content, title="", icon="", subtitle="", flush=False, css="", id=""):
    """A box with a heading. flush: the content (a table, a list) touches the edges."""
    return render_to_string(
        "components/card.html",
        {
            "content": content,
            "title": title,
            "icon": icon,
            "subtitle": subtitle,
            "flush": flush,
            "css": css,
            "id": id,
        },
    )


@register.simple_block_tag(takes_context=True)
def capture(context, content, name):
    """Keep a piece of page under a name instead of showing it."""
    context[name] = mark_safe(content.strip())
    return ""


@register.inclusion_tag("components/stat.html")
def stat(label, value, icon="", tone="primary", url="", hint=""):
    """A tile with one figure."""
    return {
        "label": label,
        "value": value,
        "icon": icon,
        "tone": _tone(tone),
        "url": url,
        "hint": hint,
    }


@register.inclusion_tag("components/empty.html")
def empty(icon, title, text="", url="", label=""):
    """What an empty list says: what will appear here, and the first step."""
    return {"icon": icon, "title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("components/timeline.html")
def timeline(events):
    """What happened, who did it and when; an event may carry its own tone and icon."""
    return {"events": events}


# --- Long texts ---------------------------------------------------------------------------------------


def is_long(text: str, rows: int, columns: int = 80) -> bool:
    """Whether a text fills more rows than these; a Chinese character takes two columns."""
    shown = 0
    for line in text[: rows * columns + 1].splitlines():
        width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line)
        shown += max(1, ceil(width / columns))
    return shown > rows


@register.inclusion_tag("components/long_text.html")
def long_text(text):
    """Free text as it was typed. A long one is cut on the page after some rows, with a box that shows all of it."""
    text = str(text or "").strip()
    return {"text": text, "long": is_long(text, rows=16)}


@register.inclusion_tag("components/kept_words.html", takes_context=True)
def kept_words(context):
    """What somebody had typed into a form that leads nowhere any more, to be copied; no ids, dates or secrets."""
    sent = getattr(context.get("request"), "POST", {})
    words = [value.strip() for name in sent if "password" not in name for value in sent.getlist(name)]
    return {"words": "\n\n".join(value for value in words if not CODE.fullmatch(value))}


register.filter(listed)


@register.filter
def long_title(title) -> bool:
    """Whether a title would take more than two rows beside the buttons of a page."""
    return is_long(str(title), rows=1)


# --- Buttons that know why not ------------------------------------------------------------------------


def _button(verdict, url, label, icon, tone, size) -> dict:
    style = {"primary": "btn-primary", "success": "btn-success", "danger": "btn-outline-danger"}.get(tone, "")
    return {
        "allowed": bool(verdict),
        "verdict": verdict,
        "url": url,
        "label": label,
        "icon": icon,
        "css": " ".join(part for part in (style, f"btn-{size}" if size else "") if part),
    }


@register.inclusion_tag("components/action.html", takes_context=True)
def action(
    context, verdict, url, label, icon="", tone="", size="", key="", confirm="", dialog="", hx_target="", **fields
):
    """A button that posts; after a refusal it stays visible, cannot be pressed, and says why.

    key: the letter that presses it. confirm: a question asked first. dialog: the id of a dialog
    to open instead of posting (one that asks for a reason). hx_target: the part of the page that the
    answer replaces. Further arguments are posted as hidden fields.
    """
    request = context.get("request")
    return {
        **_button(verdict, url, label, icon, tone, size),
        "key": key,
        "confirm": confirm,
        "dialog": dialog,
        "hx_target": hx_target,
        "fields": fields,
        "csrf_token": context.get("csrf_token") or (get_token(request) if request else ""),
    }


@register.inclusion_tag("components/link_action.html")
def link_action(verdict, url, label, icon="", tone="", size="", key=""):
    """The same for a page to go to."""
    return {**_button(verdict, url, label, icon, tone, size), "key": key}


# --- Forms and frame ----------------------------------------------------------------------------------


@register.simple_tag
def form_faults(form) -> dict:
    """What is wrong with a form: the errors of no field one can see, the first wrong field, how many there are."""
    wrong = [bound for bound in form.visible_fields() if bound.errors]
    unseen = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"loose": [*form.non_field_errors(), *unseen], "first": wrong[0] if wrong else None, "count": len(wrong)}


@register.simple_tag
def filter_control(bound) -> SafeString:
    """A field of a filter form: a search box or a select that carries its own name as the first choice."""
    kind = getattr(bound.field.widget, "input_type", "")
    control = "form-select" if kind == "select" else "form-check-input" if kind == "checkbox" else "form-control"
    if getattr(bound.field, "empty_label", None):
        bound.field.empty_label = bound.label
        if not isinstance(bound.field, LookupField):  # which asks for its rows itself, and not for all of them
            choices = [choice for choice in bound.field.widget.choices if choice[0] not in ("", None)]
            bound.field.widget.choices = [("", bound.label), *choices]
    attrs = {"class": control, "aria-label": str(bound.label)}
    if control == "form-control":
        attrs["placeholder"] = str(bound.field.widget.attrs.get("placeholder") or bound.label)
    if bound.name == "q":
        attrs.update({"class": "form-control filter-q", "type": "search", "autocomplete": "off"})
    return bound.as_widget(attrs=attrs)


@register.simple_tag
def filter_fold(filterset) -> dict[str, int]:
    """How many fields beside the search a filter has, and how many of them are set."""
    fields = [bound for bound in filterset.form.visible_fields() if bound.name != "q"]
    return {"fields": len(fields), "active": sum(bool(bound.value()) for bound in fields)}


@register.simple_tag
def filter_faults(filterset) -> list[str]:
    """The names of filters whose value makes no sense; nothing for a table without filters."""
    if not filterset or not filterset.is_bound:
        return []
    return [str(filterset.form[name].label) for name in filterset.form.errors if name in filterset.form.fields]


@register.simple_tag(takes_context=True)
def address_with(context, name, value) -> str:
    """The query part of this page's address with one thing changed; the rest (filters, order) stays."""
    query = context["request"].GET.copy()
    query[name] = value
    return f"?{query.urlencode()}"


@register.filter
def undo_url(message) -> str:
    """Where a message can be undone: `messages.success(request, text, extra_tags="undo:" + url)`."""
    tags = getattr(message, "extra_tags", "") or ""
    url = tags.removeprefix("undo:") if tags.startswith("undo:") else ""
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""


@register.simple_tag
def frame_languages() -> list[tuple[str, str]]:
    """Every language with its own name."""
    return settings.LANGUAGES


@register.simple_tag
def script_words() -> SafeString:
    """The words that static/onsite.js shows, in the page's language."""
    return json_script(
        {
            "left": _("%(span)s left"),
            "overdue": _("%(span)s overdue"),
            "days": _("%(days)s d %(hours)s h"),
            "hours": _("%(hours)s h %(minutes)s min"),
            "minutes": _("%(minutes)s min"),
            "restored": _("Your draft of %(time)s is back."),
            "discard": _("Discard it"),
            "saved": _("Draft kept on this device at %(time)s"),
            "offline": _("You are offline. What you typed is kept; send it when you are back."),
            "server": _("Something went wrong on our side. What you typed is still here; try again in a minute."),
            "passkey": _("The passkey was not used. Try again, or sign in with your password."),
            "selected": _("%(count)s selected"),
            "early": _("Not sent: this page opened only just now. Read it, then decide."),
            "waiting": _("Waiting to be sent: %(count)s"),
            "refusedCount": _("Refused, to be put right: %(count)s"),
            "stored": _("Sent: %(title)s"),
            "drop": _("Remove it for good? It was not sent."),
            "large": _("%(name)s is larger than %(limit)s MB. Send a smaller one, or a photo instead of a scan."),
            "close": _("Close"),
            "undo": _("Undo"),
        },
        "words",
    )
