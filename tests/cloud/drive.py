"""Drives a freshly deployed installation through a month and a day of its life, as its users do: monitors, a help desk,
staff, customers' integrations, finance, the clock. Everything it asks is recorded as a scenario, which `nines replay
--as-invoked` runs again; compare.py then compares both."""

import argparse
import hashlib
import json
import re
import secrets
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cloud import Cloud, Json, Listener, Unexpected, eventually, expect, now
from deployed import EMULATORS_POLICY, look_at_everything
from issuer import Issuer
from sites import SitesDrive
from visits import Answer, ask

SAMPLE = Path(__file__).parents[2] / "infra/local/sample/scenario-2026-06.ndjson"
# Checks in one invocation.
CHECKS_MAX = 20
# Invocations of the sample that go over the bus and through the queues, one by one, so that their order stands.
OVER_THE_BUS = range(40, 44)
THROUGH_THE_QUEUE = range(80, 84)
AS_CLOUD_EVENTS = range(120, 122)
SWEEPS = {"SweepChecks": "record-checks", "SweepDeadlines": "keep-deadlines", "SweepNotices": "send-notices"}


class Drive:
    def __init__(self, out: Path, stack: str, issuer: Issuer) -> None:
        self.out, self.issuer = out, issuer
        self.cloud = Cloud(stack, out / "scenario.ndjson")
        self.sqs, self.events = self.cloud.client("sqs"), self.cloud.client("events")
        self.queues = {
            name: self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
            for name in ("nines-checks.fifo", "nines-bus-checks", "nines-ticket-events")
        }
        topics = {name: self.cloud.outputs[f"{name.capitalize()}TopicArn"] for name in ("customer", "operations", "finance")}
        self.all = {audience: Listener(self.cloud, f"all-{audience}", topic) for audience, topic in topics.items()}
        critical = {"severity": ["critical"]}
        self.critical = Listener(self.cloud, "critical", topics["operations"], MessageAttributes=critical)
        claims = {"customer_id": ["cust-2"], "kind": [{"prefix": "claim."}, {"prefix": "credit."}]}
        self.claims = Listener(self.cloud, "claims-of-cust-2", topics["customer"], MessageBody=claims)

    def run(self) -> None:
        sites = SitesDrive(self.cloud, self.all["customer"], self.issuer)
        for step in (
            self.the_emulator_is_told_what_aws_knows,
            self.the_clock_is_held,
            self.the_month_of_the_sample,
            self.an_alarm_reports,
            self.poison_and_its_neighbours,
            self.a_ticket_and_its_deadline,
            self.maintenance_is_announced,
            self.terms_are_published,
            self.the_month_ends,
            self.a_customer_claims_and_the_day_begins,
            self.finance_reads_the_exports,
            self.notices_reached_those_who_filter,
            self.the_record_ends,
            self.a_monitor_sends_webhooks,
            *sites.steps(),
            self.nothing_failed_unseen,
            self.what_is_deployed,
        ):
            began = time.monotonic()
            step()
            print(f"{time.monotonic() - began:6.1f} s  {step.__name__.replace('_', ' ')}", flush=True)

    # ── The steps ──────────────────────────────────────────────────────────────────────────────────────────────

    def the_emulator_is_told_what_aws_knows(self) -> None:
        """Adds the permissions that only the emulator asks for to the deployed roles: AWS has
        no action `sns:PublishBatch` (`sns:Publish` allows both), and a schedule's ARN names its group, not `default`."""
        topics = [arn for name, arn in self.cloud.outputs.items() if name.endswith("TopicArn")]
        schedules = f"arn:aws:scheduler:{self.cloud.region}:{self.cloud.account}:schedule/default/*"
        iam = self.cloud.client("iam")
        for role in (role["RoleName"] for role in iam.list_roles()["Roles"]):
            for function, actions, resources in (
                ("SendNotices", ["sns:PublishBatch"], topics),
                ("RecordTickets", ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"], schedules),
                ("KeepDeadlines", ["scheduler:CreateSchedule"], schedules),
                ("ServePortal", ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"], schedules),
            ):
                if f"{function}Role" in role:
                    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
                    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
                    iam.put_role_policy(RoleName=role, PolicyName=EMULATORS_POLICY, PolicyDocument=document)

    def the_clock_is_held(self) -> None:
        """Stops the scheduled sweeps, whose instants no record could repeat: the drive invokes them itself."""
        scheduler = self.cloud.client("scheduler")
        for schedule in scheduler.list_schedules(GroupName="nines")["Schedules"]:
            if "sweep" not in schedule["Name"].lower():
                continue
            known = scheduler.get_schedule(GroupName="nines", Name=schedule["Name"])
            kept = ("ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target", "Description")
            fields = {name: known[name] for name in kept if name in known}
            scheduler.update_schedule(GroupName="nines", Name=schedule["Name"], State="DISABLED", **fields)

    def the_month_of_the_sample(self) -> None:
        for at, line in enumerate(sample()):
            payload = line["payload"]
            if line["invoke"] == "run-desk":
                command = dict(payload)
                by = self.cloud.desk_by_cli if at < 4 else self.cloud.desk
                self.cloud.dated_back = line["at"]
                by(command.pop("command"), **command)
                self.cloud.dated_back = None
                if payload["command"] == "register_service":
                    self.register_back(payload["service_id"], line["at"])
            elif at in OVER_THE_BUS:
                self.put_on_the_bus("status check", payload)
            elif at in THROUGH_THE_QUEUE:
                self.send_checks([json.dumps(payload)], payload["checks"][0]["service_id"])
            elif at in AS_CLOUD_EVENTS:
                for nth, check in enumerate(payload["checks"]):
                    event = {"specversion": "1.0", "id": f"{at}-{nth}", "source": "/probe", "type": "status-check", "data": check}
                    self.send_checks([json.dumps(event)], check["service_id"])
            else:
                answer = self.cloud.asked(line["invoke"], payload)
                received = len(payload["checks"])
                told = answer["accepted"] + answer["duplicates"] + len(answer["quarantined"])
                expect(told == received, f"line {at}: {received} checks, {answer}")
                expect(not answer["quarantined"], f"line {at}: {answer}")
        self.all["customer"].hears("availability.breached", month="2026-06")
        self.services = self.cloud.desk("list_services", ids_only=True)["service_ids"]
        expect(len(self.services) == 10, f"10 services: {self.services}")

    def register_back(self, service_id: str, registered_at: str) -> None:
        """Dates a registration back to the sample's: a service has claims and credits from the month of its registration
        on, and nobody can wait for one here."""
        dynamodb, table = self.cloud.client("dynamodb"), self.cloud.outputs["TableName"]
        for kind in ("SERVICE", "STANDING"):
            key = {"PK": {"S": f"SERVICE#{service_id}"}, "SK": {"S": kind}}
            item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
            body = re.sub(r'"registered_at":"[^"]*"', f'"registered_at":"{registered_at}"', item["body"]["S"])
            body = re.sub(r'"open_from":"[^"]*"', f'"open_from":"{registered_at[:7]}"', body)
            expect(body != item["body"]["S"], f"{service_id} is dated back: {body[:300]}")
            dynamodb.put_item(TableName=table, Item=item | {"body": {"S": body}})

    def an_alarm_reports(self) -> None:
        """A CloudWatch alarm changes its state. Nobody but AWS may put its events on the bus, and the emulator does not: so
        the rule is asked what it lets through, and its queue gets what it would send there."""
        arn = f"arn:aws:cloudwatch:{self.cloud.region}:{self.cloud.account}:alarm:sla-lab"
        since = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.cloud.desk(
            "register_service", service_id="lab", customer_id="cust-1", name="Lab", plan="standard",
            monthly_fee={"minor": 10000, "currency": "EUR"}, region="us", activated_at=since, max_silence_s=None,
        )  # fmt: skip
        self.cloud.desk_by_cli("register_alarm", alarm_arn=arn, service_id="lab", probe="sla-lab")
        rules = [rule for rule in self.events.list_rules()["Rules"] if "aws.cloudwatch" in rule.get("EventPattern", "")]
        expect(len(rules) == 1, f"one rule takes alarms: {rules}")
        for name, passes in (("sla-lab", True), ("other", False)):
            event = self.alarm_changes(name, arn.replace("sla-lab", name))
            matches = self.events.test_event_pattern(EventPattern=rules[0]["EventPattern"], Event=json.dumps(event))["Result"]
            expect(matches == passes, f"{rules[0]['EventPattern']} lets {name} through: {matches}")
        event = self.alarm_changes("sla-lab", arn)
        self.send("nines-bus-checks", "record-checks", [json.dumps(event)])
        opened = self.all["customer"].hears("outage.opened", service_id="lab")
        expect(opened["severity"] in ("warning", "critical"), f"an outage is told: {opened}")

    def alarm_changes(self, name: str, arn: str) -> Json:
        """A change of state as EventBridge brings it."""
        at = datetime.now(UTC)
        before, changed = ((at - ago).strftime("%Y-%m-%dT%H:%M:%S.000+0000") for ago in (timedelta(hours=1), timedelta()))
        state = {"value": "ALARM", "reason": "it cannot be reached", "timestamp": changed}
        return {
            "version": "0", "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92", "detail-type": "CloudWatch Alarm State Change",
            "source": "aws.cloudwatch", "account": self.cloud.account, "time": now(), "region": self.cloud.region,
            "resources": [arn], "detail": {"alarmName": name, "state": state, "previousState": {"value": "OK", "timestamp": before}},
        }  # fmt: skip

    def poison_and_its_neighbours(self) -> None:
        """Unreadable input ends in the quarantine, and its neighbours are taken in."""
        slot = (datetime.now(UTC) - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:00Z")
        good = [
            json.dumps({"checks": [{"service_id": "lab", "probe": f"p{n}", "checked_at": slot, "status": "up"}]}) for n in (1, 2)
        ]
        before = self.quarantined()
        expect(before == set(), f"nothing was quarantined so far: {before}")
        self.send_checks([good[0], "{not JSON", good[1]], "lab")
        taken = eventually("the poison is in the quarantine", lambda: self.quarantined() - before)
        expect(len(taken) == 1, f"one thing is quarantined: {taken}")
        for body in good:
            answer = self.cloud.asked("record-checks", json.loads(body))
            expect(answer["duplicates"] == 1, f"the neighbour of the poison was recorded: {answer}")
        # An outbox item that cannot be read, among the table's own writes.
        table = self.cloud.outputs["TableName"]
        item = {"PK": "GENERAL#00", "SK": "NOTICE#2026-01-01T00:00:00Z#broken", "due": "OUTBOX#00", "due_at": "2026-01-01T00:00:00Z"}
        values = {name: {"S": value} for name, value in (item | {"body": "{broken"}).items()}
        self.cloud.client("dynamodb").put_item(TableName=table, Item=values)
        eventually("the unreadable notice is in the quarantine", lambda: len(self.quarantined()) == 2)
        keys = {name: values[name] for name in ("PK", "SK")}
        self.cloud.client("dynamodb").delete_item(TableName=table, Key=keys)

    def a_ticket_and_its_deadline(self) -> None:
        opened_at = datetime.now(UTC) - timedelta(seconds=285)
        opened = {
            "event_id": "e1", "ticket_id": "T-1", "kind": "opened", "occurred_at": opened_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "customer_id": "cust-2", "service_id": "access-website-public-webpage", "level": 1, "channel": "phone", "title": "All down",
        }  # fmt: skip
        self.put_on_the_bus("ticket event", opened)
        self.all["customer"].hears("ticket.opened", ticket_id="T-1")
        # Five minutes after the opening, a quarter of a minute from now, the target is missed: a schedule fires.
        missed = self.all["operations"].hears("ticket.acknowledge_target_missed", ticket_id="T-1", seconds=90)
        expect(missed["occurred_at"] > opened["occurred_at"], f"it is missed after the opening: {missed}")
        for event_id, kind in (("e2", "acknowledged"), ("e3", "resolved")):
            event = {"event_id": event_id, "ticket_id": "T-1", "kind": kind, "occurred_at": now()}
            self.send("nines-ticket-events", "record-tickets", [json.dumps({"events": [event]})])
        self.all["customer"].hears("ticket.resolved", ticket_id="T-1")
        left = self.cloud.client("scheduler").list_schedules(GroupName="nines-deadlines")["Schedules"]
        expect(left == [], f"a resolved ticket has no deadline left: {left}")

    def maintenance_is_announced(self) -> None:
        starts = (datetime.now(UTC) + timedelta(hours=80)).replace(minute=0, second=0)
        self.cloud.desk_by_cli(
            "announce_maintenance", window_id="w-1", scope={"region": "us"}, reason="New switches",
            starts_at=starts.strftime("%Y-%m-%dT%H:%M:%SZ"), ends_at=(starts + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )  # fmt: skip
        for customer in ("cust-1", "cust-2", "cust-3"):
            self.all["customer"].hears("maintenance.announced", customer_id=customer)

    def terms_are_published(self) -> None:
        terms = json.loads((self.out / "terms-2.json").read_text())
        answer = self.cloud.asked("publish-terms", terms)
        expect(answer["revision"] == 2, f"revision 2 is published: {answer}")
        for customer in ("cust-1", "cust-2", "cust-3"):
            told = self.all["customer"].hears("terms.announced", customer_id=customer)
            expect("Premium" in told["text"], f"the difference is told: {told['text']}")

    def the_month_ends(self) -> None:
        for month, scheduled_at in (("2026-05", "2026-06-02T00:10:00Z"), ("2026-06", "2026-07-02T12:10:00Z")):
            self.note_month_end(month)
            output = self.cloud.execute(self.cloud.outputs["MonthEndArn"], {"scheduled_at": scheduled_at, "everywhere": True})
            expect(output["month"] == month and output["closed"] == 10, f"ten services are closed: {output}")
            expect(output["export"]["revision"] == 1 and output["export"]["files"], f"{month} is exported: {output}")
        expect(output["breached"] == 4, f"four months are breached: {output}")
        # A second run changes nothing.
        again = self.cloud.execute(self.cloud.outputs["MonthEndArn"], {"month": "2026-06"})
        expect(again["export"]["files"] == [], f"nothing new is exported: {again}")
        for service in self.services:
            self.all["customer"].hears("statement.closed", service_id=service, month="2026-06")
        self.all["finance"].hears("export.ready", month="2026-06")

    def a_customer_claims_and_the_day_begins(self) -> None:
        claim = self.cloud.desk(
            "file_claim", service_id="access-website-public-webpage", month="2026-06", customer_id="cust-2", kind="uptime"
        )
        expect(claim["state"] == "approved", f"the claim is in time: {claim}")
        self.cloud.note("close-month", {"sweep": True})
        self.cloud.note("export-month", {"sweep": True})
        output = self.cloud.execute(self.cloud.outputs["DailyRunArn"], {})
        revisions = {(exported["month"], exported["revision"]) for exported in output["exported"]}
        expect(("2026-06", 2) in revisions, f"the credit is in the next revision: {output}")
        for function in SWEEPS.values():
            self.cloud.asked(function, {"sweep": True})

    def finance_reads_the_exports(self) -> None:
        bucket = self.cloud.outputs["ExportsBucket"]
        self.cloud.cli("s3", "cp", "--recursive", "--quiet", f"s3://{bucket}/exports", str(self.out / "cloud/exports"))
        manifests = sorted((self.out / "cloud/exports").glob("*/*/manifest.json"))
        expect(len(manifests) == 3, f"three revisions: {manifests}")
        for manifest in manifests:
            for file in json.loads(manifest.read_text())["files"]:
                content = (self.out / "cloud" / file["key"]).read_bytes()
                expect(hashlib.sha256(content).hexdigest() == file["sha256"], f"{file['key']} has its digest")
        s3 = self.cloud.client("s3")
        for key in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            versions = s3.list_object_versions(Bucket=bucket, Prefix=key["Key"])["Versions"]
            expect(len(versions) == 1, f"{key['Key']} was written once: {len(versions)} versions")

    def notices_reached_those_who_filter(self) -> None:
        heard = {audience: listener.listen() for audience, listener in self.all.items()}
        critical = {id for id, notice in heard["operations"].items() if notice["severity"] == "critical"}
        expect(critical and set(self.critical.listen()) == critical, "the filter on attributes lets through what is critical")
        claims = {
            id for id, notice in heard["customer"].items()
            if notice.get("customer_id") == "cust-2" and notice["kind"].startswith(("claim.", "credit."))
        }  # fmt: skip
        expect(claims and set(self.claims.listen()) == claims, "the filter on the body lets through a customer's claims")

    def the_record_ends(self) -> None:
        """Visits portal and desk; none of it is recorded, as its instants could not be repeated."""
        statements = [
            self.cloud.desk("show_statement", service_id=service, month=month)
            for service in self.services
            for month in ("2026-05", "2026-06")
        ]
        heard = {audience: sorted(listener.listen()) for audience, listener in self.all.items()}
        (self.out / "cloud").mkdir(exist_ok=True)
        (self.out / "cloud/statements.json").write_text(json.dumps(statements, indent=2))
        (self.out / "cloud/notices.json").write_text(json.dumps(heard, indent=2))
        print(f"         {len(statements)} statements, {sum(map(len, heard.values()))} notices heard")
        self.cloud.end_record()

    def a_monitor_sends_webhooks(self) -> None:
        """An outage from Alertmanager's message to the customer's notice: gateway, SSM, table, queue and mapping. No replay
        repeats it, as a webhook has no place in a scenario."""
        secret, since = secrets.token_hex(32), datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)
        name, key = "/nines/sources/am-1", self.cloud.outputs["KeyArn"]
        self.cloud.client("ssm").put_parameter(Name=name, Type="SecureString", KeyId=key, Value=json.dumps({"current": secret}))
        self.cloud.desk(
            "register_service", service_id="web", customer_id="cust-1", name="Web", plan="standard",
            monthly_fee={"minor": 10000, "currency": "EUR"}, region="us", activated_at=instant(since), max_silence_s=None,
        )  # fmt: skip
        mapping = {"when": {"labels.nines_service": "web"}, "service_id": "web", "status": {"labels.severity": {"critical": "down"}}}
        self.cloud.desk("register_source", source_id="am-1", kind="alertmanager", auth={"scheme": "bearer"}, map=[mapping])
        started, ended = (since + timedelta(minutes=m) for m in (5, 12))
        firing, resolved = self.alert("web", started), self.alert("web", started, ended)
        for proof, body, status in ((secret[::-1], firing, 401), (secret, firing, 200), (secret, resolved, 200)):
            answer = self.send_webhook("am-1", proof, body)
            expect(answer.status == status, f"a webhook is answered {status}: {answer}")
        closed = self.all["customer"].hears("outage.closed", service_id="web")
        expect(closed["occurred_at"] == instant(ended.replace(second=0)), f"it ends with the alert: {closed}")
        before = self.quarantined()
        answer = self.send_webhook("am-1", secret, self.alert("mail", started))
        expect(answer.status == 200, f"an alert of no service is taken: {answer}")
        eventually("an alert of no service is in the quarantine", lambda: self.quarantined() - before)

    def send_webhook(self, source: str, proof: str, body: Json) -> Answer:
        headers = {"Authorization": f"Bearer {proof}", "Content-Type": "application/json"}
        return ask("POST", f"{self.cloud.outputs['HooksUrl']}/hooks/{source}", headers, json.dumps(body))

    @staticmethod
    def alert(service: str, started: datetime, ended: datetime | None = None) -> Json:
        """A message of Alertmanager with one alert, firing or resolved."""
        labels = {"alertname": "ServiceDown", "nines_service": service, "severity": "critical"}
        status, ends_at = ("resolved", instant(ended)) if ended else ("firing", "0001-01-01T00:00:00Z")
        alert = {
            "status": status, "labels": labels, "annotations": {}, "startsAt": instant(started), "endsAt": ends_at,
            "generatorURL": "", "fingerprint": hashlib.sha256(service.encode()).hexdigest()[:16],
        }  # fmt: skip
        return {
            "version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": status, "receiver": "nines", "groupLabels": {},
            "commonLabels": labels, "commonAnnotations": {}, "externalURL": "", "alerts": [alert],
        }  # fmt: skip

    def nothing_failed_unseen(self) -> None:
        """No dead letter, and no fault in any log: a call refused to a role would be one, retried or not."""
        for url in self.sqs.list_queues()["QueueUrls"]:
            if "dead-letters" in url:
                count = self.waiting(url)
                expect(count == 0, f"{url} holds {count} dead letters")
        logs = self.cloud.client("logs")
        # The one that the poison is meant to cause.
        unreadable = "cannot deliver what is due in the outbox"
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]:
            events = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            lines = [event["message"] for page in events for event in page["events"]]
            expect(lines, f"{group['logGroupName']} has lines")
            faults = [line for line in lines if "AccessDenied" in line or ('"ERROR"' in line and unreadable not in line)]
            expect(not faults, f"{group['logGroupName']}: {faults[:3]}")

    def what_is_deployed(self) -> None:
        ours = {"CustomerIssuer": self.issuer.origin, "CustomerClientId": "portal"}
        staffs = {"StaffIssuer": self.issuer.origin, "StaffClientId": "desk"}
        looked_at = look_at_everything(self.cloud, **ours, **staffs)
        print("         " + ", ".join(f"{count} {kind}" for kind, count in sorted(looked_at.items())))

    # ── Shared parts of the steps ─────────────────────────────────────────────────────────────────────────────

    def note_month_end(self, month: str) -> None:
        ids = self.cloud.desk("list_services", ids_only=True)["service_ids"]
        for begin in range(0, len(ids), 25):
            self.cloud.note("close-month", {"month": month, "service_ids": ids[begin : begin + 25]})
        self.cloud.note("export-month", {"month": month})

    def put_on_the_bus(self, detail_type: str, detail: Json) -> None:
        function, queue = {
            "status check": ("record-checks", "nines-bus-checks"),
            "ticket event": ("record-tickets", "nines-ticket-events"),
        }[detail_type]  # fmt: skip
        at = now()
        entry = {"EventBusName": self.cloud.outputs["BusName"], "Source": "monitor", "DetailType": detail_type, "Detail": json.dumps(detail)}
        answer = self.events.put_events(Entries=[entry])
        expect(answer["FailedEntryCount"] == 0, f"the bus takes it: {answer}")
        event = {"detail-type": detail_type, "source": "monitor", "detail": detail}
        self.cloud.note(function, event, at)
        self.wait_until_empty(queue)

    def send_checks(self, bodies: list[str], service_id: str) -> None:
        self.send("nines-checks.fifo", "record-checks", bodies, MessageGroupId=service_id)

    def send(self, queue: str, function: str, bodies: list[str], **fields: str) -> None:
        at = now()
        entries = [{"Id": str(nth), "MessageBody": body, **fields} for nth, body in enumerate(bodies)]
        answer = self.sqs.send_message_batch(QueueUrl=self.queues[queue], Entries=entries)
        expect(len(answer["Successful"]) == len(bodies), f"the queue takes them: {answer}")
        records = [{"messageId": str(nth), "eventSource": "aws:sqs", "body": body} for nth, body in enumerate(bodies)]
        self.cloud.note(function, {"Records": records}, at)
        self.wait_until_empty(queue)

    def waiting(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in attributes.values())

    def wait_until_empty(self, queue: str) -> None:
        """Waits until a queue is empty twice in a row: messages of the bus may still be on their way."""
        url = self.queues[queue]
        for _ in range(2):
            time.sleep(0.4)
            eventually(f"{queue} is empty", lambda: self.waiting(url) == 0)

    def quarantined(self) -> set[str]:
        answer = self.cloud.desk("list_quarantine")
        return {each["quarantine_id"] for each in answer["quarantined"]}


def instant(at: datetime) -> str:
    """An instant as events write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def sample() -> list[Json]:
    """The lines of the sample month, with some consecutive checks joined, as a prober may send them."""
    lines: list[Json] = []
    for line in map(json.loads, SAMPLE.read_text().splitlines()):
        checks = line["payload"].get("checks")
        before = lines[-1]["payload"].get("checks") if lines else None
        if checks and before and len(before) + len(checks) <= CHECKS_MAX:
            before.extend(checks)
        else:
            lines.append(line)
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder for the record and the results")
    parser.add_argument("--stack", default="nines")
    parser.add_argument("--issuer", required=True, help="the address of the issuer that signs people in at the portal")
    parser.add_argument("--issuer-key", type=Path, required=True, help="the file of the key with which it signs")
    options = parser.parse_args()
    try:
        Drive(options.out, options.stack, Issuer(options.issuer, options.issuer_key)).run()
    except Unexpected as unexpected:
        print(f"not as it should be: {unexpected}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
