from django.db import migrations

FROM_SUBJECTS = """
UPDATE core_approval SET site_id = found.site_id
FROM django_content_type AS kind, (
    SELECT 'datechange' AS model, change.id AS subject_id, request.site_id
    FROM communication_datechange AS change
    JOIN communication_clientrequest AS request ON request.id = change.request_id
    UNION ALL
    SELECT 'meetingwaiver', waiver.id, assignment.site_id
    FROM communication_meetingwaiver AS waiver
    JOIN personnel_assignment AS assignment ON assignment.id = waiver.assignment_id
) AS found
WHERE kind.id = core_approval.subject_type_id
    AND kind.app_label = 'communication'
    AND kind.model = found.model
    AND found.subject_id = core_approval.subject_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ("communication", "0005_when_a_question_was_logged"),
        ("core", "0009_a_round_knows_its_site"),
    ]

    operations = [migrations.RunSQL(FROM_SUBJECTS, migrations.RunSQL.noop)]
