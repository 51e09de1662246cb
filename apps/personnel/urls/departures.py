"""Addresses of departures, handovers, and who is gone without approval."""

from django.urls import path

from apps.personnel.views import departures, handovers

urlpatterns = [
    path("departures/", departures.Departures.as_view(), name="departures"),
    path("departures/<int:pk>/", departures.departure, name="departure"),
    path("departures/<int:pk>/client/", departures.DepartureClient.as_view(), name="departure_client"),
    path("departures/<int:pk>/revise/", departures.DepartureRevise.as_view(), name="departure_revise"),
    path("departures/<int:pk>/give-up/", departures.departure_give_up, name="departure_give_up"),
    path("departures/<int:pk>/call-off/", departures.DepartureCallOff.as_view(), name="departure_call_off"),
    path("assignments/<int:pk>/departure/", departures.DepartureNew.as_view(), name="assignment_departure"),
    path("assignments/<int:pk>/absence/", departures.AbsenceNew.as_view(), name="assignment_absence"),
    path("absences/", departures.Absences.as_view(), name="absences"),
    path("absences/<int:pk>/", departures.absence, name="absence"),
    path("absences/<int:pk>/take-up/", departures.AbsenceTakeUp.as_view(), name="absence_take_up"),
    path("handovers/", handovers.Handovers.as_view(), name="handovers"),
    path("handovers/<int:pk>/", handovers.HandoverPage.as_view(), name="handover"),
    path("handovers/<int:pk>/take/", handovers.HandoverTake.as_view(), name="handover_take"),
    path("handovers/<int:pk>/return/", handovers.HandoverReturn.as_view(), name="handover_return"),
    path("handovers/<int:pk>/refresh/", handovers.handover_refresh, name="handover_refresh"),
    path("handovers/<int:pk>/sign/", handovers.HandoverSign.as_view(), name="handover_sign"),
    path("handovers/<int:pk>/call-off/", handovers.HandoverCallOff.as_view(), name="handover_call_off"),
    path("handovers/<int:pk>/sheet/", handovers.handover_sheet, name="handover_sheet"),
]
