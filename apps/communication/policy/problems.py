"""When a complaint or major problem may be closed (clause 3.4.3)."""

from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import Verdict, unless

CLAUSE = "3.4.3"


def signed_by_both(company: set[int], site: set[int]) -> Verdict:
    """Two different people signed the plan as it stands: one of the departments and leaders, one of the site.

    company, site: who signed and stands on that side; a person may stand on both, but counts once.
    """
    return unless(
        not (company and site and len(company | site) > 1),
        _("The joint plan needs two signatures: one of the department or the leaders, one of the site lead."),
        remedy=_("Ask who is missing to sign the plan as it stands now."),
        clause=CLAUSE,
    )


def said(text: str, reason) -> Verdict:
    """Something that must be written down."""
    return unless(not text.strip(), reason, clause=CLAUSE)
