"""Addresses of requests, meetings, problems and the contact log."""

urlpatterns = []
