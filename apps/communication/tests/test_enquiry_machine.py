"""G8 in short; `python -m faults.reminders --only G8` tries many more orders."""

import pytest

from apps.communication.tests.clock_machine import try_orders


@pytest.mark.clause("7.1.2a")
def test_no_order_of_events_deceives_the_clock(staff, lead, contact):
    contact.email = "li@client.example"
    contact.save()

    try_orders(staff=staff, lead=lead, examples=25)
