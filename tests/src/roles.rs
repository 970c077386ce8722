//! Worlds that together take every function down every path: their calls are exactly what the roles must
//! allow. A path that another test finds first (every `World` compares) gets its place here.

mod desk;
mod portal;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use events::command::CommandName;
use nines::commands::replay::Replay;
use nines::commands::scenario;
use nines::stand_ins::wire::{OpenPassage, Service};
use nines::system::{DESK, TABLE, copy_folder};
use serde_json::{Value, json};
use sla::Instant;
use sla::id::ImportId;

use crate::calls::Calls;
use crate::faults::{Lost, runtime};
use crate::much;
use crate::personal;
use crate::short_june::{
    self, CLOSED, Course, LATE, REMINDED, START, TOLD, approve_exclusion, check, checks, close, customer,
    daily, desk, file_claim, june_in, mark_invoiced, raise_exclusion, restate_month, review_claim,
    review_statement, ticket_claim, ticket_event, ticket_opening, tickets, with,
};
use crate::subscribers;
use crate::webhooks::{self, alert, alerts};
use crate::world::{Event, World, WorldError};

/// The sample month, played until May is closed and exported.
const CHECKS: (&str, &str) = ("scenario-2026-06.ndjson", "2026-06-02T04:00:00Z");

/// The ticket log, played for its first day.
const TICKETS: (&str, &str) = ("scenario-tickets-2016.ndjson", "2016-02-29T10:00:00Z");

/// A file with a customer and a service.
const IMPORTED: &str = "customer_id,customer_name,service_id,name,plan,monthly_fee,currency,region,activated_at\n\
                        fourth,Fourth,bulk,Bulk,standard,10,EUR,eu,2026-08-01T00:00:00Z\n";

/// The second revision of the terms, from September on.
const REVISION: &str = include_str!("../../functions/publish-terms/events/revision-2.json");

/// An instant too late to reopen a ticket resolved in July.
const AUTUMN: &str = "2026-10-01T00:00:00Z";

/// A reason why the calls could not be recorded or written.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// A world failed.
    #[error(transparent)]
    World(#[from] WorldError),
    /// No world gives these commands.
    #[error("no world gives these commands: {0}: add them to one in tests/src/roles.rs")]
    Commands(String),
    /// The runtime could not be built, or the file could not be written.
    #[error("the calls could not be found out and written to infra/aws/calls.json")]
    File(#[from] std::io::Error),
}

/// Returns the permissions that the functions need.
///
/// # Errors
/// Returns an error if a world fails.
pub fn needed() -> Result<Calls, RolesError> {
    let runtime = runtime()?;
    let mut calls = Calls::default();
    let mut missing: BTreeSet<_> = CommandName::ALL.iter().map(|command| command.as_str()).collect();
    for world in runtime.block_on(worlds())? {
        missing.retain(|command| !world.commands().contains(command));
        calls.extend(world.calls());
        calls.extend(world.calls_of_forms().made_by(&["run-desk", "publish-terms"], DESK));
    }
    if !missing.is_empty() {
        return Err(RolesError::Commands(Vec::from_iter(missing).join(", ")));
    }
    Ok(calls)
}

/// Rewrites the list.
///
/// # Errors
/// Returns an error if a world or the file system fails.
pub fn write() -> Result<(), RolesError> {
    Ok(fs::write(Calls::file(), needed()?.to_string())?)
}

/// Builds every world and plays it to its end.
async fn worlds() -> Result<[World; 22], WorldError> {
    Ok([
        played(CHECKS).await?,
        played(TICKETS).await?,
        claims().await?,
        tickets_that_claim().await?,
        reviews(TOLD).await?,
        reviews(CLOSED).await?,
        maintenance().await?,
        quarantine().await?,
        alarms().await?,
        sources().await?,
        Box::pin(targets()).await?,
        Box::pin(tickets_of_staff()).await?,
        unreadable().await?,
        people_and_terms().await?,
        export_found().await?,
        left_to_sweeps().await?,
        ends().await?,
        claims_in_time_after_all().await?,
        much_to_say().await?,
        desk::looked_at(portal::life().await?).await?,
        subscribed().await?,
        erased().await?,
    ])
}

/// Plays a sample until an instant as `nines replay` does, errands included.
async fn played((file, until): (&str, &str)) -> Result<World, WorldError> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/sample").join(file);
    let until: Instant = until.parse().map_err(|e: sla::InstantError| WorldError::Instant(e.to_string()))?;
    let lines = scenario::read(&[sample])?;
    let start = lines.first().map_or(until, |line| line.at);
    let world = World::without_roles(&start.to_string()).await?;
    let mut replay = Replay::starting(world.process(Arc::new(OpenPassage))?, start);
    for line in lines.iter().filter(|line| line.at <= until) {
        replay.perform(line).await?;
    }
    replay.pass_time(until).await;
    Ok(world)
}

/// Moves on to an instant and invokes its events.
async fn pass(world: &World, now: &str, events: &[Event]) -> Result<(), WorldError> {
    world.advance_to(now)?;
    world.seed(events).await?;
    Ok(())
}

fn command(name: &str, fields: Value) -> Event {
    desk(with(json!({ "command": name }), fields))
}

fn sweeps() -> [Event; 3] {
    ["keep-deadlines", "record-checks", "send-notices"].map(|name| Event::new(name, json!({ "sweep": true })))
}

fn export_sweep() -> Event {
    Event::new("export-month", json!({ "sweep": true }))
}

/// Claims held, decided, late and lapsed; statements reviewed and restated; bills; exports of late results.
async fn claims() -> Result<World, WorldError> {
    let services = [
        ("api", Course::Breached),
        ("late", Course::Breached),
        ("lost", Course::Unknown),
        ("kept", Course::Kept),
        ("slow", Course::SlowAndBreached),
    ];
    let world = june_in(World::without_roles(START).await?, &services, TOLD).await?;
    let claim = |service, kind| desk(file_claim(service, kind));
    let of_slow = world.seed(&[claim("slow", "performance")]).await?;
    let claim_id = of_slow.first().and_then(|claim| claim.get("claim_id")?.as_str()).unwrap_or_default();
    let outage = |service| {
        checks(&[
            check(service, "2026-06-30T23:20:00Z", "down"),
            check(service, "2026-06-30T23:22:00Z", "up"),
        ])
    };
    let held = [claim("api", "uptime"), claim("lost", "uptime"), claim("kept", "uptime")];
    let closed = [
        Event::new("close-month", json!({ "month": "2026-06" })),
        claim("slow", "uptime"),
        desk(review_claim(claim_id, Some(10_000))),
        desk(review_statement("lost", "breached")),
        desk(mark_invoiced("2026-06")),
        short_june::export(),
        outage("api"),
        outage("kept"),
        desk(restate_month("api")),
        command("list_claims", json!({ "customer_id": "acme" })),
        command("list_claims", json!({ "state": "approved" })),
        command("list_claims", json!({})),
        command("show_statement", json!({ "service_id": "api", "month": "2026-06" })),
        command("show_statement", json!({ "service_id": "api", "month": "2026-06", "revision": 1 })),
        command("list_notices", json!({ "customer_id": "acme", "month": "2026-07" })),
    ];
    let [deadlines, silence, notices] = sweeps();
    let lapsed = [silence.clone(), deadlines, notices, claim("late", "uptime"), export_sweep()];
    pass(&world, TOLD, &held).await?;
    pass(&world, CLOSED, &closed).await?;
    pass(&world, "2026-07-03T03:00:00Z", &[daily(), export_sweep()]).await?;
    pass(&world, REMINDED, &[silence]).await?;
    pass(&world, LATE, &lapsed).await?;
    Ok(world)
}

/// Tickets that claim in an open month, in a closed one and about nothing; one whose events come out of
/// order; and a late close, which judges them as of its instant.
async fn tickets_that_claim() -> Result<World, WorldError> {
    let services = [("api", Course::Breached), ("other", Course::Breached)];
    let world = june_in(World::without_roles(START).await?, &services, TOLD).await?;
    let opening = with(ticket_opening(TOLD), json!({ "service_id": "api" }));
    let claim = |event, at, service| tickets(&[ticket_claim(event, at, service)]);
    let open = [
        tickets(&[opening]),
        claim("e1", TOLD, "api"),
        claim("e2", TOLD, "nothing"),
        command("show_ticket", json!({ "ticket_id": "T-1" })),
    ];
    pass(&world, TOLD, &open).await?;
    let happened = |event, at, kind| tickets(&[ticket_event(event, at, kind, json!({}))]);
    let now = "2026-07-02T02:00:00Z";
    let late = [
        happened("e3", now, "acknowledged"),
        happened("e4", "2026-07-02T01:00:00Z", "resolved"),
        close("api"),
        close("other"),
        claim("e6", now, "other"),
        short_june::export(),
        desk(restate_month("api")),
    ];
    pass(&world, now, &late).await?;
    pass(&world, "2026-07-03T03:00:00Z", &[daily(), export_sweep()]).await?;
    pass(&world, AUTUMN, &[tickets(&[reopened_too_late()]), tickets(&resolved_again())]).await?;
    world.seed(&opened_earlier().map(|opening| tickets(&[opening]))).await?;
    for (ticket, is_cut_off) in [("T-3", false), ("T-4", true)] {
        let [by_other, claim, by_owner] = of_two_customers(ticket).map(|event| tickets(&[event]));
        world.seed(&[by_other, claim]).await?;
        if is_cut_off {
            cut_off(&world, Lost::CLAIMS, &by_owner).await?;
        } else {
            world.seed(&[by_owner]).await?;
        }
    }
    world.seed(&sweeps()).await?;
    Ok(world)
}

/// A ticket claims for one customer; then it turns out that the service's owner opened it before.
fn of_two_customers(ticket: &str) -> [Value; 3] {
    let of_ticket = |event, fields| with(with(event, json!({ "ticket_id": ticket })), fields);
    [
        of_ticket(ticket_opening(AUTUMN), json!({ "customer_id": "other" })),
        of_ticket(ticket_claim("e1", AUTUMN, "api"), json!({})),
        of_ticket(ticket_opening(CLOSED), json!({ "event_id": "e00" })),
    ]
}

/// The ticket `T-2` about a service is opened; then it turns out that it was opened in an earlier month.
fn opened_earlier() -> [Value; 2] {
    let opened = |event_id: &str, at: &str| {
        with(ticket_opening(at), json!({ "event_id": event_id, "ticket_id": "T-2", "service_id": "api" }))
    };
    [opened("e1", TOLD), opened("e0", "2026-05-30T00:00:00Z")]
}

/// The ticket `T-1` is reopened too late, by the events so far.
fn reopened_too_late() -> Value {
    ticket_event("late-1", AUTUMN, "reopened", json!({}))
}

/// `T-1` was resolved once more in between: the late reopening is in time after all.
fn resolved_again() -> [Value; 2] {
    [("late-2", "2026-07-04T00:00:00Z", "reopened"), ("late-3", "2026-09-30T00:00:00Z", "resolved")]
        .map(|(id, at, kind)| ticket_event(id, at, kind, json!({})))
}

/// Late claims whose ticket turns out to have claimed in time: at once, or by a sweep.
async fn claims_in_time_after_all() -> Result<World, WorldError> {
    let services = [("api", Course::Breached), ("other", Course::Breached)];
    let world = june_in(World::without_roles(START).await?, &services, CLOSED).await?;
    world.seed(&[tickets(&[ticket_opening(CLOSED)])]).await?;
    let late = [desk(file_claim("api", "uptime")), desk(file_claim("other", "uptime"))];
    pass(&world, LATE, &late).await?;
    world.seed(&[tickets(&[ticket_claim("e1", CLOSED, "api")])]).await?;
    cut_off(&world, Lost::CLAIMS, &tickets(&[ticket_claim("e2", CLOSED, "other")])).await?;
    world.seed(&sweeps()).await?;
    Ok(world)
}

/// A service with so many outages that some are not announced before its month is closed.
async fn much_to_say() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Kept)], TOLD).await?;
    let minute = |minute| {
        let status = if minute % 2 == 0 { "up" } else { "down" };
        check("api", &format!("2026-06-30T22:{minute:02}:00Z"), status)
    };
    let flapping = checks(&(1..60).map(minute).collect::<Vec<_>>());
    // The first part is sent with the checks; the rest begins with a read.
    cut_off(&world, Lost(|call| call.operation == "GetItem"), &flapping).await?;
    pass(&world, CLOSED, &[close("api")]).await?;
    Ok(world)
}

/// Voids and exclusions: raised, disputed, decided and withdrawn, with June open or closed.
async fn reviews(now: &str) -> Result<World, WorldError> {
    let services = [("api", Course::Breached), ("other", Course::Breached)];
    let world = june_in(World::without_roles(START).await?, &services, now).await?;
    let void = json!({
        "void_id": "v-1", "service_id": "other", "probe": "default", "starts_at": "2026-06-30T23:00:00Z",
        "ends_at": "2026-06-30T23:03:00Z", "evidence": "its disk was full", "raised_by": "ann",
    });
    let decided =
        json!({ "void_id": "v-1", "decision": "approve", "decided_by": "bob", "note": "seen its log" });
    let dispute = json!({
        "exclusion_id": "x-1", "customer_id": "acme", "statement": "The carrier was up.",
    });
    let withdrawn = json!({ "exclusion_id": "x-1", "by": "ann", "note": "a mistake" });
    let events = [
        command("void_checks", void),
        command("decide_void", decided),
        desk(raise_exclusion("api")),
        command("dispute_exclusion", dispute),
        desk(approve_exclusion()),
        command("withdraw_exclusion", withdrawn),
    ];
    pass(&world, now, &events).await?;
    pass(&world, now, &sweeps()).await?;
    pass(&world, CLOSED, &[Event::new("close-month", json!({ "month": "2026-06" })), short_june::export()])
        .await?;
    pass(&world, "2026-07-03T03:00:00Z", &[daily(), export_sweep()]).await?;
    Ok(world)
}

/// Maintenance of a service, of a region and of all: announced, announced to a later service, reminded of,
/// shortened and cancelled.
async fn maintenance() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Kept)], TOLD).await?;
    let announce = |window_id: &str, scope: Value| {
        let window = json!({
            "window_id": window_id, "starts_at": "2026-07-08T00:00:00Z", "ends_at": "2026-07-08T02:00:00Z",
            "scope": scope, "reason": "upgrade",
        });
        command("announce_maintenance", window)
    };
    let announced = [
        announce("w-1", json!({ "services": ["api"] })),
        announce("w-2", json!({ "region": "eu" })),
        announce("w-3", json!({ "all": true })),
        command("cancel_maintenance", json!({ "window_id": "w-2" })),
    ];
    let shortened =
        command("shorten_maintenance", json!({ "window_id": "w-1", "ends_at": "2026-07-08T01:00:00Z" }));
    let during = [shortened, checks(&[check("api", "2026-07-08T00:10:00Z", "down")])];
    pass(&world, TOLD, &announced).await?;
    pass(&world, TOLD, &[short_june::service("later", "acme", 49_900, "EUR")]).await?;
    pass(&world, "2026-07-07T00:00:00Z", &sweeps()).await?;
    pass(&world, "2026-07-08T00:30:00Z", &during).await?;
    pass(&world, "2026-07-08T00:40:00Z", &sweeps()).await?;
    Ok(world)
}

/// Bad input from every source, and its replay at the desk once it is mended.
async fn quarantine() -> Result<World, WorldError> {
    let services = [("api", Course::Breached)];
    let world = june_in(World::without_roles(START).await?, &services, TOLD).await?;
    let queued = |function, body: &str| {
        Event::new(
            function,
            json!({ "Records": [{ "messageId": "m-1", "eventSource": "aws:sqs", "body": body }] }),
        )
    };
    let mended_check = checks(&[check("api", "2026-06-30T23:10:00Z", "down")]).payload;
    let mended_ticket = tickets(&[ticket_opening(TOLD), ticket_claim("e1", TOLD, "api")]).payload;
    let wrong_checks = [checks(&[check("unknown", TOLD, "up")]), queued("record-checks", "{not json")];
    let wrong_tickets =
        [tickets(&[ticket_event("e1", TOLD, "shouted", json!({}))]), queued("record-tickets", "{not json")];
    replay_mended(&world, &wrong_checks, &mended_check).await?;
    replay_mended(&world, &wrong_tickets, &mended_ticket).await?;
    let [opened, earlier] = opened_earlier();
    world.seed(&[tickets(&[opened])]).await?;
    let wrong = [tickets(&[ticket_event("e2", TOLD, "shouted", json!({}))])];
    replay_mended(&world, &wrong, &tickets(&[earlier]).payload).await?;
    pass(&world, "2026-06-30T23:40:00Z", &sweeps()).await?;
    let resolved = ticket_event("e7", "2026-06-30T23:40:00Z", "resolved", json!({}));
    let again = resolved_again();
    pass(&world, AUTUMN, &[tickets(&[resolved, reopened_too_late()])]).await?;
    let wrong = [tickets(&[ticket_event("e8", AUTUMN, "shouted", json!({}))])];
    replay_mended(&world, &wrong, &tickets(&again).payload).await?;
    Ok(world)
}

/// A CloudWatch alarm changes state before anybody registered it; then it is registered, replayed, listed,
/// removed.
async fn alarms() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Breached)], TOLD).await?;
    let arn = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:api";
    let state = |value: &str, at: &str| json!({"value": value, "timestamp": format!("{at}.000+0000")});
    let change = json!({
        "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "resources": [arn],
        "detail": {
            "alarmName": "api", "state": state("ALARM", "2026-06-30T23:05:00"),
            "previousState": state("OK", "2026-06-30T23:00:00"),
        },
    });
    let register =
        command("register_alarm", json!({"alarm_arn": arn, "service_id": "api", "probe": "watch"}));
    let change = Event::new("record-checks", change);
    world.seed(&[change.clone(), register.clone(), register, change]).await?;
    let listed = world.seed(&[command("list_quarantine", json!({}))]).await?;
    let id = listed.first().and_then(|answer| answer.pointer("/quarantined/0/quarantine_id")).cloned();
    let ends = [
        command("replay_quarantine", json!({ "quarantine_id": id })),
        command("list_alarms", json!({})),
        command("set_role", json!({ "role": "team lead", "people": "Ada; ada@example.com" })),
        command("list_roles", json!({})),
        command("remove_alarm", json!({ "alarm_arn": arn })),
        command("remove_alarm", json!({ "alarm_arn": arn })),
    ];
    world.seed(&ends).await?;
    Ok(world)
}

/// Sources of webhooks, in either mode and of a help desk: what nobody mapped waits, is mapped, and is
/// replayed; what proves that it lives is asserted by the sweep.
async fn sources() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Breached)], TOLD).await?;
    let heartbeats = json!({ "mode": "heartbeats", "map": [
        { "when": { "key": "dog" }, "heartbeat": true }, { "when": { "key": "a" }, "service_id": "api" },
    ]});
    let tickets = json!({ "map": [{
        "ticket_id": "hd-{key}", "customer_id": { "ticket.queue": { "1": "acme" } },
        "level": { "ticket.priority": { "1": 1 } },
    }]});
    let registered = [
        webhooks::register("am", "alertmanager", &json!({})),
        webhooks::register("live", "alertmanager", &heartbeats),
        webhooks::register("desk", "django-helpdesk", &tickets),
    ];
    world.seed(&registered).await?;
    let at = "2026-06-30T23:10:00Z";
    let told = |source: &str, series: &str| {
        Event::new("record-checks", alerts(source, TOLD, &[alert(series, "api", at, None)]))
    };
    world.seed(&[told("am", "a"), told("live", "a"), told("live", "dog"), told("nobody", "a")]).await?;
    let process = world.process(Arc::new(OpenPassage))?;
    for source in ["live", "desk"] {
        webhooks::enter(&process, source).await?;
        webhooks::send(&process, source, webhooks::SECRET, &webhooks::body(&[])).await?;
    }
    process.hand_over_queued().await?;
    let listed = world.seed(&[command("list_quarantine", json!({}))]).await?;
    let waiting = listed.first().and_then(|answer| answer.get("quarantined")?.as_array()).cloned();
    let add = json!({ "source_id": "am", "add": [{ "service_id": "api" }] });
    world.seed(&[command("map_source", add)]).await?;
    for quarantined in waiting.unwrap_or_default() {
        let id = quarantined.get("quarantine_id").cloned().unwrap_or_default();
        // That of no source is refused again.
        drop(world.invoke(&command("replay_quarantine", json!({ "quarantine_id": id }))).await?);
    }
    let ticket = webhooks::captured("desk", "django-helpdesk-2.6.1-1-new")?;
    let of_source = json!({ "source_id": "am" });
    let ends = [
        Event::new("record-tickets", ticket),
        command("change_source", json!({ "source_id": "am", "lead_s": 5 })),
        command("list_sources", json!({})),
        command("show_source", of_source.clone()),
        command("remove_source", of_source.clone()),
        command("remove_source", of_source),
    ];
    world.seed(&ends).await?;
    pass(&world, CLOSED, &sweeps()).await?;
    Ok(world)
}

/// Targets: registered, changed, checked and removed.
async fn targets() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Kept)], TOLD).await?;
    let of_target = json!({ "target_id": "t" });
    let register = command(
        "register_target",
        json!({
            "target_id": "t", "service_id": "api", "region": "local",
            "check": { "tcp": { "host": "a.example.com", "port": 443 } },
        }),
    );
    let change = command("change_target", json!({ "target_id": "t", "timeout_s": 5 }));
    let remove = command("remove_target", of_target.clone());
    let events = [
        register.clone(),
        register,
        change.clone(),
        change,
        command("list_targets", json!({})),
        command("show_target", of_target),
        Event::new("run-checks", json!({})),
        Event::new("run-checks", json!({ "targets": ["t"] })),
        remove.clone(),
        remove,
    ];
    world.seed(&events).await?;
    Ok(world)
}

/// Tickets that staff open, act on and take.
async fn tickets_of_staff() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Kept)], TOLD).await?;
    let open = command(
        "open_ticket",
        json!({
            "ticket_id": "T-9", "customer_id": "acme", "service_id": "api", "level": 1, "channel": "phone",
            "title": "No calls", "note": "We are on it",
        }),
    );
    let act = |name: &str| command(name, json!({ "ticket_id": "T-9" }));
    let events = [
        open.clone(),
        open,
        act("take_ticket"),
        act("acknowledge_ticket"),
        act("ask_customer"),
        act("resume_ticket"),
        command("change_level", json!({ "ticket_id": "T-9", "level": 2 })),
        act("resolve_ticket"),
        act("reopen_ticket"),
        command("list_tickets", json!({})),
        command("list_tickets", json!({ "state": "finished", "customer_id": "acme" })),
        act("show_ticket"),
    ];
    world.seed(&events).await?;
    Ok(world)
}

/// Unreadable outbox items, which arrive by the stream and are found by the sweep.
async fn unreadable() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Breached)], TOLD).await?;
    let fields =
        [("PK", "GENERAL#00"), ("SK", "NOTICE#1#1"), ("due", "OUTBOX#00"), ("due_at", START), ("body", "{")];
    let mut put = world.process(Arc::new(OpenPassage))?.dynamodb().put_item().table_name(TABLE);
    for (name, value) in fields {
        put = put.item(name, AttributeValue::S(value.to_owned()));
    }
    put.send().await.map_err(|error| WorldError::Table(error.to_string()))?;
    let image: serde_json::Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), json!({ "S": value }))).collect();
    let record =
        json!({"eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": "1", "NewImage": image}});
    let streamed = Event::new("send-notices", json!({ "Records": [record] }));
    world.seed(&[streamed.clone(), streamed]).await?;
    world.seed(&sweeps()).await?;
    Ok(world)
}

/// Sends bad input twice, which is one entry in the quarantine. Then replays the waiting entries, mended.
async fn replay_mended(world: &World, wrong: &[Event], mended: &Value) -> Result<(), WorldError> {
    world.seed(&[wrong, wrong].concat()).await?;
    let listed = world.seed(&[command("list_quarantine", json!({}))]).await?;
    let listed = listed.first().and_then(|answer| answer.get("quarantined")?.as_array()).cloned();
    for quarantined in listed.unwrap_or_default() {
        let id = quarantined.get("quarantine_id").cloned().unwrap_or_default();
        let replay = json!({ "quarantine_id": id, "payload": mended });
        // Entries that wait for something else may be refused.
        drop(world.invoke(&command("replay_quarantine", replay)).await?);
    }
    Ok(())
}

/// Returns the publication of the second revision of the terms.
fn publication() -> Result<Event, WorldError> {
    let revision = serde_json::from_str(REVISION).map_err(|e| WorldError::Table(e.to_string()))?;
    Ok(Event::new("publish-terms", revision))
}

/// Customers and services that change and end, and terms that are published and take effect.
async fn people_and_terms() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Breached)], TOLD).await?;
    let changed = json!({ "service_id": "api", "from_month": "2026-07", "plan": "premium" });
    let events = [
        customer("third"),
        command("change_customer", json!({ "customer_id": "acme", "name": "Acme SE" })),
        command("index_customer", json!({ "customer_id": "acme" })),
        command("search", json!({ "words": "acme" })),
        command("search", json!({ "words": "7k3m9q" })),
        command("change_service", changed),
        command("terminate_service", json!({ "service_id": "api", "at": "2026-07-31T00:00:00Z" })),
        command("show_service", json!({ "service_id": "api" })),
        command("list_services", json!({})),
        command("list_services", json!({ "after": "api" })),
        command("list_changes", json!({ "object": "service:api" })),
        command("import_services", json!({ "csv": IMPORTED, "dry_run": true })),
        command("import_services", json!({ "csv": IMPORTED })),
        command("import_services", json!({ "csv": IMPORTED })),
        command("correct_service", json!({ "service_id": "bulk", "quorum": 2, "region": "us" })),
        command("undo_import", json!({ "import_id": ImportId::of(IMPORTED) })),
        command("undo_import", json!({ "import_id": ImportId::of(IMPORTED) })),
        publication()?,
        publication()?,
    ];
    pass(&world, TOLD, &events).await?;
    pass(&world, "2026-08-02T00:00:00Z", &sweeps()).await?;
    pass(&world, "2026-09-01T00:00:00Z", &sweeps()).await?;
    Ok(world)
}

/// A process that died after writing an export's files: the next one finds them. One statement has inputs in
/// parts.
async fn export_found() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Breached)], CLOSED).await?;
    // Boxed: the futures of the table are large.
    Box::pin(much::restate(&world, "api")).await?;
    let before = world.fork()?;
    world.seed(&[short_june::export()]).await?;
    copy_folder(&world.engines().objects(), &before.engines().objects())?;
    before.seed(&[short_june::export()]).await?;
    Ok(world)
}

/// Work that a dead process leaves to the sweeps: claims of tickets, schedules, notices.
async fn left_to_sweeps() -> Result<World, WorldError> {
    let services = [("api", Course::Breached), ("other", Course::Breached)];
    let world = june_in(World::without_roles(START).await?, &services, TOLD).await?;
    let claims = ["api", "other", "nothing"].map(|service| ticket_claim(service, TOLD, service));
    let claiming = tickets(&[&[ticket_opening(TOLD)], claims.as_slice()].concat());
    cut_off(&world, Lost(|call| call.service == Service::Scheduler), &tickets(&[ticket_opening(TOLD)]))
        .await?;
    let [deadlines, silence, notices] = sweeps();
    world.seed(std::slice::from_ref(&deadlines)).await?;
    cut_off(&world, Lost::CLAIMS, &claiming).await?;
    let sent = [
        checks(&[check("api", "2026-06-30T23:20:00Z", "down")]),
        desk(raise_exclusion("api")),
        desk(approve_exclusion()),
        publication()?,
    ];
    world.seed_unsent(&sent).await?;
    // The second sweep sends the announcements that the first one wrote for each service.
    world.seed_unsent(&[notices.clone(), notices]).await?;
    pass(&world, CLOSED, &[close("other"), deadlines, silence]).await?;
    Ok(world)
}

/// Invokes a function whose process loses calls, and ignores the outcome.
async fn cut_off(world: &World, lost: Lost, event: &Event) -> Result<(), WorldError> {
    let process = world.process(Arc::new(lost))?;
    drop(process.invoke_alone(event.function, event.payload.to_string().as_bytes()).await);
    Ok(())
}

/// A customer with a subscription: notices are also published to the own topic; a missed one is noted and
/// found by the sweep.
async fn subscribed() -> Result<World, WorldError> {
    let world = june_in(World::without_roles(START).await?, &[("api", Course::Kept)], TOLD).await?;
    subscribers::subscribe(&world, "acme", &json!({ "protocol": "email", "endpoint": "ops@example.com" }))
        .await?;
    let down = checks(&[check("api", TOLD, "down")]);
    world.seed_unsent(std::slice::from_ref(&down)).await?;
    let [_, _, notices] = sweeps();
    cut_off(&world, Lost(subscribers::to_own_topic), &notices).await?;
    world.seed(std::slice::from_ref(&notices)).await?;
    Ok(world)
}

/// Services that end: with a credit that waits for a bill, and with a claim to a month that is not provided.
async fn ends() -> Result<World, WorldError> {
    let services = [("ended", Course::Breached), ("gone", Course::Kept)];
    let world = june_in(World::without_roles(START).await?, &services, CLOSED).await?;
    let ends =
        |service: &str, at: &str| command("terminate_service", json!({ "service_id": service, "at": at }));
    let early = with(file_claim("gone", "uptime"), json!({ "month": "2026-07" }));
    let events = [
        desk(mark_invoiced("2026-07")),
        desk(file_claim("ended", "uptime")),
        desk(early),
        ends("ended", "2026-07-31T00:00:00Z"),
        ends("gone", "2026-07-01T00:00:00Z"),
    ];
    pass(&world, CLOSED, &events).await?;
    pass(&world, CLOSED, &sweeps()).await?;
    pass(&world, "2026-07-31T00:00:00Z", &sweeps()).await?;
    Ok(world)
}

/// A customer whose personal data are erased: by command in one world, and years after the contract in
/// another.
async fn erased() -> Result<World, WorldError> {
    let world = personal::ended(World::without_roles(START).await?).await?;
    let kept = world.fork()?;
    pass(&world, personal::OVER, &[personal::erase(), personal::erase(), daily(), daily()]).await?;
    for year in 2027..=2036 {
        pass(&kept, &format!("{year}-08-05T03:00:00Z"), &[daily()]).await?;
    }
    Ok(world)
}
