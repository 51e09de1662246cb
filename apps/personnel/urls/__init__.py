"""Addresses of this app."""

from apps.personnel.urls import board, departures, development, papers, people_records, records, staffing, training

urlpatterns = [
    *board.urlpatterns,
    *records.urlpatterns,
    *people_records.urlpatterns,
    *papers.urlpatterns,
    *staffing.urlpatterns,
    *training.urlpatterns,
    *departures.urlpatterns,
    *development.urlpatterns,
]
