"""Addresses of this app."""

from apps.communication.urls import contact, enquiries

urlpatterns = [*enquiries.urlpatterns, *contact.urlpatterns]
