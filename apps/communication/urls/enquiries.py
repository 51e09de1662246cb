"""Addresses of enquiries and of mail to be sorted."""

urlpatterns = []
