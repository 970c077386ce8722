"""Checks of the templates: roles are exact, nothing is retried without end or lost, nothing is open.

Run by tests/cloud/run. Settings that the local cloud accepts but ignores are checked here, on the real templates."""

import json
import re
import sys
import unittest
from collections import Counter, defaultdict
from pathlib import Path

from templates import AWS, alarms_stack, functions_stack, listed, of_type, prober_stack, shown, source

STACK = functions_stack()
ALARMS = alarms_stack()
PROBER = prober_stack()
CALLS = json.loads((AWS / "calls.json").read_text())
FUNCTIONS = of_type(STACK, "AWS::Lambda::Function")
MAPPINGS = of_type(STACK, "AWS::Lambda::EventSourceMapping")
QUEUES = of_type(STACK, "AWS::SQS::Queue")
ROLES = of_type(STACK, "AWS::IAM::Role")
# The names of a role's resources in calls.json.
RESOURCES = {
    "table": ["Table.Arn"],
    "table/index/due": ["${Table.Arn}/index/due"],
    "topic/customer": ["CustomerTopic"],
    "topic/customer-*": ["arn:aws:sns:eu-central-1:123456789012:nines-customer-*"],
    "subscription": ["*"],
    "topic/operations": ["OperationsTopic"],
    "topic/finance": ["FinanceTopic"],
    "schedule-group": ["arn:aws:scheduler:eu-central-1:123456789012:schedule/${Deadlines}/*"],
    "role/schedules": ["DeadlinesRole.Arn"],
    "queue/checks": ["Checks.Arn"],
    "queue/tickets": ["TicketEvents.Arn"],
    "secrets": ["arn:aws:ssm:eu-central-1:123456789012:parameter/nines/*"],
    "bucket": ["arn:aws:s3:::nines-exports-123456789012-eu-central-1/exports/*"],
}
# What a role has less of than RESOURCES says: the desk enters the secrets of sources alone.
NARROWER = {("ServeDesk", "secrets"): ["arn:aws:ssm:eu-central-1:123456789012:parameter/nines/sources/*"]}
# Streams have no name before the table has one.
STREAMS = "${Table.Arn}/stream/*"
WRITES = {"dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
Allowed = set[tuple[str, str]]


def name_of(function: str) -> str:
    return FUNCTIONS[function]["Properties"]["FunctionName"]


def statements(role: dict) -> list[dict]:
    return [each for policy in role["Properties"].get("Policies", []) for each in policy["PolicyDocument"]["Statement"]]


def allowed(role: dict) -> Allowed:
    return {
        (action, resource)
        for statement in statements(role)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def role_of(function: str) -> dict:
    return ROLES[shown(FUNCTIONS[function]["Properties"]["Role"]).removesuffix(".Arn")]


def mappings_of(function: str) -> list[dict]:
    return [m["Properties"] for m in MAPPINGS.values() if shown(m["Properties"]["FunctionName"]) == function]


def needed(function: str) -> Allowed:
    """The permissions that a function's own calls and its triggers need."""
    resources = {name: NARROWER.get((function, name), each) for name, each in RESOURCES.items()}
    need = {(call["action"], resource) for call in CALLS[name_of(function)] for resource in resources[call["resource"]]}
    log = shown(FUNCTIONS[function]["Properties"]["LoggingConfig"]["LogGroup"])
    need |= {("logs:CreateLogStream", f"{log}.Arn"), ("logs:PutLogEvents", f"{log}.Arn")}
    for mapping in mappings_of(function):
        origin = shown(mapping["EventSourceArn"])
        if origin == "Table.StreamArn":
            actions = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
            need.add(("dynamodb:ListStreams", STREAMS))
        else:
            actions = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
        need |= {(action, origin) for action in actions}
        if "DestinationConfig" in mapping:
            need.add(("sqs:SendMessage", shown(mapping["DestinationConfig"]["OnFailure"]["Destination"])))
    for config in of_type(STACK, "AWS::Lambda::EventInvokeConfig").values():
        if shown(config["Properties"]["FunctionName"]) == function:
            destination = config["Properties"]["DestinationConfig"]["OnFailure"]["Destination"]
            need.add(("sqs:SendMessage", shown(destination)))
    return need


def policies() -> list[tuple[str, dict]]:
    """Every statement of every policy except trust policies, with its owner."""
    found = [(name, statement) for name, role in ROLES.items() for statement in statements(role)]
    for template in (STACK, ALARMS):
        for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
            for name, policy in of_type(template, kind).items():
                found += [(name, each) for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    return found


class Roles(unittest.TestCase):
    """Each function has a role of its own, with exactly what it needs."""

    def test_every_function_has_its_own_role(self):
        roles = [shown(function["Properties"]["Role"]) for function in FUNCTIONS.values()]
        self.assertEqual(len(roles), len(set(roles)))
        self.assertEqual(sorted(CALLS), sorted(map(name_of, FUNCTIONS)))

    def test_roles_allow_what_is_called_and_nothing_else(self):
        for function in FUNCTIONS:
            with self.subTest(function):
                have, need = allowed(role_of(function)), needed(function)
                self.assertEqual(need - have, set(), "called or triggered, but not allowed: add it to the role")
                self.assertEqual(have - need, set(), "allowed, but never called: remove it from the role")

    def test_writes_are_limited_to_the_partitions_that_are_written(self):
        for function in FUNCTIONS:
            called = {c["action"]: c["partitions"] for c in CALLS[name_of(function)] if c["action"] in WRITES}
            limited = {}
            for statement in statements(role_of(function)):
                for action in WRITES & set(listed(statement["Action"])):
                    condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
                    limited[action] = condition.get("dynamodb:LeadingKeys")
            with self.subTest(function):
                self.assertEqual(limited, called)

    def test_who_can_be_asked_by_anyone_sees_sources_alone(self):
        [read] = [s for s in statements(role_of("ReceiveWebhooks")) if "dynamodb:GetItem" in listed(s["Action"])]
        self.assertEqual(listed(read["Action"]), ["dynamodb:GetItem"])
        self.assertEqual(read["Condition"], {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["SOURCES#*"]}})

    def test_who_calls_hosts_that_others_name_sees_targets_alone(self):
        [read] = [s for s in statements(role_of("RunChecks")) if "dynamodb:Query" in listed(s["Action"])]
        called = {key for c in CALLS["run-checks"] if c["resource"] == "table" for key in c["partitions"]}
        self.assertEqual(read["Condition"], {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": sorted(called)}})

    def test_no_role_edits_items_in_place_or_in_bulk(self):
        edits = {"dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:Scan", "dynamodb:PartiQLUpdate"}
        for name, role in ROLES.items():
            self.assertEqual({action for action, _ in allowed(role)} & edits, set(), name)

    def test_nothing_is_allowed_by_wildcard(self):
        names_only = {f"arn:aws:scheduler:eu-central-1:123456789012:schedule/${{Deadlines}}/*", RESOURCES["bucket"][0]}
        names_only |= {STREAMS, *RESOURCES["topic/customer-*"], *RESOURCES["secrets"], *sum(NARROWER.values(), [])}
        running = "arn:aws:states:eu-central-1:123456789012:execution:nines-month-end/*"
        for name, statement in policies():
            if statement["Effect"] != "Allow":
                continue
            # IAM knows no subscriptions.
            if name == "ServePortalRole" and statement["Sid"] == "LookAfterSubscriptions":
                of_subscriptions = {"sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"}
                self.assertEqual(set(statement["Action"]), of_subscriptions)
                continue
            with self.subTest(name, sid=statement.get("Sid")):
                self.assertNotIn("NotAction", statement)
                self.assertFalse([action for action in listed(statement["Action"]) if "*" in action])
                open_ended = {resource for resource in listed(statement["Resource"]) if "*" in resource}
                # Things that functions make in their own group, folder or state machine, or for a customer, have no name yet.
                self.assertEqual(open_ended - names_only - {running}, set())

    def test_every_service_trust_says_for_whom(self):
        for name, role in ROLES.items():
            for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                with self.subTest(name):
                    keys = {key for operator in statement["Condition"].values() for key in operator}
                    self.assertIn("aws:SourceAccount", keys)
                    # Lambda says the account only: a function's role is assumed by its pollers as well.
                    if statement["Principal"] != {"Service": "lambda.amazonaws.com"}:
                        self.assertIn("aws:SourceArn", keys)
        for name, statement in policies():
            if statement["Effect"] == "Allow" and "Service" in statement.get("Principal", {}):
                keys = {key for operator in statement["Condition"].values() for key in operator}
                self.assertLessEqual({"aws:SourceAccount", "aws:SourceArn"}, keys, name)

    def test_the_clock_may_do_exactly_what_its_schedules_ask_for(self):
        need = set()
        for schedule in of_type(STACK, "AWS::Scheduler::Schedule").values():
            target = shown(schedule["Properties"]["Target"])
            self.assertEqual(target["RoleArn"], "ClockRole.Arn")
            # A function's ARN is an attribute, a state machine's its reference.
            action = "lambda:InvokeFunction" if target["Arn"].endswith(".Arn") else "states:StartExecution"
            need |= {(action, target["Arn"]), ("sqs:SendMessage", target["DeadLetterConfig"]["Arn"])}
        self.assertEqual(allowed(ROLES["ClockRole"]), need)

    def test_deadlines_may_do_exactly_what_functions_schedule(self):
        for function in ("RecordTickets", "KeepDeadlines", "ServePortal"):
            told = shown(FUNCTIONS[function]["Properties"]["Environment"]["Variables"])
            self.assertEqual((told["NINES_SCHEDULE_ROLE_ARN"], told["NINES_SCHEDULE_GROUP"]), ("DeadlinesRole.Arn", "Deadlines"))
            need = {("lambda:InvokeFunction", told["NINES_DEADLINES_ARN"]), ("sqs:SendMessage", told["NINES_SCHEDULE_DLQ_ARN"])}
            self.assertEqual(allowed(ROLES["DeadlinesRole"]), need)
            self.assertTrue(told["NINES_DEADLINES_ARN"].endswith(":function:keep-deadlines"))

    def test_state_machines_may_do_exactly_what_their_states_do(self):
        states = "arn:aws:states:eu-central-1:123456789012"
        for name, machine in of_type(source("template.yaml"), "AWS::Serverless::StateMachine").items():
            text = (AWS / machine["Properties"]["DefinitionUri"]).read_text()
            substitutions = shown(machine["Properties"]["DefinitionSubstitutions"])
            used = {substitutions[token] for token in re.findall(r"\$\{(\w+)\}", text)}
            self.assertEqual(used, set(substitutions.values()), name)
            need = {("lambda:InvokeFunction", function) for function in used}
            if '"DISTRIBUTED"' in text:
                own = STACK["Resources"][name]["Properties"]["StateMachineName"]
                need.add(("states:StartExecution", f"{states}:stateMachine:{own}"))
                need |= {(f"states:{do}Execution", f"{states}:execution:{own}/*") for do in ("Describe", "Stop")}
            self.assertEqual(allowed(ROLES[f"{name}Role"]), need, name)

    def test_who_exports_cannot_delete_or_change_retention(self):
        denied = [s for s in policies() if s[0] == "ExportsAreWrittenOnce" and s[1]["Effect"] == "Deny"]
        actions = {a for _, s in denied if shown(s["Principal"]) == {"AWS": "ExportMonthRole.Arn"} for a in listed(s["Action"])}
        self.assertLessEqual({"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention"}, actions)
        self.assertLessEqual({"s3:BypassGovernanceRetention", "s3:PutBucketObjectLockConfiguration"}, actions)


class FurtherRegions(unittest.TestCase):
    """A further region has the function that checks from there, as the home region has it, and nothing else."""

    HOME = "eu-west-1:123456789012"

    def test_it_does_there_what_it_does_at_home(self):
        roles = of_type(PROBER, "AWS::IAM::Role")
        self.assertEqual(set(roles), {"RunChecksRole", "ClockRole"})
        places = {"Table.Arn": f"arn:aws:dynamodb:{self.HOME}:table/nines", "Checks.Arn": f"arn:aws:sqs:{self.HOME}:nines-bus-checks"}
        places["SchedulesDeadLetters.Arn"] = "DeadLetters.Arn"
        at_home = {(action, places.get(resource, resource)) for action, resource in allowed(ROLES["RunChecksRole"])}
        self.assertEqual(allowed(roles["RunChecksRole"]), at_home)
        keys = [[s.get("Condition") for s in statements(role)] for role in (roles["RunChecksRole"], ROLES["RunChecksRole"])]
        self.assertEqual(*keys)
        self.assertEqual(allowed(roles["ClockRole"]), {("lambda:InvokeFunction", "RunChecks.Arn"), ("sqs:SendMessage", "DeadLetters.Arn")})

    def test_it_is_set_up_as_at_home_but_for_the_region(self):
        [there] = of_type(PROBER, "AWS::Lambda::Function").values()
        there, home = there["Properties"], FUNCTIONS["RunChecks"]["Properties"]
        for field in ("FunctionName", "MemorySize", "Timeout", "Runtime", "Handler", "Architectures"):
            self.assertEqual(there[field], home[field], field)
        told, at_home = shown(there["Environment"]["Variables"]), shown(home["Environment"]["Variables"])
        self.assertEqual(told.pop("NINES_HOME_REGION"), "eu-west-1")
        self.assertEqual(told["NINES_CONTROLS"], at_home["NINES_CONTROLS"])
        self.assertEqual(told["NINES_TABLE"], at_home["NINES_TABLE"])
        self.assertEqual(told["NINES_CHECKS_QUEUE"], "https://sqs.eu-west-1.amazonaws.com/123456789012/nines-bus-checks")
        self.assertGreaterEqual(home["MemorySize"], 512)

    def test_each_region_checks_each_minute_on_the_minute(self):
        [there] = of_type(PROBER, "AWS::Scheduler::Schedule").values()
        there, home = there["Properties"], STACK["Resources"]["CheckTargets"]["Properties"]
        for schedule in (there, home):
            self.assertEqual(schedule["ScheduleExpression"], "rate(1 minute)")
            self.assertEqual(schedule["FlexibleTimeWindow"], {"Mode": "OFF"})
            self.assertEqual(shown(schedule["Target"]["Arn"]), "RunChecks.Arn")

    def test_a_target_of_a_private_address_is_let_through_nowhere(self):
        main = (AWS.parents[1] / "functions/run-checks/src/main.rs").read_text()
        self.assertNotIn("allowed", main)
        for variables in (f["Properties"]["Environment"]["Variables"] for f in of_type(PROBER, "AWS::Lambda::Function").values()):
            self.assertEqual(set(variables), {"NINES_HOME_REGION", "NINES_TABLE", "NINES_CHECKS_QUEUE", "NINES_CONTROLS"})


class Delivery(unittest.TestCase):
    """Nothing is retried without end, and nothing is lost."""

    def test_streams_give_up_in_the_end_and_say_so(self):
        streams = [m["Properties"] for m in MAPPINGS.values() if shown(m["Properties"]["EventSourceArn"]).endswith("StreamArn")]
        self.assertEqual(len(streams), 1)
        for stream in streams:
            self.assertGreaterEqual(stream["MaximumRetryAttempts"], 1)
            # A stream keeps its records for 24 hours.
            self.assertLess(stream["MaximumRecordAgeInSeconds"], 86_400)
            self.assertTrue(stream["BisectBatchOnFunctionError"])
            self.assertEqual(stream["FunctionResponseTypes"], ["ReportBatchItemFailures"])
            self.assertIn(shown(stream["DestinationConfig"]["OnFailure"]["Destination"]), [f"{q}.Arn" for q in QUEUES])
            patterns = [json.loads(each["Pattern"]) for each in stream["FilterCriteria"]["Filters"]]
            self.assertEqual(patterns[0]["dynamodb"]["NewImage"]["due"]["S"], [{"prefix": "OUTBOX"}])
            self.assertEqual(len(patterns), 1)

    def test_queues_wait_long_enough_and_give_up_in_the_end(self):
        for function in FUNCTIONS:
            for mapping in mappings_of(function):
                origin = shown(mapping["EventSourceArn"]).removesuffix(".Arn")
                if origin not in QUEUES:
                    continue
                with self.subTest(origin):
                    queue = QUEUES[origin]["Properties"]
                    timeout = FUNCTIONS[function]["Properties"]["Timeout"]
                    self.assertGreaterEqual(queue["VisibilityTimeout"], 6 * timeout)
                    self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
                    self.assertGreaterEqual(queue["RedrivePolicy"]["maxReceiveCount"], 5)
                    dead = QUEUES[shown(queue["RedrivePolicy"]["deadLetterTargetArn"]).removesuffix(".Arn")]
                    self.assertEqual(dead["Properties"].get("FifoQueue"), queue.get("FifoQueue"))
                    self.assertEqual(dead["Properties"]["MessageRetentionPeriod"], 14 * 86_400)

    def test_schedules_have_a_zone_finite_retries_and_dead_letters(self):
        schedules = of_type(STACK, "AWS::Scheduler::Schedule")
        self.assertEqual(len(schedules), 7)
        for name, schedule in schedules.items():
            with self.subTest(name):
                properties = schedule["Properties"]
                self.assertTrue(properties["ScheduleExpressionTimezone"])
                self.assertGreaterEqual(properties["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 1)
                self.assertEqual(shown(properties["Target"]["DeadLetterConfig"]["Arn"]), "SchedulesDeadLetters.Arn")

    def test_what_is_invoked_without_anybody_waiting_keeps_its_failures(self):
        configs = of_type(STACK, "AWS::Lambda::EventInvokeConfig").values()
        kept = {shown(config["Properties"]["FunctionName"]) for config in configs}
        targets = {shown(s["Properties"]["Target"]["Arn"]) for s in of_type(STACK, "AWS::Scheduler::Schedule").values()}
        asked = {t.removesuffix(".Arn") for t in targets} & set(FUNCTIONS)
        # Deadlines invoke keep-deadlines, whether a sweep does or not.
        self.assertEqual(kept, asked | {"KeepDeadlines"})

    def test_rules_let_through_what_the_functions_understand(self):
        patterns = {name: rule["Properties"]["EventPattern"] for name, rule in of_type(STACK, "AWS::Events::Rule").items()}
        self.assertEqual(patterns["ChecksOnTheBus"], {"detail-type": ["status check"]})
        self.assertEqual(patterns["TicketEventsOnTheBus"], {"detail-type": ["ticket event"]})
        alarms = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
        self.assertEqual(patterns["AlarmsAsChecks"], alarms | {"detail": {"alarmName": [{"prefix": "sla-"}]}})

    def test_rules_keep_what_no_target_took(self):
        rules = of_type(STACK, "AWS::Events::Rule")
        self.assertEqual(len(rules), 3)
        for name, rule in rules.items():
            for target in rule["Properties"]["Targets"]:
                with self.subTest(name):
                    self.assertEqual(shown(target["DeadLetterConfig"]["Arn"]), "EventsDeadLetters.Arn")
                    self.assertGreaterEqual(target["RetryPolicy"]["MaximumRetryAttempts"], 1)

    def test_every_task_of_a_state_machine_is_tried_again(self):
        for path in AWS.glob("*.asl.json"):
            for name, state in tasks(json.loads(path.read_text())):
                with self.subTest(path.name, state=name):
                    again = [retry for retry in state["Retry"] if retry["ErrorEquals"] == ["States.ALL"]]
                    self.assertTrue(again and 1 <= again[0]["MaxAttempts"] <= 10)


def tasks(machine: dict) -> list[tuple[str, dict]]:
    found = []
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            found.append((name, state))
        if "ItemProcessor" in state:
            found += tasks(state["ItemProcessor"])
    return found


class Keeping(unittest.TestCase):
    """Stored data is encrypted, kept long enough, and not public."""

    def test_the_table(self):
        table = STACK["Resources"]["Table"]
        properties = table["Properties"]
        self.assertEqual(table["DeletionPolicy"], "Retain")
        self.assertEqual(properties["BillingMode"], "PAY_PER_REQUEST")
        self.assertTrue(properties["DeletionProtectionEnabled"])
        self.assertTrue(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
        self.assertEqual(shown(properties["SSESpecification"]["KMSMasterKeyId"]), "Key.Arn")
        self.assertEqual(properties["StreamSpecification"], {"StreamViewType": "NEW_AND_OLD_IMAGES"})

    def test_the_bucket(self):
        bucket = STACK["Resources"]["Exports"]
        properties = bucket["Properties"]
        self.assertEqual(bucket["DeletionPolicy"], "Retain")
        self.assertEqual(properties["VersioningConfiguration"], {"Status": "Enabled"})
        self.assertTrue(properties["ObjectLockEnabled"])
        self.assertGreaterEqual(int(properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"]), 3650)
        self.assertEqual(set(properties["PublicAccessBlockConfiguration"].values()), {True})
        self.assertTrue(properties["LifecycleConfiguration"]["Rules"])

    def test_everything_is_encrypted(self):
        for name, queue in QUEUES.items():
            self.assertTrue(queue["Properties"]["SqsManagedSseEnabled"], name)
        for template in (STACK, ALARMS):
            for name, topic in of_type(template, "AWS::SNS::Topic").items():
                self.assertIn("Key", shown(topic["Properties"]["KmsMasterKeyId"]), name)
        self.assertTrue(STACK["Resources"]["Key"]["Properties"]["EnableKeyRotation"])

    def test_nothing_goes_without_tls(self):
        guarded = set()
        for template in (STACK, ALARMS):
            for kind, field in (("SQS::QueuePolicy", "Queues"), ("SNS::TopicPolicy", "Topics"), ("S3::BucketPolicy", "Bucket")):
                for policy in of_type(template, f"AWS::{kind}").values():
                    plain = {"Bool": {"aws:SecureTransport": "false"}}
                    denied = [s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s.get("Condition") == plain]
                    if any(s["Effect"] == "Deny" and s["Principal"] == "*" for s in denied):
                        guarded |= set(listed(policy["Properties"][field]))
        kept = [of_type(t, f"AWS::{kind}") for t in (STACK, ALARMS) for kind in ("SQS::Queue", "SNS::Topic", "S3::Bucket")]
        self.assertEqual({name for some in kept for name in some}, guarded)

    def test_no_secret_is_in_an_environment(self):
        for name, function in FUNCTIONS.items():
            for variable, value in function["Properties"]["Environment"]["Variables"].items():
                with self.subTest(name, variable=variable):
                    known = (
                        r"TABLE|BUCKET|CA_FILE|TOPIC_\w+|SCHEDULE_\w+|DEADLINES_ARN|ISSUER|CLIENT_ID|SCOPE|ORIGIN|PORTAL|OWN_TOPICS"
                        r"|CHECKS_QUEUE|CONTROLS|TICKETS_QUEUE|HOOKS|SECRETS|SECRETS_KEY|QUOTAS|PERSONAL_DATA_YEARS|TWO_PEOPLE_DIRECTLY"
                    )
                    self.assertRegex(variable, rf"^NINES_({known})$")
                    self.assertNotRegex(str(shown(value)), r"(?i)secret|password|token|AKIA")

    def test_logs_end(self):
        groups = of_type(STACK, "AWS::Logs::LogGroup")
        for name, function in FUNCTIONS.items():
            log = function["Properties"]["LoggingConfig"]
            self.assertEqual(log["LogFormat"], "JSON", name)
            self.assertGreater(int(groups[shown(log["LogGroup"])]["Properties"]["RetentionInDays"]), 0, name)


class Sites(unittest.TestCase):
    """The paths reachable over HTTP are those that the functions serve, for their own users."""

    # The users of each site.
    PEOPLE = {"Portal": "Customer", "Desk": "Staff"}
    # The function of each API.
    SERVED = {"Portal": "ServePortal", "Desk": "ServeDesk", "Hooks": "ReceiveWebhooks"}

    @staticmethod
    def routes(site: str) -> dict[str, dict]:
        every = [route["Properties"] for route in of_type(STACK, "AWS::ApiGatewayV2::Route").values()]
        return {route["RouteKey"]: route for route in every if shown(route["ApiId"]) == f"{site}Api"}

    @staticmethod
    def told(stack: dict, site: str) -> dict:
        """The settings of a site's function."""
        return shown(of_type(stack, "AWS::Lambda::Function")[f"Serve{site}"]["Properties"]["Environment"]["Variables"])

    def other_issuer(self, site: str) -> dict[str, str]:
        return {f"{self.PEOPLE[site]}Issuer": "https://id.example.com/", f"{self.PEOPLE[site]}ClientId": "ours"}

    def test_routes_are_the_addresses_of_the_function_one_for_one(self):
        for site in self.PEOPLE:
            # The routes for signing in and the assets are those of every site.
            sources = [f"functions/serve-{site.lower()}/src/lib.rs", "shared/web/src/site.rs"]
            code = "".join((AWS.parents[1] / source).read_text() for source in sources)
            served = set()
            for path, methods in re.findall(r'\(("/[^"]*"|\w+\.path), (.+)\)[,;]?\n', code):
                # An asset's name has the digest of its content.
                address = path.strip('"') if path.startswith('"') else "/assets/{name}"
                served |= {f"{method.upper()} {address}" for method in re.findall(r"\b(get|post|put|delete)\(", methods)}
            with self.subTest(site):
                self.assertGreater(len(served), 20)
                pages = {key for key in self.routes(site) if "/api/" not in key}
                self.assertEqual(pages, {key for key in served if "/api/" not in key})

    def test_routes_of_the_json_api_are_the_functions_as_well(self):
        code = (AWS.parents[1] / "functions/serve-portal/src/api/mod.rs").read_text()
        served = set()
        for path, methods in re.findall(r'^        \("([^"]+)", (.+)\),$', code, re.M):
            served |= {f"{method.upper()} /api/v1{path}" for method in re.findall(r"\b(get|post|put|delete)\(", methods)}
        self.assertGreater(len(served), 10)
        self.assertEqual({key for key in self.routes("Portal") if "/api/" in key}, served)
        code = (AWS.parents[1] / "functions/serve-desk/src/api.rs").read_text()
        [path] = re.findall(r'\.route\("(/v1/[^"]+)", post\(', code)
        self.assertEqual({key for key in self.routes("Desk") if "/api/" in key}, {f"POST /api{path}"})

    def test_webhooks_are_sent_to_the_functions_addresses_and_prove_themselves_there(self):
        code = (AWS.parents[1] / "functions/receive-webhooks/src/lib.rs").read_text()
        [paths] = re.findall(r"const PATHS: .+ = \[(.+)\];", code)
        served = {f"{method} {path}" for method in ("GET", "POST", "PUT") for path in re.findall(r'"([^"]+)"', paths)}
        self.assertEqual(len(served), 6)
        self.assertEqual(set(self.routes("Hooks")), served)
        self.assertEqual({route["AuthorizationType"] for route in self.routes("Hooks").values()}, {"NONE"})

    def test_nothing_reaches_a_function_but_by_a_route_of_its_own(self):
        for site in self.SERVED:
            # A quota of API Gateway.
            self.assertLessEqual(len(self.routes(site)), 300)
            for key, route in self.routes(site).items():
                with self.subTest(site, route=key):
                    self.assertRegex(key, r"^(GET|POST|PUT|DELETE) /")
                    self.assertNotIn("+}", key)
                    self.assertEqual(shown(route["Target"]), f"integrations/${{{site}Integration}}")
        functions = {name: shown(i["Properties"]["IntegrationUri"]) for name, i in of_type(STACK, "AWS::ApiGatewayV2::Integration").items()}
        self.assertEqual(functions, {f"{site}Integration": f"{function}.Arn" for site, function in self.SERVED.items()})

    def test_the_routes_of_an_api_are_made_ten_at_a_time_and_its_stage_after_them(self):
        # Changed side by side in greater number, an API refuses some for "concurrent modification".
        routes = of_type(STACK, "AWS::ApiGatewayV2::Route")
        after = {name: route.get("DependsOn") for name, route in routes.items()}
        wave = lambda name: 1 + wave(after[name]) if after[name] else 0
        for site in self.SERVED:
            own = [name for name, route in routes.items() if shown(route["Properties"]["ApiId"]) == f"{site}Api"]
            waves = [wave(name) for name in own]
            with self.subTest(site):
                self.assertLessEqual(max(Counter(waves).values()), 10)
                self.assertEqual({after[name] for name in own if after[name]} - set(own), set(), "of one API")
                stage = STACK["Resources"][f"{site}Stage"]["DependsOn"]
                self.assertEqual((stage in own, wave(stage)), (True, max(waves)))

    def test_the_json_api_asks_for_a_token_before_the_function_does(self):
        scopes = {
            "Portal": ["customer", "nines/customer"],
            "Desk": ["staff", "nines/staff", "finance", "nines/finance"],
        }
        for site in self.PEOPLE:
            for key, route in self.routes(site).items():
                with self.subTest(site, route=key):
                    asks = route["AuthorizationType"] == "JWT"
                    self.assertEqual(asks, " /api/v1/" in key)
                    if asks:
                        self.assertEqual(shown(route["AuthorizerId"]), f"{site}Tokens")
                        self.assertEqual(route["AuthorizationScopes"], scopes[site])

    def test_function_and_authorizer_believe_the_same_issuer(self):
        for site in self.PEOPLE:
            for given in ({}, self.other_issuer(site)):
                with self.subTest(site, given=given):
                    stack = functions_stack(**given)
                    told = self.told(stack, site)
                    authorizers = of_type(stack, "AWS::ApiGatewayV2::Authorizer")
                    self.assertEqual(set(authorizers), {f"{each}Tokens" for each in self.PEOPLE})
                    authorizer = authorizers[f"{site}Tokens"]["Properties"]
                    self.assertEqual(shown(authorizer["ApiId"]), f"{site}Api")
                    believed = shown(authorizer["JwtConfiguration"])
                    self.assertEqual(believed, {"Issuer": told["NINES_ISSUER"], "Audience": [told["NINES_CLIENT_ID"]]})

    def test_whoever_has_another_issuer_has_no_pool_here(self):
        for site, people in self.PEOPLE.items():
            stack = functions_stack(**self.other_issuer(site))
            with self.subTest(site):
                self.assertEqual(self.told(stack, site)["NINES_ISSUER"], "https://id.example.com/")
                self.assertNotIn(f"{people}Pool", stack["Resources"])
                self.assertIn(f"{people}Pool", STACK["Resources"])

    def test_no_customer_can_be_given_what_is_staffs(self):
        scopes, issuers = {}, set()
        for site, people in self.PEOPLE.items():
            server = STACK["Resources"][f"{people}Scopes"]["Properties"]
            self.assertEqual(shown(server["UserPoolId"]), f"{people}Pool")
            scopes[people] = {scope["ScopeName"] for scope in server["Scopes"]}
            issuers.add(self.told(STACK, site)["NINES_ISSUER"])
        self.assertEqual(scopes, {"Customer": {"customer"}, "Staff": {"staff", "finance"}})
        self.assertEqual(len(issuers), 2)
        self.assertEqual(STACK["Resources"]["StaffPool"]["Properties"]["MfaConfiguration"], "ON")

    def test_only_a_sites_own_api_may_ask_its_function(self):
        permissions = [shown(each["Properties"]) for each in of_type(STACK, "AWS::Lambda::Permission").values()]
        own = "arn:aws:execute-api:eu-central-1:123456789012:${%sApi}/*"
        asked = {p["FunctionName"]: (p["Principal"], p["SourceArn"]) for p in permissions}
        self.assertEqual(asked, {function: ("apigateway.amazonaws.com", own % site) for site, function in self.SERVED.items()})
        self.assertEqual(len(permissions), len(asked))
        self.assertEqual(of_type(STACK, "AWS::Lambda::Url"), {})

    def test_who_waits_gives_up_after_who_works(self):
        answer = (AWS.parents[1] / "shared/web/src/answer.rs").read_text()
        request_s = int(re.search(r"REQUEST_S: u64 = (\d+);", answer)[1])
        for site, function in self.SERVED.items():
            timeout_s = FUNCTIONS[function]["Properties"]["Timeout"]
            waits_s = STACK["Resources"][f"{site}Integration"]["Properties"]["TimeoutInMillis"] / 1000
            self.assertTrue(request_s < timeout_s < waits_s <= 30, (site, request_s, timeout_s, waits_s))

    def test_requests_are_limited_and_logged_without_saying_whose_they_are(self):
        for name, stage in of_type(STACK, "AWS::ApiGatewayV2::Stage").items():
            with self.subTest(name):
                limits = stage["Properties"]["DefaultRouteSettings"]
                self.assertTrue(1 <= int(limits["ThrottlingRateLimit"]) <= 1000 and 1 <= int(limits["ThrottlingBurstLimit"]) <= 1000)
                logged = stage["Properties"]["AccessLogSettings"]["Format"]
                self.assertNotIn("\n", logged)
                told = set(re.findall(r"\$context\.([\w.]+)", logged))
                asked = set() if name == "HooksStage" else {"authorizer.error"}
                self.assertLessEqual({"requestId", "routeKey", "status", "responseLatency"} | asked, told)
                self.assertEqual(set(json.loads(logged).values()), {f"$context.{each}" for each in told})
                # No address, agent, path, claim or identity.
                self.assertFalse([each for each in told if re.search(r"(?i)ip$|agent|path|claim|identity|domain|principal", each)])

    def test_nobody_signs_up_and_no_pool_is_lost(self):
        pools = of_type(STACK, "AWS::Cognito::UserPool")
        self.assertTrue(pools)
        for name, pool in pools.items():
            with self.subTest(name):
                properties = pool["Properties"]
                self.assertEqual((pool["DeletionPolicy"], pool["UpdateReplacePolicy"]), ("Retain", "Retain"))
                self.assertEqual(properties["DeletionProtection"], "ACTIVE")
                self.assertTrue(properties["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"])
                self.assertGreaterEqual(properties["Policies"]["PasswordPolicy"]["MinimumLength"], 12)
                self.assertIn(properties["MfaConfiguration"], ("OPTIONAL", "ON"))

    def test_a_client_has_no_secret_and_its_tokens_end_soon(self):
        clients = of_type(STACK, "AWS::Cognito::UserPoolClient")
        self.assertTrue(clients)
        for name, client in clients.items():
            with self.subTest(name):
                properties = client["Properties"]
                self.assertFalse(properties["GenerateSecret"])
                self.assertEqual(properties["AllowedOAuthFlows"], ["code"])
                self.assertEqual(properties["TokenValidityUnits"]["AccessToken"], "minutes")
                # A session is its access token: signing out forgets it on one device alone.
                self.assertLessEqual(int(properties["AccessTokenValidity"]), 60)
                self.assertEqual(properties["PreventUserExistenceErrors"], "ENABLED")
                self.assertEqual(properties["ExplicitAuthFlows"], ["ALLOW_REFRESH_TOKEN_AUTH"])

    def test_people_come_back_to_where_the_function_is(self):
        for site, people in self.PEOPLE.items():
            own, at = {f"{site}Domain": "our.example.com"}, f"{site}Api.ApiEndpoint"
            for given, origin, shown_as in (({}, at, f"${{{at}}}"), (own, *2 * ["https://our.example.com"])):
                with self.subTest(site, given=given):
                    stack = functions_stack(**given)
                    told = self.told(stack, site)
                    self.assertEqual(told["NINES_ORIGIN"], origin)
                    client = of_type(stack, "AWS::Cognito::UserPoolClient")[f"{people}Client"]["Properties"]
                    self.assertEqual(shown(client["CallbackURLs"]), [f"{shown_as}/sign-in/callback"])
                    self.assertEqual(shown(client["LogoutURLs"]), [f"{shown_as}/sign-in"])
                    self.assertEqual(set(map(shown, client["AllowedOAuthScopes"])), set(told["NINES_SCOPE"].split()))

    def test_a_domain_of_its_own_is_the_only_way_in(self):
        certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
        for site in self.SERVED:
            with self.subTest(site):
                stack = functions_stack(**{f"{site}Domain": "our.example.com", f"{site}CertificateArn": certificate})
                [name] = of_type(stack, "AWS::ApiGatewayV2::DomainName").values()
                self.assertEqual(name["Properties"]["DomainNameConfigurations"][0]["SecurityPolicy"], "TLS_1_2")
                self.assertTrue(stack["Resources"][f"{site}Api"]["Properties"]["DisableExecuteApiEndpoint"])
                self.assertFalse(STACK["Resources"][f"{site}Api"]["Properties"]["DisableExecuteApiEndpoint"])
        self.assertEqual(of_type(STACK, "AWS::ApiGatewayV2::DomainName"), {})


class Waking(unittest.TestCase):
    """Every fault wakes somebody."""

    def setUp(self):
        self.alarms = of_type(ALARMS, "AWS::CloudWatch::Alarm").values()
        self.watched = defaultdict(set)
        for alarm in self.alarms:
            for dimension in alarm["Properties"].get("Dimensions", []):
                self.watched[alarm["Properties"]["MetricName"]].add(dimension["Value"])

    def test_every_alarm_is_published(self):
        for alarm in self.alarms:
            self.assertEqual(listed(alarm["Properties"]["AlarmActions"]), ["Alarms"], alarm["Properties"]["AlarmName"])
            self.assertTrue(alarm["Properties"]["AlarmDescription"])
            self.assertRegex(alarm["Properties"]["AlarmName"], r"^nines-")

    def test_every_function_has_alarms(self):
        names = {name_of(function) for function in FUNCTIONS}
        self.assertEqual(self.watched["Errors"], names)
        self.assertEqual(self.watched["Throttles"], names)
        self.assertEqual(self.watched["IteratorAge"], {"send-notices"})

    def test_every_api_has_alarms(self):
        apis = set(of_type(STACK, "AWS::ApiGatewayV2::Api"))
        self.assertEqual(self.watched["5xx"], apis)
        self.assertEqual(self.watched["Latency"], apis)
        # Throttled requests and failed sign-ins have no metric of their own: the access logs are counted.
        logged = {each["Properties"]["LogGroupName"] for each in of_type(ALARMS, "AWS::Logs::MetricFilter").values()}
        kept = {shown(s["Properties"]["AccessLogSettings"]["DestinationArn"]) for s in of_type(STACK, "AWS::ApiGatewayV2::Stage").values()}
        self.assertEqual({STACK["Resources"][k.removesuffix(".Arn")]["Properties"]["LogGroupName"] for k in kept} - logged, set())

    def test_every_queue_of_dead_letters_has_an_alarm(self):
        dead = {q["Properties"]["QueueName"] for name, q in QUEUES.items() if name.endswith("DeadLetters")}
        self.assertEqual(self.watched["ApproximateNumberOfMessagesVisible"], dead)
        work = {q["Properties"]["QueueName"] for q in QUEUES.values()} - dead
        self.assertEqual(self.watched["ApproximateAgeOfOldestMessage"], work)

    def test_every_state_machine_has_alarms(self):
        machines = of_type(STACK, "AWS::StepFunctions::StateMachine").values()
        names = {machine["Properties"]["StateMachineName"] for machine in machines}
        for metric in ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut"):
            self.assertEqual({arn.rsplit(":", 1)[1] for arn in self.watched[metric]}, names)

    def test_every_group_of_schedules_has_an_alarm(self):
        groups = {g["Properties"]["Name"] for g in of_type(STACK, "AWS::Scheduler::ScheduleGroup").values()}
        self.assertEqual(self.watched["InvocationDroppedCount"], groups)

    def test_what_is_counted_in_logs_is_in_logs_that_exist(self):
        groups = {g["Properties"]["LogGroupName"] for g in of_type(STACK, "AWS::Logs::LogGroup").values()}
        filters = of_type(ALARMS, "AWS::Logs::MetricFilter").values()
        counted = set()
        for each in filters:
            self.assertIn(each["Properties"]["LogGroupName"], groups)
            counted |= {t["MetricName"] for t in each["Properties"]["MetricTransformations"]}
        own = {a["Properties"]["MetricName"] for a in self.alarms if a["Properties"]["Namespace"] == "Nines"}
        self.assertEqual(own, counted)

    def test_the_guide_explains_every_alarm(self):
        guide = (Path(AWS) / "README.md").read_text()
        for alarm in self.alarms:
            name = alarm["Properties"]["AlarmName"]
            family = re.sub(r"^(nines-(?:errors|throttles|not-empty|waits))-.*$", r"\1-", name)
            self.assertIn(f"`{family}", guide, f"infra/aws/README.md does not say what {name} means")

    def test_the_dashboard_is_json_and_shows_what_exists(self):
        body = json.loads(shown(ALARMS["Resources"]["Dashboard"]["Properties"]["DashboardBody"]))
        text = json.dumps(body)
        names = {alarm["Properties"]["AlarmName"] for alarm in self.alarms}
        self.assertLessEqual(set(re.findall(r"alarm:([\w-]+)", text)), names)
        for function in FUNCTIONS:
            self.assertIn(f'"{name_of(function)}"', text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv, verbosity=1)
