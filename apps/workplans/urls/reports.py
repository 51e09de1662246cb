"""Addresses of work reports."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.personnel.roles import Role
from apps.workplans import access
from apps.workplans.views import reports

web.menu(_("Work reports"), "file-text", "reports", section="work", roles=access.AT_SITES, order=30)
web.menu(
    _("Reports to read"),
    "eye",
    "report_review_next",
    section="work",
    roles=[Role.LEAD, Role.HEAD],
    badge=reports.to_review_of,
    badge_says=_("to be reviewed"),
    order=35,
)
web.create(_("Work report"), "file-text", "report_new", roles=[Role.STAFF], order=5)
web.create(_("Log a spoken report"), "messages", "report_log", roles=[Role.STAFF, Role.LEAD, Role.HEAD], order=45)

urlpatterns = [
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/new/", reports.ReportNew.as_view(), name="report_new"),
    path("reports/log/", reports.ReportLog.as_view(), name="report_log"),
    path("reports/review/", reports.review_next, name="report_review_next"),
    path("reports/acknowledge/", reports.Acknowledge.as_view(), name="reports_acknowledge"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("reports/<int:pk>/review/", reports.ReportReview.as_view(), name="report_review"),
    path("reports/<int:pk>/confirm/", reports.report_confirm, name="report_confirm"),
    path("reports/<int:pk>/dispute/", reports.ReportDispute.as_view(), name="report_dispute"),
    path("assignments/<int:pk>/rhythm/", reports.RhythmSet.as_view(), name="assignment_rhythm"),
]
