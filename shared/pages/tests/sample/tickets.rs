//! Pages about tickets.

use maud::Markup;
use pages::portal::{TicketForm, TicketLine, TicketPage, TicketValues, Tickets};
use pages::{FieldError, Frame, Section};
use serde_json::{Value, json};
use sla::Terms;
use sla::ticket::{Effect, Ticket, TicketEvent};

use super::{Sample, at, now, of};

impl Sample {
    pub(super) fn events(&self, ticket_id: &str, kinds: &[(&str, &str, Value)]) -> Vec<TicketEvent> {
        let event = |(index, (kind, at, more)): (usize, &(&str, &str, Value))| {
            let mut fields = json!({
                "event_id": format!("e{index}"), "ticket_id": ticket_id, "kind": kind, "occurred_at": at,
            });
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            of(fields)
        };
        kinds.iter().enumerate().map(event).collect()
    }

    fn notes(&self) -> Value {
        json!({
            "note": self.say("Which lamps of the router are red?\nA picture will do."),
            "internal_note": self.say("The carrier in Spandau does not pick up."),
        })
    }

    pub(super) fn opened(&self, level: u8, title: &str) -> Value {
        json!({
            "customer_id": "nordlicht", "service_id": "nordlicht-02", "level": level, "channel": "portal",
            "title": self.say(title), "links_to": "T-1007",
            "description": self.say("Since 11:04 nobody in Munich can reach the data centre.\n\nTried: \
                 restarted the router."),
        })
    }

    pub(super) fn ticket_page(&self) -> TicketPage {
        let events = self.events(
            "T-1042",
            &[
                ("opened", "2026-06-17T09:06:00Z", self.opened(2, "Munich office is offline")),
                ("acknowledged", "2026-06-17T09:11:30Z", json!({})),
                ("level_changed", "2026-06-17T09:14:00Z", json!({ "level": 1, "reason": "misclassified" })),
                ("waiting_on_customer", "2026-06-17T09:20:00Z", self.notes()),
                ("acknowledged", "2026-06-17T09:22:00Z", json!({})),
            ],
        );
        let folded = Ticket::fold(&events, &Terms::built_in()).unwrap();
        let effect = |event: TicketEvent| {
            let effect = folded.effects.get(&event.event_id).cloned().unwrap_or(Effect::Effective);
            (event, effect)
        };
        TicketPage {
            service: Some((self.service(2).service_id, self.service(2).name)),
            events: events.into_iter().map(effect).collect(),
            ticket: folded.ticket,
            backdated_count: 0,
            reopen_until: None,
            key: "9f2c".to_owned(),
        }
    }

    pub(super) fn unanswered(&self) -> Ticket {
        let opened = self.opened(3, "How do I add a number?");
        let events = self.events("T-1050", &[("opened", "2026-06-17T09:06:00Z", opened)]);
        Ticket::fold(&events, &Terms::built_in()).unwrap().ticket
    }

    pub(super) fn resolved(&self) -> Ticket {
        let events = self.events(
            "T-1007",
            &[
                ("opened", "2026-06-14T07:00:00Z", self.opened(3, "How do I add a number?")),
                ("acknowledged", "2026-06-14T07:44:00Z", json!({})),
                ("resolved", "2026-06-14T09:00:00Z", json!({})),
                ("reopened", "2026-06-15T09:00:00Z", json!({})),
                ("resolved", "2026-06-15T10:00:00Z", json!({})),
            ],
        );
        Ticket::fold(&events, &Terms::built_in()).unwrap().ticket
    }

    pub fn tickets(&self) -> Markup {
        let line = |ticket| TicketLine { ticket, service_name: Some(self.service(2).name) };
        let view = Tickets { tickets: vec![line(self.ticket_page().ticket), line(self.resolved())] };
        pages::portal::tickets(&self.frame(Section::Tickets), &view)
    }

    pub fn ticket(&self) -> Markup {
        pages::portal::ticket(&self.frame(Section::Tickets), &self.ticket_page())
    }

    pub fn ticket_state(&self) -> Markup {
        pages::portal::ticket_state(&self.frame(Section::Tickets), &self.ticket_page())
    }

    /// Returns the tag of the live part `later_s` seconds later.
    pub fn ticket_state_tag(&self, later_s: i64) -> String {
        let frame = Frame { now: now().plus_s(later_s), ..self.frame(Section::Tickets) };
        pages::portal::ticket_state_tag(&frame, &self.ticket_page())
    }

    pub fn resolved_ticket(&self) -> Markup {
        let view = TicketPage {
            ticket: self.resolved(),
            events: Vec::new(),
            backdated_count: 1,
            reopen_until: Some(at("2026-06-22T10:00:00Z")),
            ..self.ticket_page()
        };
        pages::portal::ticket(&self.frame(Section::Tickets), &view)
    }

    pub fn ticket_form(&self, refused: bool) -> Markup {
        let error = |field: &str, text: &str| FieldError { field: field.to_owned(), text: text.to_owned() };
        let errors = if refused {
            vec![
                error("level", "Choose how urgent it is"),
                error("title", "Say in a line what is wrong"),
                error("key", &self.say("The form is too old: send it again")),
            ]
        } else {
            Vec::new()
        };
        let values = TicketValues {
            service_id: if refused { "nordlicht-02".to_owned() } else { String::new() },
            description: if refused {
                self.say("Nobody in Munich can reach the data centre.")
            } else {
                String::new()
            },
            title: if self.text.is_some() { self.say("") } else { String::new() },
            ..TicketValues::default()
        };
        let levels = Terms::built_in().levels;
        let view = TicketForm { key: "9f2c".to_owned(), services: self.choices(), levels, values, errors };
        pages::portal::ticket_form(&self.frame(Section::Tickets), &view)
    }
}
