"""A year of work of the larger demo companies, by statements: 20 tasks with plans, 52 weekly reports a posting.

Every row passes the database's own triggers and constraints: steps are written into drafts, plans are then decided,
and tasks start under what was approved. Which are late, returned or under review follows from numbers, not chance.
"""

from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from apps.core import obligations
from apps.core.obligations import Promise
from apps.personnel.models import Assignment
from apps.workplans.actions import plans
from apps.workplans.days import end_of
from apps.workplans.models import Plan, Report, Step, Task
from apps.workplans.obligations.plans import STEP_DUE
from apps.workplans.obligations.reports import review_soon
from apps.workplans.obligations.tasks import TASK_DUE

TASKS_A_POSTING = 20
STEPS = 3

# The n-th task of a posting is due 18 days before the one that came after it: the first lies ahead, the second is
# about due, all others are past. One in twenty of these was called off.
TASKS = """
    INSERT INTO workplans_task (site_id, title, deliverable, acceptance, begins_on, due_on, hours, priority, owner_id,
        status, assigned_by_id, assigned_at, fit, outcome, verdict)
    SELECT a.site_id, (%(titles)s)[1 + (a.id + n) %% %(many)s] || ' ' || a.id || '-' || n,
        '完成的结果和记录，放在项目共享目录。', '全部用例通过，客户在记录上签字。',
        due - 20, due, 8 + (a.id + n) %% 30, 1 + (a.id + n) %% 4, a.person_id, 'assigned', s.lead_id,
        (due - 23) + time '09:00',
        jsonb_build_object('load', 40 + (a.id + n) %% 60, 'before', 20, 'skills', '[]'::jsonb), '', ''
    FROM personnel_assignment a
    JOIN personnel_site s ON s.id = a.site_id
    CROSS JOIN generate_series(1, %(each)s) AS n
    CROSS JOIN LATERAL (SELECT %(today)s::date + 30 - n * 18 + (a.id %% 14)::int AS due) AS days
    WHERE a.status = 'on_site' AND s.lead_id <> a.person_id
        AND NOT EXISTS (SELECT FROM workplans_task t WHERE t.owner_id = a.person_id AND t.title ~ '-20$')
    RETURNING id
"""
PLANS = """
    INSERT INTO workplans_plan (task_id, status, version, goals, resources, risks, change, remarks, written_at,
        written_by_id)
    SELECT id, 'draft', 1, '按期交付，现场不停工。', '测试机两台', '', '', '', assigned_at + interval '3 hours',
        owner_id
    FROM workplans_task WHERE id = ANY(%(tasks)s) AND (due_on <= %(today)s::date + 10 OR id %% 3 > 0)
    RETURNING id
"""
STEPS_OF_PLANS = """
    INSERT INTO workplans_step (key, "order", title, begins_on, due_on, remark, percent, plan_id, responsible_id)
    SELECT gen_random_uuid(), n, (ARRAY['准备', '实施', '验证'])[n], t.begins_on + (n - 1) * 7,
        least(t.begins_on + n * 7 - 1, t.due_on), '', 0, p.id, t.owner_id
    FROM workplans_plan p JOIN workplans_task t ON t.id = p.task_id CROSS JOIN generate_series(1, %(steps)s) AS n
    WHERE p.id = ANY(%(plans)s)
"""
SUBMITTED = """
    UPDATE workplans_plan p SET status = 'in_review', submitted_at = written_at + interval '1 hour'
    FROM workplans_task t
    WHERE t.id = p.task_id AND p.id = ANY(%(plans)s) AND (t.due_on <= %(today)s::date + 10 OR t.id %% 3 = 1)
"""
APPROVED = """
    UPDATE workplans_plan p SET status = 'approved', decided_at = submitted_at + interval '1 day'
    FROM workplans_task t WHERE t.id = p.task_id AND p.id = ANY(%(plans)s) AND p.status = 'in_review'
"""
MOVED = """
    UPDATE workplans_step s SET percent = CASE WHEN past OR "order" = 1 THEN 100 ELSE 40 END,
        moved_at = s.due_on + time '15:00', done_at = CASE WHEN past OR "order" = 1 THEN s.due_on + time '15:00' END
    FROM workplans_plan p JOIN workplans_task t ON t.id = p.task_id
    CROSS JOIN LATERAL (SELECT t.due_on < %(today)s::date - 2 OR t.id %% 4 = 0 AS past) AS judged
    WHERE p.id = s.plan_id AND p.id = ANY(%(plans)s) AND p.status = 'approved' AND t.due_on <= %(today)s::date + 10
        AND (past OR s."order" < 3)
"""
CARRIED_OUT = """
    UPDATE workplans_task t SET
        status = CASE WHEN past AND id %% 20 = 7 THEN 'cancelled' WHEN past THEN 'accepted'
            WHEN id %% 4 = 0 THEN 'delivered' ELSE 'started' END,
        started_at = begins_on + time '10:00',
        delivered_at = CASE WHEN past OR id %% 4 = 0 THEN
            least(due_on + (id %% 9 - 6)::int + time '16:00', now()) END,
        outcome = CASE WHEN past OR id %% 4 = 0 THEN '已完成，见共享目录。' ELSE '' END,
        accepted_by_id = CASE WHEN past AND id %% 20 <> 7 THEN assigned_by_id END,
        closed_at = CASE WHEN past THEN due_on + 2 + time '11:00' END,
        verdict = CASE WHEN past THEN '核对无误。' ELSE '' END
    FROM (SELECT id AS task, due_on < %(today)s::date - 2 AS past FROM workplans_task WHERE id = ANY(%(tasks)s)) judged
    WHERE task = id AND due_on <= %(today)s::date + 10
"""
TITLES = ["接口联调", "扫码枪更换", "月度数据核对", "夜间发布", "User training", "Label the racks", "安全巡检整改"]
WEEKS = 52
DONE = [
    "接口联调完成 6 个，剩 2 个等客户提供测试账号。",
    "二号库区的扫码枪换完，旧的已登记入库。",
    "Four racks labelled and photographed; the list on the share is up to date.",
    "夜间发布一次，业务未中断，监控正常。",
    "核对上周数据，差异 5 处，均已说明原因。",
    "Trained the evening shift, 14 people, sheet signed.",
    "巡检发现 3 处隐患，已整改 2 处。",
]
NEXT = ["继续剩余接口，周四前完成。", "Racks 5 to 9.", "整理文档，约客户评审。", "跟进未整改项。"]
TROUBLE = ["客户测试环境周三停机半天。", "The network in hall 3 drops at night.", "备件到货晚了两天。"]
COMMENT = [
    "清楚，照计划推进。",
    "Good. Note the times when it drops.",
    "评审前先把差异写清楚。",
    "注意交接，别留尾巴。",
]

# A report of every past week since somebody came; all of them are read but one in ten of last week's.
REPORTS = """
    INSERT INTO workplans_report (assignment_id, channel, period, begins_on, ends_on, extra, done, next, difficulties,
        filed_by_id, filed_at, status, reviewed_by_id, reviewed_at, comment)
    SELECT a.id, 'written', to_char(monday, 'IYYY-"W"IW'), monday, monday + 6, false,
        (%(done)s)[1 + (a.id + n) %% 7], (%(next)s)[1 + (a.id + n * 3) %% 4],
        CASE WHEN (a.id + n) %% 5 = 0 THEN (%(trouble)s)[1 + (a.id + n) %% 3] ELSE '' END,
        a.person_id, filed, CASE WHEN waits THEN 'filed' ELSE 'reviewed' END,
        CASE WHEN NOT waits THEN s.lead_id END,
        CASE WHEN NOT waits THEN least(filed + (1 + (a.id + n) %% 60) * interval '1 hour', %(now)s) END,
        CASE WHEN waits THEN '' ELSE (%(comment)s)[1 + (a.id * 3 + n) %% 4] END
    FROM personnel_assignment a
    JOIN personnel_site s ON s.id = a.site_id
    CROSS JOIN generate_series(1, %(weeks)s) AS n
    CROSS JOIN LATERAL (SELECT date_trunc('week', %(today)s::date)::date - 7 * n AS monday) AS weeks
    CROSS JOIN LATERAL (SELECT
        (monday + CASE WHEN (a.id + n) %% 20 = 3 THEN 6 ELSE 4 END + time '16:00' + (a.id %% 90) * interval '1 minute')
            AT TIME ZONE s.time_zone AS filed,
        n = 1 AND a.id %% 10 = 0 AS waits) AS judged
    WHERE a.status = 'on_site' AND a.since <= monday AND s.lead_id <> a.person_id
        AND NOT EXISTS (SELECT FROM workplans_report r
            WHERE r.assignment_id = a.id AND r.period = to_char(monday, 'IYYY-"W"IW'))
    RETURNING id
"""
# What was owed for them: filed by Friday, one in twenty on Sunday; read within days.
FILED = """
    INSERT INTO core_obligation (kind, subject_type_id, subject_id, title, url, period, person_id, site_id, owner_id,
        status, opened_at, due_at, met_at, breached_at, alarms, alarms_rung, next_alarm_at)
    SELECT 'work_report', %(assignment)s, a.id, u.name || ' · ' || s.name || ' · ' || r.period,
        '/reports/new/?assignment=' || a.id, r.period, a.person_id, s.id, a.person_id, 'met',
        r.begins_on::timestamp AT TIME ZONE s.time_zone, due, r.filed_at, CASE WHEN r.filed_at > due THEN due END,
        '[]', 0, NULL
    FROM workplans_report r
    JOIN personnel_assignment a ON a.id = r.assignment_id
    JOIN personnel_site s ON s.id = a.site_id
    JOIN personnel_user u ON u.id = a.person_id
    CROSS JOIN LATERAL (SELECT (r.begins_on + 4 + time '23:59:59.999999') AT TIME ZONE s.time_zone AS due) AS judged
    WHERE r.id = ANY(%(reports)s)
    ON CONFLICT DO NOTHING
"""
READ = """
    INSERT INTO core_obligation (kind, subject_type_id, subject_id, title, url, period, person_id, site_id, owner_id,
        status, opened_at, due_at, met_at, breached_at, alarms, alarms_rung, next_alarm_at)
    SELECT 'report_review', %(report)s, r.id, u.name || ' · ' || r.period, '/reports/' || r.id || '/', '', a.person_id,
        s.id, s.lead_id, 'met', r.filed_at, r.filed_at + interval '4 days', r.reviewed_at, NULL, '[]', 0, NULL
    FROM workplans_report r
    JOIN personnel_assignment a ON a.id = r.assignment_id
    JOIN personnel_site s ON s.id = a.site_id
    JOIN personnel_user u ON u.id = a.person_id
    WHERE r.id = ANY(%(reports)s) AND r.status = 'reviewed'
"""


def load(*, now: datetime) -> int:
    """Give every posting its past work where it has none; answers how many tasks and reports are new."""
    today = now.date()
    tasks = _tasks(today, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workplans_task")
    return tasks + _reports(today, now)


def _run(cursor, statement: str, **values) -> list[int]:
    cursor.execute(statement, values)
    return [row[0] for row in cursor.fetchall()] if cursor.description else []


def _tasks(today: date, now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        tasks = _run(cursor, TASKS, titles=TITLES, many=len(TITLES), each=TASKS_A_POSTING, today=today)
        written = _run(cursor, PLANS, tasks=tasks, today=today)
        _run(cursor, STEPS_OF_PLANS, plans=written, steps=STEPS)
        for statement in (SUBMITTED, APPROVED, MOVED):
            _run(cursor, statement, plans=written, today=today)
        _run(cursor, CARRIED_OUT, tasks=tasks, today=today)
        if tasks:
            _clocks(min(tasks), now)
    return len(tasks)


def _clocks(first: int, now: datetime) -> None:
    """What is open has its clocks, and some plans wait for the lead."""
    fresh = Task.objects.filter(pk__gte=first).select_related("owner", "site").order_by("pk")
    due = (_by(task, task.title, task, task.owner) for task in fresh.filter(status__in=Task.UNDELIVERED))
    obligations.start_many(TASK_DUE, due, now=now)
    steps = (
        Step.objects.filter(plan__task__in=fresh).in_force().open().select_related("responsible", "plan__task__site")
    )
    due = (_by(step, f"{step.title} · {step.plan.task.title}", step.plan.task, step.responsible) for step in steps)
    obligations.start_many(STEP_DUE, due, now=now)
    drafts = Plan.objects.filter(task__in=fresh, status="draft").select_related("task__owner", "task__site")
    for plan in drafts.order_by("pk"):
        if plan.pk % 10 == 0:
            plans.submit(plan, by=plan.task.owner, now=plan.written_at + timedelta(hours=1))


def _by(thing, title: str, task: Task, owner) -> Promise:
    zone = task.site.zone
    return Promise(
        subject=thing, title=title, url=thing.get_absolute_url(), opened_at=task.assigned_at,
        due_at=end_of(thing.due_on, zone), zone=zone, person=owner, site=task.site, owner=owner,
    )  # fmt: skip


def _reports(today: date, now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        reports = _run(
            cursor, REPORTS, done=DONE, next=NEXT, trouble=TROUBLE, comment=COMMENT, weeks=WEEKS, today=today, now=now
        )
        _run(cursor, FILED, reports=reports, assignment=ContentType.objects.get_for_model(Assignment).pk)
        _run(cursor, READ, reports=reports, report=ContentType.objects.get_for_model(Report).pk)
        related = ("assignment__person", "assignment__site__lead", "assignment__site__department")
        waiting = Report.objects.to_review().filter(pk__gte=min(reports, default=0)).select_related(*related)
        for report in waiting if reports else []:
            review_soon(report, now=report.filed_at)
    return len(reports)
