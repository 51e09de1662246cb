from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("communication", "0003_lists_of_many_rows"),
    ]

    operations = [
        migrations.RenameField("enquirymessage", "sender", "client_address"),
        migrations.AddField("plansignature", "for_company", models.BooleanField(default=False), preserve_default=False),
        migrations.AddField("plansignature", "for_site", models.BooleanField(default=False), preserve_default=False),
    ]
