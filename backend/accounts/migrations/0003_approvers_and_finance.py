from django.db import migrations, models

ROLES = [
    ("owner", "Owner"),
    ("manager", "Manager"),
    ("sales", "Sales"),
    ("warehouse", "Warehouse"),
    ("buyer", "Buyer"),
    ("approver", "Approver"),
    ("finance", "Finance"),
    ("read_only", "Read-only"),
    ("operator", "Operator"),
    ("system", "System"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_api_tokens")]

    operations = [
        migrations.RemoveConstraint(model_name="membership", name="membership_role"),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(choices=ROLES, max_length=20, verbose_name="role"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(role__in=[role for role, _label in ROLES]), name="membership_role"
            ),
        ),
    ]
