"""A create that comes twice is stored once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from apps.core.idempotency import IdempotencyKey, KeyReused, once
from apps.core.saved_views import SavedView
from apps.core.verdicts import PolicyBroken, no

NOW = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
pytestmark = pytest.mark.django_db


def create(person, name="view"):
    """A create as an endpoint runs it: makes a row and answers with its id."""

    def run():
        return 201, {"id": SavedView.objects.create(person=person, page="p", name=name, query="").pk}

    return run


def test_the_same_request_gets_the_same_answer(staff):
    first = once(staff, "key", b"body", create(staff), now=NOW)

    assert once(staff, "key", b"body", create(staff), now=NOW) == first
    assert SavedView.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(staff):
    once(staff, "key", b"body", create(staff), now=NOW)

    with pytest.raises(KeyReused):
        once(staff, "key", b"other", create(staff, "other"), now=NOW)
    assert SavedView.objects.count() == 1


def test_another_persons_key_tells_nothing(staff, lead):
    mine = once(staff, "key", b"body", create(staff), now=NOW)

    theirs = once(lead, "key", b"body", create(lead), now=NOW)

    assert theirs != mine
    assert SavedView.objects.filter(person=lead).count() == 1


def test_a_refusal_leaves_nothing_and_may_be_tried_again(staff):
    def refuse():
        raise PolicyBroken(no("Not so."))

    with pytest.raises(PolicyBroken):
        once(staff, "key", b"body", refuse, now=NOW)

    assert IdempotencyKey.objects.count() == 0
    assert once(staff, "key", b"corrected", create(staff), now=NOW)[0] == 201


@pytest.mark.django_db(transaction=True)
def test_several_at_once_store_one_and_answer_alike(staff):
    def send(_index):
        try:
            return once(staff, "key", b"body", create(staff), now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(send, range(5)))

    assert SavedView.objects.count() == 1
    assert answers == [answers[0]] * 5
