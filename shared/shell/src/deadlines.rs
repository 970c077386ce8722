//! Schedules of a ticket: one for each deadline, with a name that identifies it.

use std::pin::Pin;

use events::ticket::DeadlineEvent;
use serde_json::json;
use sla::ticket::deadline::{Deadline, Mark};
use sla::{Instant, TicketId, sha256_hex};
use table::{ChangedTicket, FollowUp, Table};

use crate::{OneShot, Schedules};
use outcome::Failure;

/// Characters of a ticket's id in a schedule's name: 64, less clock, threshold and digest (11 + 1 + 6 + 1 +
/// 12), and a hyphen.
const ID_CHARS_MAX: usize = 32;
/// Characters of the digest in the name: 48 bits distinguish the deadlines of one ticket.
const DIGEST_CHARS: usize = 12;

/// Carries out the consequences of recorded events: compares claims, and creates or removes schedules.
///
/// The events are recorded even if this fails, and the sweep of `keep-deadlines` completes it: delivering
/// them again would not help.
pub async fn follow_up(table: &Table, schedules: &Schedules, changed: &[ChangedTicket], now: Instant) {
    for ChangedTicket { ticket, claims, .. } in changed {
        for event in claims {
            if let Err(error) = table.compare_claims(&ticket.ticket_id, event, now).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(ticket_id = %ticket.ticket_id, error, "a claim is left to the sweep");
            }
        }
    }
    for changed in changed {
        if let Err(failure) = bring_in_line(table, schedules, changed, now).await {
            let ticket_id = &changed.ticket.ticket_id;
            tracing::warn!(%ticket_id, "schedules are left to the sweep: {}", failure.message());
        }
    }
}

impl FollowUp for Schedules {
    fn follow_up<'a>(
        &'a self,
        table: &'a Table,
        changed: &'a [ChangedTicket],
        now: Instant,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(follow_up(table, self, changed, now))
    }
}

/// Removes the schedules that a changed ticket no longer needs, creates the missing ones, and records that.
///
/// The ticket is stored before this. A crash in between leaves it in the index of due items, where the sweep
/// of `keep-deadlines` finds it. A schedule that stays too long has no effect when it fires.
///
/// # Errors
/// Returns a [`Failure`] if Scheduler or the table fails.
pub async fn bring_in_line(
    table: &Table,
    schedules: &Schedules,
    ChangedTicket { ticket, moot, .. }: &ChangedTicket,
    now: Instant,
) -> Result<(), Failure> {
    for deadline in moot {
        schedules.disarm(&one_shot(&ticket.ticket_id, deadline).name).await?;
    }
    let missing = table.unarmed(ticket, now).await?;
    if missing.is_empty() {
        return Ok(());
    }
    for deadline in &missing {
        schedules.arm(&one_shot(&ticket.ticket_id, deadline)).await?;
    }
    table.note_armed(ticket, now).await?;
    Ok(())
}

/// Returns the schedule of a deadline. The same deadline gives the same name, so that it is created once.
fn one_shot(ticket_id: &TicketId, deadline: &Deadline) -> OneShot {
    let Deadline { mark, due_at, .. } = deadline;
    let Mark { clock, started_at, limit_s, threshold } = mark;
    let identity = format!("{ticket_id}|{}|{started_at}|{limit_s}|{threshold}|{due_at}", clock.as_str());
    let digest = &sha256_hex(identity.as_bytes())[..DIGEST_CHARS];
    // Scheduler allows no colon in a name.
    let id: String = ticket_id.as_str().chars().take(ID_CHARS_MAX).collect();
    OneShot {
        name: format!("{}-{}-{threshold}-{digest}", id.replace(':', "_"), clock.as_str()),
        at: *due_at,
        input: json!(DeadlineEvent { ticket_id: ticket_id.clone(), clock: *clock, threshold: *threshold })
            .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use sla::Terms;
    use sla::ticket::{AnnouncedMarks, Ticket, TicketEvent};

    use super::*;

    fn opened(id: &str) -> Ticket {
        let event: TicketEvent = serde_json::from_value(json!({
            "event_id": "e1", "ticket_id": id, "kind": "opened", "occurred_at": "2026-06-03T10:00:00Z",
            "customer_id": "c1", "level": 1, "channel": "phone", "title": "All down",
        }))
        .unwrap();
        Ticket::fold([&event], &Terms::built_in()).unwrap().ticket
    }

    #[test]
    fn each_deadline_has_a_name_of_its_own_that_scheduler_takes() {
        for id in ["T-1", &format!("a:{}", "b".repeat(62))] {
            let ticket = opened(id);
            let deadlines =
                ticket.deadlines(&Terms::built_in(), &AnnouncedMarks::default(), ticket.opening.opened_at);
            let shots: Vec<OneShot> = deadlines.iter().map(|d| one_shot(&ticket.ticket_id, d)).collect();
            let names: std::collections::BTreeSet<&str> = shots.iter().map(|s| s.name.as_str()).collect();
            assert_eq!(names.len(), 9);
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            assert!(names.iter().all(|name| name.len() <= 64 && name.chars().all(allowed)), "{names:?}");
        }
    }

    #[test]
    fn schedules_say_what_is_due_when() {
        let ticket = opened("INC:7");
        let deadlines =
            ticket.deadlines(&Terms::built_in(), &AnnouncedMarks::default(), ticket.opening.opened_at);
        let shown: Vec<String> = deadlines
            .iter()
            .map(|d| one_shot(&ticket.ticket_id, d))
            .map(|shot| format!("{} {} {}", shot.at, shot.name, shot.input))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        2026-06-03T10:05:01Z INC_7-acknowledge-target-9ae5b4c990f5 {"clock":"acknowledge","threshold":"target","ticket_id":"INC:7"}
        2026-06-03T10:07:30Z INC_7-acknowledge-50-cc831b6a6c66 {"clock":"acknowledge","threshold":"50","ticket_id":"INC:7"}
        2026-06-03T10:11:15Z INC_7-acknowledge-75-0720cbbc5cfd {"clock":"acknowledge","threshold":"75","ticket_id":"INC:7"}
        2026-06-03T10:13:30Z INC_7-acknowledge-90-e2a7bdd867cb {"clock":"acknowledge","threshold":"90","ticket_id":"INC:7"}
        2026-06-03T10:15:01Z INC_7-acknowledge-limit-6d6de259ae10 {"clock":"acknowledge","threshold":"limit","ticket_id":"INC:7"}
        2026-06-03T22:00:00Z INC_7-resolve-50-1c56d0d608d3 {"clock":"resolve","threshold":"50","ticket_id":"INC:7"}
        2026-06-04T04:00:00Z INC_7-resolve-75-aba767ae549a {"clock":"resolve","threshold":"75","ticket_id":"INC:7"}
        2026-06-04T07:36:00Z INC_7-resolve-90-5cbf4602714b {"clock":"resolve","threshold":"90","ticket_id":"INC:7"}
        2026-06-04T10:00:01Z INC_7-resolve-limit-ed2c56541747 {"clock":"resolve","threshold":"limit","ticket_id":"INC:7"}
        "#);
    }
}
