"""Addresses of this app."""

from apps.personnel.urls import board, records, training

urlpatterns = [*board.urlpatterns, *records.urlpatterns, *training.urlpatterns]
