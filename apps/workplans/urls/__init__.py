"""Addresses of this app."""

from apps.workplans.urls import tasks

urlpatterns = [*tasks.urlpatterns]
