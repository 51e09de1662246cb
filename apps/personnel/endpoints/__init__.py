"""The API of this app, a module per noun."""

from apps.personnel.endpoints import papers, records, staffing, training

ENDPOINTS = {**records.ENDPOINTS, **staffing.ENDPOINTS, **papers.ENDPOINTS, **training.ENDPOINTS}
