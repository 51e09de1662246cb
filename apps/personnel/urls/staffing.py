"""Addresses of staffing requests, selections, waivers, and of what a posting's person answers."""

from django.urls import path

from apps.personnel.views import postings, staffing

urlpatterns = [
    path("staffing/", staffing.StaffingRequests.as_view(), name="staffing_requests"),
    path("staffing/new/", staffing.StaffingNew.as_view(), name="staffing_request_new"),
    path("staffing/<int:pk>/", staffing.staffing_request, name="staffing_request"),
    path("staffing/<int:pk>/edit/", staffing.StaffingEdit.as_view(), name="staffing_request_edit"),
    path("staffing/<int:pk>/close/", staffing.StaffingClose.as_view(), name="staffing_request_close"),
    path("staffing/<int:pk>/require/", staffing.RequirementNew.as_view(), name="staffing_request_require"),
    path("staffing/<int:pk>/candidates/", staffing.staffing_request_candidates, name="staffing_request_candidates"),
    path("staffing/<int:pk>/compare/", staffing.staffing_request_compare, name="staffing_request_compare"),
    path("staffing/<int:pk>/decide/", staffing.StaffingDecide.as_view(), name="staffing_request_decide"),
    path("staffing/<int:pk>/waiver/", staffing.WaiverNew.as_view(), name="staffing_request_waiver"),
    path("requirements/<int:pk>/remove/", staffing.requirement_remove, name="requirement_remove"),
    path("selections/<int:pk>/", staffing.selection, name="selection"),
    path("qualification-waivers/<int:pk>/", staffing.qualification_waiver, name="qualification_waiver"),
    path("qualification-waivers/<int:pk>/revise/", staffing.WaiverRevise.as_view(), name="qualification_waiver_revise"),
    path(
        "qualification-waivers/<int:pk>/give-up/",
        staffing.qualification_waiver_give_up,
        name="qualification_waiver_give_up",
    ),
    path("assignments/<int:pk>/pack/", postings.assignment_pack, name="assignment_pack"),
    path("assignments/<int:pk>/pack.ics", postings.assignment_ics, name="assignment_ics"),
    path("assignments/<int:pk>/accept/", postings.assignment_accept, name="assignment_accept"),
    path("assignments/<int:pk>/object/", postings.AssignmentObject.as_view(), name="assignment_object"),
    path("assignments/<int:pk>/ask-again/", postings.AssignmentAskAgain.as_view(), name="assignment_ask_again"),
]
