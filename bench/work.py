"""A year of tasks with their plans, written by statements: 20 to each posting, 200,000 in the large company.

Every row passes the database's own triggers and constraints: steps are written into drafts, plans are then decided,
and tasks start under what was approved. Which are late, returned or under review follows from numbers, not chance.
"""

from datetime import date

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
    UPDATE workplans_plan SET status = 'in_review', submitted_at = written_at + interval '1 hour'
    WHERE id = ANY(%(plans)s)
"""
APPROVED = """
    UPDATE workplans_plan p SET status = 'approved', decided_at = submitted_at + interval '1 day'
    FROM workplans_task t
    WHERE t.id = p.task_id AND p.id = ANY(%(plans)s) AND (t.due_on <= %(today)s::date + 10 OR t.id %% 3 = 1)
"""
MOVED = """
    UPDATE workplans_step s SET percent = CASE WHEN past OR "order" = 1 THEN 100 ELSE 40 END,
        moved_at = s.due_on + time '15:00', done_at = CASE WHEN past OR "order" = 1 THEN s.due_on + time '15:00' END
    FROM workplans_plan p JOIN workplans_task t ON t.id = p.task_id
    CROSS JOIN LATERAL (SELECT t.due_on < %(today)s::date - 8 OR t.id %% 4 = 0 AS past) AS judged
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
        closed_at = CASE WHEN past THEN due_on + 4 + time '11:00' END,
        verdict = CASE WHEN past THEN '核对无误。' ELSE '' END
    FROM (SELECT id AS task, due_on < %(today)s::date - 8 AS past FROM workplans_task WHERE id = ANY(%(tasks)s)) judged
    WHERE task = id AND due_on <= %(today)s::date + 10
"""
TITLES = ["接口联调", "扫码枪更换", "月度数据核对", "夜间发布", "User training", "Label the racks", "安全巡检整改"]


def fill(today: date, *, each: int = TASKS_A_POSTING) -> int:
    """Give every posting that has none its tasks, plans and steps; answers how many tasks there are new."""
    from django.db import connection, transaction

    def run(statement: str, **values) -> list[int]:
        cursor.execute(statement, values | {"today": today})
        return [row[0] for row in cursor.fetchall()] if cursor.description else []

    with transaction.atomic(), connection.cursor() as cursor:
        tasks = run(TASKS, titles=TITLES, many=len(TITLES), each=each)
        plans = run(PLANS, tasks=tasks)
        run(STEPS_OF_PLANS, plans=plans, steps=STEPS)
        for statement in (SUBMITTED, APPROVED, MOVED):
            run(statement, plans=plans)
        run(CARRIED_OUT, tasks=tasks)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return len(tasks)
