"""The tables of this app, a module per noun (chapter 2)."""

from apps.personnel.models.assignments import Assignment, active_on, lasts_to, plan_passed
from apps.personnel.models.checks import known_calendar, known_zone, sensible_hire_day
from apps.personnel.models.people import Department, RoleGrant, User
from apps.personnel.models.places import Client, ClientContact, Holiday, Project, Site

__all__ = [
    "Assignment",
    "Client",
    "ClientContact",
    "Department",
    "Holiday",
    "Project",
    "RoleGrant",
    "Site",
    "User",
    "active_on",
    "known_calendar",
    "known_zone",
    "lasts_to",
    "plan_passed",
    "sensible_hire_day",
]
