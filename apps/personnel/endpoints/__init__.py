"""The API of this app, a module per noun."""

from apps.personnel.endpoints import records

ENDPOINTS = {**records.ENDPOINTS}
