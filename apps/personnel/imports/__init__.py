"""What can be imported here, a module per noun."""

from apps.personnel.imports import assignments, people, sites

__all__ = ["assignments", "people", "sites"]
