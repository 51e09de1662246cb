from django.db import migrations, models
from django.db.models import Exists, OuterRef, Subquery


def fill_in(apps, schema_editor):
    """Questions typed in by one of us were logged when their history says; letters were not typed in."""
    named = {"app_label": "communication", "model": "enquiry"}
    kind = apps.get_model("contenttypes", "ContentType").objects.filter(**named).first()
    if kind is None:  # a new database
        return
    logged = apps.get_model("core", "Event").objects.filter(
        subject_type=kind, subject_id=OuterRef("pk"), verb="enquiry_logged"
    )
    typed = apps.get_model("communication", "EnquiryMessage").objects.filter(
        enquiry=OuterRef("pk"), direction="in", author__isnull=False
    )
    rows = apps.get_model("communication", "Enquiry").objects.filter(Exists(typed), logged_by__isnull=False)
    rows.update(logged_at=Subquery(logged.order_by("at").values("at")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("communication", "0004_whom_we_wrote_to_and_for_whom_one_signs"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "enquiry", "logged_at", models.DateTimeField(blank=True, null=True, verbose_name="logged at")
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
