"""The living part of the demo company: what happened in the last days and waits now, through the real actions."""
