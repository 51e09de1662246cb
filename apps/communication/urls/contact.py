"""Addresses of requests, meetings, problems and the contact log."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.communication.access import AT_SITES
from apps.communication.views import contact_log, meetings, problems, requests
from apps.core import web
from apps.personnel.roles import Role

WORKERS = (Role.STAFF, Role.LEAD, Role.HEAD)
STEERING = (Role.LEAD, Role.HEAD, Role.HR, Role.EXECUTIVE)

web.menu(
    _("Client requests"),
    "clipboard-list",
    "requests",
    section="client",
    roles=AT_SITES,
    badge=requests.waiting_of,
    order=30,
)
web.menu(
    _("Meetings"),
    "calendar-event",
    "meetings",
    section="client",
    roles=AT_SITES,
    badge=meetings.to_confirm_of,
    order=40,
)
web.menu(_("Will miss this month"), "clock-exclamation", "meeting_forecast", section="client", roles=STEERING, order=41)
web.menu(
    _("Complaints"), "alert-triangle", "problems", section="client", roles=AT_SITES, badge=problems.raised_of, order=50
)
web.menu(_("Contact log"), "phone", "contact_log", section="client", roles=AT_SITES, order=60)

web.create(_("Log a request"), "clipboard-list", "request_new", roles=WORKERS, order=20)
web.create(_("Plan a meeting"), "calendar-event", "meeting_new", roles=WORKERS, order=30)
web.create(_("Log a contact"), "phone", "contact_log_new", roles=WORKERS, order=40)
web.create(_("Raise a problem"), "speakerphone", "problem_new", roles=(*WORKERS, Role.HR, Role.EXECUTIVE), order=50)

urlpatterns = [
    path("requests/", requests.RequestList.as_view(), name="requests"),
    path("requests/new/", requests.RequestNew.as_view(), name="request_new"),
    path("requests/<int:pk>/", requests.client_request, name="request"),
    path("requests/<int:pk>/assign/", requests.RequestAssign.as_view(), name="request_assign"),
    path("requests/<int:pk>/accept/", requests.RequestAccept.as_view(), name="request_accept"),
    path("requests/<int:pk>/decline/", requests.RequestDecline.as_view(), name="request_decline"),
    path("requests/<int:pk>/finish/", requests.RequestFinish.as_view(), name="request_finish"),
    path("requests/<int:pk>/change-date/", requests.RequestChangeDate.as_view(), name="request_change_date"),
    path("date-changes/<int:pk>/", requests.date_change, name="date_change"),
    path("date-changes/<int:pk>/revise/", requests.DateChangeRevise.as_view(), name="date_change_revise"),
    path("date-changes/<int:pk>/give-up/", requests.date_change_give_up, name="date_change_give_up"),
    path("meetings/", meetings.month, name="meetings"),
    path("meetings/all/", meetings.MeetingList.as_view(), name="meeting_list"),
    path("meetings/forecast/", meetings.Forecast.as_view(), name="meeting_forecast"),
    path("meetings/new/", meetings.MeetingNew.as_view(), name="meeting_new"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/edit/", meetings.MeetingEdit.as_view(), name="meeting_edit"),
    path("meetings/<int:pk>/held/", meetings.MeetingHeld.as_view(), name="meeting_held"),
    path("meetings/<int:pk>/confirm/", meetings.MeetingConfirm.as_view(), name="meeting_confirm"),
    path("meetings/<int:pk>/cancel/", meetings.MeetingCancel.as_view(), name="meeting_cancel"),
    path("meetings/<int:pk>/files/", meetings.MeetingFiles.as_view(), name="meeting_files"),
    path("waivers/", meetings.WaiverList.as_view(), name="waivers"),
    path("waivers/new/", meetings.WaiverNew.as_view(), name="waiver_new"),
    path("waivers/<int:pk>/", meetings.waiver, name="waiver"),
    path("waivers/<int:pk>/revise/", meetings.WaiverRevise.as_view(), name="waiver_revise"),
    path("waivers/<int:pk>/give-up/", meetings.waiver_give_up, name="waiver_give_up"),
    path("problems/", problems.ProblemList.as_view(), name="problems"),
    path("problems/new/", problems.ProblemNew.as_view(), name="problem_new"),
    path("problems/<int:pk>/", problems.problem, name="problem"),
    path("problems/<int:pk>/acknowledge/", problems.problem_acknowledge, name="problem_acknowledge"),
    path("problems/<int:pk>/plan/", problems.ProblemPlan.as_view(), name="problem_plan"),
    path("problems/<int:pk>/sign/", problems.problem_sign, name="problem_sign"),
    path("problems/<int:pk>/close/", problems.ProblemClose.as_view(), name="problem_close"),
    path("contact-log/", contact_log.Contacts.as_view(), name="contact_log"),
    path("contact-log/sites/", contact_log.ContactSites.as_view(), name="contact_log_sites"),
    path("contact-log/new/", contact_log.ContactLogNew.as_view(), name="contact_log_new"),
]
