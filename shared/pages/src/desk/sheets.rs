//! The form of each command as data: its words, its effects, its fields in order. One definition serves both
//! the form within a page and the form on its own page. A field's control and presence follow from the
//! command.

use events::command::{CommandName, Field, FieldKind, Presence, Subject};

use crate::words::Tone;

/// Form of a command.
pub(crate) struct Sheet {
    /// Title of the form.
    pub(crate) title: &'static str,
    /// Words on its button.
    pub(crate) button: &'static str,
    /// Message on the page that follows.
    pub(crate) done: &'static str,
    /// True if the command cannot be undone.
    pub(crate) is_final: bool,
    /// Effects of the command: topic and text.
    pub(crate) effects: &'static [(&'static str, &'static str)],
    /// Fields, in the order of the form.
    pub(crate) entries: &'static [Entry],
    /// Subject that is there before the command is given: the form leads back to its page.
    pub(crate) about: Option<Subject>,
}

impl Sheet {
    /// True if the form asks for a choice: its button then cannot say what will happen.
    pub(crate) fn asks(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.offer, Offer::Choices(_)))
    }
}

/// Field of a form, in words.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) offer: Offer,
}

/// Offer of values for a field.
pub(crate) enum Offer {
    /// None: the field is filled in.
    Nothing,
    /// None, and the field is rarely needed: it is folded.
    Advanced,
    /// The value that the page that led here has settled, if it has; else the field is filled in.
    Settled,
    /// One of the time zones.
    Zones,
    /// One of several values.
    Options(&'static [(&'static str, &'static str)]),
    /// One of several, each with its meaning.
    Choices(&'static [Choice]),
}

/// A value to choose, with its meaning.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) tone: Tone,
    pub(crate) words: &'static str,
    pub(crate) means: &'static str,
}

/// Fields that stand for the scope of maintenance.
const SCOPE: [Field; 3] = [
    Field { name: "scope_kind", presence: Presence::Required, kind: FieldKind::Choice },
    Field { name: "services", presence: Presence::Optional, kind: FieldKind::Services },
    Field { name: "region", presence: Presence::Optional, kind: FieldKind::Line },
];

/// Lists the fields that a command's form posts: its own without the signer and flags, and with a scope in
/// its parts.
pub fn posted_fields(command: CommandName) -> Vec<Field> {
    let own = command.fields().iter();
    let own = own.filter(|field| !matches!(field.kind, FieldKind::Signer | FieldKind::Flag));
    own.flat_map(|field| if field.kind == FieldKind::Scope { &SCOPE } else { std::slice::from_ref(field) })
        .copied()
        .collect()
}

/// Returns the message that a command has been carried out; none for one that only shows something.
pub fn done(command: CommandName) -> Option<&'static str> {
    sheet(command).map(|sheet| sheet.done)
}

const fn entry(name: &'static str, label: &'static str, hint: &'static str) -> Entry {
    Entry { name, label, hint, offer: Offer::Nothing }
}

const fn settled(name: &'static str, label: &'static str, hint: &'static str) -> Entry {
    Entry { name, label, hint, offer: Offer::Settled }
}

const fn advanced(name: &'static str, label: &'static str, hint: &'static str) -> Entry {
    Entry { name, label, hint, offer: Offer::Advanced }
}

const fn zone(name: &'static str, hint: &'static str) -> Entry {
    Entry { name, label: "Time zone", hint, offer: Offer::Zones }
}

const fn plan(label: &'static str) -> Entry {
    let plans = &[("standard", "Standard"), ("premium", "Premium"), ("enterprise", "Enterprise")];
    Entry { name: "plan", label, hint: "", offer: Offer::Options(plans) }
}

/// Field whose values are the words of the contract.
const fn words(
    name: &'static str,
    label: &'static str,
    words: &'static [(&'static str, &'static str)],
) -> Entry {
    Entry { name, label, hint: "", offer: Offer::Options(words) }
}

/// Kinds of sources, in words.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("alertmanager", "Prometheus Alertmanager"),
    ("grafana", "Grafana"),
    ("uptime-kuma", "Uptime Kuma"),
    ("zabbix", "Zabbix"),
    ("icinga", "Icinga or Nagios"),
    ("gatus", "Gatus"),
    ("better-stack", "Better Stack"),
    ("uptimerobot", "UptimeRobot"),
    ("pingdom", "Pingdom"),
    ("checkly", "Checkly"),
    ("zammad", "Zammad (tickets)"),
    ("jira", "Jira Service Management (tickets)"),
    ("zendesk", "Zendesk (tickets)"),
    ("django-helpdesk", "django-helpdesk (tickets)"),
    ("tmf621", "TMF621 events (tickets)"),
    ("standard-webhooks", "Standard Webhooks"),
    ("template", "JSON of any shape"),
];
const SOURCE: Entry = settled("source_id", "Source", "The id of the source.");
const MODE: Entry = words(
    "mode",
    "What its messages become",
    &[
        ("edges", "Starts and ends of outages"),
        ("heartbeats", "Its last word, while it proves that it lives"),
    ],
);
const UNMAPPED: Entry = words(
    "unmapped",
    "What no mapping fits",
    &[("quarantine", "Waits in the quarantine"), ("ignore", "Is ignored")],
);
const AUTH: Entry =
    entry("auth", "Proof of the sender", "JSON such as {\"scheme\": \"bearer\"}. Never the secret itself.");
const MAPPINGS_HINT: &str =
    "A list in JSON, such as [{\"when\": {\"key\": \"7cbe\"}, \"service_id\": \"api\"}].";
const TEMPLATE: Entry =
    advanced("template", "Places of values", "JSON, for Standard Webhooks and JSON of any shape alone.");
const LEAD: Entry = advanced(
    "lead_s",
    "Time from failure to start",
    "By which its starts come late, such as the 5 min for which a rule waits.",
);
const TAIL: Entry =
    advanced("tail_s", "Time from recovery to end", "By which its ends come late, such as 90 s.");
const ZONE: Entry = zone("zone", "Of its instants without an offset, such as Europe/Berlin.");
const SILENCE: Entry = advanced(
    "max_silence_s",
    "Time for which a report holds",
    "For probes to come; “for ever” if it reports changes alone: tell the customers. With heartbeats: the \
    time between two proofs of life.",
);
const DELAY: Entry =
    advanced("delay_s", "Time for which heartbeats wait", "With heartbeats alone, such as 10 min.");

const TARGET: Entry = settled("target_id", "Target", "The id of the target.");
const CHECK: Entry = entry(
    "check",
    "What is checked",
    "JSON such as {\"http\": {\"url\": \"https://api.example.com/\"}}, or one of tcp, tls and dns.",
);
const INTERVAL: Entry =
    entry("interval_s", "Time between two checks", "From 10 s to 1 h. Left empty: 60 s, or what it was.");
const TIMEOUT: Entry = advanced(
    "timeout_s",
    "Time that a try may take",
    "Less than half of that. Left empty: 10 s, or what it was.",
);

const PICK_HINT: &str = "Words of its name, its number or its id.";
const ID_HINT: &str = "A free id: letters, digits, and . _ : - are allowed. The suggestion will do.";
const NEW_ID_HINT: &str = "It cannot be changed later: letters, digits, and . _ : - are allowed.";
const MONEY_HINT: &str = "Amount and currency, such as 499.00 EUR.";
const MONTH_HINT: &str = "Year and month, such as 2026-06.";
const REASON_HINT: &str = "It is kept with the decision, and told to the customer.";
const STARTS: Entry = entry("starts_at", "From (UTC)", "The first instant of it.");
const ENDS: Entry = entry("ends_at", "Until (UTC)", "The first instant after it.");
const SERVICE: Entry = settled("service_id", "Service", PICK_HINT);
const MONTH: Entry = settled("month", "Month", MONTH_HINT);
const CUSTOMER: Entry = settled("customer_id", "Customer", PICK_HINT);
const EXCLUSION: Entry = settled("exclusion_id", "Exclusion", "Its id.");
const VOID: Entry = settled("void_id", "Void", "Its id.");
const WINDOW: Entry = settled("window_id", "Window", "Its id.");
const NOTE: Entry = entry("note", "Why?", "Customers read this.");
const TICKET: Entry = settled("ticket_id", "Ticket", "Its id.");
const EVENT: Entry = settled("event_id", "Event id", "Left empty, one is chosen.");
const LEVEL: Entry =
    words("level", "Level", &[("1", "1: critical"), ("2", "2: degraded service"), ("3", "3: general issue")]);
const TOLD: Entry = entry("note", "Note that the customer reads", "Shown in the portal with the ticket.");
const INTERNAL: Entry = entry("internal_note", "Note that staff alone read", "Customers never see it.");
const REASON: Entry = entry("reason", "Why?", REASON_HINT);

/// Field whose values are chosen, each with its tone, its words and its meaning.
macro_rules! choices {
    ($name:literal, $label:literal { $($value:ident $tone:ident $words:literal: $means:literal;)+ }) => {
        Entry {
            name: $name,
            label: $label,
            hint: "",
            offer: Offer::Choices(&[$(Choice {
                value: stringify!($value),
                tone: Tone::$tone,
                words: $words,
                means: $means,
            }),+]),
        }
    };
}

/// Subject that is there before a command, by the verb of its form: one that `makes` has at most a parent.
macro_rules! about {
    ($command:ident makes) => {
        None
    };
    ($command:ident makes in $parent:ident) => {
        Some(Subject::$parent)
    };
    ($command:ident $verb:tt) => {
        CommandName::$command.subject()
    };
}

/// True for the verb of a command that cannot be undone.
macro_rules! is_final {
    (final) => {
        true
    };
    ($verb:tt) => {
        false
    };
}

/// Defines the forms: for each its verb (`makes`, `changes`, or `final` if it cannot be undone), then title,
/// button and the message that follows, its effects, its fields.
macro_rules! sheets {
    (
        without a form: $($shows:ident)+;
        $($command:ident: $verb:tt $(in $parent:ident)? {
            $title:literal, $button:literal, $done:literal;
            $($what:literal => $effect:literal;)*
            [$($entry:expr),* $(,)?]
        })+
    ) => {
        /// Returns the form of a command, if it is one that changes something.
        pub(crate) const fn sheet(command: CommandName) -> Option<&'static Sheet> {
            match command {
                $(CommandName::$shows)|+ => None,
                $(CommandName::$command => Some(const { &Sheet {
                    title: $title,
                    button: $button,
                    done: $done,
                    is_final: is_final!($verb),
                    effects: &[$(($what, $effect)),*],
                    entries: &[$($entry),*],
                    about: about!($command $verb $(in $parent)?),
                } }),)+
            }
        }
    };
}

sheets! {
    without a form: ListAlarms ListChanges ListClaims ListNotices ListQuarantine ListRoles ListServices ListSources
        ListTargets ListTickets ListWaiting Search ShowService ShowSource ShowStatement ShowTarget ShowTicket;

    RegisterCustomer: makes {
        "Register a customer", "Register the customer", "The customer is registered.";
        [
            entry("customer_id", "Customer id", NEW_ID_HINT),
            entry("name", "Name", ""),
            entry("email", "E-mail address", "Where to reach the customer, such as ops@example.com."),
        ]
    }

    ChangeCustomer: changes {
        "Change a customer", "Save the change", "The customer is changed.";
        [
            CUSTOMER,
            entry("name", "Name", "Left empty, it stays as it is."),
            entry("email", "E-mail address", "Left empty, it stays as it is."),
        ]
    }

    ErasePersonalData: final {
        "Erase personal data", "Erase the personal data",
        "The personal data are erased: name and address now, the rest with the next daily run.";
        "Ends" => "Name and address of the customer, names of its services and people, texts of its tickets, notes of \
                   its claims, statements of its disputes, and its subscriptions. Its pages show \u{201c}erased\u{201d} there.";
        "Stays" => "Statements, credits, ledger, exports, and the trail. They hold ids and figures.";
        "Before" => "Every service has ended, its last month is closed, and no claim waits.";
        "For good" => "Nothing brings the data back. The customer can only be registered under a new id.";
        [CUSTOMER]
    }

    IndexCustomer: changes {
        "Enter a customer anew into the search", "Enter the customer anew", "The customer is entered anew.";
        "Enters" => "The customer, with services, tickets, claims and exclusions, into the search and the lists by name.";
        [CUSTOMER]
    }

    RegisterService: makes in Customer {
        "Register a service", "Register the service",
        "The service is registered. It is watched from its activation on.";
        "For good" => "Zone, region, activation, slot length, interval, silence and quorum stay for the service’s \
            life, once it was checked.";
        "Money" => "Credits are shares of the monthly fee. Plan and fee can change with a month to come.";
        "Notices" => "The customer is notified of announced maintenance over the region or all services, \
            and whether it counts.";
        [
            entry("service_id", "Service id", NEW_ID_HINT),
            entry("customer_id", "Customer", PICK_HINT),
            entry("name", "Name", "As the customer knows it."),
            plan("Plan"),
            entry("monthly_fee", "Monthly fee", MONEY_HINT),
            entry("region", "Region", "Maintenance and the promised latency go by it, such as eu-central."),
            entry("activated_at", "Provided from (UTC)", "Time before it is not counted."),
            advanced("statements_from", "Statements from", "An earlier month than the present one, such as \
                2026-01, for reading: no credit follows. Left empty: the present month."),
            zone("time_zone", "Of its months, such as Europe/Berlin. Left empty: UTC."),
            advanced("resolution_s", "Slot length", "A divisor of 60 s. Left empty: as the plan says."),
            advanced("check_interval_s", "Time between two checks", "Such as 5 min. Left empty: 60 s."),
            advanced("max_silence_s", "Time for which a check holds", "Left empty: twice the time between two. \
                Write “for ever” for alarms, which report changes."),
            advanced("quorum", "Probes that must agree that it is down", "Left empty: 1."),
        ]
    }

    ImportServices: makes {
        "Import services", "Import the services",
        "The services are imported: each is watched from its activation on.";
        "Time" => "Each service is registered as by its own form, and watched from its activation on.";
        "Notices" => "Its customer is notified of announced maintenance over the region or all services.";
        "If it is wrong" => "The import can be undone as long as nothing was recorded for its services.";
        [settled("csv", "CSV", "A service a line; the first line names the columns.")]
    }

    UndoImport: final {
        "Undo an import", "Undo the import", "The import is undone: what it registered is gone.";
        "Ends" => "The services that the import registered, and its customers of whom nothing else is stored.";
        "Before" => "Nothing was recorded for any of its services: no check, ticket, alarm, claim or closed month.";
        "For good" => "The same file is not imported again; one that differs is.";
        [settled("import_id", "Import", "The id of the import.")]
    }

    CorrectService: changes {
        "Correct a registration", "Save the correction", "The registration is corrected.";
        "Time" => "Before the first check, what was wrong counts as if it had been right. From then on only name, plan \
            and fee can be corrected, and from the first closed month on nothing.";
        "Money" => "Plan and fee hold from the activation on. Once the service was checked, this takes two people.";
        "Notices" => "The customer is notified of announced maintenance over the right region.";
        [
            SERVICE,
            entry("name", "Name", "Left empty, it stays as it is; so does each field below."),
            plan("Plan"),
            entry("monthly_fee", "Monthly fee", MONEY_HINT),
            entry("region", "Region", ""),
            entry("activated_at", "Provided from (UTC)", ""),
            zone("time_zone", "Of its months, such as Europe/Berlin."),
            advanced("resolution_s", "Slot length", "A divisor of 60 s."),
            advanced("check_interval_s", "Time between two checks", "Such as 60 s or 5 min."),
            advanced("max_silence_s", "Time for which a check holds", "Such as 2 min, or “for ever”."),
            advanced("quorum", "Probes that must agree that it is down", ""),
        ]
    }

    ChangeService: final {
        "Change plan or fee", "Save the change",
        "The service changes with that month. What was billed before stays.";
        "Time" => "From the start of that month its commitment is that of the new plan. It must not have \
            begun.";
        "Money" => "Credits of that month and later ones are shares of the new fee.";
        "For good" => "A month can be changed once, for good. No notice is sent.";
        [
            SERVICE,
            entry("from_month", "From month", MONTH_HINT),
            plan("New plan"),
            entry("monthly_fee", "New monthly fee", MONEY_HINT),
        ]
    }

    TerminateService: final {
        "End a service", "End the service", "The service ends then. Its last month is closed like any other.";
        "Time" => "Nothing counts from that instant on. It may be past, but not in a month that is closed.";
        "Money" => "The last month has its full fee. Credits for which no bill follows are paid out.";
        "For good" => "The end is never moved. No notice is sent.";
        [
            SERVICE,
            entry("at", "Ends at (UTC)", "The first instant at which it is no longer provided."),
        ]
    }

    RegisterAlarm: makes in Service {
        "Register a CloudWatch alarm", "Register the alarm",
        "The alarm is registered. Its next change counts.";
        "Time" => "OK counts as up, ALARM as down, INSUFFICIENT_DATA as unknown, from its next change on.";
        "First" => "Send its present state once as a check of the same probe; an alarm reports only changes.";
        [
            SERVICE,
            entry("alarm_arn", "ARN of the alarm", ""),
            entry("probe", "Probe", "The name under which it reports. Left empty: default."),
        ]
    }

    SetRole: makes {
        "People of a role", "Set the people", "The people of the role are set.";
        "People" => "An escalation names whoever of them is on duty, or all of them if nobody is.";
        "Time" => "Escalations that were sent before stay as they are.";
        [
            settled("role", "Role", "As the terms name it."),
            entry("people", "People", "A line each: name; address; hours, such as Ada; ada@example.com; \
                mon-fri 08:00-18:00 Europe/Berlin. Without hours: always."),
        ]
    }

    RemoveAlarm: final {
        "Remove a CloudWatch alarm", "Remove the alarm", "The alarm is removed. What it has reported stays.";
        "Time" => "What it reports from now on goes to the quarantine. What it has reported stays.";
        [
            entry("alarm_arn", "ARN of the alarm", ""),
        ]
    }

    RegisterSource: makes {
        "Register a source of webhooks", "Register the source", "The source is registered.";
        "Time" => "What its messages say counts from the instants in them on, as its mappings have it.";
        "First" => "If it reports only changes, its reports hold for ever, and the present state of its \
            services is sent once.";
        [
            entry("source_id", "Source id", NEW_ID_HINT),
            words("kind", "The program that sends", KINDS),
            AUTH,
            entry("map", "Mappings", MAPPINGS_HINT),
            TEMPLATE, LEAD, TAIL, ZONE, UNMAPPED, MODE, SILENCE, DELAY,
        ]
    }

    ChangeSource: changes {
        "Change a source of webhooks", "Save the change", "The source is changed.";
        "Time" => "It holds for the messages that come from now on. What was recorded stays.";
        [SOURCE, AUTH, TEMPLATE, LEAD, TAIL, ZONE, UNMAPPED, MODE, SILENCE, DELAY]
    }

    MapSource: changes {
        "Map what a source sends", "Save the mappings", "The mappings are saved.";
        "Time" => "They hold for the messages that come from now on. What waits in the quarantine is replayed \
            there.";
        [
            SOURCE,
            entry("add", "Mappings to add", MAPPINGS_HINT),
            entry("remove", "Mappings to remove", "A list in JSON, each as it is shown."),
        ]
    }

    RemoveSource: final {
        "Remove a source of webhooks", "Remove the source", "The source is removed.";
        "Time" => "What it sends from now on is refused. What it has reported stays.";
        "Secret" => "Its secrets stay in their store until they are removed here.";
        [SOURCE]
    }

    RegisterTarget: makes {
        "Register a target", "Register the target", "The target is registered. Its first check follows.";
        "Time" => "From now on it is checked, and what is found counts. A failure is tried twice at once.";
        "First" => "If its service has a quorum, register a target in as many regions.";
        [
            entry("target_id", "Target id", NEW_ID_HINT),
            SERVICE,
            entry("region", "Region", "Where it is checked from: the probe under which it reports."),
            CHECK, INTERVAL, TIMEOUT,
        ]
    }

    ChangeTarget: changes {
        "Change a target", "Save the change", "The target is changed.";
        "Time" => "It holds for the checks that come from now on. What was recorded stays.";
        [TARGET, CHECK, INTERVAL, TIMEOUT]
    }

    RemoveTarget: final {
        "Remove a target", "Remove the target", "The target is removed. What it has reported stays.";
        "Time" => "It is checked no longer. Its service becomes unknown, unless others report for it.";
        [TARGET]
    }

    AnnounceMaintenance: makes {
        "Announce maintenance", "Announce it to customers",
        "The maintenance is announced, and its customers are notified.";
        "Time" => "Inside the window nothing counts as downtime; what overruns it does. It can be shortened \
            or, before it begins, cancelled; never moved or extended.";
        "Ahead" => "It must be announced as early as the terms require (72 h by the agreement), or it is \
            refused.";
        "Notices" => "Each customer whose service it covers is told at once, and reminded before it begins.";
        [
            entry("window_id", "Window id", ID_HINT),
            STARTS, ENDS,
            choices!("scope_kind", "What it covers" {
                services Note "Some services": "Those listed below, at most 25.";
                region Note "A region": "Every service of the region named below.";
                all Warn "All services": "Every service of every customer.";
            }),
            entry("services", "Services", "One id a line, if it covers some services."),
            entry("region", "Region", "If it covers a region."),
            entry("reason", "Why is it needed?", "Customers read this."),
        ]
    }

    ShortenMaintenance: final {
        "Shorten maintenance", "Shorten the window",
        "The maintenance ends earlier now, and its customers are notified.";
        "Time" => "From the new end on time counts again. A window is never extended: this cannot be undone.";
        "Notices" => "Each customer whose service it covers is told at once.";
        [
            WINDOW,
            entry("ends_at", "New end (UTC)", "Not before now, and before the present end."),
        ]
    }

    CancelMaintenance: final {
        "Cancel maintenance", "Cancel the window",
        "The maintenance is cancelled, and its customers are notified.";
        "Time" => "All its time counts. It cannot be undone: a new window needs its full notice again.";
        "Notices" => "Each customer whose service it covers is told at once.";
        [WINDOW]
    }

    RaiseExclusion: makes {
        "Raise an exclusion", "Raise the exclusion",
        "The exclusion is raised. Until a second person approves it, the time counts.";
        "Time" => "Nothing changes yet: until another person approves it, the time counts.";
        "Money" => "Nothing changes yet.";
        "Notices" => "The customers of the services are told at once, with the evidence, and may dispute it.";
        [
            entry("exclusion_id", "Exclusion id", ID_HINT),
            entry("services", "Services whose time it covers", "One id a line, at most 25."),
            choices!("clause", "Clause of the agreement" {
                force_majeure Note "Force majeure": "Natural disasters, war, terrorism: what cannot be \
                    predicted or controlled.";
                third_party Note "Third-party outage": "Failures of third-party services on which ours \
                    depends.";
                cyber_attack Note "Cyber attack": "Denial of service or other malicious activity against us.";
            }),
            STARTS,
            entry("ends_at", "Until (UTC)", "The first instant after it, not in the future. It must be \
                raised in time after it (30 days by the agreement)."),
            entry("evidence", "Evidence", "What shows that the clause applies, to somebody who was not \
                there. Customers read this."),
        ]
    }

    DecideExclusion: final {
        "Decide an exclusion", "Record the decision",
        "The exclusion is decided, and its customers are notified.";
        "Time" => "Approved, it takes its time out of every month that it touches. A month that is closed \
            gets a new revision of its statement with the next daily run.";
        "Money" => "A credit no longer due is reversed on a later bill; a new one is entered if due.";
        "Notices" => "The customers of the services are told at once, with your note and name.";
        "For good" => "It is decided once. An approval can be withdrawn; a rejection stands.";
        [
            EXCLUSION,
            choices!("decision", "Your decision" {
                approve Good "Approve": "The time does not count: the provider is not held to it.";
                reject Bad "Reject": "The time counts as it was: the provider answers for it.";
            }),
            NOTE,
        ]
    }

    WithdrawExclusion: final {
        "Withdraw an exclusion", "Withdraw the exclusion",
        "The exclusion is withdrawn: the time counts again, and its customers are notified.";
        "Time" => "Its time counts again. A month that is closed gets a new revision of its statement with \
            the next daily run.";
        "Money" => "Credits that are due with that time are entered for claims that were made in time.";
        "Notices" => "The customers of the services are told at once, with your note and name.";
        "For good" => "It cannot be undone: raise a new one if need be.";
        [EXCLUSION, NOTE]
    }

    DisputeExclusion: final {
        "Record a customer’s dispute of an exclusion", "Record the dispute",
        "The customer’s dispute is recorded.";
        "Time" => "Nothing changes: a person must withdraw the exclusion if the customer is right.";
        "Notices" => "The customer and operations are told. A customer has one statement, and it stays.";
        [
            EXCLUSION,
            entry("customer_id", "Customer", "The id of a customer whose service it covers."),
            entry("statement", "What the customer says", "In the customer’s own words."),
        ]
    }

    VoidChecks: makes {
        "Void a broken probe’s checks", "Raise the void",
        "The void is raised. Until a second person approves it, the reports count.";
        "Time" => "Nothing changes yet: until another person approves it, the checks count.";
        "Notices" => "No notice is sent.";
        [
            entry("void_id", "Void id", ID_HINT),
            entry("service_id", "Service", PICK_HINT),
            entry("probe", "Probe that was broken", "One that has checked the service."),
            STARTS,
            entry("ends_at", "Until (UTC)", "The first instant after its false reports, not in the future."),
            entry("evidence", "Evidence", "What shows that the probe was broken, and not the service."),
        ]
    }

    DecideVoid: final {
        "Decide a void", "Record the decision", "The void is decided.";
        "Time" => "Approved, the probe has reported unknown there, never up. A month that is closed gets a \
            new revision of its statement with the next daily run; it may become indeterminate.";
        "Money" => "A credit no longer due is reversed on a later bill; a new one is entered if due.";
        "Notices" => "The customer is told if a statement, a breach or a credit changes.";
        "For good" => "It is decided once, and cannot be undone. The checks themselves stay.";
        [
            VOID,
            choices!("decision", "Your decision" {
                approve Good "Approve": "The probe was broken: what it reported counts as unknown.";
                reject Bad "Reject": "The probe was right: what it reported counts as it is.";
            }),
            entry("note", "Why?", ""),
        ]
    }

    FileClaim: makes in Statement {
        "File a claim for a customer", "File the claim",
        "The claim is filed; its outcome is shown below.";
        "Money" => "The month’s statement decides it; before the close it is held. Claiming again returns \
            the first claim.";
        "Notices" => "The customer is told that the claim is received.";
        [
            SERVICE, MONTH, CUSTOMER,
            choices!("kind", "What was missed?" {
                uptime Note "Uptime": "The service was down for longer than promised.";
                performance Note "Performance": "Latency, throughput or loss missed its limit.";
            }),
            entry("note", "What does the customer say?", ""),
        ]
    }

    ReviewClaim: final {
        "Review a performance claim", "Record the decision",
        "The claim is decided, and the customer is told.";
        "Money" => "Approved, the amount is credited on a bill to come: at most what is left of the monthly \
            fee.";
        "Notices" => "The customer is told at once, with your reason and name.";
        "For good" => "It is decided once, unless a new revision of the statement misses another limit.";
        [
            settled("claim_id", "Claim", "The id of the claim."),
            choices!("decision", "Your decision" {
                approve Good "Approve": "Credit the amount below.";
                reject Bad "Reject": "Credit nothing: leave the amount empty.";
            }),
            entry("amount", "Amount, if you approve", MONEY_HINT),
            REASON,
        ]
    }

    ReviewStatement: final {
        "Review a month", "Record the decision", "The month is decided; its new revision is shown below.";
        "Time" => "The statement gets a new revision with your verdict. Its unknown seconds stay as they \
            are.";
        "Money" => "If it was missed, the credit follows from the downtime that you find, for claims in \
            time.";
        "Notices" => "The customer is told at once, with your reason and name.";
        "For good" => "A revision is reviewed once. If more comes to light, restate the month, and review \
            that.";
        [
            SERVICE, MONTH,
            choices!("verdict", "Was the promise kept?" {
                met Good "It was kept": "No credit is due for uptime.";
                breached Bad "It was missed": "A credit is due for the downtime that you find.";
            }),
            entry("down_s", "Downtime", "Such as 4 min 20 s. Left empty: with all unknown time if it was missed, \
                without any if it was kept."),
            REASON,
        ]
    }

    DecideChange: final {
        "Decide a change", "Record the decision", "The change is decided.";
        "Effect" => "Approved, the change is made at once, just as it is shown above. If its effect has changed \
            meanwhile, nothing is made, and the new effect is shown.";
        "For good" => "It is decided once. A rejected change can be proposed again.";
        [
            settled("change_id", "Change", "The id of the change."),
            choices!("decision", "Your decision" {
                approve Good "Approve": "The change is made now.";
                reject Bad "Reject": "The change is dropped.";
            }),
            entry("note", "Why?", "It is kept with the decision."),
        ]
    }

    OpenTicket: makes {
        "Open a ticket for a customer", "Open the ticket", "The ticket is opened, and its clocks run.";
        "Time" => "Both clocks count from now on.";
        "Notices" => "The customer is told that it is open, with your note, and sees it in the portal.";
        "Left out" => "Attachments are left out: say in the description where a file is.";
        [
            entry("ticket_id", "Ticket id", ID_HINT),
            CUSTOMER,
            entry("service_id", "Service", PICK_HINT),
            LEVEL,
            words("channel", "How did the customer reach us?", &[
                ("phone", "Phone"), ("email", "E-mail"), ("chat", "Live chat"),
            ]),
            entry("title", "Summary in one line", "The customer reads this."),
            entry("description", "What happens, and since when?", "The customer reads this."),
            entry("links_to", "Related ticket", "The id of an earlier ticket of the customer."),
            TOLD, INTERNAL,
        ]
    }

    AcknowledgeTicket: changes {
        "Acknowledge a ticket", "Acknowledge it", "The ticket is acknowledged.";
        "Time" => "The acknowledgement clock stops; the resolution clock goes on.";
        [TICKET, EVENT, TOLD, INTERNAL]
    }

    AskCustomer: changes {
        "Ask the customer", "Ask, and wait", "The ticket waits for the customer.";
        "Time" => "No clock pauses: the waiting time is shown beside the verdict.";
        "Customer" => "The portal shows your note with a box for the answer. No notice is sent.";
        [TICKET, EVENT, TOLD, INTERNAL]
    }

    ResumeTicket: changes {
        "End the wait for the customer", "End the wait", "The wait for the customer has ended.";
        "Time" => "The waiting time ends. No clock changes.";
        [TICKET, EVENT, TOLD, INTERNAL]
    }

    ChangeLevel: changes {
        "Change the level of a ticket", "Change the level", "The level is changed, and the customer is notified.";
        "Time" => "Misclassified: both clocks count from the opening, against the new limits. Worsened: the resolution clock starts again. A miss stays.";
        "Notices" => "The customer is told at once, with your note.";
        [TICKET, EVENT,
            LEVEL,
            words("reason", "Why?", &[
                ("misclassified", "It was misclassified"), ("worsened", "The problem has become worse"),
            ]),
            TOLD, INTERNAL]
    }

    ResolveTicket: changes {
        "Resolve a ticket", "Resolve it", "The ticket is resolved, and the customer is notified.";
        "Time" => "Both clocks stop. It can be reopened for 7 days by the agreement.";
        "Notices" => "The customer is told at once, with your note.";
        [TICKET, EVENT, TOLD, INTERNAL]
    }

    ReopenTicket: changes {
        "Reopen a ticket", "Reopen it", "The ticket is reopened.";
        "Time" => "The resolution clock goes on where it stopped.";
        [TICKET, EVENT, TOLD, INTERNAL]
    }

    TakeTicket: changes {
        "Take a ticket", "Take it", "You have taken the ticket.";
        "Staff" => "The queue shows your name. No clock depends on it, and customers do not see it.";
        [TICKET]
    }

    RestateMonth: final {
        "Restate a month", "Restate the month", "The month is restated with everything that is known now.";
        "Time" => "The month is computed again from all that is known now, whether that favours the \
            customer or not.";
        "Money" => "Credits follow the new revision: one that is no longer due is reversed on a later bill.";
        "Notices" => "If a figure changes the customer is told, with your reason and name; else nothing \
            happens.";
        "For good" => "The new revision stands beside the old ones; a review of the old one does not carry \
            over.";
        [SERVICE, MONTH, REASON]
    }

    MarkInvoiced: final {
        "Mark a month as invoiced", "Mark it as invoiced",
        "The month is marked as invoiced: later credits go on later bills.";
        "Money" => "Credits entered from now on appear on bills after that month, never on it.";
        "For good" => "It cannot be undone. No notice is sent.";
        [MONTH]
    }

    ReplayQuarantine: changes {
        "Replay quarantined input", "Replay it", "The input is accepted.";
        "Time" => "All of it is accepted, or nothing. If it would be refused again, nothing changes.";
        "Money" => "Checks of a closed month count with the next daily run, and only in the customer’s \
            favour; all else by restating the month.";
        "Notices" => "Customers are told of what follows from it, as if it had arrived now.";
        [
            settled("quarantine_id", "Input", "The id of the input."),
            entry("payload", "The input, mended", "JSON. Left empty, it is replayed as it was kept."),
        ]
    }
}
