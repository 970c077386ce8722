//! Tickets: tables of the rules' sentences, and properties over random events in random orders.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use sla::ticket::log::{Correction, News, receive};
use sla::ticket::outlook::{ClockOutlook, Outlook};
use sla::ticket::{
    AnnouncedMarks, ClockKind, Deadline, Effect, Fact, Threshold, Ticket, TicketEvent, TicketLog,
    TicketRecord, Verdict,
};
use sla::{Instant, Terms};

/// The opening of every ticket in these tables.
const START: &str = "2026-06-03T10:00:00Z";

fn after(seconds: i64) -> Instant {
    START.parse::<Instant>().unwrap().plus_s(seconds)
}

/// Reads one event such as `300 acknowledged`, `600 level_changed 1 worsened` or `0 opened 2`, in seconds
/// after the start. `300@500` happened at 300 and arrives at 500.
fn event(text: &str, id: usize) -> TicketEvent {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut fields = json!({
        "event_id": format!("e{id:03}"), "ticket_id": "T-1", "kind": words[1],
        "occurred_at": after(words[0].split('@').next().unwrap().parse().unwrap()),
    });
    if words[1] == "opened" {
        fields["customer_id"] = json!("acme");
        fields["channel"] = json!("phone");
        fields["title"] = json!("No calls");
    }
    if let Some(level) = words.get(2) {
        fields["level"] = json!(level.parse::<u8>().unwrap());
    }
    if let Some(reason) = words.get(3) {
        fields["reason"] = json!(reason);
    }
    serde_json::from_value(fields).unwrap()
}

fn events(script: &str) -> Vec<TicketEvent> {
    script.split('|').enumerate().map(|(id, text)| event(text, id)).collect()
}

fn fold(events: &[TicketEvent]) -> Ticket {
    Ticket::fold(events, &Terms::built_in()).unwrap().ticket
}

fn shown(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("-", Verdict::as_str)
}

/// Expects `acknowledge verdict elapsed, resolve verdict elapsed net, reopened` at an instant after the
/// start.
#[track_caller]
fn check(script: &str, as_of_s: i64, expect: &str) {
    let (ticket, as_of) = (fold(&events(script)), after(as_of_s));
    let got = format!(
        "{} {}, {} {} {}, {}",
        shown(ticket.acknowledge.verdict(as_of)),
        ticket.acknowledge.elapsed_s(as_of),
        shown(ticket.resolve.verdict(as_of)),
        ticket.resolve.elapsed_s(as_of),
        ticket.resolve_net_s(as_of),
        ticket.reopened_count
    );
    assert_eq!(got, expect, "{script} as of {as_of_s}");
}

#[test]
fn stopping_exactly_at_the_limit_is_met_and_one_second_after_it_missed() {
    for (level, limit_s) in [(1, 900), (2, 1800), (3, 1800)] {
        for (stop_s, verdict) in [(limit_s - 1, "met"), (limit_s, "met"), (limit_s + 1, "missed")] {
            let script = format!("0 opened {level}|{stop_s} acknowledged");
            check(&script, 4000, &format!("{verdict} {stop_s}, running 4000 4000, 0"));
        }
    }
    for (level, limit_s) in [(1, 86_400), (2, 259_200), (3, 43_200)] {
        for (stop_s, verdict) in [(limit_s - 1, "met"), (limit_s, "met"), (limit_s + 1, "missed")] {
            let script = format!("0 opened {level}|60 acknowledged|{stop_s} resolved");
            check(&script, 300_000, &format!("met 60, {verdict} {stop_s} {stop_s}, 0"));
        }
    }
}

#[test]
fn a_running_clock_is_missed_one_second_after_its_limit() {
    check("0 opened 1", 900, "running 900, running 900 900, 0");
    check("0 opened 1", 901, "missed 901, running 901 901, 0");
    check("0 opened 3", 43_200, "missed 43200, running 43200 43200, 0");
    check("0 opened 3", 43_201, "missed 43201, missed 43201 43201, 0");
}

#[test]
fn resolving_or_closing_acknowledges_what_was_not_acknowledged() {
    check("0 opened 1|600 resolved", 9000, "met 600, met 600 600, 0");
    check("0 opened 1|600 closed", 9000, "met 600, met 600 600, 0");
    check("0 opened 1|600 resolved|700 acknowledged", 9000, "met 600, met 600 600, 0");
    check("0 opened 1|600 resolved|700 closed", 9000, "met 600, met 600 600, 0");
}

#[test]
fn a_reopened_ticket_goes_on_without_the_time_in_between() {
    check("0 opened 3|60 acknowledged|600 resolved|4200 reopened", 4800, "met 60, running 1200 1200, 1");
    check(
        "0 opened 3|60 acknowledged|600 resolved|4200 reopened|5000 resolved",
        9000,
        "met 60, met 1400 1400, 1",
    );
    check(
        "0 opened 3|60 acknowledged|43000 resolved|50000 reopened|50200 resolved",
        60_000,
        "met 60, met 43200 43200, 1",
    );
    check(
        "0 opened 3|60 acknowledged|43000 resolved|50000 reopened|50201 resolved",
        60_000,
        "met 60, missed 43201 43201, 1",
    );
    // Seven days to the second, and one second more.
    check("0 opened 3|600 resolved|605400 reopened", 605_500, "met 600, running 700 700, 1");
    check("0 opened 3|600 resolved|605401 reopened", 605_500, "met 600, met 600 600, 0");
}

#[test]
fn a_misclassified_level_counts_from_the_opening_and_takes_no_miss_back() {
    check(
        "0 opened 3|600 level_changed 1 misclassified|950 acknowledged",
        9000,
        "missed 950, running 9000 9000, 0",
    );
    check("0 opened 1|600 level_changed 3|950 acknowledged", 9000, "met 950, running 9000 9000, 0");
    check("0 opened 1|900 level_changed 3|950 acknowledged", 9000, "met 950, running 9000 9000, 0");
    check("0 opened 1|901 level_changed 3|950 acknowledged", 9000, "missed 950, running 9000 9000, 0");
    // Acknowledged in time for one level, too late for the right one.
    check("0 opened 3|1000 acknowledged|2000 level_changed 1", 9000, "missed 1000, running 9000 9000, 0");
}

#[test]
fn a_worsened_level_starts_the_resolve_clock_anew_and_the_acknowledge_clock_only_if_it_runs() {
    check("0 opened 3|600 level_changed 1 worsened", 900, "running 300, running 300 300, 0");
    check("0 opened 3|60 acknowledged|600 level_changed 1 worsened", 900, "met 60, running 300 300, 0");
    check(
        "0 opened 3|60 acknowledged|100 resolved|200 reopened|300 waiting_on_customer|600 level_changed 1 worsened|700 resumed",
        900,
        "met 60, running 300 200, 1",
    );
    // A miss before the change stays missed.
    check(
        "0 opened 3|60 acknowledged|43300 level_changed 1 worsened|43400 resolved",
        50_000,
        "met 60, missed 100 100, 0",
    );
    // Misclassified after all: everything since the opening counts again.
    check(
        "0 opened 3|60 acknowledged|100 waiting_on_customer|200 resumed|300 level_changed 1 worsened|400 level_changed 2",
        900,
        "met 60, running 900 800, 0",
    );
}

#[test]
fn waiting_is_shown_and_changes_no_verdict() {
    check(
        "0 opened 3|60 acknowledged|100 waiting_on_customer|50000 resumed|50100 resolved",
        60_000,
        "met 60, missed 50100 200, 0",
    );
    check("0 opened 3|60 acknowledged|100 waiting_on_customer", 1000, "met 60, running 1000 100, 0");
    check("0 opened 3|60 acknowledged|100 waiting_on_customer|700 resolved", 1000, "met 60, met 700 100, 0");
    check("0 opened 3|60 acknowledged|100 resumed", 1000, "met 60, running 1000 1000, 0");
    check(
        "0 opened 3|60 acknowledged|100 waiting_on_customer|200 waiting_on_customer|300 resumed",
        1000,
        "met 60, running 1000 800, 0",
    );
    check(
        "0 opened 3|600 resolved|700 waiting_on_customer|800 reopened",
        1000,
        "met 600, running 800 800, 1",
    );
}

#[test]
fn a_cancelled_ticket_keeps_its_misses_and_has_no_other_verdict() {
    check("0 opened 1|60 acknowledged|600 cancelled", 9000, "- 60, - 600 600, 0");
    check("0 opened 1|901 cancelled", 9000, "missed 901, - 901 901, 0");
    check("0 opened 1|900 cancelled", 9000, "- 900, - 900 900, 0");
    check("0 opened 1|60 resolved|70 cancelled|80 resolved", 9000, "- 60, - 60 60, 0");
}

#[test]
fn the_earliest_opening_counts() {
    check("100 opened 1|0 opened 3|1000 acknowledged", 9000, "met 1000, running 9000 9000, 0");
}

/// Writes the effect of each event of a script, in the order of the script.
fn effects(script: &str) -> String {
    let events = events(script);
    let folded = Ticket::fold(&events, &Terms::built_in()).unwrap();
    let line = |event: &TicketEvent| match &folded.effects[&event.event_id] {
        Effect::Effective => "counts".to_owned(),
        Effect::WithoutEffect(why) => format!("no effect: {why}"),
        Effect::Refused(why) => format!("refused: {why}"),
    };
    script.split('|').zip(&events).map(|(text, event)| format!("{text} → {}\n", line(event))).collect()
}

#[test]
fn an_event_that_does_nothing_says_why() {
    let scripts = [
        "0 opened 3|-60 acknowledged|-60 resolved|10 opened 1",
        "0 opened 3|10 acknowledged|20 acknowledged|30 resumed|40 waiting_on_customer|50 waiting_on_customer|55 reopened",
        "0 opened 3|10 resolved|20 resolved|30 closed|40 level_changed 1|50 waiting_on_customer|604811 reopened",
        "0 opened 3|10 cancelled|20 reopened|30 resolved|40 cancelled",
    ];
    insta::assert_snapshot!(scripts.map(effects).join("\n"));
}

/// Returns the instants at which the events of a script arrive.
fn arrivals(script: &str) -> Vec<Instant> {
    let at = |text: &str| text.split_whitespace().next().unwrap().rsplit('@').next().unwrap().to_owned();
    script.split('|').map(|text| after(at(text).parse().unwrap())).collect()
}

/// Lists the announcements as time passes, each with the instant at which it is due.
fn said_by(script: &str, until_s: i64) -> String {
    let (events, arrivals) = (events(script), arrivals(script));
    let terms = Terms::built_in();
    let (mut log, mut record, mut lines) = (TicketLog::new(), TicketRecord::default(), Vec::new());
    let mut instants: BTreeSet<Instant> = arrivals.iter().copied().collect();
    instants.insert(after(until_s));
    let mut now = after(0);
    while let Some(next) = instants.first().copied() {
        let ticket = Ticket::fold(log.values(), &terms).map(|folded| folded.ticket);
        let due = ticket
            .as_ref()
            .map(|ticket| ticket.deadlines(&terms, &record.announced, now))
            .unwrap_or_default();
        if let Some(deadline) = due.first().filter(|deadline| deadline.due_at <= next) {
            now = deadline.due_at;
            let (facts, kept) = record.due(ticket.as_ref().unwrap(), &terms, now);
            lines.extend(facts.iter().map(|fact| line(fact, now)));
            record = kept;
            continue;
        }
        instants.pop_first();
        now = next;
        let before = log.clone();
        let arrived = events.iter().zip(&arrivals).filter(|(_, arrival)| **arrival == now);
        let fresh: Vec<TicketEvent> = arrived.map(|(event, _)| event.clone()).collect();
        receive(&mut log, &fresh);
        let recording = record.follow(&before, &log, &terms, now);
        record = recording.record;
        lines.extend(recording.news.iter().filter_map(|news| match news {
            News::Clock(fact) => Some(line(fact, now)),
            News::Corrected(Correction { clock, before, after }) => {
                Some(format!("{} corrected: {} → {}", clock.as_str(), before.verdict.as_str(), shown(*after)))
            }
            _ => None,
        }));
    }
    lines.join("\n")
}

fn line(fact: &Fact, now: Instant) -> String {
    let offset = |at: Instant| at.epoch_s() - after(0).epoch_s();
    let (Deadline { mark, due_at, .. }, step) = match fact {
        Fact::Reached(deadline) => (deadline, String::new()),
        Fact::Escalated(deadline, step) => (deadline, format!(" → {}", step.role)),
    };
    let late = if now == *due_at { String::new() } else { format!(" (known at {})", offset(now)) };
    format!("{} {} {}{step}{late}", offset(*due_at), mark.clock.as_str(), mark.threshold)
}

#[test]
fn every_threshold_is_said_at_its_instant() {
    let scripts = [
        ("level 1, never touched", "0 opened 1"),
        ("level 2, never touched", "0 opened 2"),
        ("level 3, never touched", "0 opened 3"),
        ("level 1, acknowledged at its limit", "0 opened 1|900 acknowledged|43199 resolved"),
        ("level 1, acknowledged before its target", "0 opened 1|300 acknowledged|43200 resolved"),
        ("level 3, reopened", "0 opened 3|60 acknowledged|21000 resolved|100000 reopened"),
        ("level 3 that was level 1 all along", "0 opened 3|1000 level_changed 1"),
        ("level 3 that became level 1", "0 opened 3|1000 level_changed 1 worsened"),
        ("level 1, cancelled", "0 opened 1|500 cancelled"),
    ];
    let shown = scripts.map(|(name, script)| format!("{name}: {script}\n{}\n", said_by(script, 300_000)));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_miss_that_a_correction_takes_back_is_said_again_when_it_comes_true() {
    let scripts = [
        ("0 opened 3|60 acknowledged|43199@43300 resolved|50000 reopened", 60_000),
        ("0 opened 3|60 acknowledged|1000@43300 resolved|40000@43301 reopened", 100_000),
        ("0 opened 1|800@1000 level_changed 3", 2_000),
        // In the miss's own second, and before it in the order of the events.
        ("0 opened 2|1000 acknowledged|1200@1201 resolved|1200 level_changed 1", 2_000),
        ("0 opened 1|500@560 level_changed 3|800 acknowledged", 2_000),
    ];
    let shown = scripts.map(|(script, until_s)| format!("{script}\n{}\n", said_by(script, until_s)));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn an_event_dated_minutes_ahead_says_nothing_before_its_time() {
    let script = "0 opened 1|901@610 acknowledged";
    let ticket = fold(&events(script));
    let verdicts = [610, 900, 901].map(|now_s| shown(ticket.acknowledge.verdict(after(now_s))));
    assert_eq!(verdicts, ["running", "running", "missed"]);
    insta::assert_snapshot!(said_by(script, 2_000), @r"
    301 acknowledge target
    301 acknowledge target → team lead
    450 acknowledge 50
    675 acknowledge 75
    810 acknowledge 90
    901 acknowledge limit
    ");
}

/// Records a script at once, at an instant after the start, and lists the announcements.
fn told_at_once(script: &str, now_s: i64) -> String {
    let (mut log, record, terms) = (TicketLog::new(), TicketRecord::default(), Terms::built_in());
    receive(&mut log, &events(script));
    let recording = record.follow(&TicketLog::new(), &log, &terms, after(now_s));
    let tell = |news: &News| match news {
        News::Clock(fact) => line(fact, after(now_s)),
        News::Opened(_) => "opened".to_owned(),
        News::LevelChanged(event) => format!("level changed by {}", event.event_id),
        News::Resolved(event) => format!("resolved at {}", event.occurred_at),
        News::Corrected(correction) => format!("corrected: {correction:?}"),
    };
    recording.news.iter().map(tell).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_back_dated_event_sets_off_no_flood_of_warnings() {
    let scripts = [
        ("0 opened 1", 480),
        ("0 opened 1", 700),
        ("0 opened 1", 80_000),
        ("0 opened 3", 30_000),
        ("0 opened 1|400 acknowledged", 80_000),
        ("0 opened 1|1000 resolved", 80_000),
        ("0 opened 3|50000 resolved", 80_000),
        ("0 opened 3|40000 resolved", 80_000),
        ("0 opened 1|1000 level_changed 3", 1100),
        ("0 opened 3|60 acknowledged|44000 level_changed 2 worsened|50000 resolved", 80_000),
    ];
    let shown = scripts
        .map(|(script, now_s)| format!("{script}, known at {now_s}\n{}\n", told_at_once(script, now_s)));
    insta::assert_snapshot!(shown.join("\n"));
}

/// Records scripts one after the other, each at its instant; returns the last one's corrections and the
/// count.
fn corrected(scripts: &[(&str, i64)]) -> String {
    let (mut log, mut record, terms) = (TicketLog::new(), TicketRecord::default(), Terms::built_in());
    let (mut id, mut lines) = (0, Vec::new());
    for (script, now_s) in scripts {
        let before = log.clone();
        let fresh: Vec<TicketEvent> = script
            .split('|')
            .map(|text| {
                id += 1;
                event(text, id)
            })
            .collect();
        receive(&mut log, &fresh);
        let recording = record.follow(&before, &log, &terms, after(*now_s));
        record = recording.record;
        for news in &recording.news {
            if let News::Corrected(correction) = news {
                let (before, after) = (correction.before.verdict.as_str(), shown(correction.after));
                lines.push(format!("{} {before} → {after}", correction.clock.as_str()));
            }
        }
    }
    format!("{}; {}", lines.join(", "), record.backdated_count)
}

#[test]
fn a_late_event_corrects_a_recorded_verdict_and_is_counted() {
    for (scripts, expect) in [
        (vec![("0 opened 1", 1000), ("850 acknowledged", 1000)], "acknowledge missed → met; 1"),
        (vec![("0 opened 1", 1000), ("950 acknowledged", 1000)], "; 0"),
        (vec![("0 opened 1", 800), ("700 acknowledged", 800)], "; 0"),
        (
            vec![("0 opened 3", 50_000), ("100 acknowledged|200 resolved", 50_000)],
            "acknowledge missed → met, resolve missed → met; 2",
        ),
        (vec![("0 opened 3", 50_000), ("100 level_changed 2", 50_000)], "resolve missed → running; 1"),
        (vec![("0 opened 1", 1000), ("800 cancelled", 1000)], "acknowledge missed → -; 1"),
        (vec![("0 opened 3|600 resolved", 700), ("650 reopened", 700)], "; 0"),
        (
            vec![("0 opened 3|1000 acknowledged", 1100), ("500 level_changed 1", 1100)],
            "acknowledge met → missed; 1",
        ),
        (vec![("0 opened 1", 1000), ("100 waiting_on_customer", 1000)], "; 0"),
    ] {
        assert_eq!(corrected(&scripts), expect, "{scripts:?}");
    }
}

/// A random event, up to eight days after the opening; sometimes before it.
fn any_event() -> impl Strategy<Value = String> {
    let at = prop_oneof![0i64..2_000, 0i64..90_000, -100i64..700_000];
    let kind = prop_oneof![
        2 => Just("acknowledged".to_owned()),
        2 => Just("resolved".to_owned()),
        1 => Just("closed".to_owned()),
        2 => Just("reopened".to_owned()),
        2 => Just("waiting_on_customer".to_owned()),
        2 => Just("resumed".to_owned()),
        1 => Just("cancelled".to_owned()),
        3 => (1u8..=3, prop_oneof![Just("misclassified"), Just("worsened")])
            .prop_map(|(level, reason)| format!("level_changed {level} {reason}")),
    ];
    (at, kind).prop_map(|(at, kind)| format!("{at} {kind}"))
}

fn any_ticket() -> impl Strategy<Value = Vec<TicketEvent>> {
    (1u8..=3, proptest::collection::vec(any_event(), 0..12)).prop_map(|(level, others)| {
        let texts = std::iter::once(format!("0 opened {level}")).chain(others);
        texts.enumerate().map(|(id, text)| event(&text, id)).collect()
    })
}

/// Judges both clocks as of an instant.
fn verdicts(ticket: &Ticket, as_of: Instant) -> [Option<Verdict>; 2] {
    ClockKind::ALL.map(|kind| ticket.clock(kind).verdict(as_of))
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_ticket(
        (events, order) in any_ticket().prop_flat_map(|events| {
            let twice: Vec<usize> = (0..events.len()).chain(0..events.len()).collect();
            (Just(events), Just(twice).prop_shuffle())
        })
    ) {
        let now = after(800_000);
        let terms = Terms::built_in();
        let mut at_once = TicketLog::new();
        receive(&mut at_once, &events);
        let (mut log, mut record) = (TicketLog::new(), TicketRecord::default());
        let mut folded = None;
        for index in order {
            let before = log.clone();
            receive(&mut log, &events[index..=index]);
            let recording = record.follow(&before, &log, &terms, now);
            record = recording.record;
            folded = recording.folded;
        }
        prop_assert_eq!(&log, &at_once);
        prop_assert_eq!(folded, Ticket::fold(&events, &terms));
        let once = TicketRecord::default().follow(&TicketLog::new(), &at_once, &terms, now).record;
        prop_assert_eq!((record.acknowledge, record.resolve), (once.acknowledge, once.resolve));
    }

    #[test]
    fn an_outlook_gives_the_verdicts_of_every_later_instant(events in any_ticket(), as_of in 0i64..800_000) {
        let outlook = Outlook::of(&fold(&events));
        let edges = [outlook.acknowledge, outlook.resolve].into_iter().flat_map(|clock| match clock {
            ClockOutlook::MissedFrom(at) => vec![at.plus_s(-1), at, at.plus_s(1)],
            ClockOutlook::Decided(_) => vec![],
        });
        for as_of in edges.chain([after(as_of), outlook.since]) {
            let by_then: Vec<TicketEvent> =
                events.iter().filter(|event| event.occurred_at <= as_of).cloned().collect();
            let then = Ticket::fold(&by_then, &Terms::built_in()).map(|then| then.ticket.verdicts(as_of));
            match outlook.verdicts(&"T-1".parse().unwrap(), as_of) {
                Some(verdicts) => prop_assert_eq!(Some(verdicts), then),
                None => prop_assert!(as_of < outlook.since),
            }
        }
    }

    #[test]
    fn no_clock_is_negative_and_waiting_never_exceeds_it(events in any_ticket(), as_of in 0i64..800_000) {
        let as_of = after(as_of);
        let by_then: Vec<TicketEvent> = events.into_iter().filter(|event| event.occurred_at <= as_of).collect();
        let ticket = fold(&by_then);
        for kind in ClockKind::ALL {
            let elapsed_s = ticket.clock(kind).elapsed_s(as_of);
            prop_assert!((0..=as_of.epoch_s() - after(0).epoch_s()).contains(&elapsed_s), "{elapsed_s}");
        }
        let net_s = ticket.resolve_net_s(as_of);
        prop_assert!((0..=ticket.resolve.elapsed_s(as_of)).contains(&net_s), "{net_s}");
    }

    #[test]
    fn a_miss_survives_every_later_event(events in any_ticket(), at in 0i64..700_000) {
        let at = after(at);
        let earlier: Vec<TicketEvent> = events.iter().filter(|event| event.occurred_at <= at).cloned().collect();
        let (before, whole) = (verdicts(&fold(&earlier), at), verdicts(&fold(&events), after(800_000)));
        for (before, whole) in before.into_iter().zip(whole) {
            if before == Some(Verdict::Missed) {
                prop_assert_eq!(whole, Some(Verdict::Missed));
            }
        }
    }

    #[test]
    fn what_is_stored_is_read_as_it_was(events in any_ticket(), now in 0i64..700_000) {
        let (now, terms) = (after(now), Terms::built_in());
        let ticket = fold(&events);
        let due = ticket.deadlines(&terms, &AnnouncedMarks::default(), now);
        let read: Vec<Deadline> = serde_json::from_value(json!(due)).unwrap();
        prop_assert_eq!(read, due);
        prop_assert_eq!(&serde_json::from_value::<Ticket>(json!(ticket)).unwrap(), &ticket);
        let (_, record) = TicketRecord::default().due(&ticket, &terms, now);
        prop_assert_eq!(&serde_json::from_value::<TicketRecord>(json!(record)).unwrap(), &record);
    }

    #[test]
    fn no_miss_is_left_unsaid(events in any_ticket(), now in 0i64..800_000) {
        let (now, terms) = (after(now), Terms::built_in());
        let ticket = fold(&events.into_iter().filter(|event| event.occurred_at <= now).collect::<Vec<_>>());
        let (facts, _) = TicketRecord::default().due(&ticket, &terms, now);
        for kind in ClockKind::ALL {
            let is_miss = |fact: &Fact| {
                matches!(fact, Fact::Reached(Deadline { mark, .. })
                    if mark.clock == kind && mark.threshold == Threshold::Limit)
            };
            let missed = ticket.clock(kind).verdict(now) == Some(Verdict::Missed);
            prop_assert_eq!(facts.iter().any(is_miss), missed);
        }
    }

    #[test]
    fn a_misclassified_level_loses_no_waiting(events in any_ticket(), level in 1u8..=3, as_of in 0i64..700_000) {
        let is_calm = |event: &TicketEvent| {
            let fields: Value = serde_json::to_value(event).unwrap();
            fields["reason"] != "worsened"
        };
        let as_of = after(as_of);
        let mut events: Vec<TicketEvent> =
            events.into_iter().filter(|event| event.occurred_at <= as_of && is_calm(event)).collect();
        let waited = |events: &[TicketEvent]| {
            let ticket = fold(events);
            ticket.resolve.elapsed_s(as_of) - ticket.resolve_net_s(as_of)
        };
        let before = waited(&events);
        let offset = as_of.epoch_s() - after(0).epoch_s();
        events.push(event(&format!("{offset} level_changed {level} misclassified"), 900));
        prop_assert_eq!(waited(&events), before);
    }

    #[test]
    fn one_clocks_events_leave_the_other_alone(events in any_ticket(), at in 0i64..700_000) {
        let (now, terms) = (after(800_000), Terms::built_in());
        let offset = |ticket: &Ticket| ticket.deadlines(&terms, &AnnouncedMarks::default(), after(0));
        let resolve = |events: &[TicketEvent]| {
            let ticket = fold(events);
            let due: Vec<Deadline> =
                offset(&ticket).into_iter().filter(|d| d.mark.clock == ClockKind::Resolve).collect();
            (ticket.resolve.verdict(now), ticket.resolve.elapsed_s(now), due)
        };
        let acknowledge = |events: &[TicketEvent]| {
            let ticket = fold(events);
            (ticket.acknowledge.verdict(now), ticket.acknowledge.elapsed_s(now))
        };
        // Worsening asks the acknowledge clock alone whether the ticket is acknowledged.
        let mut acknowledged = events.clone();
        acknowledged.push(event(&format!("{at} acknowledged"), 900));
        prop_assert_eq!(resolve(&acknowledged), resolve(&events));
        for kind in ["waiting_on_customer", "resumed"] {
            let mut waiting = events.clone();
            waiting.push(event(&format!("{at} {kind}"), 900));
            prop_assert_eq!(acknowledge(&waiting), acknowledge(&events));
        }
    }

    #[test]
    fn each_threshold_is_said_once_however_often_it_fires(events in any_ticket(), times in proptest::collection::vec(0i64..700_000, 1..40)) {
        let terms = Terms::built_in();
        let (mut record, mut said) = (TicketRecord::default(), BTreeMap::new());
        let mut times = times;
        times.sort_unstable();
        for now in times.into_iter().map(after) {
            let known: Vec<TicketEvent> = events.iter().filter(|event| event.occurred_at <= now).cloned().collect();
            for _ in 0..3 {
                let (facts, kept) = record.due(&fold(&known), &terms, now);
                record = kept;
                for fact in facts {
                    if let Fact::Reached(deadline) = fact {
                        prop_assert!(deadline.due_at <= now);
                        *said.entry(deadline.mark).or_insert(0) += 1;
                    }
                }
            }
        }
        prop_assert!(said.values().all(|count| *count == 1), "{said:?}");
    }
}
