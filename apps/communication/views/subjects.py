"""Lists and panels for those of the sites."""

from functools import wraps

from apps.communication import access
from apps.core.web import ListPage, panel
from apps.personnel.access import sees_work_at


class SiteList(ListPage):
    """A list of what passes between us and clients."""

    def may_open(self, user):
        return access.may_look(user)


def site_panel(order: int, page: str = "site"):
    """Register a part of a site's page for those who may see what passes there; others are not told of it at all."""

    def register(function):
        @wraps(function)
        def shown(request, site):
            return function(request, site) if sees_work_at(request.user, site) else None

        return panel(page, order)(shown)

    return register


def moment_given(inputs: dict, name: str, now) -> None:
    """A time that was left empty means just now."""
    inputs[name] = inputs.get(name) or now
