//! The form of each command as data: its fields, and its effects on time, money and people. One definition
//! serves both the form within a page and the form on its own page.

use crate::words::Tone;

/// The form of a command.
pub(crate) struct Sheet {
    /// Title of the form.
    pub(crate) title: &'static str,
    /// Label of its button.
    pub(crate) button: &'static str,
    /// True if the command cannot be undone.
    pub(crate) is_final: bool,
    /// Effects of the command: topic and text.
    pub(crate) effects: &'static [(&'static str, &'static str)],
    /// Its fields.
    pub(crate) entries: &'static [Entry],
    /// Path and link text of the list to which the command's object belongs.
    pub(crate) list: (&'static str, &'static str),
    /// Page of the command's object: the start of its path, and the fields whose values complete the path.
    pub(crate) about: Option<(&'static str, &'static [&'static str])>,
}

impl Sheet {
    /// True if the form asks for a choice: its button then cannot say what will happen.
    pub(crate) fn asks(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.takes, Takes::Choices(_)))
    }
}

/// A field of a form.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) is_required: bool,
    pub(crate) takes: Takes,
}

/// The kind of value that a field takes.
pub(crate) enum Takes {
    /// Hidden if the page that led here supplied the value; otherwise a line.
    Known,
    Line,
    Instant,
    Prose,
    /// Ids, one a line.
    Lines,
    /// A document.
    Code,
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

/// Returns the form of a command, if it has one.
pub(crate) fn sheet(command: &str) -> Option<&'static Sheet> {
    SHEETS.iter().find(|(name, _)| *name == command).map(|(_, sheet)| sheet)
}

const fn must(name: &'static str, label: &'static str, hint: &'static str, takes: Takes) -> Entry {
    Entry { name, label, hint, is_required: true, takes }
}

const fn may(name: &'static str, label: &'static str, hint: &'static str, takes: Takes) -> Entry {
    Entry { name, label, hint, is_required: false, takes }
}

const fn choice(value: &'static str, tone: Tone, words: &'static str, means: &'static str) -> Choice {
    Choice { value, tone, words, means }
}

const ID_HINT: &str =
    "A name for it that is free: letters, digits, and . _ : - are possible. The one suggested will do.";
const NEW_ID_HINT: &str = "It stays for good: letters, digits, and . _ : - are possible.";
const MONEY_HINT: &str = "Amount and currency, such as 499.00 EUR.";
const MONTH_HINT: &str = "Year and month, such as 2026-06.";
const STARTS: Entry = must("starts_at", "From (UTC)", "The first instant of it.", Takes::Instant);
const ENDS: Entry = must("ends_at", "Until (UTC)", "The first instant after it.", Takes::Instant);
const SERVICE: Entry = must("service_id", "Service", "The id of the service.", Takes::Known);
const MONTH: Entry = must("month", "Month", MONTH_HINT, Takes::Known);
const CUSTOMER: Entry = must("customer_id", "Customer", "The id of the customer.", Takes::Known);
const EXCLUSION: Entry = must("exclusion_id", "Exclusion", "The id of the exclusion.", Takes::Known);
const VOID: Entry = must("void_id", "Void", "The id of the void.", Takes::Known);
const WINDOW: Entry = must("window_id", "Window", "The id of the maintenance window.", Takes::Known);
const PLANS: Takes =
    Takes::Options(&[("standard", "Standard"), ("premium", "Premium"), ("enterprise", "Enterprise")]);
const REASON_HINT: &str = "It is kept with the decision, and told to the customer.";

const SHEETS: &[(&str, Sheet)] = &[
    ("register_customer", REGISTER_CUSTOMER),
    ("change_customer", CHANGE_CUSTOMER),
    ("register_service", REGISTER_SERVICE),
    ("change_service", CHANGE_SERVICE),
    ("terminate_service", TERMINATE_SERVICE),
    ("register_alarm", REGISTER_ALARM),
    ("remove_alarm", REMOVE_ALARM),
    ("announce_maintenance", ANNOUNCE_MAINTENANCE),
    ("shorten_maintenance", SHORTEN_MAINTENANCE),
    ("cancel_maintenance", CANCEL_MAINTENANCE),
    ("raise_exclusion", RAISE_EXCLUSION),
    ("decide_exclusion", DECIDE_EXCLUSION),
    ("withdraw_exclusion", WITHDRAW_EXCLUSION),
    ("dispute_exclusion", DISPUTE_EXCLUSION),
    ("void_checks", VOID_CHECKS),
    ("decide_void", DECIDE_VOID),
    ("file_claim", FILE_CLAIM),
    ("review_claim", REVIEW_CLAIM),
    ("review_statement", REVIEW_STATEMENT),
    ("restate_month", RESTATE_MONTH),
    ("mark_invoiced", MARK_INVOICED),
    ("replay_quarantine", REPLAY_QUARANTINE),
];

const REGISTER_CUSTOMER: Sheet = Sheet {
    title: "Register a customer",
    button: "Register the customer",
    is_final: false,
    effects: &[],
    entries: &[
        must("customer_id", "Customer id", NEW_ID_HINT, Takes::Line),
        must("name", "Name", "", Takes::Line),
        may("email", "E-mail address", "Where to reach the customer, such as ops@example.com.", Takes::Line),
    ],
    list: ("/customers", "Customers"),
    about: None,
};

const CHANGE_CUSTOMER: Sheet = Sheet {
    title: "Change a customer",
    button: "Save the change",
    is_final: false,
    effects: &[],
    entries: &[
        CUSTOMER,
        may("name", "Name", "Left empty, it stays as it is.", Takes::Line),
        may("email", "E-mail address", "Left empty, it stays as it is.", Takes::Line),
    ],
    list: ("/customers", "Customers"),
    about: Some(("/customers", &["customer_id"])),
};

const REGISTER_SERVICE: Sheet = Sheet {
    title: "Register a service",
    button: "Register the service",
    is_final: false,
    effects: &[
        (
            "For good",
            "Zone, activation, slot length, interval, silence and quorum stay for the service’s life.",
        ),
        ("Money", "Credits are shares of the monthly fee. Plan and fee can change with a month to come."),
        (
            "Notices",
            "The customer is told of maintenance over its region or all that is announced, and whether it counts.",
        ),
    ],
    entries: &[
        must("service_id", "Service id", NEW_ID_HINT, Takes::Line),
        must("customer_id", "Customer", "The id of the customer whose service it is.", Takes::Line),
        must("name", "Name", "As the customer knows it.", Takes::Line),
        must("plan", "Plan", "", PLANS),
        must("monthly_fee", "Monthly fee", MONEY_HINT, Takes::Line),
        must(
            "region",
            "Region",
            "Maintenance and the promised latency go by it, such as eu-central.",
            Takes::Line,
        ),
        must("activated_at", "Provided from (UTC)", "Time before it is not counted.", Takes::Instant),
        may(
            "statements_from",
            "Statements from",
            "An earlier month than the present one, such as 2026-01, for reading: no credit follows. Left empty: the \
             present month.",
            Takes::Line,
        ),
        may("time_zone", "Time zone", "Of its months, such as Europe/Berlin. Left empty: UTC.", Takes::Line),
        may(
            "resolution_s",
            "Slot length in seconds",
            "A divisor of 60. Left empty: as the plan says.",
            Takes::Line,
        ),
        may("check_interval_s", "Checked every so many seconds", "Left empty: 60.", Takes::Line),
        may(
            "max_silence_s",
            "A check holds for so many seconds",
            "Left empty: twice the interval. Write null for ever, as for alarms, which report changes.",
            Takes::Line,
        ),
        may("quorum", "Probes that must agree that it is down", "Left empty: 1.", Takes::Line),
    ],
    list: ("/customers", "Customers"),
    about: Some(("/customers", &["customer_id"])),
};

const CHANGE_SERVICE: Sheet = Sheet {
    title: "Change plan or fee",
    button: "Save the change",
    is_final: true,
    effects: &[
        (
            "Time",
            "From the start of that month its commitment is that of the new plan. It must not have begun.",
        ),
        ("Money", "Credits of that month and later ones are shares of the new fee."),
        ("For good", "A month has one change at most, and it is not taken back. Nobody is told."),
    ],
    entries: &[
        SERVICE,
        must("from_month", "From month", MONTH_HINT, Takes::Line),
        may("plan", "New plan", "", PLANS),
        may("monthly_fee", "New monthly fee", MONEY_HINT, Takes::Line),
    ],
    list: ("/customers", "Customers"),
    about: Some(("/services", &["service_id"])),
};

const TERMINATE_SERVICE: Sheet = Sheet {
    title: "End a service",
    button: "End the service",
    is_final: true,
    effects: &[
        ("Time", "Nothing counts from that instant on. It may be past, but not in a month that is closed."),
        ("Money", "The last month has its full fee. Credits for which no bill follows are paid out."),
        ("For good", "The end is never moved. Nobody is told."),
    ],
    entries: &[
        SERVICE,
        must("at", "Ends at (UTC)", "The first instant at which it is no longer provided.", Takes::Instant),
    ],
    list: ("/customers", "Customers"),
    about: Some(("/services", &["service_id"])),
};

const REGISTER_ALARM: Sheet = Sheet {
    title: "Register a CloudWatch alarm",
    button: "Register the alarm",
    is_final: false,
    effects: &[
        ("Time", "OK counts as up, ALARM as down, INSUFFICIENT_DATA as unknown, from its next change on."),
        ("First", "Send its present state once as a check of the same probe; an alarm reports only changes."),
    ],
    entries: &[
        SERVICE,
        must("alarm_arn", "ARN of the alarm", "", Takes::Line),
        may("probe", "Probe", "The name under which it reports. Left empty: default.", Takes::Line),
    ],
    list: ("/customers", "Customers"),
    about: Some(("/services", &["service_id"])),
};

const REMOVE_ALARM: Sheet = Sheet {
    title: "Remove a CloudWatch alarm",
    button: "Remove the alarm",
    is_final: true,
    effects: &[("Time", "What it reports from now on goes to the quarantine. What it has reported stays.")],
    entries: &[must("alarm_arn", "ARN of the alarm", "", Takes::Line)],
    list: ("/customers", "Customers"),
    about: None,
};

const ANNOUNCE_MAINTENANCE: Sheet = Sheet {
    title: "Announce maintenance",
    button: "Announce it to customers",
    is_final: false,
    effects: &[
        (
            "Time",
            "Inside the window nothing counts as downtime; what overruns it does. It can be shortened or, \
             before it begins, cancelled; never moved or extended.",
        ),
        (
            "Ahead",
            "It must be announced as long ahead as the terms say (72 h by the agreement), or is refused.",
        ),
        ("Notices", "Each customer whose service it covers is told at once, and reminded before it begins."),
    ],
    entries: &[
        must("window_id", "Window id", ID_HINT, Takes::Line),
        STARTS,
        ENDS,
        must(
            "scope_kind",
            "What it covers",
            "",
            Takes::Choices(&[
                choice("services", Tone::Note, "Some services", "Those listed below, at most 25."),
                choice("region", Tone::Note, "A region", "Every service of the region named below."),
                choice("all", Tone::Warn, "All services", "Every service of every customer."),
            ]),
        ),
        may("services", "Services", "One id a line, if it covers some services.", Takes::Lines),
        may("region", "Region", "If it covers a region.", Takes::Line),
        must("reason", "Why is it needed?", "Customers read this.", Takes::Prose),
    ],
    list: ("/maintenance", "Maintenance"),
    about: None,
};

const SHORTEN_MAINTENANCE: Sheet = Sheet {
    title: "Shorten maintenance",
    button: "Shorten the window",
    is_final: true,
    effects: &[
        (
            "Time",
            "From the new end on time counts again. A window is never extended: this is not taken back.",
        ),
        ("Notices", "Each customer whose service it covers is told at once."),
    ],
    entries: &[
        WINDOW,
        must("ends_at", "New end (UTC)", "Not before now, and before the present end.", Takes::Instant),
    ],
    list: ("/maintenance", "Maintenance"),
    about: None,
};

const CANCEL_MAINTENANCE: Sheet = Sheet {
    title: "Cancel maintenance",
    button: "Cancel the window",
    is_final: true,
    effects: &[
        ("Time", "All its time counts. It is not taken back: a new window needs its full notice again."),
        ("Notices", "Each customer whose service it covers is told at once."),
    ],
    entries: &[WINDOW],
    list: ("/maintenance", "Maintenance"),
    about: None,
};

const RAISE_EXCLUSION: Sheet = Sheet {
    title: "Raise an exclusion",
    button: "Raise the exclusion",
    is_final: false,
    effects: &[
        ("Time", "Nothing changes yet: until another person approves it, the time counts."),
        ("Money", "Nothing changes yet."),
        ("Notices", "The customers of the services are told at once, with the evidence, and may dispute it."),
    ],
    entries: &[
        must("exclusion_id", "Exclusion id", ID_HINT, Takes::Line),
        must("services", "Services whose time it covers", "One id a line, at most 25.", Takes::Lines),
        must(
            "clause",
            "Clause of the agreement",
            "",
            Takes::Choices(&[
                choice(
                    "force_majeure",
                    Tone::Note,
                    "Force majeure",
                    "Natural disasters, war, terrorism: what cannot be predicted or controlled.",
                ),
                choice(
                    "third_party",
                    Tone::Note,
                    "Third-party outage",
                    "Failures of third-party services on which ours depends.",
                ),
                choice(
                    "cyber_attack",
                    Tone::Note,
                    "Cyber attack",
                    "Denial of service or other malicious activity against us.",
                ),
            ]),
        ),
        STARTS,
        must(
            "ends_at",
            "Until (UTC)",
            "The first instant after it, not in the future. It must be raised in time after it (30 days by \
             the agreement).",
            Takes::Instant,
        ),
        must(
            "evidence",
            "Evidence",
            "What shows that the clause applies, to somebody who was not there. Customers read this.",
            Takes::Prose,
        ),
    ],
    list: ("/exclusions", "Exclusions"),
    about: None,
};

const DECIDE_EXCLUSION: Sheet = Sheet {
    title: "Decide an exclusion",
    button: "Record the decision",
    is_final: true,
    effects: &[
        (
            "Time",
            "Approved, it takes its time out of every month that it touches. A month that is closed gets a \
             new revision of its statement with the next daily run.",
        ),
        (
            "Money",
            "A credit that is not due any more is taken back on a later bill; what is due is entered anew.",
        ),
        ("Notices", "The customers of the services are told at once, with your note and name."),
        ("For good", "It is decided once. An approval can be withdrawn; a rejection stands."),
    ],
    entries: &[
        EXCLUSION,
        must(
            "decision",
            "Your decision",
            "",
            Takes::Choices(&[
                choice(
                    "approve",
                    Tone::Good,
                    "Approve",
                    "The time does not count: the provider is not held to it.",
                ),
                choice(
                    "reject",
                    Tone::Bad,
                    "Reject",
                    "The time counts as it was: the provider answers for it.",
                ),
            ]),
        ),
        must("note", "Why?", "Customers read this.", Takes::Prose),
    ],
    list: ("/exclusions", "Exclusions"),
    about: Some(("/exclusions", &["exclusion_id"])),
};

const WITHDRAW_EXCLUSION: Sheet = Sheet {
    title: "Withdraw an exclusion",
    button: "Withdraw the exclusion",
    is_final: true,
    effects: &[
        (
            "Time",
            "Its time counts again. A month that is closed gets a new revision of its statement with the \
             next daily run.",
        ),
        ("Money", "Credits that are due with that time are entered for claims that were made in time."),
        ("Notices", "The customers of the services are told at once, with your note and name."),
        ("For good", "It is not taken back: raise a new one if need be."),
    ],
    entries: &[EXCLUSION, must("note", "Why?", "Customers read this.", Takes::Prose)],
    list: ("/exclusions", "Exclusions"),
    about: Some(("/exclusions", &["exclusion_id"])),
};

const DISPUTE_EXCLUSION: Sheet = Sheet {
    title: "Note what a customer says against an exclusion",
    button: "Note the statement",
    is_final: true,
    effects: &[
        ("Time", "Nothing changes: a person must withdraw the exclusion if the customer is right."),
        ("Notices", "The customer and operations are told. A customer has one statement, and it stays."),
    ],
    entries: &[
        EXCLUSION,
        must("customer_id", "Customer", "The id of a customer whose service it covers.", Takes::Line),
        must("statement", "What the customer says", "In the customer’s own words.", Takes::Prose),
    ],
    list: ("/exclusions", "Exclusions"),
    about: Some(("/exclusions", &["exclusion_id"])),
};

const VOID_CHECKS: Sheet = Sheet {
    title: "Void a broken probe’s checks",
    button: "Raise the void",
    is_final: false,
    effects: &[
        ("Time", "Nothing changes yet: until another person approves it, the checks count."),
        ("Notices", "Nobody is told."),
    ],
    entries: &[
        must("void_id", "Void id", ID_HINT, Takes::Line),
        must("service_id", "Service", "The id of the service.", Takes::Line),
        must("probe", "Probe that was broken", "One that has checked the service.", Takes::Line),
        STARTS,
        must(
            "ends_at",
            "Until (UTC)",
            "The first instant after its false reports, not in the future.",
            Takes::Instant,
        ),
        must(
            "evidence",
            "Evidence",
            "What shows that the probe was broken, and not the service.",
            Takes::Prose,
        ),
    ],
    list: ("/voids", "Voids"),
    about: None,
};

const DECIDE_VOID: Sheet = Sheet {
    title: "Decide a void",
    button: "Record the decision",
    is_final: true,
    effects: &[
        (
            "Time",
            "Approved, the probe has reported unknown there, never up. A month that is closed gets a new \
             revision of its statement with the next daily run; it may become indeterminate.",
        ),
        (
            "Money",
            "A credit that is not due any more is taken back on a later bill; what is due is entered anew.",
        ),
        ("Notices", "The customer is told if a statement, a breach or a credit changes."),
        ("For good", "It is decided once, and not taken back. The checks themselves stay."),
    ],
    entries: &[
        VOID,
        must(
            "decision",
            "Your decision",
            "",
            Takes::Choices(&[
                choice(
                    "approve",
                    Tone::Good,
                    "Approve",
                    "The probe was broken: what it reported counts as unknown.",
                ),
                choice(
                    "reject",
                    Tone::Bad,
                    "Reject",
                    "The probe was right: what it reported counts as it is.",
                ),
            ]),
        ),
        must("note", "Why?", "", Takes::Prose),
    ],
    list: ("/voids", "Voids"),
    about: Some(("/voids", &["void_id"])),
};

const FILE_CLAIM: Sheet = Sheet {
    title: "File a claim for a customer",
    button: "File the claim",
    is_final: false,
    effects: &[
        (
            "Money",
            "The month’s statement decides it; before the close it is held. Claiming again finds the first.",
        ),
        ("Notices", "The customer is told that the claim is received."),
    ],
    entries: &[
        SERVICE,
        MONTH,
        CUSTOMER,
        must(
            "kind",
            "What was missed?",
            "",
            Takes::Choices(&[
                choice("uptime", Tone::Note, "Uptime", "The service was down for longer than promised."),
                choice(
                    "performance",
                    Tone::Note,
                    "Performance",
                    "Latency, throughput or loss missed its limit.",
                ),
            ]),
        ),
        may("note", "What does the customer say?", "", Takes::Prose),
    ],
    list: ("/reviews", "Reviews"),
    about: Some(("/statements", &["service_id", "month"])),
};

const REVIEW_CLAIM: Sheet = Sheet {
    title: "Review a performance claim",
    button: "Record the decision",
    is_final: true,
    effects: &[
        (
            "Money",
            "Approved, the amount is credited on a bill to come: at most what is left of the monthly fee.",
        ),
        ("Notices", "The customer is told at once, with your reason and name."),
        ("For good", "It is decided once, unless a new revision of the statement misses another limit."),
    ],
    entries: &[
        must("claim_id", "Claim", "The id of the claim.", Takes::Known),
        must(
            "decision",
            "Your decision",
            "",
            Takes::Choices(&[
                choice("approve", Tone::Good, "Approve", "Credit the amount below."),
                choice("reject", Tone::Bad, "Reject", "Credit nothing: leave the amount empty."),
            ]),
        ),
        may("amount", "Amount, if you approve", MONEY_HINT, Takes::Line),
        must("reason", "Why?", REASON_HINT, Takes::Prose),
    ],
    list: ("/reviews", "Reviews"),
    about: Some(("/claims", &["claim_id"])),
};

const REVIEW_STATEMENT: Sheet = Sheet {
    title: "Review a month",
    button: "Record the decision",
    is_final: true,
    effects: &[
        (
            "Time",
            "The statement gets a new revision with your verdict. Its unknown seconds stay as they are.",
        ),
        (
            "Money",
            "If it was missed, the credit follows from the downtime that you find, for claims in time.",
        ),
        ("Notices", "The customer is told at once, with your reason and name."),
        (
            "For good",
            "A revision is reviewed once. If more comes to light, restate the month, and review that.",
        ),
    ],
    entries: &[
        SERVICE,
        MONTH,
        must(
            "verdict",
            "Was the promise kept?",
            "",
            Takes::Choices(&[
                choice("met", Tone::Good, "It was kept", "No credit is due for uptime."),
                choice(
                    "breached",
                    Tone::Bad,
                    "It was missed",
                    "A credit is due for the downtime that you find.",
                ),
            ]),
        ),
        may(
            "down_s",
            "Downtime in seconds",
            "Left empty: with all unknown time if it was missed, without any if it was kept.",
            Takes::Line,
        ),
        must("reason", "Why?", REASON_HINT, Takes::Prose),
    ],
    list: ("/reviews", "Reviews"),
    about: Some(("/statements", &["service_id", "month"])),
};

const RESTATE_MONTH: Sheet = Sheet {
    title: "Restate a month",
    button: "Restate the month",
    is_final: true,
    effects: &[
        ("Time", "The month is computed again with all that is known now, in whoever’s favour it is."),
        (
            "Money",
            "Credits follow the new revision: one that is not due any more is taken back on a later bill.",
        ),
        (
            "Notices",
            "If a figure changes the customer is told, with your reason and name; else nothing happens.",
        ),
        (
            "For good",
            "The new revision stands beside the old ones; a review of the old one does not carry over.",
        ),
    ],
    entries: &[SERVICE, MONTH, must("reason", "Why?", REASON_HINT, Takes::Prose)],
    list: ("/reviews", "Reviews"),
    about: Some(("/statements", &["service_id", "month"])),
};

const MARK_INVOICED: Sheet = Sheet {
    title: "Mark a month as invoiced",
    button: "Mark it as invoiced",
    is_final: true,
    effects: &[
        ("Money", "Credits entered from now on appear on bills after that month, never on it."),
        ("For good", "It is not taken back. Nobody is told."),
    ],
    entries: &[must("month", "Month", MONTH_HINT, Takes::Known)],
    list: ("/months", "Months"),
    about: Some(("/months", &["month"])),
};

const REPLAY_QUARANTINE: Sheet = Sheet {
    title: "Replay quarantined input",
    button: "Replay it",
    is_final: false,
    effects: &[
        ("Time", "All of it is taken in, or nothing. What would be refused again changes nothing."),
        (
            "Money",
            "Checks of a closed month count with the next daily run, and only in the customer’s favour; all \
             else by restating the month.",
        ),
        ("Notices", "Customers are told of what follows from it, as if it had arrived now."),
    ],
    entries: &[
        must("quarantine_id", "Input", "The id of the input.", Takes::Known),
        may("payload", "The input, mended", "JSON. Left empty, it is replayed as it was kept.", Takes::Code),
    ],
    list: ("/quarantine", "Quarantine"),
    about: Some(("/quarantine", &["quarantine_id"])),
};
