"""django-helpdesk with one queue and one member of staff: does what each line of its input names, as the help desk's own
forms do it, and answers with the instants around it and with what the person at the form would have seen."""
import json
import os
import sys
import time

import django
from django.conf import settings

folder, address = sys.argv[1:]
# The guide's way of giving the address.
os.environ["HELPDESK_NEW_TICKET_WEBHOOK_URLS"] = os.environ["HELPDESK_FOLLOWUP_WEBHOOK_URLS"] = address
settings.configure(
    SECRET_KEY="of this run", USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField", SITE_ID=1,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/helpdesk.db"}},
    MEDIA_ROOT=folder, EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend", ROOT_URLCONF="__main__",
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.humanize",
        "django.contrib.messages", "django.contrib.sessions", "django.contrib.sites", "rest_framework", "helpdesk",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    HELPDESK_TEAMS_MODE_ENABLED=False, HELPDESK_USE_CDN=False, HELPDESK_ACTIVATE_API_ENDPOINT=False,
)
django.setup()

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import include, path
from helpdesk.forms import TicketForm
from helpdesk.models import Queue, Ticket
from helpdesk.update_ticket import update_ticket

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
call_command("migrate", verbosity=0)
staff = get_user_model().objects.create_superuser("ada", "ada@example.org", "of this run")
queue = Queue.objects.create(title="Network", slug="noc", email_address="noc@example.org")


def open_ticket(_):
    form = TicketForm(queue_choices=[(queue.id, queue.title)], data={
        "queue": queue.id, "title": "No dial tone", "body": "Since this morning", "priority": 1,
        "submitter_email": "customer@example.org",
    })
    if not form.is_valid():
        raise ValueError(form.errors.as_json())
    return form.save(user=staff)


def follow_up(status):
    def save(ticket):
        update_ticket(staff, ticket, comment="We look into it", public=True, new_status=status)
        return ticket
    return save


acts = {
    "open": open_ticket, "comment": follow_up(None), "resolve": follow_up(Ticket.RESOLVED_STATUS),
    "reopen": follow_up(Ticket.REOPENED_STATUS), "close": follow_up(Ticket.CLOSED_STATUS),
}
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    ticket, error, before = Ticket.objects.first(), None, time.time()
    try:
        ticket = acts[line.strip()](ticket)
    except Exception as raised:
        error = type(raised).__name__
    print(json.dumps({"before": before, "after": time.time(), "error": error}), flush=True)
