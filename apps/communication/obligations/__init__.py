"""The clocks of this app, a module per noun."""

from apps.communication.obligations import contact_log, enquiries, meetings, problems, requests

__all__ = ["contact_log", "enquiries", "meetings", "problems", "requests"]
