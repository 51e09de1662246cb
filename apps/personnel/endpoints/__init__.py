"""The API of this app, a module per noun."""

from apps.personnel.endpoints import departures, overviews, papers, people_records, records, staffing, training

ENDPOINTS = {
    **departures.ENDPOINTS,
    **records.ENDPOINTS,
    **people_records.ENDPOINTS,
    **papers.ENDPOINTS,
    **staffing.ENDPOINTS,
    **training.ENDPOINTS,
    **overviews.ENDPOINTS,
}
