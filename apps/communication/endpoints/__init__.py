"""The API of this app, a module per noun."""

from apps.communication.endpoints import contact, enquiries

ENDPOINTS = {**enquiries.ENDPOINTS, **contact.ENDPOINTS}
