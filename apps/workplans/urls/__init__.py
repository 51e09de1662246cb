"""Addresses of this app, a module per noun."""

from apps.workplans.urls import problems, quality

urlpatterns = [*problems.urlpatterns, *quality.urlpatterns]
