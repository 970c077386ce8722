"""A deployed installation as an operator's programs see it: boto3 and the AWS CLI, none of the product's own code."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

import boto3

T = TypeVar("T")
Json = Any


class Unexpected(Exception):
    """Something is not as it should be."""


def expect(holds: object, what: str) -> None:
    if not holds:
        raise Unexpected(what)


def eventually(what: str, look: Callable[[], T], seconds: float = 60, every: float = 0.3) -> T:
    """Polls until something is there; fails with its name if it never comes."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"within {seconds} s not: {what} (last look: {found!r})")
        time.sleep(every)


def now() -> str:
    """This instant as scenarios write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Cloud:
    """One deployed stack, and the record of every request to it."""

    def __init__(self, stack: str, record: Path) -> None:
        self.session = boto3.Session()
        self.region = self.session.region_name
        self.account = self.client("sts").get_caller_identity()["Account"]
        described = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        self._lambda = self.client("lambda")
        self._record: TextIO | None = record.open("w")
        # The instant recorded for things set up as if long ago.
        self.dated_back: str | None = None

    def client(self, service: str) -> Any:
        return self.session.client(service)

    def note(self, function: str, payload: Json, at: str | None = None) -> None:
        """Records an invocation, as a line of a scenario."""
        line = {"at": at or self.dated_back or now(), "invoke": function, "payload": payload}
        if self._record:
            self._record.write(json.dumps(line) + "\n")
            self._record.flush()

    def end_record(self) -> None:
        """Records nothing from here on."""
        self._record = None

    def invoke(self, function: str, payload: Json) -> Json:
        """Invokes a function and returns its answer; an error is {"errorType", "errorMessage"}."""
        self.note(function, payload)
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        return json.loads(answer["Payload"].read())

    def asked(self, function: str, payload: Json) -> Json:
        """Invokes a function that must not refuse."""
        answer = self.invoke(function, payload)
        expect("errorType" not in answer, f"{function} {json.dumps(payload)[:300]} is refused: {answer}")
        return answer

    def desk(self, command: str, **fields: Json) -> Json:
        return self.asked("run-desk", {"command": command, **fields})

    def desk_by_cli(self, command: str, **fields: Json) -> Json:
        """The same through the AWS CLI, as a member of staff would."""
        payload = {"command": command, **fields}
        self.note("run-desk", payload)
        with tempfile.TemporaryDirectory() as folder:
            event, answer = Path(folder, "event.json"), Path(folder, "answer.json")
            event.write_text(json.dumps(payload))
            # Every version of the CLI reads `fileb://` as raw bytes.
            arguments = ["--function-name", "run-desk", "--payload", f"fileb://{event}", str(answer)]
            self.cli("lambda", "invoke", *arguments)
            body = json.loads(answer.read_text())
        expect("errorType" not in body, f"{command} is refused: {body}")
        return body

    @staticmethod
    def cli(*arguments: str) -> str:
        done = subprocess.run(["aws", *arguments], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"aws {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def execute(self, machine_arn: str, given: Json, seconds: float = 300) -> Json:
        """Runs a state machine to its end, which must be a success."""
        states = self.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=machine_arn, input=json.dumps(given))["executionArn"]

        def ended() -> Json:
            execution = states.describe_execution(executionArn=arn)
            return execution if execution["status"] != "RUNNING" else None

        execution = eventually(f"{machine_arn} ends", ended, seconds)
        cause = execution.get("cause")
        expect(execution["status"] == "SUCCEEDED", f"{machine_arn} {given}: {execution['status']}: {cause}")
        return json.loads(execution["output"])


class Listener:
    """A queue subscribed to a topic, as a customer's integration would be."""

    def __init__(self, cloud: Cloud, name: str, topic: str, **filters: Json) -> None:
        self._sqs = cloud.client("sqs")
        self.name = name
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        attributes = {"RawMessageDelivery": "true"}
        for scope, filter_policy in filters.items():
            attributes |= {"FilterPolicyScope": scope, "FilterPolicy": json.dumps(filter_policy)}
        cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        self.heard: dict[str, Json] = {}

    def listen(self) -> dict[str, Json]:
        """Receives new messages; returns all notices received so far, by id."""
        while True:
            taken = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            messages = taken.get("Messages", [])
            if not messages:
                return self.heard
            for message in messages:
                notice = json.loads(message["Body"])
                self.heard[notice["notice_id"]] = notice
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def hears(self, kind: str, seconds: float = 60, **fields: Json) -> Json:
        """Waits for a notice of a kind whose fields are as given."""

        def look() -> Json:
            found = [n for n in self.listen().values() if n["kind"] == kind]
            return next((n for n in found if all(n.get(name) == value for name, value in fields.items())), None)

        return eventually(f"{self.name} hears {kind} {fields}", look, seconds)
