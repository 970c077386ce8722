#!/usr/bin/env python3
"""Prints what Nines costs a month, in Markdown, for infra/aws/README.md: `infra/aws/cost.py`.

Prices times units, and nothing else: no free tier, tax, transfer or support, and no tickets. Beside each
number stands whether it is measured, follows from the code or is assumed: change it here and run it again.
"""

from dataclasses import dataclass, field
from math import ceil

# ── Prices: USD, us-east-1, on demand, first tier. Collected in November 2026 from public pages, not a bill.
# "page": from a copy of Amazon's own page; "said": from others, most of 2025 or 2026; "known": without a source.
MILLION = 1_000_000
PRICES = {
    # name: (USD, unit, source)
    "write units": (0.625 / MILLION, "DynamoDB, million write units: 0.625", "said"),
    "read units": (0.125 / MILLION, "DynamoDB, million read units: 0.125", "said"),
    "table GB": (0.25, "DynamoDB, GB stored: 0.25", "said"),
    "recovery GB": (0.20, "DynamoDB, GB recoverable to a point in time: 0.20", "said"),
    "requests": (0.20 / MILLION, "Lambda, million requests: 0.20", "said"),
    "GB seconds": (0.0000166667, "Lambda, GB second on x86_64: 0.0000166667 (arm64: 0.0000133334)", "said"),
    "log GB": (0.50, "CloudWatch Logs, GB taken in: 0.50", "said"),
    "fifo requests": (0.50 / MILLION, "SQS, million requests of a FIFO queue: 0.50", "said"),
    "queue requests": (0.40 / MILLION, "SQS, million requests of another queue: 0.40", "said"),
    "messages": (0.50 / MILLION, "SNS, million publishes: 0.50 (delivery to SQS and Lambda is free)", "said"),
    "transitions": (0.025 / 1000, "Step Functions, thousand state transitions: 0.025", "page"),
    "schedules": (1.00 / MILLION, "EventBridge Scheduler, million invocations: 1.00", "said"),
    "puts": (0.005 / 1000, "S3, thousand PUTs: 0.005", "known"),
    "export GB": (0.023, "S3, GB stored: 0.023", "said"),
    "keys": (1.00, "KMS, key: 1.00 (and 1.00 for each of the first two rotations)", "said"),
    "key requests": (0.03 / 10_000, "KMS, ten thousand requests: 0.03", "said"),
    "alarms": (0.10, "CloudWatch, alarm: 0.10", "known"),
    "metrics": (0.30, "CloudWatch, metric of one's own: 0.30", "said"),
    "dashboards": (3.00, "CloudWatch, dashboard: 3.00", "said"),
    "api requests": (1.00 / MILLION, "API Gateway, million requests of an HTTP API: 1.00", "page"),
    "people": (0.0055, "Cognito, active person of the plan Lite: 0.0055 (the first 10,000 are free)", "known"),
}

# ── The month: 30 days.
MINUTES = 30 * 24 * 60
HOURS = 30 * 24
SWEEPS = MINUTES // 5
SIZES = [100, 1_000, 10_000, 100_000, 1_000_000]
SHOWN_IN_PARTS = 10_000

# ── Checks. A steady up check is one read and one write unit (infra/handbook/walkthroughs.md, "A check").
CHECK_READS = 1
CHECK_WRITES = 1
# Ten services in one message batch are one transaction, and a transaction's writes count twice (record.rs).
BATCH = 10
CHECK_WRITES_IN_TRANSACTION = 2
# Assumed: the duration of an invocation of record-checks (0.5 GB), and its logs, also for a batch.
CHECK_S = 0.010
BATCH_S = 0.020
RECORD_CHECKS_GB = 0.5
LOGGED_BYTES = 700
LOGGED_BYTES_OF_BATCH = 350

# ── The sweep of record-checks looks at each checked service whose last look is older than its silence, at
# most 1,000 in one sweep (standing.rs). A look reads the standing, service and standing, the timeline, three
# windows and the voids; it writes the standing, and its place in the index twice. From the code, unmeasured.
LOOKS_IN_A_SWEEP_MAX = 1_000
LOOK_READS = 8
LOOK_WRITES = 3
LOOK_S = 0.020  # assumed
LOOKS_OF_HOURLY = 480  # assumed: every hour and a half

# ── Outages: assumed, one a service-month that opens and closes, told to customer and operations.
OUTAGE_READS = 20
OUTAGE_WRITES = 20
OUTAGE_MESSAGES = 4

# ── Month end, measured: `nines bench closing --customers 1000`, one service in ten breached and claimed.
CLOSE_READS = 19.0
CLOSE_WRITES = 32.2
CLOSE_MESSAGES = 3.4
MESSAGE_WRITES = 1.9
EXPORT_READS = 3.5
EXPORT_WRITES = 3.0
# Two runs of the state machine; the second only looks. Assumed: it reads as much.
RUNS = 2
PAGE = 1_000
PAGE_TRANSITIONS = 4
MAP_BATCH = 25
MAP_BATCH_TRANSITIONS = 2  # assumed: its one state, and its start
CLOSE_S = 0.1  # assumed, of a function of 1 GB
MESSAGE_S = 0.05  # assumed, of send-notices with 0.25 GB, one message an invocation
SEND_NOTICES_GB = 0.25
EXPORT_S = 0.002  # as in the bench, of a function of 2.94 GB
EXPORT_MONTH_GB = 2.94

# ── Storage after a year. Nothing is removed from the table. Assumed from the sample month.
MONTHS_KEPT = 12
TABLE_KB_A_MONTH = 30
EXPORT_KB_A_MONTH = 16
EXPORT_FILES = 7
EXPORT_LINES_A_PART = 500

# ── The portal, as customers' people use it. Assumed: ten visits of eight pages, each of which loads
# style and script once, signing in takes three requests, and one ticket is followed for 15 minutes, after which its
# page stops asking (every two seconds). Ten services a customer. Calls follow from the code (at most five a page, one
# query a look); the time they take is assumed.
VISITS = 10
PAGES = 8
OTHER_REQUESTS = 5
LOOKS = 15 * 60 // 2
PAGE_READS = 12
LOOK_TICKET_READS = 0.5
PAGE_S = 0.040  # of a function of 1 GB
REQUEST_S = 0.010
SERVE_PORTAL_GB = 1.0
ACCESS_LOG_BYTES = 350
FORMS = 2
FORM_WRITES = 25
PEOPLE = [100, 1_000, 10_000, 100_000]
PORTAL_PARTS = ["gateway", "function and logs", "table", "user pool"]

# ── A webhook until it is queued, of a source that sends seldom: its source is read each time (one that sends every
# second is read every five seconds), its secret once a minute and sandbox, which is left out. What is recorded of it
# costs what checks cost. Assumed: its duration, most of which is spent waiting for table and queue; 4 KB.
WEBHOOK_S = 0.020
RECEIVE_WEBHOOKS_GB = 0.5
WEBHOOK_READS = 1
WEBHOOK_QUEUE_REQUESTS = 3  # sent, received and deleted, up to 64 KB
WEBHOOK_PARTS = ["gateway", "function and logs", "table", "queue"]

# ── A source of webhooks by its mode, from the message at the door to what is recorded: each message comes alone, and is an
# invocation of record-checks as of a batch. One probe is one service. What an outage costs (above) is not counted again.
SOURCE_PROBES = [1, 10, 100]
# Edges. Assumed: one outage a probe-month that lasts an hour, told to its end by Alertmanager's repeat_interval of the guide.
REPEAT_S = 10 * 60
OUTAGE_S = 3_600
# From the code (webhooks.rs, record.rs), unmeasured: each message reads source, its state, series, service, standing and
# chunk. One that tells something new writes state and series in a transaction, and the series again once it is recorded. A
# repeat writes the state, whose last message it is.
EDGE_READS = 6
EDGE_WRITES = 2 * 2 + 1
REPEAT_WRITES = 1
# Heartbeats, with an outage as above, whose messages cost about the same. Assumed: one proof of life a minute. From the
# code, unmeasured: a proof reads source, state and life, and writes the latter two in a transaction (1 KB each).
PROOFS = MINUTES
PROOF_READS = 3
PROOF_WRITES = 2 * 2
# A sweep asserts all proofs since the last sweep as one check a probe (lives.rs). It reads source, life and the memory of each
# series; it writes the life with these checks and once more without them, its place in the index twice each time.
# Assumed: 250 bytes a memory, 150 a check.
ASSERTING_READS = 2
MEMORY_KB = 0.25
ASSERTED_CHECK_KB = 0.15
ASSERTING_INDEX_WRITES = 4
# By default the check is older than its service's silence: it is settled, by a look (above) with the chunk read before it, and
# chunk, standing and its two places in the index are written. A silence longer than delay_s and a sweep makes it steady.
SETTLED_READS = 1 + LOOK_READS
SETTLED_WRITES = 2 * 2 + 2
STEADY_S = 0.002  # assumed
MESSAGES = {"edges: a start or an end": (EDGE_READS, EDGE_WRITES), "edges: a repeat": (EDGE_READS, REPEAT_WRITES),
            "heartbeats: a proof": (PROOF_READS, PROOF_WRITES)}
MESSAGE_PARTS = ["door", "recorded"]

# ── Checks of run-checks until they are queued, a million of them: a region's targets are read each minute (1 KB each, so a
# quarter of a unit), tried and queued in one run. What is recorded of them costs what checks cost, one message being a
# batch. Assumed: a check takes 0.25 s of waiting, 64 at a time, and a run of few targets 0.5 s with its controls.
TARGETS_A_RUN = [1, 10, 100, 900]
TRIED_AT_ONCE = 64
TRY_S = 0.25
RUN_S = 0.5
RUN_CHECKS_GB = 0.5
TARGET_READS = 0.25
CHECKS_IN_A_MESSAGE = 1_200
RUN_PARTS = ["schedule", "function and logs", "table", "queue"]

# ── Independent of size: alarms.yaml has 58 alarms, 8 metrics and a dashboard; 3 queues are polled by 5 each.
FIXED = {
    "keys": 1,
    "key requests": 100_000,
    "alarms": 58,
    "metrics": 8,
    "dashboards": 1,
    "schedules": 3 * SWEEPS + MINUTES + 30 + 2,
    "fifo requests": 5 * 3 * MINUTES,
    "queue requests": 2 * 5 * 3 * MINUTES,
}

WAYS = ["one check an invocation", "FIFO batches of ten", "one `until` check an hour"]


@dataclass
class Bill:
    """Usage, by part and by price."""

    parts: dict[str, dict[str, float]] = field(default_factory=dict)

    def use(self, part: str, **used: float) -> None:
        """Adds units; a name's underscores are the price's spaces."""
        into = self.parts.setdefault(part, {})
        for name, units in used.items():
            priced = name.replace("_", " ")
            into[priced] = into.get(priced, 0.0) + units

    def of(self, part: str) -> float:
        """Returns the cost of a part."""
        return sum(PRICES[name][0] * units for name, units in self.parts[part].items())

    def total(self) -> float:
        """Returns the total cost."""
        return sum(self.of(part) for part in self.parts)


def invoked(bill: Bill, part: str, times: float, seconds: float, gb: float, own_bytes: float = 0) -> None:
    """Adds invocations with their duration and their logs."""
    log_gb = times * (LOGGED_BYTES + own_bytes) / 1e9
    bill.use(part, requests=times, GB_seconds=times * seconds * gb, log_GB=log_gb)


def add_checks(bill: Bill, services: int, way: str) -> None:
    """Adds the usage of recording checks."""
    checks = services * (HOURS if way == WAYS[2] else MINUTES)
    writes = CHECK_WRITES_IN_TRANSACTION if way == WAYS[1] else CHECK_WRITES
    bill.use("checks: table", read_units=checks * CHECK_READS, write_units=checks * writes)
    if way == WAYS[1]:
        batches = checks / BATCH
        invoked(bill, "checks: functions and logs", batches, BATCH_S, RECORD_CHECKS_GB, LOGGED_BYTES_OF_BATCH)
        bill.use("checks: queue", fifo_requests=3 * batches)  # sent, received and deleted ten at a time
    else:
        invoked(bill, "checks: functions and logs", checks, CHECK_S, RECORD_CHECKS_GB)
        bill.use("checks: queue", fifo_requests=0)


def add_sweeps(bill: Bill, services: int, way: str) -> None:
    """Adds the usage of looks at services, beyond the sweeps that run at any size."""
    wanted = services * (LOOKS_OF_HOURLY if way == WAYS[2] else SWEEPS)
    looks = min(wanted, SWEEPS * LOOKS_IN_A_SWEEP_MAX)
    bill.use("sweeps", read_units=looks * LOOK_READS, write_units=looks * LOOK_WRITES)
    bill.use("sweeps", GB_seconds=looks * LOOK_S * RECORD_CHECKS_GB)


def add_month(bill: Bill, services: int) -> None:
    """Adds outages, notices, month end and export."""
    bill.use("outages", read_units=services * OUTAGE_READS, write_units=services * OUTAGE_WRITES)
    messages = services * (OUTAGE_MESSAGES + CLOSE_MESSAGES)
    bill.use("notices", messages=messages, write_units=messages * MESSAGE_WRITES)
    invoked(bill, "notices", messages, MESSAGE_S, SEND_NOTICES_GB)
    bill.use("month end", read_units=services * CLOSE_READS * RUNS, write_units=services * CLOSE_WRITES)
    invoked(bill, "month end", RUNS * services / MAP_BATCH, CLOSE_S * MAP_BATCH, 1.0)
    pages, batches = -(-services // PAGE), -(-services // MAP_BATCH)
    bill.use("month end", transitions=RUNS * (pages * PAGE_TRANSITIONS + batches * MAP_BATCH_TRANSITIONS))
    bill.use("export", read_units=services * EXPORT_READS, write_units=services * EXPORT_WRITES)
    bill.use("export", GB_seconds=services * EXPORT_S * EXPORT_MONTH_GB)
    bill.use("export", puts=EXPORT_FILES + -(-services // EXPORT_LINES_A_PART))


def add_kept(bill: Bill, services: int) -> None:
    """Adds the storage of a year."""
    table_gb = services * TABLE_KB_A_MONTH * MONTHS_KEPT / 1e6
    bill.use("kept for a year", table_GB=table_gb, recovery_GB=table_gb)
    bill.use("kept for a year", export_GB=services * EXPORT_KB_A_MONTH * MONTHS_KEPT / 1e6)


def bill_of_people(people: int) -> Bill:
    """Adds up a month of people at the portal."""
    bill = Bill()
    pages, others = people * VISITS * PAGES, people * (VISITS * OTHER_REQUESTS + LOOKS + FORMS)
    bill.use("gateway", api_requests=pages + others)
    invoked(bill, "function and logs", pages, PAGE_S, SERVE_PORTAL_GB, ACCESS_LOG_BYTES)
    invoked(bill, "function and logs", others, REQUEST_S, SERVE_PORTAL_GB, ACCESS_LOG_BYTES)
    reads = pages * PAGE_READS + people * LOOKS * LOOK_TICKET_READS
    bill.use("table", read_units=reads, write_units=people * FORMS * FORM_WRITES)
    bill.use("user pool", people=people)
    return bill


def bill_of_webhooks(webhooks: int) -> Bill:
    """Adds up webhooks until they are queued."""
    bill = Bill()
    bill.use("gateway", api_requests=webhooks)
    invoked(bill, "function and logs", webhooks, WEBHOOK_S, RECEIVE_WEBHOOKS_GB, ACCESS_LOG_BYTES)
    bill.use("table", read_units=webhooks * WEBHOOK_READS)
    bill.use("queue", queue_requests=webhooks * WEBHOOK_QUEUE_REQUESTS)
    return bill


def add_messages(bill: Bill, messages: float, reads: float, writes: float) -> None:
    """Adds messages of a source, from the door to what is recorded."""
    for used in bill_of_webhooks(messages).parts.values():
        bill.use("door", **{name.replace(" ", "_"): units for name, units in used.items()})
    invoked(bill, "recorded", messages, BATCH_S, RECORD_CHECKS_GB, LOGGED_BYTES_OF_BATCH)
    bill.use("recorded", read_units=messages * reads, write_units=messages * writes)


def bill_of_messages(kind: str) -> Bill:
    """Adds up a million messages of a kind."""
    bill = Bill()
    add_messages(bill, MILLION, *MESSAGES[kind])
    return bill


def bill_of_edges(probes: int) -> Bill:
    """Adds up a month of a source in the mode *edges*."""
    bill = Bill()
    add_messages(bill, probes * 2, EDGE_READS, EDGE_WRITES)
    add_messages(bill, probes * (OUTAGE_S / REPEAT_S - 1), EDGE_READS, REPEAT_WRITES)
    return bill


def bill_of_heartbeats(probes: int, is_steady: bool) -> Bill:
    """Adds up a month of a source in the mode *heartbeats*: its edges, its proofs, and what they assert."""
    bill = bill_of_edges(probes)
    add_messages(bill, PROOFS, PROOF_READS, PROOF_WRITES)
    # Steady checks of several services share a transaction.
    alone = CHECK_WRITES if probes == 1 else CHECK_WRITES_IN_TRANSACTION
    reads, writes, took_s = (CHECK_READS, alone, STEADY_S) if is_steady else (SETTLED_READS, SETTLED_WRITES, LOOK_S)
    memories = ceil(probes * MEMORY_KB / 4)
    lives = ceil(1 + probes * ASSERTED_CHECK_KB) + 1 + ASSERTING_INDEX_WRITES
    bill.use("asserted", read_units=SWEEPS * (ASSERTING_READS + memories + probes * reads))
    bill.use("asserted", write_units=SWEEPS * (lives + probes * writes))
    bill.use("asserted", GB_seconds=SWEEPS * (LOOK_S + probes * took_s) * RECORD_CHECKS_GB)
    return bill


def bill_of_runs(targets: int) -> Bill:
    """Adds up a million checks of run-checks until they are queued, of so many targets a region."""
    bill, runs = Bill(), MILLION / targets
    run_s = RUN_S + max(0, targets / TRIED_AT_ONCE - 1) * TRY_S
    bill.use("schedule", schedules=runs)
    invoked(bill, "function and logs", runs, run_s, RUN_CHECKS_GB)
    bill.use("table", read_units=runs * max(1, targets * TARGET_READS))
    # Sent, received and deleted, each 64 KB as one request.
    messages = -(-targets // CHECKS_IN_A_MESSAGE)
    bill.use("queue", queue_requests=runs * 3 * max(messages, targets * 0.2 / 64))
    return bill


def bill_of(services: int, way: str) -> Bill:
    """Adds up a month."""
    bill = Bill()
    add_checks(bill, services, way)
    add_sweeps(bill, services, way)
    add_month(bill, services)
    add_kept(bill, services)
    bill.use("whatever the size", **{name.replace(" ", "_"): units for name, units in FIXED.items()})
    return bill


def shown(usd: float) -> str:
    """Writes an amount: nothing as a dash, cents below a hundred dollars, whole dollars above."""
    return "–" if usd == 0 else f"{usd:,.2f}" if usd < 100 else f"{usd:,.0f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Writes a table; all columns but the first are amounts."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Prints totals by size, the parts of one size, people at the portal, webhooks, sources, our own checks, and the prices."""
    rows = [[f"{n:,}", *(shown(bill_of(n, way).total()) for way in WAYS)] for n in SIZES]
    print(table(["USD a month, services", *WAYS], rows), end="\n\n")
    bills = [bill_of(SHOWN_IN_PARTS, way) for way in WAYS]
    rows = [[part, *(shown(bill.of(part)) for bill in bills)] for part in bills[0].parts]
    print(table([f"USD a month, of {SHOWN_IN_PARTS:,} services", *WAYS], rows), end="\n\n")
    bills = {people: bill_of_people(people) for people in PEOPLE}
    rows = [[f"{n:,}", *(shown(bill.of(part)) for part in PORTAL_PARTS), shown(bill.total())] for n, bill in bills.items()]
    print(table(["USD a month, people at the portal", *PORTAL_PARTS, "together"], rows), end="\n\n")
    bill = bill_of_webhooks(MILLION)
    row = ["1,000,000", *(shown(bill.of(part)) for part in WEBHOOK_PARTS), shown(bill.total())]
    print(table(["USD, webhooks", *WEBHOOK_PARTS, "together"], [row]), end="\n\n")
    bills = {kind: bill_of_messages(kind) for kind in MESSAGES}
    rows = [[kind, *(shown(bill.of(part)) for part in MESSAGE_PARTS), shown(bill.total())] for kind, bill in bills.items()]
    print(table(["USD, a million messages of a source", *MESSAGE_PARTS, "together"], rows), end="\n\n")
    rows = []
    for probes in SOURCE_PROBES:
        settled, steady = bill_of_heartbeats(probes, is_steady=False), bill_of_heartbeats(probes, is_steady=True)
        minutes = [shown(bill.total() / (probes * MINUTES) * MILLION) for bill in (settled, steady)]
        parts = [shown(settled.of("door") + settled.of("recorded")), shown(settled.of("asserted"))]
        edges = f"{bill_of_edges(probes).total():.5f}"
        rows.append([f"{probes}", edges, *parts, shown(settled.total()), minutes[0], shown(steady.total()), minutes[1]])
    head = ["edges", "heartbeats: messages", "asserted", "together", "a million probe-minutes",
            "with a longer silence", "a million probe-minutes"]
    print(table(["USD a month, probes of a source", *head], rows), end="\n\n")
    bills = {targets: bill_of_runs(targets) for targets in TARGETS_A_RUN}
    rows = [[f"{n:,}", *(shown(bill.of(part)) for part in RUN_PARTS), shown(bill.total())] for n, bill in bills.items()]
    print(table(["USD a million checks, targets of a region", *RUN_PARTS, "together"], rows), end="\n\n")
    print("| price, USD | known from |\n| --- | --- |")
    for _, what, known in PRICES.values():
        print(f"| {what} | {known} |")


if __name__ == "__main__":
    main()
