"""Small charts drawn by the server as SVG: classes only, so that they follow the theme, print, and need no script.

Every function answers a SafeString; all words are escaped. The figures also stand in <desc> for those who listen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, pi, sin
from unicodedata import east_asian_width

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> SafeString:
    """Grouped bars: one group for each label, one bar for each named series; the legend is part of the picture."""
    width, height, left, bottom = 720, 240, 44, 52
    highest = _round_up(max((value for values in series.values() for value in values), default=0))
    group = (width - left) / max(len(labels), 1)
    bar = min(group * 0.72 / max(len(series), 1), 34)
    plot = height - bottom - 12
    parts = []
    for step in range(5):
        y = 12 + plot * step / 4
        parts.append(
            format_html('<line class="plot-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>', left, width, _n(y), _n(y))
        )
        parts.append(
            format_html(
                '<text class="plot-tick" x="{}" y="{}" text-anchor="end">{}</text>',
                left - 8,
                _n(y + 4),
                _n(highest * (4 - step) / 4),
            )
        )
    for place, label in enumerate(labels):
        middle = left + group * (place + 0.5)
        start = middle - bar * len(series) / 2
        for row, (name, values) in enumerate(series.items()):
            tall = plot * values[place] / highest
            parts.append(
                format_html(
                    '<rect class="plot-fill-{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}</title></rect>',
                    row + 1,
                    _n(start + bar * row + 1),
                    _n(12 + plot - tall),
                    _n(bar - 2),
                    _n(tall),
                    _("%(label)s, %(name)s: %(value)s") % {"label": label, "name": name, "value": _n(values[place])},
                )
            )
        parts.append(
            format_html(
                '<text class="plot-tick" x="{}" y="{}" text-anchor="middle">{}</text>',
                _n(middle),
                height - bottom + 18,
                label,
            )
        )
    for row, name in enumerate(series):
        x = left + row * 120
        parts.append(
            format_html(
                '<rect class="plot-fill-{}" x="{}" y="{}" width="10" height="10" rx="2"/>', row + 1, x, height - 14
            )
        )
        parts.append(format_html('<text class="plot-legend" x="{}" y="{}">{}</text>', x + 16, height - 5, name))
    said = "; ".join(
        _("%(label)s, %(name)s: %(value)s") % {"label": label, "name": name, "value": _n(values[place])}
        for name, values in series.items()
        for place, label in enumerate(labels)
    )
    return _scrolling(title, _svg("plot plot-bars", width, height, title, said, parts))


def gauge(title: str, percent: float) -> SafeString:
    """A half circle filled to `percent` (0 to 100, clipped): green from 95, amber from 80, red below."""
    share = min(max(percent, 0), 100) / 100
    tone = "success" if percent >= 95 else "warning" if percent >= 80 else "danger"
    parts = [format_html('<path class="plot-track" d="{}"/>', _arc(1))]
    if share:
        parts.append(format_html('<path class="plot-arc plot-stroke-{}" d="{}"/>', tone, _arc(share)))
    figure = _("%(percent)s %%") % {"percent": _n(percent)}
    parts.append(format_html('<text class="plot-figure" x="100" y="96" text-anchor="middle">{}</text>', figure))
    return _svg("plot plot-gauge", 200, 112, title, figure, parts)


def sparkline(title: str, values: Sequence[float]) -> SafeString:
    """A small line without axes, oldest value first, with a dot at the newest; empty without values."""
    if not values:
        return SafeString("")
    low, span = min(values), (max(values) - min(values)) or 1
    step = 112 / max(len(values) - 1, 1)
    points = [(4 + step * place, 28 - 24 * (value - low) / span) for place, value in enumerate(values)]
    parts = [
        format_html('<polyline class="plot-line" points="{}"/>', " ".join(f"{_n(x)},{_n(y)}" for x, y in points)),
        format_html('<circle class="plot-dot" cx="{}" cy="{}" r="3"/>', _n(points[-1][0]), _n(points[-1][1])),
    ]
    return _svg("plot plot-spark", 120, 32, title, ", ".join(_n(value) for value in values), parts)


def heat(title: str, days: Mapping[date, float]) -> SafeString:
    """A strip with one square for each day, in order; the darker, the nearer to the busiest day."""
    highest = max(days.values(), default=0) or 1
    parts, said = [], []
    for place, (day, value) in enumerate(sorted(days.items())):
        words = _("%(label)s: %(value)s") % {"label": date_format(day, "MONTH_DAY_FORMAT"), "value": _n(value)}
        level = 0 if value <= 0 else min(4, 1 + int(3.999 * value / highest))
        said.append(words)
        parts.append(
            format_html(
                '<rect class="plot-heat-{}" x="{}" y="2" width="16" height="16" rx="3"><title>{}</title></rect>',
                level,
                2 + place * 19,
                words,
            )
        )
        if day.day in (1, 10, 20):
            parts.append(format_html('<text class="plot-tick" x="{}" y="34">{}</text>', 2 + place * 19, day.day))
    return _scrolling(title, _svg("plot plot-heat", max(len(days), 1) * 19 + 4, 38, title, "; ".join(said), parts))


@dataclass(frozen=True)
class Bar:
    """A span of a Gantt chart: from a day to a day, None for an open end.

    tone: info, success, warning, neutral, done or danger.
    """

    since: date
    until: date | None
    tone: str
    words: str
    url: str = ""


def gantt(
    title: str,
    rows: Sequence[tuple[str, Sequence[Bar]]],
    *,
    first: date,
    last: date,
    today: date,
    narrow: bool = False,
) -> SafeString:
    """Bars of days in rows with a name each, months above, a line for today; bars that overlap stand in lanes.

    Drawn twice: with the names on the left, and for a phone with the names above their bars, so that nothing scrolls.
    narrow: for a column beside others.
    """
    left, width = (150, 640) if narrow else (190, 1000)
    css = "plot plot-gantt plot-narrow" if narrow else "plot plot-gantt"
    wide = _gantt(css, title, rows, first=first, last=last, today=today, left=left, width=width)
    phone = _gantt("plot plot-phone", title, rows, first=first, last=last, today=today, left=0, width=330)
    return format_html("{}{}", _scrolling(title, wide), phone)


LINE, HEAD = 26, 34  # of a Gantt: a lane, and the months above
TICK = 56  # room that the name of a month takes


def _gantt(
    css: str,
    title: str,
    rows: Sequence[tuple[str, Sequence[Bar]]],
    *,
    first: date,
    last: date,
    today: date,
    left: int,
    width: int,
) -> SafeString:
    """One drawing; left: room for the names, 0 where they stand above."""
    days = max((last - first).days + 1, 1)

    def x(day: date) -> float:
        return left + (width - left) * min(max((day - first).days, 0), days) / days

    parts, said, y = [], [], HEAD
    months, free = [], 0.0
    month = first.replace(day=1)
    while month <= last:
        at = x(max(month, first))
        months.append(at)
        if at >= free and at + TICK <= width + 4:
            words = date_format(month, "Y-m")
            parts.append(format_html('<text class="plot-tick" x="{}" y="14">{}</text>', _n(at + 4), words))
            free = at + TICK
        month = (month + timedelta(days=32)).replace(day=1)
    grid_at = len(parts)
    for name, bars in rows:
        shown = _cut(name, left // 8 if left else width // 7)
        parts.append(format_html('<text class="plot-name" x="0" y="{}">{}</text>', y + 16, shown))
        y += 0 if left else 20
        lanes: list[date] = []
        for bar in sorted(bars, key=lambda one: one.since):
            lane = next((at for at, free in enumerate(lanes) if free < bar.since), len(lanes))
            end = bar.until or last
            lanes[lane:] = [end, *lanes[lane + 1 :]]
            parts.append(_bar(bar, x(bar.since), x(end + timedelta(days=1)), y + lane * LINE))
            said.append(f"{name}: {bar.words}")
        y += max(len(lanes), 1 if left else 0) * LINE
        parts.append(format_html('<line class="plot-grid" x1="0" x2="{}" y1="{}" y2="{}"/>', width, y + 2, y + 2))
        y += 4
    line = '<line class="plot-grid" x1="{}" x2="{}" y1="20" y2="{}"/>'
    parts[grid_at:grid_at] = [format_html(line, _n(at), _n(at), y) for at in months]
    if first <= today <= last:
        now = _n(x(today))
        parts.append(format_html('<line class="plot-today" x1="{}" x2="{}" y1="18" y2="{}"/>', now, now, y))
    return _svg(css, width, y + 4, title, "; ".join(said), parts, role="group")


def _bar(bar: Bar, begin: float, end: float, top: float) -> SafeString:
    shape = format_html(
        '<rect class="plot-bar plot-bar-{}{}" x="{}" y="{}" width="{}" height="{}" rx="4"><title>{}</title></rect>',
        bar.tone,
        "" if bar.until else " plot-bar-open",
        _n(begin),
        _n(top + 4),
        _n(max(end - begin, 3)),
        LINE - 6,
        bar.words,
    )
    label = re.split("[,，]", bar.words, maxsplit=1)[0]
    room = int((end - begin) / 9)
    inside = (
        format_html(
            '<text class="plot-bar-words" x="{}" y="{}">{}</text>', _n(begin + 6), _n(top + 18), _cut(label, room)
        )
        if room > 3
        else mark_safe("")
    )
    drawn = format_html("{}{}", shape, inside)
    return format_html('<a href="{}" aria-label="{}">{}</a>', bar.url, bar.words, drawn) if bar.url else drawn


def _cut(words: str, columns: int = 24) -> str:
    """As much of a name as fits, wide characters counted twice."""
    room, kept = columns, ""
    for sign in words:
        room -= 2 if east_asian_width(sign) in "WF" else 1
        if room < 0:
            return f"{kept.rstrip()}…"
        kept += sign
    return kept


def _scrolling(title: str, picture: SafeString) -> SafeString:
    """A wide picture scrolls inside its own box on a phone, by keyboard too; the page never does."""
    return format_html('<div class="plot-scroll" role="group" aria-label="{}" tabindex="0">{}</div>', title, picture)


def _svg(
    css: str, width: float, height: float, title: str, said: str, parts: list[SafeString], role: str = "img"
) -> SafeString:
    """A drawing with its words; an image has nothing inside that can be clicked, a group may have links."""
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="{}" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        css,
        width,
        height,
        role,
        title,
        title,
        said,
        format_html_join("", "{}", ((part,) for part in parts)) if parts else mark_safe(""),
    )


def _arc(share: float) -> str:
    angle = pi * (1 - share)
    return f"M 20 96 A 80 80 0 0 1 {_n(100 + 80 * cos(angle))} {_n(96 - 80 * sin(angle))}"


def _n(value: float) -> str:
    """A number as SVG and people read it: at most two decimals, none when they are zero."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _round_up(value: float) -> float:
    """The next calm top for an axis: 1, 2, 4 or 8 times a power of ten, at least 4."""
    top = 4.0
    while top < value:
        for factor in (1, 2, 2.5, 5, 10):
            if top * factor >= value:
                return top * factor
        top *= 10
    return top
