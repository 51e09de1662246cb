"""Addresses of this app."""

from apps.personnel.urls import board, development, papers, people_records, records, training

urlpatterns = [
    *board.urlpatterns,
    *records.urlpatterns,
    *people_records.urlpatterns,
    *training.urlpatterns,
    *development.urlpatterns,
    *papers.urlpatterns,
]
