"""Campaigns that break things on purpose: real processes killed, real servers lost, counts at the end."""
