"""Addresses of this app."""

from apps.personnel.urls import board, papers, people_records, records, training

urlpatterns = [
    *board.urlpatterns,
    *records.urlpatterns,
    *people_records.urlpatterns,
    *training.urlpatterns,
    *papers.urlpatterns,
]
