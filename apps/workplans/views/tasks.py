"""Pages of tasks: list, board, calendar, Gantt, one task, and the forms of its verbs (3.1.1, 3.1.2)."""

from calendar import Calendar
from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core.attachments import Attachment
from apps.core.obligations import promises_for
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, require
from apps.core.web import FormPage, Hit, ListPage, Todo, panel, searches, todo
from apps.personnel import access as personnel
from apps.personnel.models import Site
from apps.workplans import access, charts
from apps.workplans.actions import plans as plan_actions
from apps.workplans.actions import tasks as actions
from apps.workplans.forms.tasks import (
    AcceptForm,
    DeliverForm,
    SendBackForm,
    StepMoveForm,
    TaskChangeForm,
    TaskForm,
    WhyForm,
)
from apps.workplans.models import Plan, Report, Step, Task, TaskTemplate
from apps.workplans.tables.tasks import TaskFilter, TaskTable
from apps.workplans.views.instructions import carried, draft_key

VERBS = (actions.start, actions.deliver, actions.accept, actions.send_back, actions.cancel, actions.change)
RELATED = ("site__lead", "site__deputy", "site__department", "site__client", "owner", "assigned_by")
PANEL_ROWS = 5


def led_by(user):
    """Running sites at which this person gives out work."""
    return Site.objects.running().filter(personnel.steered(user, "")).select_related("client", "lead", "deputy")


class Tasks(ListPage):
    model = Task
    table_class = TaskTable
    filterset_class = TaskFilter
    defaults = {"status": "open"}
    title = _("Tasks")
    subtitle = _("Each says what is delivered, how we shall know, by when, and who owns it.")
    icon = "square-check"
    empty = _("Tasks appear here once a site lead gives them.")

    def may_open(self, user):
        return access.may_look(user)

    def get_queryset(self):
        return super().get_queryset().select_related("site", "owner")

    def actions(self, user):
        query = self.request.GET.urlencode()
        tail = f"?{query}" if query else ""
        links = [
            {"url": reverse("task_board") + tail, "label": _("Board"), "icon": "layout-grid", "tone": "plain"},
            {"url": reverse("task_calendar"), "label": _("Calendar"), "icon": "calendar", "tone": "plain"},
            {"url": reverse("task_gantt") + tail, "label": _("Gantt"), "icon": "chart-bar", "tone": "plain"},
        ]
        if access.may_assign_somewhere(user):
            links.append({"url": reverse("task_new"), "label": _("Give a task"), "icon": "plus"})
        return links


# --- Several tasks drawn ------------------------------------------------------------------------------

CARDS = 30  # of a column of the board
RECENT = timedelta(days=14)  # how long what was accepted stays on the board
COLUMNS = (Task.Status.ASSIGNED, Task.Status.STARTED, Task.Status.DELIVERED, Task.Status.ACCEPTED)


def _chosen(request, *, board: bool = False):
    """The tasks that the filters of a drawing leave, and the filters themselves."""
    require(access.may_look(request.user), NotAllowed)
    wanted = request.GET.copy()
    wanted.setdefault("status", "any" if board else "open")
    filterset = TaskFilter(wanted, Task.objects.visible_to(request.user), request=request)
    return filterset, filterset.qs.select_related("site", "owner")


def task_board(request):
    """Tasks in a column for each status; a card is moved by its buttons, or dragged onto a column."""
    filterset, rows = _chosen(request, board=True)
    columns = []
    for status in COLUMNS:
        cards = rows.filter(status=status).order_by("due_on", "pk")
        if status == Task.Status.ACCEPTED:
            cards = cards.filter(closed_at__gte=timezone.now() - RECENT).order_by("-closed_at", "pk")
        cards = list(cards[: CARDS + 1])
        more = _in_list(request, status=status) if len(cards) > CARDS else ""
        columns.append({"status": status, "label": status.label, "tasks": cards[:CARDS], "more": more})
    found = [task for column in columns for task in column["tasks"]]
    unfinished = Step.objects.in_force().open().filter(plan__task__in=[one.pk for one in found])
    unfinished = set(unfinished.values_list("plan__task", flat=True))
    for task in found:
        moves = offers(request.user, task, actions.start, actions.deliver, actions.accept, actions.send_back)
        if task.pk in unfinished:
            moves.pop("deliver", None)
        task.moves = {name: verdict for name, verdict in moves.items() if verdict}
    shown = {"filter": filterset, "columns": columns, "view": "board"}
    return render(request, "workplans/task_board.html", shown | _head(request))


def _head(request) -> dict:
    query = request.GET.copy()
    query.pop("page", None)
    return {"query": query.urlencode(), "may_give": access.may_assign_somewhere(request.user)}


def _in_list(request, **filters: str) -> str:
    """The list of tasks under the filters of a drawing and these."""
    query = request.GET.copy()
    query.pop("month", None)
    for name, value in filters.items():
        query[name] = value
    return f"{reverse('tasks')}?{query.urlencode()}"


def month_asked(request) -> date:
    """The first day of the month in the address, else of this one."""
    today = timezone.localdate().replace(day=1)
    try:
        found = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today
    return found if 2000 <= found.year <= 2100 else today


A_DAY = 8  # tasks drawn on a day of the calendar; the others are in the list
STEPS = 300  # of a month: more are drawn for nobody, because half a month would look like a quiet end


def task_calendar(request):
    """A month of due days: tasks, and the steps of their plans."""
    filterset, rows = _chosen(request, board=True)
    month = month_asked(request)
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    first, last = weeks[0][0], weeks[-1][-1]
    rows = rows.exclude(status=Task.Status.CANCELLED)
    within = {"due_on__range": (first, last)}
    placed = rows.filter(**within).annotate(
        place=Window(RowNumber(), partition_by="due_on", order_by=["-priority", "pk"]),
        many=Window(Count("pk"), partition_by="due_on"),
    )
    many = dict(placed.filter(place__lte=A_DAY).order_by("place").values_list("pk", "many"))
    steps = Step.objects.in_force().filter(plan__task__in=rows, **within).order_by("due_on", "pk")
    chosen = list(steps.values_list("pk", flat=True)[: STEPS + 1])
    too_many = len(chosen) > STEPS
    steps = Step.objects.filter(pk__in=[] if too_many else chosen).select_related("plan__task__site", "responsible")
    days: dict[date, dict] = {}
    for task in rows.filter(pk__in=many).order_by("-priority", "pk"):
        tone = "danger" if task.late else "success" if task.status == Task.Status.ACCEPTED else "info"
        more = {"more": many[task.pk] - A_DAY, "all": _in_list(request, status="any", day=task.due_on.isoformat())}
        day = days.setdefault(task.due_on, {"things": [], **more})
        day["things"].append(_on_day(task, task.owner, tone, "square-check"))
    for step in steps.order_by("due_on", "pk"):
        tone = "danger" if step.late else "success" if step.done_at else "neutral"
        day = days.setdefault(step.due_on, {"things": []})
        day["things"].append(_on_day(step, step.responsible, tone, "check"))
    shown = {
        "filter": filterset,
        "month": month,
        "month_name": f"{month:%Y-%m}",
        "before": f"{month - timedelta(days=1):%Y-%m}",
        "after": f"{month + timedelta(days=32):%Y-%m}",
        "weeks": [[{"day": day, **days.get(day, {})} for day in week] for week in weeks],
        "today": timezone.localdate(),
        "too_many": too_many,
        "view": "calendar",
    }
    return render(request, "workplans/task_calendar.html", shown | _head(request))


def _on_day(thing, who, tone: str, icon: str) -> dict:
    return {"url": thing.get_absolute_url(), "words": thing.title, "who": who, "tone": tone, "icon": icon}


ROWS = 40  # tasks of a Gantt


def task_gantt(request):
    """Plan against actual: each task's days, and how it really went (3.2.3)."""
    filterset, rows = _chosen(request)
    found = list(rows.order_by("due_on", "pk").prefetch_related(in_force_plans())[: ROWS + 1])
    shown = {
        "filter": filterset,
        "gantt": charts.of_tasks(found[:ROWS], today=timezone.localdate()),
        "too_many": len(found) > ROWS,
        "view": "gantt",
    }
    return render(request, "workplans/task_gantt.html", shown | _head(request))


def in_force_plans() -> Prefetch:
    """Each task's approved versions with their steps, the newest first."""
    approved = Plan.objects.filter(status=Plan.Status.APPROVED).order_by("-version").prefetch_related("steps")
    return Prefetch("plans", approved, to_attr="approved_plans")


# --- Giving -------------------------------------------------------------------------------------------


def task_new(request):
    """At which site; whoever leads one only goes straight to the form."""
    require(access.may_assign_somewhere(request.user), NotAllowed)
    sites = led_by(request.user)
    asked = request.GET.get("site", "")
    site = sites.filter(pk=asked).first() if asked.isdecimal() else None
    if site is None and sites.count() == 1:
        site = sites.get()
    if site is None:
        return render(request, "workplans/task_site.html", {"sites": sites, "query": request.GET.urlencode()})
    query = request.GET.copy()
    query.pop("site", None)
    tail = f"?{query.urlencode()}" if query else ""
    return redirect(reverse("site_task_new", args=[site.pk]) + tail)


class TaskGive(OncePage):
    form_class = TaskForm
    template_name = "workplans/task_form.html"
    title = _("Give a task")
    button = _("Give it")
    clause = "3.1.2"
    done = _("Given; its owner was told.")

    def may_open(self, user):
        rows = Site.objects.visible_to(user).select_related("client", "lead", "deputy", "department")
        self.site = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.intro = self.site.name
        self.back = reverse("tasks")
        return access.may_assign_at(user, self.site)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "site": self.site}

    def get_initial(self):
        today = timezone.localdate(timezone=self.site.zone)
        initial = {"begins_on": today, "due_on": today + timedelta(days=7)}
        asked = self.request.GET
        if template := self.template():
            words = {name: getattr(template, name) for name in ("title", "deliverable", "acceptance", "hours")}
            initial |= words | {"due_on": today + timedelta(days=template.days)}
        owner = asked.get("owner", "")
        initial |= {"owner": int(owner)} if owner.isdecimal() else {}
        if report := self.report():
            initial |= {"owner": report.assignment.person_id} | carried(self.request, "deliverable")
        if wanted := _row(self.site.requests.all(), asked.get("request")):
            initial |= {"request": wanted, "title": wanted.title}
        return initial

    def report(self) -> Report | None:
        """The report in whose review this was asked for."""
        rows = Report.objects.visible_to(self.request.user).filter(assignment__site=self.site)
        return _row(rows, self.request.GET.get("report"))

    def template(self) -> TaskTemplate | None:
        return _row(TaskTemplate.objects.filter(active=True), self.request.GET.get("template"))

    def form_invalid(self, form):
        if "confirm_load" in form.errors:
            form.ask_load()
        return super().form_invalid(form)

    def make(self, inputs):
        origin = {"site": self.site, "report": self.report(), "template": self.template()}
        return actions.give(**origin, **inputs, by=self.request.user, now=timezone.now())

    def get_context_data(self, **kwargs):
        templates = TaskTemplate.objects.filter(active=True)
        return super().get_context_data(**kwargs) | {
            "templates": templates,
            "site": self.site,
            "draft_gently": self.template() is not None,
            "draft_key": draft_key(self.request),
        }


def _row(rows, pk):
    return rows.filter(pk=pk).first() if str(pk or "").isdecimal() and len(str(pk)) < 18 else None


def task_owner(request, pk):
    """The choice of an owner, drawn again for other days, hours or skills."""
    site = get_object_or_404(Site.objects.visible_to(request.user).select_related("lead", "deputy"), pk=pk)
    require(access.may_assign_at(request.user, site), NotAllowed)
    task = _row(Task.objects.filter(site=site), request.GET.get("task"))
    form = TaskForm(request.GET, site=site, task=task)
    return render(request, "workplans/task_owner.html", form.offers(request.GET.get("owner")))


# --- One task -----------------------------------------------------------------------------------------


def task_of(request, pk) -> Task:
    rows = Task.objects.visible_to(request.user).select_related(*RELATED, "request", "project", "report")
    return get_object_or_404(rows.prefetch_related("helpers", "waits_for__owner", "skills__skill"), pk=pk)


def task(request, pk):
    shown = task_of(request, pk)
    user = request.user
    versions = list(shown.plans.select_related("written_by"))
    in_force = next((one for one in versions if one.status == Plan.Status.APPROVED), None)
    steps = list(in_force.steps.select_related("responsible")) if in_force else []
    clocks = promises_for(Step).filter(subject_id__in=[one.pk for one in steps], kind="step_due")
    late_once = set(clocks.broken().values_list("subject_id", flat=True))
    for step in steps:
        step.plan = in_force
        step.plan.task = shown
        step.was_late = step.pk in late_once
        step.may_move = access.may_move_step(user, step) and shown.status == Task.Status.STARTED
    may = offers(user, shown, *VERBS)
    if "start" in may:
        may["start"] = may["start"] & actions.may_start_now(shown)
    if "deliver" in may:
        may["deliver"] = may["deliver"] & actions.may_deliver_now(shown)
    return render(
        request,
        "workplans/task_detail.html",
        {
            "shown": shown,
            "offers": may,
            "may_plan": access.may_write_plan(user, shown) & plan_actions.may_begin(shown),
            "versions": versions,
            "in_force": in_force,
            "open_version": next((one for one in versions if one.status in Plan.LIVE), None),
            "sent_back": _sent_back(versions),
            "steps": steps,
            "done": sum(one.done_at is not None for one in steps),
            "percent": round(sum(one.percent for one in steps) / len(steps)) if steps else 0,
            "gantt": charts.of_plan(shown, steps, today=timezone.localdate(timezone=shown.site.zone)) if steps else "",
            "problems": shown.problems.select_related("owner", "site"),
            "held_up": shown.holds_up.exclude(status=Task.Status.CANCELLED).select_related("owner"),
            "sees_report": shown.report_id is not None
            and Report.objects.visible_to(user).filter(pk=shown.report_id).exists(),
            "files": Attachment.objects.about(shown),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


def _sent_back(versions: list[Plan]) -> Plan | None:
    """The newest version, where it was returned or rejected and nothing was written since."""
    newest = versions[0] if versions else None
    return newest if newest and newest.status in (Plan.Status.RETURNED, Plan.Status.REJECTED) else None


class TaskPage(VerbPage):
    model = Task
    related = RELATED
    clause = "3.1.2"


class TaskChange(TaskPage):
    verb = actions.change
    form_class = TaskChangeForm
    template_name = "workplans/task_form.html"
    title = _("Change the task")
    button = _("Save")

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["thing"], kwargs["user"]
        return kwargs | {"site": self.thing.site, "task": self.thing}

    def form_invalid(self, form):
        if "confirm_load" in form.errors:
            form.ask_load()
        return super().form_invalid(form)


class TaskDeliver(TaskPage):
    verb = actions.deliver
    form_class = DeliverForm
    title = _("Deliver it")
    button = _("Deliver it")
    clause = "3.2.3"
    done = _("Delivered; the site lead was told.")

    def may(self, user):
        return super().may(user) & actions.may_deliver_now(self.thing)


class TaskAccept(TaskPage):
    verb = actions.accept
    form_class = AcceptForm
    title = _("Accept what was delivered")
    button = _("Accept it")


class TaskSendBack(TaskPage):
    verb = actions.send_back
    form_class = SendBackForm
    title = _("Send it back")
    button = _("Send it back")


class TaskCancel(TaskPage):
    verb = actions.cancel
    form_class = WhyForm
    title = _("Cancel the task")
    button = _("Cancel the task")


@require_POST
def task_start(request, pk):
    shown = task_of(request, pk)
    actions.start(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Started."))
    return redirect(shown)


class StepMove(FormPage):
    """How far a step is; from the task's page without leaving it."""

    form_class = StepMoveForm
    title = _("Progress of a step")
    clause = "3.2.3"

    def may_open(self, user):
        rows = Step.objects.visible_to(user).select_related("plan__task__site", "plan__task__owner", "responsible")
        self.thing = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.intro, self.back = str(self.thing), self.thing.get_absolute_url()
        return access.may_move_step(user, self.thing)

    def get_initial(self):
        return {"percent": self.thing.percent}

    def act(self, form):
        plan_actions.move(self.thing, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return self.thing


# --- Elsewhere ----------------------------------------------------------------------------------------


@searches(_("Tasks"))
def find_tasks(user, words, most):
    if not access.may_look(user):
        return []
    rows = Task.objects.visible_to(user).filter(title__icontains=words).select_related("owner")
    return [Hit(one.title, one.owner.name, one.get_absolute_url(), "square-check") for one in rows[:most]]


def mine_of(user):
    """The badge in the menu: tasks that this person owns and has not delivered."""
    return Task.objects.filter(owner=user, status__in=Task.UNDELIVERED)


@todo
def to_accept(user):
    """Delivered work that waits for this lead."""
    rows = Task.objects.filter(personnel.steered(user), status=Task.Status.DELIVERED).exclude(owner=user)
    count = rows.count() if user.has_role("lead", "head") else 0
    if not count:
        return None
    address = f"{reverse('tasks')}?status=delivered"
    return Todo(str(_("Accept what was delivered")), str(_("%(count)s tasks wait") % {"count": count}), address)


@panel("site", 30)
def on_site(request, site):
    """Plans in danger: tasks that are late or have late steps, the worst first; for those who lead or oversee it."""
    if not (access.may_look(request.user) and personnel.sees_owed_at(request.user, site)):
        return None
    today = timezone.localdate(timezone=site.zone)
    late = Step.objects.in_force().open().filter(plan__task=OuterRef("pk"), due_on__lt=today)
    counted = late.order_by().values("plan__task").annotate(many=Count("pk")).values("many")
    rows = Task.objects.visible_to(request.user).filter(site=site, status__in=Task.UNDELIVERED)
    rows = rows.filter(Q(due_on__lt=today) | Exists(late)).select_related("owner", "site").order_by("due_on")
    rows = rows.annotate(late_steps=Coalesce(Subquery(counted), 0))
    return ("workplans/task_site_panel.html", {"tasks": list(rows[:PANEL_ROWS]), "site": site})


@panel("person", 30)
def of_person(request, person):
    """What somebody has in hand, for those who see their tasks."""
    if not access.may_look(request.user):
        return None
    rows = Task.objects.visible_to(request.user).filter(owner=person).open().select_related("site", "owner")
    found = list(rows.order_by("due_on")[:PANEL_ROWS])
    return ("workplans/task_person_panel.html", {"tasks": found, "person": person}) if found else None
