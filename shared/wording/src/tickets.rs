//! Wording of tickets: promises, thresholds of the clocks, and outcomes. Titles, roles and names come from
//! outside: each goes through `printable`, so that none can forge a line. A note keeps its own lines.

use events::Happening;
use events::notice::{EscalatedPerson, EscalatedTo};
use events::ticket::{ClockFigures, ReachedThreshold, TicketSubject};
use sla::Instant;
use sla::duration::in_words;
use sla::terms::EscalationStep;
use sla::ticket::log::Correction;
use sla::ticket::{Channel, ClockKind, Level, LevelReason, Threshold, Verdict};

use super::{Wording, at, printable, shortened};

/// Seconds in an hour.
const HOUR_S: i64 = 3600;
/// The longest role in a subject, in characters.
const ROLE_CHARS_MAX: usize = 14;
/// Instruction on how a customer objects to a level or a verdict.
const OBJECT: &str = "tell our support team.";

/// Words a notice about a ticket.
pub fn word(happening: &Happening) -> Wording {
    match happening {
        Happening::TicketOpened { ticket, channel, clocks, note } => {
            opened(ticket, *channel, clocks, note.as_deref())
        }
        Happening::TicketWarning { ticket, reached } => warning(ticket, reached),
        Happening::TicketAcknowledgeTargetMissed { ticket, reached }
        | Happening::TicketResolveTargetMissed { ticket, reached } => target_missed(ticket, reached),
        Happening::TicketAcknowledgeMissed { ticket, reached }
        | Happening::TicketResolveMissed { ticket, reached } => limit_missed(ticket, reached),
        Happening::TicketEscalated { ticket, reached, step, to } => {
            escalated(ticket, reached, (step, to.as_ref()))
        }
        Happening::TicketLevelChanged { ticket, level, reason, changed_at, clocks, note } => {
            level_changed(ticket, (*level, *reason, *changed_at), clocks, note.as_deref())
        }
        Happening::TicketCorrected { ticket, correction, backdated_count } => {
            corrected(ticket, correction, *backdated_count)
        }
        Happening::TicketResolved {
            ticket,
            resolved_at,
            elapsed_s,
            net_s,
            limit_s,
            verdict,
            reopened_count,
            reopen_until,
            note,
        } => {
            let times = Times { elapsed_s: *elapsed_s, net_s: *net_s, limit_s: *limit_s };
            let figures = times.figures(*reopened_count);
            let what =
                format!("Ticket {} was resolved on {}.", named(ticket), at(*resolved_at, ticket.time_zone));
            let todo = reopening(ticket, *verdict, *reopen_until);
            let note = noted(note.as_deref());
            let texts = [what, note, about(ticket), figures, times.judged(ticket, *verdict), todo];
            Wording::about_ticket(ticket, resolved(*verdict), &texts)
        }
        other => Wording::general(other.kind(), &[]),
    }
}

fn opened(ticket: &TicketSubject, channel: Channel, clocks: &[ClockFigures], note: Option<&str>) -> Wording {
    let what = format!(
        "Ticket {} was opened on {} {}: \"{}\".",
        ticket.ticket_id,
        at(ticket.opened_at, ticket.time_zone),
        through(channel),
        printable(&ticket.title)
    );
    let level = format!("It has {} and {}.", level(ticket.level), concerns(ticket));
    let todo = "No action is needed now: we will tell you if a limit is missed, and when the ticket is \
                resolved. You can follow it in the customer dashboard.";
    let mut texts = vec![what, noted(note), level];
    texts.extend(clocks.iter().map(|clock| promise(ticket, clock, ticket.opened_at)));
    texts.extend([todo.to_owned(), format!("If the level is wrong, {OBJECT}")]);
    Wording::about_ticket(ticket, "opened", &texts)
}

fn warning(ticket: &TicketSubject, reached: &ReachedThreshold) -> Wording {
    let mark = reached.deadline.mark;
    let share = format!("{} %", mark.threshold);
    let what = format!(
        "By {}, {share} of the time to {} ticket {} had passed.",
        at(reached.deadline.due_at, ticket.time_zone),
        mark.clock.as_str(),
        named(ticket)
    );
    let then = "After that the commitment is missed, and the customer is told.";
    let texts = [what, about(ticket), promised_until(ticket, reached), todo(ticket, reached, then)];
    Wording::about_ticket(ticket, &format!("at {share} of its {} limit", mark.clock.as_str()), &texts)
}

fn target_missed(ticket: &TicketSubject, reached: &ReachedThreshold) -> Wording {
    let clock = reached.deadline.mark.clock;
    let what = format!(
        "Ticket {} was not {} within its target{}. The target was missed on {}.",
        named(ticket),
        done(clock),
        target(reached),
        at(reached.deadline.due_at, ticket.time_zone)
    );
    let means =
        format!("A target is not a commitment: no promise is broken. {}", promised_until(ticket, reached));
    let texts = [what, about(ticket), means, todo(ticket, reached, "")];
    Wording::about_ticket(ticket, &format!("past its {} target", clock.as_str()), &texts)
}

fn limit_missed(ticket: &TicketSubject, reached: &ReachedThreshold) -> Wording {
    let ReachedThreshold { deadline, applies_from, limit_at, stopped_at, .. } = *reached;
    let (clock, zone) = (deadline.mark.clock, ticket.time_zone);
    let mut what = format!(
        "Ticket {} was not {} within {}. The limit was {}.",
        named(ticket),
        done(clock),
        promised(deadline.mark.limit_s),
        at(limit_at, zone)
    );
    if applies_from > limit_at {
        what += &format!(
            " This limit has applied since {}, when the level was changed; by then it had already passed.",
            at(applies_from, zone)
        );
    }
    let means = format!("A commitment of the agreement is missed. {}", no_credit(ticket));
    let (state, todo) = if stopped_at.is_some() {
        (stopped(ticket, limit_at, stopped_at), "No action is needed.".to_owned())
    } else {
        let todo = format!(
            "Our support team must {} it now. You need not do anything: we will tell you when the ticket is \
             resolved.",
            clock.as_str()
        );
        (format!("At the time of this notice it was still not {}.", done(clock)), todo)
    };
    let subject = format!("not {} in time", done(clock));
    Wording::about_ticket(ticket, &subject, &[what, about(ticket), state, means, todo])
}

/// Words whom an escalation reaches.
fn reaches(to: &EscalatedTo) -> String {
    let person = |EscalatedPerson { name, address }: &EscalatedPerson| {
        format!("{} ({})", printable(name), printable(address))
    };
    let people = to.people.iter().map(person).collect::<Vec<_>>().join(", ");
    if to.on_duty {
        format!("On duty: {people}.")
    } else {
        format!("Nobody is on duty, so it goes to everybody: {people}.")
    }
}

fn escalated(
    ticket: &TicketSubject,
    reached: &ReachedThreshold,
    (step, to): (&EscalationStep, Option<&EscalatedTo>),
) -> Wording {
    let ReachedThreshold { deadline, limit_at, .. } = *reached;
    let (role, limit) = (printable(&step.role), at(limit_at, ticket.time_zone));
    let what = format!(
        "Ticket {} is escalated to the {role}: {}, reached by {}.",
        named(ticket),
        printable(&step.name),
        printable(&step.channel)
    );
    let since = at(deadline.due_at, ticket.time_zone);
    let why = match deadline.mark.threshold {
        Threshold::Percent(percent) => {
            format!("By {since}, {percent} % of the time to acknowledge it had passed.")
        }
        Threshold::Target => {
            format!("It was not acknowledged within its target{}, missed on {since}.", target(reached))
        }
        Threshold::Limit => format!(
            "It was not acknowledged within {}. The limit was {limit}: the commitment is missed.",
            promised(deadline.mark.limit_s)
        ),
    };
    let (left, now, chain) = match deadline.mark.threshold {
        Threshold::Limit => (
            String::new(),
            format!("The {role} takes over: acknowledge the ticket at once."),
            format!(
                "The limit is the last threshold of the chain: the {role} stays in charge until the \
                 ticket is acknowledged."
            ),
        ),
        Threshold::Percent(_) | Threshold::Target => (
            promised_until(ticket, reached),
            format!("The {role} takes over: acknowledge the ticket by {limit}."),
            "The escalation continues along the chain until the ticket is acknowledged.".to_owned(),
        ),
    };
    let subject = format!("escalated to {}", shortened(&role, ROLE_CHARS_MAX));
    let to = to.map(reaches).unwrap_or_default();
    let texts = [what, to, why, about(ticket), left, now, chain];
    Wording::about_ticket(ticket, &subject, &texts)
}

fn level_changed(
    ticket: &TicketSubject,
    (changed_to, reason, changed_at): (Level, LevelReason, Instant),
    clocks: &[ClockFigures],
    note: Option<&str>,
) -> Wording {
    let mut what = format!(
        "Ticket {} was set to {} on {}.",
        named(ticket),
        level(changed_to),
        at(changed_at, ticket.time_zone)
    );
    if ticket.level != changed_to {
        what +=
            &format!(" The level was changed again after that: the ticket now has {}.", level(ticket.level));
    }
    let why = match reason {
        LevelReason::Misclassified => {
            "The earlier level was wrong from the start: both clocks count from the opening, against the new \
             limits."
        }
        LevelReason::Worsened => {
            "The problem has changed: the time to resolve it is counted anew from the change. So is the time \
             to acknowledge it, if that was still open."
        }
    };
    let kept = "A limit that was missed before the change stays missed.";
    let mut texts = vec![what, noted(note), concerned(ticket), why.to_owned(), kept.to_owned()];
    texts.extend(clocks.iter().map(|clock| promise(ticket, clock, changed_at)));
    texts.push(format!("No action is needed. If the level is wrong, {OBJECT}"));
    Wording::about_ticket(ticket, &format!("has level {} now", ticket.level.number()), &texts)
}

fn corrected(ticket: &TicketSubject, correction: &Correction, backdated_count: u32) -> Wording {
    let Correction { clock, before, after } = *correction;
    let what = format!(
        "An event that arrived late corrects the verdict on the {} of ticket {}.",
        noun(clock),
        named(ticket)
    );
    let recorded = match before.verdict {
        Verdict::Met => format!("it was {} in time, on", done(clock)),
        Verdict::Missed => "the limit was missed on".to_owned(),
        Verdict::Running => "the clock was running on".to_owned(),
    };
    let recorded = format!("Recorded before: {recorded} {}.", at(before.at, ticket.time_zone));
    let now = match after {
        Some(Verdict::Met) => format!("Corrected: it was {} in time.", done(clock)),
        Some(Verdict::Missed) => "Corrected: the limit was missed.".to_owned(),
        Some(Verdict::Running) => "Corrected: the clock still runs, and its limit has not passed.".to_owned(),
        None => "Corrected: the ticket was cancelled before the limit passed, and has no verdict.".to_owned(),
    };
    let count =
        format!("Events of this ticket that arrived late and corrected a verdict: {backdated_count}.");
    let money = match after {
        Some(Verdict::Missed) => no_credit(ticket),
        _ => "No credit depends on it: the agreement gives none for tickets.",
    };
    let todo = format!("No action is needed. If you do not agree, {OBJECT}");
    let texts = [what, about(ticket), recorded, now, count, money.to_owned(), todo];
    Wording::about_ticket(ticket, "has a corrected verdict", &texts)
}

/// The times of a resolution, against its limit.
struct Times {
    elapsed_s: i64,
    net_s: i64,
    limit_s: i64,
}

impl Times {
    fn figures(&self, reopened_count: u32) -> String {
        let Self { elapsed_s, net_s, limit_s } = *self;
        let mut figures = format!(
            "The clock counted {}; a resolution within {} is promised.",
            in_words(elapsed_s),
            promised(limit_s)
        );
        if reopened_count > 0 {
            let times =
                if reopened_count == 1 { "once".to_owned() } else { format!("{reopened_count} times") };
            figures += &format!(
                "\nIt was reopened {times}: the time between a resolution and a reopening does not count."
            );
        }
        if net_s != elapsed_s {
            figures += &format!(
                "\nFor {} of that time we waited for you; without it the time was {}. The verdict is on the \
                 whole time: the agreement grants no pauses.",
                in_words(elapsed_s - net_s),
                in_words(net_s)
            );
        }
        figures
    }

    fn judged(&self, ticket: &TicketSubject, verdict: Option<Verdict>) -> String {
        let over_s = self.elapsed_s - self.limit_s;
        match verdict {
            Some(Verdict::Met) => "The commitment is met.".to_owned(),
            Some(Verdict::Missed) if over_s > 0 => {
                format!("The commitment is missed by {}. {}", in_words(over_s), no_credit(ticket))
            }
            Some(Verdict::Missed) => format!(
                "The commitment is still missed: an earlier limit had passed before the level was changed. \
                 {}",
                no_credit(ticket)
            ),
            Some(Verdict::Running) => String::new(),
            None => "The ticket was cancelled after that: there is no verdict.".to_owned(),
        }
    }
}

const fn resolved(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Met) => "resolved in time",
        Some(Verdict::Missed) => "resolved, commitment missed",
        Some(Verdict::Running) | None => "resolved",
    }
}

fn reopening(ticket: &TicketSubject, verdict: Option<Verdict>, reopen_until: Instant) -> String {
    if verdict.is_none() {
        return "It cannot be reopened: if the problem is back, open a new ticket that names this one."
            .to_owned();
    }
    format!(
        "If the problem is solved, no action is needed. If it is back, reopen the ticket by {}, in the \
         support portal or through our support team: its clock then continues. After that, open a new ticket \
         that names this one.",
        at(reopen_until, ticket.time_zone)
    )
}

/// Words a clock's promise and its state at an instant.
fn promise(ticket: &TicketSubject, clock: &ClockFigures, as_of: Instant) -> String {
    let mut text = format!(
        "{} is promised within {}, by {}",
        if clock.clock == ClockKind::Acknowledge { "Acknowledgement" } else { "Resolution" },
        promised(clock.promise.limit_s),
        at(clock.limit_at, ticket.time_zone)
    );
    if clock.started_at != ticket.opened_at {
        text += &format!(", counted from {}", at(clock.started_at, ticket.time_zone));
    }
    if let Some(target_s) = clock.promise.target_s {
        text += &format!("; the target is {}", promised(target_s));
    }
    text.push('.');
    if clock.stopped_at.is_some() {
        text += &format!(" {}", stopped(ticket, clock.limit_at, clock.stopped_at));
    } else if clock.limit_at < as_of {
        text += " That limit had passed by then: the commitment is missed.";
    }
    text
}

/// Words the promised limit of a clock and the time left when the threshold was reached.
fn promised_until(ticket: &TicketSubject, reached: &ReachedThreshold) -> String {
    let ReachedThreshold { deadline, limit_at, .. } = reached;
    let left_s = limit_at.epoch_s() - deadline.due_at.epoch_s();
    format!(
        "The agreement promises {} within {}, by {}: {} remained at that moment.",
        noun(deadline.mark.clock),
        promised(deadline.mark.limit_s),
        at(*limit_at, ticket.time_zone),
        in_words(left_s)
    )
}

/// Words the action due from operations before the limit, unless the clock has stopped.
fn todo(ticket: &TicketSubject, reached: &ReachedThreshold, then: &str) -> String {
    if reached.stopped_at.is_some() {
        let stopped = stopped(ticket, reached.limit_at, reached.stopped_at);
        return format!("{stopped} No action is needed.");
    }
    let verb = if reached.deadline.mark.clock == ClockKind::Acknowledge { "Acknowledge" } else { "Resolve" };
    let todo = format!("{verb} it by {}. {then}", at(reached.limit_at, ticket.time_zone));
    todo.trim_end().to_owned()
}

/// Words the stop of a clock, by completion or by cancellation; empty if it still runs.
fn stopped(ticket: &TicketSubject, limit_at: Instant, stopped_at: Option<Instant>) -> String {
    let Some(stopped_at) = stopped_at else { return String::new() };
    let over_s = stopped_at.epoch_s() - limit_at.epoch_s();
    let place = if over_s > 0 { format!("{} after", in_words(over_s)) } else { "within".to_owned() };
    format!("The clock stopped on {}, {place} the limit.", at(stopped_at, ticket.time_zone))
}

fn no_credit(ticket: &TicketSubject) -> &'static str {
    if ticket.service_name.is_some() {
        "The agreement gives no credit for it; it counts in the month's statement and report."
    } else {
        // Statements are for services: a ticket without one appears only in the month's export.
        "The agreement gives no credit for it; it counts in the month's report."
    }
}

/// Returns a ticket's id with its title.
fn named(ticket: &TicketSubject) -> String {
    format!("{} (\"{}\")", ticket.ticket_id, printable(&ticket.title))
}

/// Words a ticket's level, service and opening.
fn about(ticket: &TicketSubject) -> String {
    format!(
        "It has {}, {}, and was opened on {}.",
        level(ticket.level),
        concerns(ticket),
        at(ticket.opened_at, ticket.time_zone)
    )
}

fn concerned(ticket: &TicketSubject) -> String {
    format!("It {} and was opened on {}.", concerns(ticket), at(ticket.opened_at, ticket.time_zone))
}

fn concerns(ticket: &TicketSubject) -> String {
    let name = ticket.service_name.as_ref().map(|name| format!("concerns {}", printable(name)));
    name.unwrap_or_else(|| "names no service".to_owned())
}

/// Words the note beside an event, in as many lines as it has; empty without one.
fn noted(note: Option<&str>) -> String {
    note.map(|note| format!("Note: {note}")).unwrap_or_default()
}

fn level(level: Level) -> String {
    format!("level {} ({})", level.number(), level.as_str())
}

fn target(reached: &ReachedThreshold) -> String {
    reached.target_s.map(|target_s| format!(" of {}", promised(target_s))).unwrap_or_default()
}

/// Formats a promised time as the agreement does: `24 h`, not `1 d`.
fn promised(seconds: i64) -> String {
    if seconds > 0 && seconds % HOUR_S == 0 { format!("{} h", seconds / HOUR_S) } else { in_words(seconds) }
}

const fn done(clock: ClockKind) -> &'static str {
    match clock {
        ClockKind::Acknowledge => "acknowledged",
        ClockKind::Resolve => "resolved",
    }
}

const fn noun(clock: ClockKind) -> &'static str {
    match clock {
        ClockKind::Acknowledge => "acknowledgement",
        ClockKind::Resolve => "resolution",
    }
}

const fn through(channel: Channel) -> &'static str {
    match channel {
        Channel::Portal => "in the support portal",
        Channel::Chat => "by live chat",
        Channel::Email => "by e-mail",
        Channel::Phone => "by phone",
    }
}
