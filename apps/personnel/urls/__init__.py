"""Addresses of this app."""

from apps.personnel.urls import board, records

urlpatterns = [*board.urlpatterns, *records.urlpatterns]
