//! Believable pages of the desk.

mod imports;
mod months;
mod proposals;
mod quarantine;
mod reviews;
mod services;
mod sources;
mod targets;
mod terms;
mod tickets;

use super::{Sample, at, of};
use events::change::ListedChange;
use events::command::{CommandName, Subject};
use events::search::Number;
use maud::Markup;
use pages::desk::{
    self, Changes, CommandForm, FieldChoice, FirstSteps, Part, Queue, RoleView, Show, Trail, WaitingWork,
};
use pages::{Failure, FieldError, Frame, SearchHit, SearchPage, Section};
use serde_json::json;
use sla::Zone;
use std::collections::BTreeMap;

fn staff(id: &str) -> sla::id::StaffId {
    id.parse().unwrap()
}

fn error(field: &str, text: &str) -> FieldError {
    FieldError { field: field.to_owned(), text: text.to_owned() }
}

fn values<const N: usize>(values: [(&str, &str); N]) -> BTreeMap<String, String> {
    values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn nothing_noted(object: &str) -> Trail {
    Trail { object: object.parse().unwrap(), latest: Vec::new(), is_more: false }
}

impl Sample {
    /// Returns changes by a person at the desk and by an invocation.
    fn noted(&self, object: &str) -> Vec<ListedChange> {
        let named = json!({
            "change_id": "2026-06-14T09:00:00Z:00", "at": "2026-06-14T09:00:00Z", "by": "s.lorenz",
            "via": "desk", "act": "void_checks", "object": object, "details": {
                "void_id": "munich-2-0612", "service_id": "nordlicht-02", "probe": "munich-2",
                "starts_at": "2026-06-12T03:00:00Z",
            },
        });
        let direct = json!({
            "change_id": "2026-06-13T09:00:00Z:00", "at": "2026-06-13T09:00:00Z", "by": "direct",
            "via": "direct", "request_id": "8f5c-11", "act": "change_service", "object": object,
            "details": { "monthly_fee": { "minor": 49_900, "currency": "EUR" }, "from_month": "2026-07" },
        });
        vec![
            ListedChange { change: of(named), by_name: Some(self.say("Sabine Lorenz")) },
            ListedChange { change: of(direct), by_name: None },
        ]
    }

    fn trail(&self, object: &str, is_more: bool) -> Trail {
        Trail { latest: self.noted(object), is_more, ..nothing_noted(object) }
    }

    fn found(&self, kind: Subject, id: &str, name: Option<&str>, of: Option<&str>) -> SearchHit {
        SearchHit {
            kind,
            id: id.to_owned(),
            number: Number::of(kind, id).short().to_owned(),
            name: name.map(|name| self.say(name)),
            customer_name: of.map(|name| self.say(name)),
            address: desk::found_at(kind, id, Some("2026-06".parse().unwrap())),
        }
    }

    fn desk_several(&self) -> Markup {
        let choice = |id: &str, name: &str| FieldChoice {
            field: "service_id".to_owned(),
            value: id.to_owned(),
            kind: Subject::Service,
            id: id.to_owned(),
            name: self.say(name),
            customer_name: Some(self.say("Hafen Rostock")),
        };
        let typed = values([("void_id", "v-1"), ("service_id", "hafen"), ("probe", "munich-2")]);
        let form = CommandForm {
            values: typed,
            errors: vec![error("service_id", "`hafen` fits several: choose one of them.")],
            choices: vec![choice("hafen-01", "Hafen: Internet"), choice("hafen-02", "Hafen: Telephony")],
            ..CommandForm::with(CommandName::VoidChecks, [])
        };
        desk::command_page(&self.desk(Part::Voids), &form)
    }

    fn desk_reviewed(&self) -> Markup {
        let month = |id: &str, outcome| desk::ReviewedMonth {
            service_id: id.parse().unwrap(),
            month: "2026-05".parse().unwrap(),
            outcome,
        };
        let refused =
            Err(self.say("month: `hafen-03` met its promise in 2026-05: nothing is to be reviewed"));
        let outcomes = vec![
            month("hafen-01", Ok(None)),
            month("hafen-02", Ok(Some("C-0c64a1b9".to_owned()))),
            month("hafen-03", refused),
        ];
        desk::reviewed(&self.desk(Part::Reviews), &desk::ReviewedMonths { outcomes })
    }

    fn desk_search(&self, is_found: bool) -> Markup {
        let hits = vec![
            self.found(Subject::Customer, "hafen", Some("Hafen Rostock"), None),
            self.found(Subject::Service, "hafen-01", Some("Hafen: Internet"), Some("Hafen Rostock")),
            self.found(
                Subject::Claim,
                "claim:2026-05:uptime:0c64a1b9e7d2f350:1",
                None,
                Some("Hafen Rostock"),
            ),
            self.found(Subject::Maintenance, "M-2026-06-01", Some("New switches in the harbour"), None),
        ];
        let hits = if is_found { hits } else { Vec::new() };
        let view = SearchPage { words: self.say("hafen"), is_more: is_found, hits };
        pages::search(&self.desk(Part::Elsewhere), &view)
    }

    fn desk_changes(&self, is_of_person: bool) -> Markup {
        let text = |text: &str| text.to_owned();
        let view = match is_of_person {
            true => Changes {
                person: self.say("s.lorenz"),
                changes: ["statement:nordlicht-02:2026-05", "ticket:T-1"]
                    .into_iter()
                    .filter_map(|object| self.noted(object).into_iter().next())
                    .collect(),
                ..Changes::default()
            },
            false => Changes {
                kind: text("statement"),
                id: text("nordlicht-02:2026-05"),
                changes: self.noted("statement:nordlicht-02:2026-05"),
                after: Some("2026-06-13T09:00:00Z:00".parse().unwrap()),
                ..Changes::default()
            },
        };
        desk::changes(&self.desk(Part::Changes), &view)
    }

    fn desk(&self, part: Part) -> Frame {
        let mut frame = Frame { zone: Zone::UTC, ..self.frame(Section::Desk(part)) };
        if let Some(signed_in) = &mut frame.signed_in {
            "Staff".clone_into(&mut signed_in.customer_name);
            signed_in.label = self.say("sabine.lorenz@infopromo.example");
        }
        frame
    }

    fn desk_waiting(&self, busy: bool) -> Markup {
        let queue = |count, oldest: &str| Queue { count, is_capped: count > 99, oldest: Some(at(oldest)) };
        let view = if busy {
            WaitingWork {
                now: desk::ServicesNow { lines: self.troubled(), is_capped: true },
                unacknowledged: queue(2, "2026-06-17T09:20:00Z"),
                changes: queue(1, "2026-06-03T10:00:00Z"),
                exclusions: queue(2, "2026-06-04T09:00:00Z"),
                indeterminate: queue(3, "2026-06-02T00:00:00Z"),
                claims: queue(1, "2026-06-17T08:55:00Z"),
                disputes: queue(1, "2026-06-12T10:00:00Z"),
                quarantine: queue(100, "2026-06-17T09:29:40Z"),
                maintenance: self.windows().into_iter().filter(|w| w.cancelled_at.is_none()).collect(),
                month_end: Some(Self::fruits("2026-05", 0)),
                unstaffed: vec!["duty manager".to_owned()],
                ..WaitingWork::default()
            }
        } else {
            let steps = FirstSteps { customer: Some("nordlicht".parse().unwrap()), service: None };
            WaitingWork { first_steps: Some(steps), ..WaitingWork::default() }
        };
        desk::waiting(&self.desk(Part::Waiting), &view)
    }

    fn desk_roles(&self) -> Markup {
        let people: Vec<sla::duty::DutyPerson> = of(json!([
            { "name": self.say("Ada Lovelace"), "address": "ada@example.com",
              "hours": "mon-fri 08:00-18:00 Europe/Berlin" },
            { "name": self.say("Bob"), "address": "+4930123456", "hours": "sat-sun 00:00-24:00 UTC" },
        ]));
        let role = |name: &str, is_named, people: Vec<sla::duty::DutyPerson>, at| RoleView {
            role: self.say(name),
            is_named,
            reaches: events::notice::EscalatedTo::of(&people, at),
            people,
        };
        let roles = [
            role("team lead", true, people.clone(), at("2026-06-17T09:30:00Z")),
            role("duty manager", true, Vec::new(), at("2026-06-17T09:30:00Z")),
            role("night watch", false, people, at("2026-06-17T20:30:00Z")),
        ];
        desk::roles(&self.desk(Part::Roles), &roles)
    }

    /// Renders the form of a command without values.
    pub fn desk_form(&self, command: CommandName) -> Markup {
        desk::command_page(&self.desk(Part::Elsewhere), &CommandForm::with(command, []))
    }

    fn desk_raise(&self) -> Markup {
        let mut form = CommandForm {
            command: CommandName::RaiseExclusion,
            values: values([
                ("exclusion_id", "excl-20260617-0930"),
                ("services", "nordlicht-00\nnordlicht-02"),
                ("clause", "third_party"),
                ("starts_at", "2026-06-17T02:00"),
                ("ends_at", "2026-06-18T02:00"),
            ]),
            errors: vec![
                error("ends_at", "2026-06-18T02:00:00Z lies after now: exclusions are raised for the past"),
                error("evidence", &self.say("Say what shows that the clause applies")),
                error("services[1]", "`nordlicht-02` is not known: leave it out"),
            ],
            choices: Vec::new(),
        };
        form.values.insert("evidence".to_owned(), self.say("  "));
        desk::command_page(&self.desk(Part::Exclusions), &form)
    }

    fn desk_decide_refused(&self) -> Markup {
        let mut form = CommandForm {
            command: CommandName::DecideExclusion,
            values: values([("exclusion_id", "ddos-0609"), ("decision", "approve")]),
            errors: vec![error(
                "decided_by",
                "`s.lorenz` raised the exclusion: another person must decide it",
            )],
            choices: Vec::new(),
        };
        form.values.insert("note".to_owned(), self.say("The carrier confirms it."));
        desk::command_page(&self.desk(Part::Exclusions), &form)
    }

    fn desk_announce_refused(&self) -> Markup {
        let mut form = CommandForm {
            command: CommandName::AnnounceMaintenance,
            values: values([
                ("window_id", "mw-20260617"),
                ("scope_kind", "region"),
                ("region", "eu-central"),
            ]),
            errors: vec![error("scope", "Say which services, which region, or all")],
            choices: Vec::new(),
        };
        form.values.insert("reason".to_owned(), self.say("A router is replaced."));
        desk::command_page(&self.desk(Part::Maintenance), &form)
    }

    fn desk_error(&self) -> Markup {
        let view = Failure {
            status: 404,
            title: "There is no such exclusion".to_owned(),
            what_to_do: self.say("Check the id."),
        };
        pages::error(&self.desk(Part::Elsewhere), &view)
    }

    fn desk_sign_in(&self) -> Markup {
        let frame = Frame { signed_in: None, ..self.desk(Part::Elsewhere) };
        desk::sign_in(&frame, "/sign-in")
    }

    /// Returns every page of the desk by its file name.
    pub fn desk_pages(&self) -> Vec<(String, Markup)> {
        let pages = [
            ("waiting", self.desk_waiting(true)),
            ("waiting_idle", self.desk_waiting(false)),
            ("tickets", self.desk_tickets(Show::All)),
            ("tickets_resolved", self.desk_tickets(Show::Resolved)),
            ("tickets_none", self.desk_tickets(Show::Mine)),
            ("ticket", self.desk_ticket(true)),
            ("ticket_finance", self.desk_ticket(false)),
            ("customers", self.desk_customers()),
            ("customer", self.desk_customer_page()),
            ("customer_erased", self.desk_customer_erased()),
            ("service", self.desk_service()),
            ("statement", self.desk_statement()),
            ("maintenance", self.desk_maintenance()),
            ("exclusions", self.desk_exclusions()),
            ("exclusion", self.desk_exclusion(1, "s.lorenz")),
            ("exclusion_own", self.desk_exclusion(1, "m.keller")),
            ("exclusion_decided", self.desk_exclusion(0, "s.lorenz")),
            ("proposals", self.desk_proposals()),
            ("proposal", self.desk_proposal("s.lorenz", "2026-06-18T09:00:00Z")),
            ("proposal_own", self.desk_proposal("M.Keller", "2026-06-18T09:00:00Z")),
            ("proposal_lapsed", self.desk_proposal("s.lorenz", "2026-07-01T09:00:00Z")),
            ("proposal_rejected", self.desk_terms_proposed()),
            ("roles", self.desk_roles()),
            ("voids", self.desk_voids()),
            ("void", self.desk_void(0, "s.lorenz")),
            ("void_own", self.desk_void(0, "m.keller")),
            ("void_decided", self.desk_void(1, "m.keller")),
            ("reviews", self.desk_reviews()),
            ("claim", self.desk_claim(false)),
            ("claim_decided", self.desk_claim(true)),
            ("quarantine", self.desk_quarantine()),
            ("quarantined", self.desk_quarantined(true)),
            ("quarantined_part", self.desk_quarantined(false)),
            ("sources", self.desk_sources()),
            ("sources_none", self.desk_no_source()),
            ("source", self.desk_source()),
            ("source_refused", self.desk_source_refused()),
            ("source_removed", self.desk_source_removed()),
            ("source_of_tickets", self.desk_source_of_tickets()),
            ("services", self.desk_services(None)),
            ("services_at_risk", self.desk_services(Some(desk::Trouble::AtRisk))),
            ("targets", self.desk_targets()),
            ("targets_none", self.desk_no_target()),
            ("target", self.desk_target()),
            ("target_removed", self.desk_target_removed()),
            ("target_new", self.desk_new_target()),
            ("trial", self.desk_trial()),
            ("trial_none", self.desk_no_trial()),
            ("terms", self.desk_terms()),
            ("import_first", self.desk_import_first()),
            ("import_found", self.desk_import_found(false)),
            ("import_refused", self.desk_import_found(true)),
            ("import", self.desk_import()),
            ("terms_draft_first", self.desk_first_draft()),
            ("terms_draft", self.desk_draft(false)),
            ("terms_draft_refused", self.desk_draft(true)),
            ("months", self.desk_months()),
            ("month", self.desk_month(false)),
            ("month_closed", self.desk_month(true)),
            ("raise_refused", self.desk_raise()),
            ("decide_refused", self.desk_decide_refused()),
            ("changes", self.desk_changes(false)),
            ("changes_of_person", self.desk_changes(true)),
            ("announce_refused", self.desk_announce_refused()),
        ];
        let commands = CommandName::ALL.iter().filter(|command| command.changes());
        let forms = commands.map(|command| (format!("form_{}", command.as_str()), self.desk_form(*command)));
        let pages = pages.into_iter().chain(self.desk_found());
        pages.map(|(name, page)| (name.to_owned(), page)).chain(forms).collect()
    }

    /// Returns the pages of what was found, chosen and decided at once, and those of no part.
    fn desk_found(&self) -> [(&'static str, Markup); 6] {
        [
            ("search", self.desk_search(true)),
            ("search_nothing", self.desk_search(false)),
            ("form_several", self.desk_several()),
            ("reviewed", self.desk_reviewed()),
            ("error", self.desk_error()),
            ("sign_in", self.desk_sign_in()),
        ]
    }
}
