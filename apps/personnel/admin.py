"""This app's tables in the technical administration."""

from django.contrib.admin import site

from apps.personnel import models

site.show(
    models.User,
    "name",
    "email",
    "number",
    "department",
    "is_active",
    search=["name", "email", "number"],
    exclude=[
        "password",
        "user_permissions",
        "groups",
        "home_city",
        "grade",
        "photo",
        "emergency_name",
        "emergency_relation",
        "emergency_phone",
    ],
)
site.show(models.RoleGrant, "user", "role", search=["user__name"])
site.show(models.Department, "name", "head", "parent", search=["name"])
site.show(models.Client, "name", "code", search=["name", "code"])
site.show(models.ClientContact, "name", "client", "email", "active", search=["name", "email"])
site.show(models.Site, "name", "code", "client", "lead", "active", search=["name", "code"])
site.show(models.Project, "name", "code", "client", search=["name", "code"])
site.show(
    models.Assignment,
    "person",
    "site",
    "since",
    "planned_to",
    "ended_on",
    "status",
    search=["person__name"],
    exclude=["objection"],
)
site.show(models.Holiday, "day", "name", "country", "site", "working", search=["name"])
