"""Whatever happens to a question in whatever order, its clock tells the truth and late stays late (promise G8)."""

import itertools
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.communication.actions import enquiries as actions
from apps.communication.actions import intake
from apps.communication.models import Enquiry, EnquiryMessage
from apps.communication.obligations.enquiries import rounds
from apps.communication.tests.letters import letter
from apps.core import obligations
from apps.core.transitions import Event
from apps.personnel.tests.factories import NOON

DAY = timedelta(hours=24)
EXAMPLES = itertools.count()


class Clock(RuleBasedStateMachine):
    """One question, and beside it what the policy says of each of its rounds: [opened, met or None, late].

    `answers`: of the present round, in the order in which they were written: [message, given at, learned at].
    """

    cast: dict = {}
    steps = 0  # of all examples together

    @initialize()
    def asked(self):
        self.example = next(EXAMPLES)
        self.now = NOON
        self.turn = 0
        self.expected = []
        self.answers = []
        self._receive(body="A question.", answers=None)
        self.enquiry = Enquiry.objects.get(messages__message_id=self._name(1))

    def _name(self, number) -> str:
        return f"<{self.example}.{number}@client.example>"

    def _receive(
        self, *fields, body, answers=1, sender="li@client.example", to="support@us.example", automatic=False, delay=0
    ):
        self.turn += 1
        arrived_at = max(self.now - timedelta(minutes=delay), NOON)
        thread = [f"In-Reply-To: {self._name(answers)}"] if answers else []
        intake.receive(
            letter(f"From: {sender}", f"To: {to}", f"Message-ID: {self._name(self.turn)}", *thread, *fields, body=body),
            arrived_at=arrived_at,
            now=self.now,
        )
        waiting = bool(self.expected) and self.expected[-1][1] is None and not self.put_aside()
        if sender == "li@client.example" and not automatic and not waiting:
            self._begin(arrived_at)

    def _begin(self, opened_at):
        self.expected.append([opened_at, None, False])
        self.answers = []

    def put_aside(self) -> bool:
        return bool(self.expected) and self.expected[-1][1] == "dropped"

    def _answered(self, at=None, message=None):
        self.answers.append([message, at or self.now, self.now])
        self._count(self.answers[-1])

    def _count(self, answer):
        last, (_message, at, learned_at) = self.expected[-1], answer
        if last[1] is None:
            last[1] = at
            last[2] = last[2] or learned_at > last[0] + DAY

    def status(self) -> str:
        return Enquiry.objects.values_list("status", flat=True).get(pk=self.enquiry.pk)

    @rule(minutes=st.sampled_from([1, 60 * 11, 60 * 23, 60 * 24, 60 * 30]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self):
        obligations.sweep(now=self.now)
        for one in self.expected:
            one[2] = one[2] or (one[1] is None and self.now >= one[0] + DAY)

    @rule(delay=st.sampled_from([0, 90, 60 * 25]))
    def client_writes(self, delay):
        self._receive(body="More words.", delay=delay)

    @rule(field=st.sampled_from(["Auto-Submitted: auto-replied", "Precedence: auto_reply"]))
    def automatic_reply(self, field):
        self._receive(field, body="I am away.", automatic=True)

    @precondition(lambda self: self.status() != "closed")
    @rule(back=st.sampled_from([0, 30, 60 * 25]), person=st.sampled_from(["staff", "lead"]))
    def answer(self, back, person):
        given_at = max(self.now - timedelta(minutes=back), self.expected[-1][0])
        self.turn += 1
        actions.answer(
            self.enquiry,
            text="Yes.",
            by=self.cast[person],
            now=self.now,
            key=str(self.turn),
            channel="phone",
            given_at=given_at,
        )
        self._answered(given_at)

    @precondition(lambda self: self.status() != "closed")
    @rule()
    def yesterdays_answer_is_noted_today(self):
        self.now += timedelta(hours=30)
        self.answer(back=60 * 29, person="staff")

    @rule()
    def colleague_answers_by_mail(self):
        self._receive(body="Yes.", sender=self.cast["staff"].email, to="li@client.example")
        self._answered()

    @precondition(lambda self: self.status() != "closed")
    @rule()
    def answer_by_mail(self):
        self.turn += 1
        message = actions.answer(
            self.enquiry, text="Yes, by mail.", by=self.cast["staff"], now=self.now, key=str(self.turn)
        )
        self._answered(message=message)

    @precondition(lambda self: any(one[0] for one in self.answers))
    @rule(latest=st.booleans())
    def answer_bounces(self, latest):
        mailed = [one for one in self.answers if one[0]]
        gone = mailed[-1] if latest else mailed[0]
        self.answers.remove(gone)
        EnquiryMessage.objects.filter(pk=gone[0].pk).update(dispatch="failed")
        actions.did_not_arrive(gone[0], now=self.now)
        last = self.expected[-1]
        if not self.answers or last[1] == gone[1]:
            last[1] = None
            for one in self.answers[:1]:
                self._count(one)

    @rule()
    def note(self):
        self.turn += 1
        actions.note(self.enquiry, text="hm", by=self.cast["staff"], now=self.now, key=str(self.turn))

    @precondition(lambda self: self.status() != "open")
    @rule()
    def reopen(self):
        actions.reopen(self.enquiry, by=self.cast["staff"], now=self.now)
        self._begin(self.now)

    @precondition(lambda self: self.status() == "answered")
    @rule()
    def close(self):
        actions.close(self.enquiry, by=self.cast["staff"], now=self.now)

    @precondition(lambda self: self.status() == "open" and self.now <= self.expected[-1][0] + DAY)
    @rule()
    def lead_puts_it_aside(self):
        actions.needs_no_answer(self.enquiry, by=self.cast["lead"], now=self.now, reason="thanks only")
        self.expected[-1][1] = "dropped"

    @precondition(lambda self: self.status() != "closed")
    @rule()
    def reassign(self):
        self.enquiry.refresh_from_db()
        to = self.cast["lead"] if self.enquiry.owner == self.cast["staff"] else self.cast["staff"]
        actions.assign(self.enquiry, to=to, by=self.cast["lead"], now=self.now)

    @rule(subject=st.sampled_from(["The printer", "Something else"]))
    def edit(self, subject):
        actions.correct(self.enquiry, subject=subject, contact=None, by=self.cast["staff"], now=self.now)

    @invariant()
    def the_clock_tells_the_truth(self):
        if not getattr(self, "expected", None) or not hasattr(self, "enquiry"):
            return
        Clock.steps += 1
        stored = rounds(self.enquiry)
        assert [(one.opened_at, one.due_at) for one in stored] == [(one[0], one[0] + DAY) for one in self.expected]
        assert [one.met_at or ("dropped" if one.status == "dropped" else None) for one in stored] == [
            one[1] for one in self.expected
        ]
        assert [one.late for one in stored] == [one[2] for one in self.expected]
        self.enquiry.refresh_from_db()
        last = self.expected[-1]
        assert (self.enquiry.opened_at, self.enquiry.round) == (last[0], len(self.expected))
        assert self.enquiry.first_answer_at == (None if last[1] == "dropped" else last[1])
        assert (self.enquiry.status == "open") == (last[1] is None)
        assert self.enquiry.owner == stored[-1].owner or stored[-1].status != "open"
        breaches = Event.objects.about(self.enquiry).filter(verb=obligations.BREACHED)
        assert breaches.count() == sum(one[2] for one in self.expected)


def try_orders(*, staff, lead, examples: int, seed: int | None = None) -> None:
    """Run that many random sequences of twenty steps. The site's client has the contact li@client.example.

    Raises: AssertionError where the clock and the policy differ.
    """
    Clock.cast = {"staff": staff, "lead": lead}
    run = settings(
        max_examples=examples,
        stateful_step_count=20,
        phases=[Phase.generate],  # shrinking takes minutes with a database behind every step
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Clock if seed is None else seeded(seed)(Clock), settings=run)
