"""What a list is sorted by when people ask for a column."""

from django.db import models


def sorting_column(model: type[models.Model], name: str) -> str:
    """The column itself, or its letters (`name_sort` for `name`, with its minus sign) where the model keeps them."""
    letters = f"{name}_sort"
    return letters if any(field.name == letters.removeprefix("-") for field in model._meta.fields) else name
