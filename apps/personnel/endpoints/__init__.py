"""The API of this app, a module per noun."""

from apps.personnel.endpoints import papers, records, training

ENDPOINTS = {**records.ENDPOINTS, **papers.ENDPOINTS, **training.ENDPOINTS}
