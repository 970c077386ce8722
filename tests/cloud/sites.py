"""Uses portal and desk as customers and staff do, over their deployed HTTP APIs, and tries everybody without access."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cloud import Cloud, Json, Listener, eventually, expect
from issuer import Issuer
from visits import Answer, Visitor, strangers

# Customers of the sample month: one whose service breached June, and another.
OWNER, OTHER = "cust-2", "cust-1"
SERVICE, MONTH = "access-website-public-webpage", "2026-06"
PAGES = {
    "/": SERVICE,
    f"/services/{SERVICE}?month={MONTH}": "2026-06-04",
    "/statements": SERVICE,
    f"/statements/{SERVICE}/{MONTH}": "90.9351",
    f"/statements/{SERVICE}/{MONTH}/statement.csv": "90.9351",
    "/tickets": "All down",
    "/tickets/T-1": "All down",
    "/search?words=nothing": "Nothing was found",
    "/claims": "1177.52",
    "/agreement": "Premium",
    "/agreement/1": "Premium",
    f"/notices?month={MONTH}": "outage",
}
DESK_PAGES = {
    "/": "A second person",
    "/customers": OWNER,
    "/search?words=nothing": "Nothing was found",
    f"/customers/{OWNER}": SERVICE,
    "/services": SERVICE,
    f"/services/{SERVICE}": SERVICE,
    "/targets": "Targets",
    "/tickets": "Tickets",
    f"/statements/{SERVICE}/{MONTH}": "90.9351",
    "/maintenance": "Maintenance",
    "/exclusions/x-1": "The carrier was up.",
    "/voids": "",
    "/reviews": "",
    "/quarantine": "",
    "/terms": "Premium",
    "/months": "Months",
    f"/months/{MONTH}": MONTH,
    f"/changes?kind=customer&id={OWNER}": OWNER,
}
# Routes that do not exist.
NOWHERE = [("GET", "/nothing"), ("GET", "/admin"), ("DELETE", "/tickets"), ("GET", "/tickets/T-1/state/more"), ("GET", "/api/v1/nothing"), ("DELETE", "/api/v1/tickets")]
OPERATION = f"/api/v1/statements/{SERVICE}/{MONTH}"


class SitesDrive:
    """Steps after the month has ended: nothing here is part of the record that is replayed."""

    def __init__(self, cloud: Cloud, heard: Listener, issuer: Issuer) -> None:
        self.cloud, self.heard, self.issuer = cloud, heard, issuer
        self.visitor = Visitor(cloud)

    def steps(self) -> list[Callable[[], None]]:
        return [
            self.a_customer_signs_in_and_looks,
            self.a_customer_opens_a_ticket,
            self.a_customer_claims_and_disputes,
            self.two_people_decide_at_the_desk,
            self.nobody_else_gets_in,
            self.the_gateway_lets_through_what_is_for_the_portal,
        ]

    def a_customer_signs_in_and_looks(self) -> None:
        self.visitor.sign_in(OWNER, "/tickets")
        for path, shown in PAGES.items():
            self.visitor.page(path, shown)
        known = self.cloud.desk("show_statement", service_id=SERVICE, month=MONTH)
        download = self.visitor.get(f"/statements/{SERVICE}/{MONTH}/statement.json").json()
        expect(download == known, f"the statement as staff see it: {download}")
        page = self.visitor.page("/")
        for asset in {part.split('"')[0] for part in page.split('="') if part.startswith("/assets/")}:
            answer = self.visitor.get(asset)
            expect(answer.status == 200 and "immutable" in answer.headers["Cache-Control"], f"{asset}: {answer.status}")

    def a_customer_opens_a_ticket(self) -> None:
        csrf, key = self.visitor.field("/tickets/new", "csrf"), self.visitor.field("/tickets/new", "key")
        form = {"csrf": csrf, "key": key, "level": "1", "service_id": SERVICE, "title": "No page at all"}
        opened = [self.visitor.post("/tickets", form) for _ in range(2)]
        [page] = {answer.headers["Location"].split("?")[0] for answer in opened}
        ticket_id = page.rsplit("/", 1)[1]
        self.visitor.page(page, "No page at all")
        ticket = self.cloud.desk("show_ticket", ticket_id=ticket_id)
        expect(OWNER in json.dumps(ticket), f"staff see whose it is: {ticket}")
        self.heard.hears("ticket.opened", ticket_id=ticket_id)
        expect(self.schedules(ticket_id), "its deadlines are armed")
        state = self.visitor.get(f"{page}/state")
        again = self.visitor.get(f"{page}/state", **{"If-None-Match": state.headers["ETag"]})
        expect((state.status, again.status, again.text) == (200, 304, ""), f"unchanged: {again.status}")
        reply = {"csrf": csrf, "key": self.visitor.field(page, "key"), "kind": "cancelled"}
        expect(self.visitor.post(f"{page}/events", reply).status == 303, "the customer cancels it")
        changed = self.visitor.get(f"{page}/state", **{"If-None-Match": state.headers["ETag"]})
        expect(changed.status == 200, f"changed: {changed.status}")
        eventually("a cancelled ticket has no deadline left", lambda: not self.schedules(ticket_id))

    def schedules(self, ticket_id: str) -> list[Json]:
        all_of_them = self.cloud.client("scheduler").list_schedules(GroupName="nines-deadlines")["Schedules"]
        return [schedule for schedule in all_of_them if schedule["Name"].startswith(ticket_id[:20])]

    def a_customer_claims_and_disputes(self) -> None:
        csrf = self.visitor.field("/tickets/new", "csrf")
        claim = {"csrf": csrf, "service_id": SERVICE, "month": MONTH, "kind": "performance", "note": "slow as well"}
        filed = self.visitor.post("/claims", claim)
        expect(filed.headers.get("Location") == "/claims?done=claim", f"the claim is filed: {filed.status} {filed.text[:2000]}")
        self.visitor.page("/claims", "slow as well")
        # An exclusion is raised within 30 days.
        starts = datetime.now(UTC) - timedelta(hours=2)
        self.cloud.desk(
            "raise_exclusion", exclusion_id="x-1", services=[SERVICE], clause="third_party", evidence="the carrier's log",
            starts_at=starts.strftime("%Y-%m-%dT%H:%M:00Z"), raised_by="ann",
            ends_at=(starts + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:00Z"),
        )  # fmt: skip
        said = {"csrf": csrf, "statement": "The carrier was up."}
        expect(self.visitor.post("/exclusions/x-1/disputes", said).status == 303, "it is disputed")
        self.visitor.page(f"/services/{SERVICE}?month={starts:%Y-%m}", "The carrier was up.")

    def two_people_decide_at_the_desk(self) -> None:
        ada, grace = Visitor(self.cloud, site="Desk"), Visitor(self.cloud, site="Desk")
        ada.sign_in("ada", "/exclusions")
        grace.sign_in("grace", "/")
        for path, shown in DESK_PAGES.items():
            ada.page(path, shown)
        starts = datetime.now(UTC) - timedelta(hours=3)
        raised = {
            "csrf": ada.field("/exclusions/new", "csrf"), "exclusion_id": "x-2", "services": SERVICE, "clause": "third_party",
            "starts_at": f"{starts:%Y-%m-%dT%H:%M}", "ends_at": f"{starts + timedelta(minutes=30):%Y-%m-%dT%H:%M}",
            "evidence": "the carrier's report",
        }  # fmt: skip
        answer = ada.post("/commands/raise_exclusion", raised)
        expect(answer.status == 303, f"it is raised: {answer.status} {answer.text[:2000]}")
        decided = {"exclusion_id": "x-2", "decision": "approve", "note": "seen it"}
        own = ada.post("/commands/decide_exclusion", decided | {"csrf": raised["csrf"]})
        expect(own.status == 403, f"nobody decides what they raised: {own.status} {own.text[:300]}")
        other = grace.post("/commands/decide_exclusion", decided | {"csrf": grace.field("/exclusions/new", "csrf")})
        expect(other.status == 303, f"a second person decides: {other.status} {other.text[:2000]}")
        ada.page("/exclusions/x-2", "ada", "grace")
        stranger = Visitor(self.cloud, self.issuer.token(OWNER), site="Desk")
        for path in DESK_PAGES:
            expect(stranger.get(path).status == 303, f"a customer's token holds nowhere at the desk: {path}")
        refused = stranger.post("/commands/raise_exclusion", raised)
        expect(refused.status == 401, f"nor at its forms: {refused.status}")
        for path in ("/nothing", "/api/v1/x", "/commands"):
            expect(not ada.get(path).by_the_function(), f"{path} reaches nobody")

    def nobody_else_gets_in(self) -> None:
        own = {"csrf": self.visitor.field("/tickets/new", "csrf"), "key": "k", "level": "3", "title": "not mine"}
        for who, token in strangers(self.issuer).items():
            stranger = Visitor(self.cloud, token)
            for path in PAGES:
                answer = stranger.get(path)
                if path.startswith("/agreement"):
                    expect(answer.status == 200 and "Premium" in answer.text, f"{who} at {path}: anybody reads it: {answer.status}")
                    expect("Sign out" not in answer.text, f"{who} at {path}: as a customer")
                    continue
                expect(answer.status == 303 and answer.headers["Location"].startswith("/sign-in?"), f"{who} at {path}: {answer.status}")
            expect(stranger.post("/tickets", own).status == 401, f"{who} sends a form")
        other = Visitor(self.cloud, self.issuer.token(OTHER))
        for path in PAGES:
            if SERVICE in path or "T-1" in path:
                answer = other.get(path)
                expect(answer.status == 404 and "90.9351" not in answer.text, f"{OTHER} at {path}: {answer.status}")
        staff = Visitor(self.cloud, self.issuer.token(OWNER, scope="openid staff"))
        expect(staff.get("/").status == 403, "staff are no customers")
        expect(other.post("/tickets", own).status == 403, "a form of another session is refused")
        foreign = self.visitor.post("/tickets", own, Origin="https://evil.example")
        expect(foreign.status == 403, f"another site's form is refused: {foreign.status}")
        expect("not mine" not in self.visitor.page("/tickets"), "nothing was opened")

    def the_gateway_lets_through_what_is_for_the_portal(self) -> None:
        for method, path in NOWHERE:
            answer = self.visitor.send(method, path, {})
            expect(answer.status == 404 and not answer.by_the_function(), f"{method} {path} reaches nobody: {answer.status}")

        def asked(token: str | None) -> Answer:
            return Visitor(self.cloud).get(OPERATION, **({"Authorization": f"Bearer {token}"} if token else {}))

        for who, token in strangers(self.issuer).items():
            # The gateway does not distinguish ID tokens from access tokens.
            if who != "an ID token":
                answer = asked(token)
                expect(answer.status == 401 and not answer.by_the_function(), f"{who}: {answer.status} {answer.text[:200]}")
        scopeless = asked(self.issuer.token(OWNER, scope="openid staff"))
        expect(scopeless.status == 403 and not scopeless.by_the_function(), f"without the scope: {scopeless.status}")
        own = asked(self.issuer.token(OWNER))
        expect(own.status == 200 and "90.9351" in own.text, f"the customer gets the statement: {own.status} {own.text[:200]}")
        other = asked(self.issuer.token(OTHER))
        expect(other.status == 404 and other.by_the_function(), f"another customer does not: {other.status}")
        id_token = asked(strangers(self.issuer)["an ID token"])
        expect(id_token.status == 401 and id_token.by_the_function(), f"an ID token is refused by the function: {id_token.status}")
        described = Visitor(self.cloud).get("/openapi.json").json()
        expect(described["openapi"].startswith("3.1"), f"the API is described: {described.keys()}")
        # The emulator keeps no access log of the gateway; the functions' own logs do not name their users.
        time.sleep(1)
        for line in self.log_lines():
            expect("someone-at-" not in line and "Someone at" not in line and "not mine" not in line, f"a log speaks of people: {line}")

    def log_lines(self) -> list[str]:
        reads = self.cloud.client("logs").get_paginator("filter_log_events")
        pages = [page for name in ("portal", "desk") for page in reads.paginate(logGroupName=f"/aws/lambda/serve-{name}")]
        return [event["message"] for page in pages for event in page["events"]]
