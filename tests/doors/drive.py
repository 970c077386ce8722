"""Lives through two outages of a real page with real senders, and compares what Nines says with what was done."""
import json
import subprocess
import sys
import time
from pathlib import Path

import senders
from programs import free_ports, seeing
from story import CUSTOMER, SOON_S, Late, Story, epoch, iso, live

# Icinga and Alertmanager look every few seconds; Uptime Kuma looks every 20 s at the most.
SLOT_S, KUMA_SLOT_S = 10, 20
# Seconds of the heartbeats: how late they are asserted, and the gap that is death. Proofs count by the minute.
DELAY_S, GAP_S = 30, 90
# Prometheus tells Alertmanager this often, and a firing alert is valid for four times as long.
RESEND_S = 5
VALID_S = 4 * RESEND_S
# A monitor's death is told at most this late (the guide says so).
DEATH_S_MAX = 300
# Nines is down until each sender has tried in vain.
LOST_S = 25
# Longest wait for a death to be told.
DEATH_WAIT_S = 300

# Sources are named as their services. Each `dying` one is told by the Alertmanager whose Prometheus is killed.
EDGES = {"alertmanager": SLOT_S, "icinga": SLOT_S, "kuma": KUMA_SLOT_S}
DYING_EDGES, DYING_BEATS = "dying-edges", "dying-beats"
HELPDESK = "helpdesk"


class Run(Story):
    """One run of all senders."""

    slot_s = KUMA_SLOT_S

    def __init__(self, options):
        super().__init__(options, [*EDGES, DYING_BEATS, HELPDESK])
        self.blackbox, self.kuma, *self.chains = free_ports(6)
        # One Alertmanager tells both, with one secret.
        self.secrets[DYING_EDGES] = self.secrets[DYING_BEATS]

    def parts(self):
        return (self.prepare, self.first_outage, self.second_outage, self.death, self.tickets, self.tests_of_the_way)

    # What is done.

    def register(self):
        self.register_services({**EDGES, DYING_EDGES: SLOT_S, DYING_BEATS: SLOT_S})
        for source, page in (("icinga", "icinga.md"), ("kuma", "uptime-kuma.md")):
            self.nines.ask("run-desk", senders.registration(page, source, source))
        beats = senders.registration("alertmanager.md", DYING_BEATS, DYING_BEATS)
        self.nines.ask("run-desk", {**beats, "delay_s": DELAY_S, "max_silence_s": GAP_S})
        for source in ("alertmanager", DYING_EDGES):
            edges = senders.registration("alertmanager.md", source, source)
            mapped = [mapping for mapping in edges["map"] if "service_id" in mapping]
            others = {key: edges[key] for key in ("command", "source_id", "kind", "auth")}
            self.nines.ask("run-desk", {**others, "max_silence_s": None, "map": mapped, "unmapped": "ignore"})
        self.nines.ask("run-desk", senders.registration("django-helpdesk.md", HELPDESK, None))
        self.nines.enter_secrets(self.secrets)

    def start_prometheus(self, name, prometheus_port, alertmanager_port, sources):
        binaries = self.options.debian / "usr/bin"
        folder = self.programs.folder(f"alertmanager-{name}")
        config = senders.alertmanager(folder, self.nines.hooks, sources, self.secrets[sources[0]])
        # Debian's has the folder of its templates compiled in.
        within = seeing(self.options.debian / "usr/share", "/usr/share")
        self.programs.start(f"alertmanager-{name}", *within, binaries / "prometheus-alertmanager", f"--config.file={config}",
                            f"--storage.path={folder}", f"--web.listen-address=127.0.0.1:{alertmanager_port}",
                            "--cluster.listen-address=")
        folder = self.programs.folder(f"prometheus-{name}")
        config = senders.prometheus(folder, self.address, self.blackbox, alertmanager_port)
        return self.programs.start(f"prometheus-{name}", binaries / "prometheus", f"--config.file={config}",
                                   f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{prometheus_port}",
                                   f"--rules.alert.resend-delay={RESEND_S}s")

    def start_senders(self):
        root = self.options.debian
        self.programs.start("blackbox", root / "usr/bin/prometheus-blackbox-exporter",
                            f"--config.file={root}/etc/prometheus/blackbox.yml",
                            f"--web.listen-address=127.0.0.1:{self.blackbox}")
        living, dying = self.chains[:2], self.chains[2:]
        self.start_prometheus("living", *living, ["alertmanager"])
        self.dying = self.start_prometheus("dying", *dying, [DYING_BEATS, DYING_EDGES])
        self.start_icinga(root)
        self.start_helpdesk()
        self.start_kuma()

    def start_icinga(self, root):
        folder = self.programs.folder("icinga")
        config = senders.icinga(folder, self.nines.hooks, "icinga", self.secrets["icinga"], self.page.port,
                                root / "usr/lib/nagios/plugins")
        user, group = (subprocess.check_output(["id", flag], text=True).strip() for flag in ("-un", "-gn"))
        places = {"ConfigDir": folder / "etc", "DataDir": folder / "data", "LogDir": folder / "log",
                  "CacheDir": folder / "cache", "SpoolDir": folder / "spool", "InitRunDir": folder / "run",
                  "RunAsUser": user, "RunAsGroup": group}
        defined = [word for name, place in places.items() for word in ("-D", f"{name}={place}")]
        # The guide's script takes `jq` from the same packages.
        path = {"PATH": f"{root}/usr/bin:/usr/local/bin:/usr/bin:/bin"}
        self.programs.start("icinga", self.options.libraries / "icinga2/sbin/icinga2", "daemon", "-c", config,
                            "-I", root / "usr/share/icinga2/include", *defined, environment=path)

    def start_helpdesk(self):
        address = f"{self.nines.hooks}/hooks/{HELPDESK}/{self.secrets[HELPDESK]}"
        self.helpdesk = self.programs.start(HELPDESK, self.options.helpdesk, Path(__file__).with_name("tickets.py"),
                                            self.programs.folder(HELPDESK), address, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True)
        self.ticket_acts = {}

    def start_kuma(self):
        folder = self.programs.folder("uptime-kuma")
        server = self.options.kuma / "node_modules/uptime-kuma"
        self.programs.start("uptime-kuma", "node", "server/server.js", "--host=127.0.0.1", f"--port={self.kuma}",
                            f"--data-dir={folder}/", environment={"UPTIME_KUMA_DB_TYPE": "sqlite"}, cwd=server)
        self.until("Uptime Kuma answers", lambda: "Listening" in "\n".join(self.programs.tail("uptime-kuma")))
        done = self.programs.start("kuma-set-up", "node", Path(__file__).with_name("kuma") / "set-up.mjs",
                                   f"http://127.0.0.1:{self.kuma}", self.address, f"{self.nines.hooks}/hooks/kuma",
                                   self.secrets["kuma"], environment={"PACKAGES": str(self.options.kuma)})
        if done.wait(SOON_S):
            raise Late("Uptime Kuma could not be set up")

    def ticket(self, act):
        """Has the help desk do something, and returns what its person would have seen."""
        self.helpdesk.stdin.write(f"{act}\n")
        self.helpdesk.stdin.flush()
        self.ticket_acts[act] = json.loads(self.helpdesk.stdout.readline())
        return self.ticket_acts[act]["error"]

    # The story.

    def prepare(self):
        self.page.mend()
        self.start_nines()
        self.register()
        self.start_senders()
        if not json.loads(self.helpdesk.stdout.readline() or "{}").get("ready"):
            raise Late("the help desk did not start")
        watching = {"check_http", "Blackbox Exporter", "Uptime-Kuma"}
        self.until("all monitors watch the page", lambda: watching <= self.page.visitors)
        self.until("Prometheus proves that it lives", lambda: self.source(DYING_BEATS).get("last_proof_at"))
        self.checks.that(self.ticket("open") is None, "the help desk saves a new ticket")
        self.checks.that(self.ticket("comment") is None, "the help desk saves an answer")

    def first_outage(self):
        """All monitors tell an outage. One Prometheus is killed within it."""
        self.broken_at = broken_at = self.at_slot(self.page.break_down)
        self.until_open(0, *EDGES, DYING_EDGES)
        # Proofs count by the minute: the one that is asserted must lie within the outage.
        self.until("Prometheus proves that it lives within the outage",
                   lambda: epoch(self.source(DYING_BEATS)["last_proof_at"]) > broken_at)
        self.dying.kill()
        self.killed_at = time.time()
        print(f"     one Prometheus is killed at {iso(self.killed_at)}", flush=True)
        self.until_closed(0, DYING_EDGES)
        mended_at = self.at_slot(self.page.mend)
        self.until_closed(0, *EDGES)
        for service, slot_s in EDGES.items():
            self.check_outage(service, 0, broken_at, mended_at, slot_s)
        self.edges_of_the_dead(mended_at)

    def edges_of_the_dead(self, mended_at):
        outage = self.outage(DYING_EDGES, 0)
        self.checks.same_slot(f"{DYING_EDGES}: the outage starts", outage["started_at"], self.broken_at, SLOT_S)
        late_s = epoch(outage["ended_at"]) - self.killed_at
        self.checks.that(-2 * SLOT_S <= late_s - VALID_S <= SLOT_S and epoch(outage["ended_at"]) < mended_at,
                         f"{DYING_EDGES}: said to be up, as edges must, when the alert of the dead runs out",
                         f"{late_s:.0f} s after the death, {mended_at - epoch(outage['ended_at']):.0f} s before the truth")
        told = self.nines.desk("list_notices", customer_id=CUSTOMER, month=self.month)["notices"]
        kinds = [notice["kind"] for notice in told if notice.get("service_id") == DYING_EDGES]
        self.checks.that("outage.closed" in kinds, f"{DYING_EDGES}: the customer has the notice of it", ", ".join(kinds))

    def second_outage(self):
        """Nines is dead when the page breaks, and again when it is mended."""
        self.nines.kill()
        broken_at = self.at_slot(self.page.break_down)
        error = self.ticket("resolve")
        self.checks.that(error is not None, "the help desk's person sees that Nines is dead", error)
        time.sleep(LOST_S)
        self.start_nines()
        restarted_at = time.time()
        self.until_open(1, *EDGES)
        self.checks.that(self.ticket("reopen") is None, "the help desk reopens the ticket")
        self.nines.kill()
        mended_at = self.at_slot(self.page.mend)
        time.sleep(LOST_S)
        self.start_nines()
        repeating = ("alertmanager", "icinga")
        self.until_closed(1, *repeating)
        self.checks.that(self.ticket("close") is None, "the help desk closes the ticket")
        for service in repeating:
            outage = self.outage(service, 1)
            self.checks.same_slot(f"{service}: the start that Nines missed", outage["started_at"], broken_at, SLOT_S)
            self.checks.same_slot(f"{service}: the end that Nines missed", outage["ended_at"], mended_at, SLOT_S)
        outage = self.outage("kuma", 1)
        started_at = epoch(outage["started_at"])
        self.checks.that(broken_at <= started_at <= restarted_at + 2 * KUMA_SLOT_S,
                         "kuma: the failure that Nines missed is known by its repeat",
                         f"{started_at - broken_at:.0f} s after the start")
        self.checks.that(outage["ongoing"], "kuma: an end that Nines missed is lost, as the guide says")

    def death(self):
        """Whose Prometheus was killed is unknown, not up."""
        def told():
            self.nines.ask("record-checks", {"sweep": True})
            return self.source(DYING_BEATS).get("is_alive") is False and not (
                self.outage(DYING_BEATS, 0) or {"ongoing": True})["ongoing"]

        self.until(f"{DYING_BEATS}: the death is told", told, DEATH_WAIT_S)
        first = self.statement(DYING_BEATS)
        outage = first["outages"][0]
        self.checks.same_slot(f"{DYING_BEATS}: the outage starts", outage["started_at"], self.broken_at, SLOT_S)
        ended_at = epoch(outage["ended_at"])
        self.checks.that(self.broken_at < ended_at <= self.killed_at + DEATH_S_MAX,
                         f"{DYING_BEATS}: unknown from the last proof on, at most {DEATH_S_MAX} s late",
                         f"{ended_at - self.killed_at:.0f} s after the death")
        time.sleep(2 * SLOT_S)
        second = self.statement(DYING_BEATS)
        self.checks.that(second["seconds"]["up"] == 0, f"{DYING_BEATS}: the dead are never up", f"{second['seconds']}")
        self.checks.that(second["seconds"]["down"] == outage["down_s"] == first["seconds"]["down"]
                         and second["seconds"]["unknown"] > first["seconds"]["unknown"],
                         f"{DYING_BEATS}: only unknown time grows")

    def tickets(self):
        kinds = {"open": "opened", "comment": "acknowledged", "resolve": "resolved", "reopen": "reopened", "close": "closed"}
        ask = lambda: self.nines.desk("show_ticket", ticket_id="hd-1")
        shown = self.until("the ticket is closed", lambda: (ticket := ask())["events"][-1]["kind"] == "closed" and ticket)
        events = shown["events"]
        told = [event["kind"] for event in events]
        self.checks.that(told == list(kinds.values()), "the ticket went through all its states", ", ".join(told))
        for event, (act, kind) in zip(events, kinds.items()):
            true = self.ticket_acts[act]
            at = epoch(event["occurred_at"])
            self.checks.that(event["effect"] == "effective" and int(true["before"]) <= at <= true["after"],
                             f"ticket: {kind} when it was", f"told {event['occurred_at']}, true {iso(true['before'])}")
        self.checks.that(shown["acknowledge"]["verdict"] == "met", "ticket: the answer stops its clock in time")

    def tests_of_the_way(self):
        """What the guide has people send to see that a sender is connected is seen, and is never a check."""
        kept = lambda: self.nines.desk("list_quarantine")["quarantined"]
        self.checks.that(not kept(), "nothing of any sender is in the quarantine",
                         json.dumps(kept())[:600] if kept() else "")
        tested = self.source("kuma")
        self.checks.that("last_test_at" in tested, "kuma: its test button is seen", f"{tested.get('last_test_at')}")
        amtool = [self.options.debian / "usr/bin/amtool", f"--alertmanager.url=http://127.0.0.1:{self.chains[3]}"]
        self.programs.start("amtool", *amtool, "alert", "add", "alertname=Trial", "nines=service").wait(SOON_S)
        waiting = self.until("Alertmanager's trial waits in the quarantine", kept)
        self.checks.that(any(DYING_BEATS in json.dumps(item) for item in waiting), "alertmanager: a trial alert is seen")


if __name__ == "__main__":
    sys.exit(live(Run, __doc__, "kuma", "helpdesk"))
