"""Sheets to print and sign off, as PDF. They are drawn with the fonts of the machine: Noto Sans CJK for Chinese."""

from functools import cache

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import Refused, no


class NotPrintable(Refused):
    """The server lacks what draws PDFs (503)."""

    status = 503


@cache
def _printer():
    """WeasyPrint's document class; it needs Pango, a library of the machine.

    Raises: NotPrintable where Pango is missing.
    """
    try:
        from weasyprint import HTML
    except OSError as error:
        raise NotPrintable(
            no(
                _("This server cannot draw PDFs: the library Pango is missing."),
                remedy=_("Ask the administrator to install libpango-1.0-0, libpangoft2-1.0-0 and fonts-noto-cjk."),
            )
        ) from error
    return HTML


def _nothing_from_outside(url: str, *_args, **_options):
    raise ValueError(f"A sheet loads nothing: {url}")


def handover_pdf(handover, groups, request) -> bytes:
    """The sheet of a handover: what went to whom, what came back, who signed; open ones say that they are a draft."""
    printer = _printer()
    words = render_to_string("personnel/handover_sheet.html", {"shown": handover, "groups": groups}, request)
    return printer(string=words, url_fetcher=_nothing_from_outside).write_pdf()
