"""The clocks of this app, a module per noun."""

from apps.communication.obligations import enquiries

__all__ = ["enquiries"]
