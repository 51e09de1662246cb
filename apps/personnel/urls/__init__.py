"""Addresses of this app."""

from apps.personnel.urls import records

urlpatterns = [*records.urlpatterns]
