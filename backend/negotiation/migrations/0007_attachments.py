import django.db.models.deletion
from django.db import migrations, models

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

OF_ITS_ROOM = RowSecurity(company="seller_id", partner="buyer_id", follow=("room_id", "negotiation_room"))

class Migration(migrations.Migration):

    dependencies = [
        ('negotiation', '0006_awards_secured'),
    ]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='files',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('picture', 'Picture'), ('document', 'Document')], max_length=10)),
                ('file', models.FileField(max_length=120, upload_to='')),
                ('sha256', models.CharField(max_length=64)),
                ('content_type', models.CharField(max_length=60)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('width', models.PositiveIntegerField(blank=True, null=True)),
                ('height', models.PositiveIntegerField(blank=True, null=True)),
                ('size_bytes', models.PositiveIntegerField()),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='negotiation.entry')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='negotiation.room')),
            ],
            options={
                'ordering': ['entry', 'pk'],
                'indexes': [models.Index(fields=['sha256'], name='attachment_sha256')],
            },
        ),
        migrations.CreateModel(
            name='EnquiryFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('picture', 'Picture'), ('document', 'Document')], max_length=10)),
                ('file', models.FileField(max_length=120, upload_to='')),
                ('sha256', models.CharField(max_length=64)),
                ('content_type', models.CharField(max_length=60)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('width', models.PositiveIntegerField(blank=True, null=True)),
                ('height', models.PositiveIntegerField(blank=True, null=True)),
                ('size_bytes', models.PositiveIntegerField()),
                ('enquiry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='negotiation.enquiry')),
            ],
            options={
                'ordering': ['enquiry', 'pk'],
                'indexes': [models.Index(fields=['sha256'], name='enquiry_file_sha256')],
            },
        ),
        SecureRows("attachment", OF_ITS_ROOM),
        SecureRows("enquiryfile", RowSecurity(follow=("enquiry_id", "negotiation_enquiry"), read_along=True)),
    ]
