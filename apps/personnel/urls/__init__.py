"""Addresses of this app."""

from apps.personnel.urls import board, development, papers, people_records, records, staffing, training

urlpatterns = [
    *board.urlpatterns,
    *records.urlpatterns,
    *people_records.urlpatterns,
    *staffing.urlpatterns,
    *training.urlpatterns,
    *development.urlpatterns,
    *papers.urlpatterns,
]
