"""What can be imported here, a module per noun."""

from apps.personnel.imports import people, sites

__all__ = ["people", "sites"]
