"""The API of this app, a module per noun."""

from apps.personnel.endpoints import departures, papers, records, staffing, training

ENDPOINTS = {
    **departures.ENDPOINTS,
    **records.ENDPOINTS,
    **papers.ENDPOINTS,
    **staffing.ENDPOINTS,
    **training.ENDPOINTS,
}
