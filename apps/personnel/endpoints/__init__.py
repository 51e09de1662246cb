"""The API of this app, a module per noun."""

from apps.personnel.endpoints import papers, records

ENDPOINTS = {**records.ENDPOINTS, **papers.ENDPOINTS}
