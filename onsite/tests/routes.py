"""Every address of the product, from the URL configuration itself, with the id of a thing put in."""

import re

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.core.parameters import Parameter

SKIPPED = ("admin/", "accounts/")  # other people's pages; tested where we set them up
ALIASES = {
    "answer_resend": "message",
    "certificate_kinds_edit": "certificate_kind",
    "arrivals": "assignment",
    "courses_edit": "course",
    "departments_edit": "department",
    "files": "attachment",
    "grades_edit": "grade",
    "holidays_edit": "holiday",
    "projects_edit": "project",
    "skills_edit": "skill",
    "task_templates_edit": "task_template",
}


def every_route():
    """(name, parameter names) of each page and API endpoint."""
    found = {}

    def walk(patterns, prefix=""):
        for one in patterns:
            where = prefix + str(one.pattern)
            if where.startswith(SKIPPED):
                continue
            if isinstance(one, URLResolver):
                walk(one.url_patterns, where)
            elif isinstance(one, URLPattern) and one.name:
                found.setdefault(one.name, tuple(one.pattern.regex.groupindex))

    walk(get_resolver().url_patterns)
    return sorted(found.items())


def subject_of(name: str, things: dict):
    """The thing whose id a route wants: the longest name that the route's name begins with."""
    plain = re.sub(r"^api-(.*?)(-list|-detail|-[a-z_]+)?$", r"\1", name).replace("-", "_")
    plain = ALIASES.get(plain, plain)
    singular = {"people": "person", "enquiries": "enquiry", "mails": "mail", "inbound_mails": "mail"}.get(
        plain, plain.removesuffix("s") if name.startswith("api-") else plain
    )
    fitting = [key for key in things if singular == key or singular.startswith(f"{key}_")]
    return things[max(fitting, key=len)] if fitting else None


def address(name: str, parameters: tuple, things: dict) -> str | None:
    """The address of a route for one of these things; None when it needs an id and nothing fits."""
    if not parameters:
        return reverse(name)
    if parameters == ("format",):
        return None
    if name == "policy_number":
        return reverse(name, args=["meeting_warn_day_1"])
    if name == "import_template":
        return reverse(name, args=["people"])
    if name == "policy_number_back":
        return reverse(name, args=[Parameter.objects.filter(key="meeting_warn_day_1").latest("pk").pk])
    thing = subject_of(name, things)
    return None if thing is None else reverse(name, args=[thing.pk])
