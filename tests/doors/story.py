"""What any run is made of: the page that is watched, what is asked of Nines, and the count of what held."""
import argparse
import datetime
import secrets
import signal
import sys
import time
import traceback
import urllib.error
from pathlib import Path

from programs import Nines, Page, Programs, free_ports

# Longest wait for what follows within seconds on an idle machine.
SOON_S = 120
CUSTOMER = "cust-17"


class Late(Exception):
    """Something that did not come in time."""


def iso(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Checks:
    """The count of what held and what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, holds, what, detail=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'ok  ' if holds else 'RED '} {what}{f': {detail}' if detail else ''}", flush=True)

    def same_slot(self, what, told, truth, slot_s):
        """Checks that what was told lies in the slot of the truth, or in one beside it."""
        apart = int(epoch(told) // slot_s) - int(truth // slot_s) if told else None
        self.that(apart is not None and abs(apart) <= 1, what,
                  f"told {told}, true {iso(truth)}, {apart} slots of {slot_s} s apart")


class Story:
    """One run: the programs, the page, and what is asked of Nines."""

    # The longest slot of a service: what is done begins one.
    slot_s = 10

    def __init__(self, options, sources):
        self.options, self.checks = options, Checks()
        environment = {"LD_LIBRARY_PATH": str(options.libraries), "HOME": str(options.out)}
        self.programs = Programs(options.out, environment)
        self.nines = Nines(self.programs, options.nines)
        self.page = Page(*free_ports(1))
        self.address = f"http://127.0.0.1:{self.page.port}/"
        # Noon somewhere: no month ends within a run.
        hour = datetime.datetime.now(datetime.timezone.utc).hour
        self.zone = f"Etc/GMT{hour - 12:+d}"
        self.month = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hour - 12)).strftime("%Y-%m")
        self.secrets = {source: secrets.token_hex(32) for source in sources}

    # What is asked of Nines.

    def until(self, what, ask, seconds=SOON_S):
        """Asks until there is an answer."""
        since = time.monotonic()
        while time.monotonic() - since < seconds:
            try:
                if answer := ask():
                    print(f"     {what} ({time.monotonic() - since:.0f} s)", flush=True)
                    return answer
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(1)
        raise Late(f"{what}: not within {seconds} s")

    def statement(self, service):
        told = self.nines.ask("close-month", {"month": self.month, "service_id": service})["statements"]
        return told[0] if told else {"outages": [], "seconds": {}}

    def source(self, source_id):
        return self.nines.desk("show_source", source_id=source_id)

    def outage(self, service, nth):
        """Returns the nth outage of a service, from 0, if there is one."""
        return next(iter(self.statement(service)["outages"][nth:]), None)

    def until_open(self, nth, *services):
        for service in services:
            self.until(f"{service}: outage {nth + 1} is open", lambda: self.outage(service, nth))

    def until_closed(self, nth, *services):
        for service in services:
            self.until(f"{service}: outage {nth + 1} is over",
                       lambda: (found := self.outage(service, nth)) and not found["ongoing"])

    # What is done.

    def at_slot(self, act):
        """Acts one second after the start of a slot, so that who looks once a slot sees it in that slot or the next."""
        time.sleep(self.slot_s - time.time() % self.slot_s + 1)
        at = act()
        print(f"     {act.__name__} at {iso(at)}", flush=True)
        return at

    def start_nines(self):
        self.nines.start()

        def answers():
            if self.nines.process.poll() is not None:
                raise Late("nines ended by itself")
            return self.nines.desk("list_services")

        self.until("nines answers", answers)

    def register_services(self, slots):
        self.nines.desk("register_customer", customer_id=CUSTOMER, name="Example Hosting")
        started_at = iso(time.time() // 60 * 60)
        for service, slot_s in slots.items():
            self.nines.desk("register_service", service_id=service, customer_id=CUSTOMER, name=service, plan="enterprise",
                            monthly_fee={"minor": 49900, "currency": "EUR"}, region="ber", time_zone=self.zone,
                            activated_at=started_at, resolution_s=slot_s)

    def check_outage(self, service, nth, broken_at, mended_at, slot_s):
        """Checks the ends of an outage, and its downtime."""
        outage = self.outage(service, nth)
        self.checks.same_slot(f"{service}: the outage starts", outage["started_at"], broken_at, slot_s)
        self.checks.same_slot(f"{service}: the outage ends", outage["ended_at"], mended_at, slot_s)
        down_s = outage["down_s"]
        self.checks.that(abs(down_s - (mended_at - broken_at)) <= 2 * slot_s, f"{service}: its downtime",
                         f"{down_s} s, true {mended_at - broken_at:.0f} s")


def live(story, description, *folders):
    """Lives through a story, of which each part has its name; returns the process's exit code."""
    parser = argparse.ArgumentParser(description=description)
    for name in ("nines", "out", "debian", "libraries", *folders):
        parser.add_argument(f"--{name}", type=Path, required=True)
    run = story(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for part in run.parts():
            print(f"{part.__name__.replace('_', ' ')} ({iso(time.time())})", flush=True)
            part()
    except Exception as error:
        traceback.print_exc()
        run.checks.that(False, "the run came to its end", f"{type(error).__name__}: {error}")
    finally:
        # Whoever ends this may say so twice.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        left = run.programs.end()
    run.checks.that(not left, "no process is left", f"{left or ''}")
    if run.checks.failed:
        for log in sorted(run.options.out.glob("*.log")):
            print(f"the last of {log.name}:", *run.programs.tail(log.stem), sep="\n  ", file=sys.stderr)
    print(f"{run.checks.passed} passed, {run.checks.failed} failed")
    return int(run.checks.failed > 0)
