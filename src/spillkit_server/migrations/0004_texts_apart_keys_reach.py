# Texts that people wrote stand apart from their events, so that one can be erased; keys of the API say how far they reach.

from django.db import migrations, models


def take_texts_apart(apps, schema_editor):
    """Move the texts of events that were kept whole into rows of their own."""
    from spillkit.case.events import bare, decode, encode, texts_of

    texts = apps.get_model("spillkit_server", "TextRow")
    for row in apps.get_model("spillkit_server", "EventRow").objects.iterator():
        event = decode(bytes(row.body))
        found = texts_of(event)
        if found:
            texts.objects.bulk_create(texts(event=row, name=name, text=text) for name, text in found.items())
            row.body = encode(bare(event))
            row.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("spillkit_server", "0003_reports_said")]

    operations = [
        migrations.CreateModel(
            name="TextRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("text", models.TextField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="texts", to="spillkit_server.eventrow"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("event", "name"), name="one_text_per_name")],
            },
        ),
        migrations.AddField("token", "label", models.CharField(blank=True, default="", max_length=60)),
        migrations.AddField("token", "reach", models.CharField(default="read", max_length=8)),
        migrations.AddField("token", "used_at", models.DateTimeField(null=True)),
        migrations.RunPython(take_texts_apart, migrations.RunPython.noop),
    ]
