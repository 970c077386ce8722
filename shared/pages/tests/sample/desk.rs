//! Believable pages of the desk.

use std::collections::BTreeMap;

use events::change::ListedChange;
use events::command::CommandName;
use maud::Markup;
use pages::desk::{
    self, Changes, ClaimInReview, ClaimPage, CommandForm, CoveredMonth, CoveredService, CurrencyTotal,
    CustomerPage, Customers, Dispute, Draft, ExclusionPage, Exclusions, ExportFile, ExportRevision, Finding,
    InputSource, MaintenanceMonth, MonthLine, MonthPage, Months, OpenMonth, OpenService, Part, ProposalPage,
    Proposals, Quarantine, QuarantineLine, QuarantinedInput, Queue, ReplayLine, Reviews, Revision,
    ServicePage, TermsDifference, TermsPage, Trail, VerdictTotal, VoidPage, Voids, WaitingWork,
};
use pages::portal::{StatementLine, StatementPage};
use pages::{Failure, FieldError, Frame, Message, Section};
use serde_json::json;
use sla::availability::Verdict;
use sla::credit::Credit;
use sla::effect::Effect;
use sla::exclusion::{Exclusion, Maintenance, Ruling, Step};
use sla::proposal::Proposal;
use sla::service::Customer;
use sla::terms::{difference, lint};
use sla::void::Void;
use sla::{ProposalId, Service, Statement, Terms, Zone};

use super::{Sample, at, euros, month, of, seconds};

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

    fn desk_customer(&self) -> Customer {
        of(json!({
            "customer_id": "nordlicht", "name": self.say("Nordlicht Logistik GmbH"),
            "email": self.say("it@nordlicht.example"),
        }))
    }

    fn window(&self, id: &str, starts_at: &str, ends_at: &str, more: &serde_json::Value) -> Maintenance {
        let mut fields = json!({
            "window_id": id, "starts_at": starts_at, "ends_at": ends_at,
            "announced_at": "2026-06-10T08:00:00Z",
            "scope": { "services": ["nordlicht-00", "nordlicht-07"] },
            "reason": self.say("The fibre at Spandau is moved to its new duct."),
        });
        for (name, value) in more.as_object().unwrap() {
            fields[name] = value.clone();
        }
        of(fields)
    }

    fn windows(&self) -> Vec<Maintenance> {
        let cancelled = json!({ "cancelled_at": "2026-06-12T10:00:00Z", "scope": { "all": true } });
        vec![
            self.window("fibre-move", "2026-06-17T09:00:00Z", "2026-06-17T11:00:00Z", &json!({})),
            self.window("billing-move", "2026-06-21T00:30:00Z", "2026-06-21T00:45:00Z", &cancelled),
            self.maintenance(),
        ]
    }

    fn month_line(month: &str, closed: usize, export_revision: u32) -> MonthLine {
        MonthLine {
            month: month.parse().unwrap(),
            services: 1_204,
            closed,
            indeterminate: if closed > 1_000 { 3 } else { 0 },
            export_revision,
            is_invoiced: export_revision > 1,
            is_whole: export_revision != 1,
        }
    }

    fn desk_waiting(&self, busy: bool) -> Markup {
        let queue = |count, oldest: &str| Queue { count, is_capped: count > 99, oldest: Some(at(oldest)) };
        let view = if busy {
            WaitingWork {
                changes: queue(1, "2026-06-03T10:00:00Z"),
                exclusions: queue(2, "2026-06-04T09:00:00Z"),
                indeterminate: queue(3, "2026-06-02T00:00:00Z"),
                claims: queue(1, "2026-06-17T08:55:00Z"),
                disputes: queue(1, "2026-06-12T10:00:00Z"),
                quarantine: queue(100, "2026-06-17T09:29:40Z"),
                maintenance: self.windows().into_iter().filter(|w| w.cancelled_at.is_none()).collect(),
                month_end: Some(Self::month_line("2026-05", 1_187, 0)),
                ..WaitingWork::default()
            }
        } else {
            WaitingWork::default()
        };
        desk::waiting(&self.desk(Part::Waiting), &view)
    }

    fn desk_customers(&self) -> Markup {
        let silent: Customer = of(json!({ "customer_id": "hafen", "name": self.say("Hafen Rostock") }));
        let view = Customers {
            customers: vec![self.desk_customer(), silent],
            after: Some("hafen".parse().unwrap()),
        };
        let mut frame = self.desk(Part::Customers);
        frame.message = Some(Message::Done(self.say("Hafen Rostock is registered.")));
        desk::customers(&frame, &view)
    }

    fn desk_customer_page(&self) -> Markup {
        let ended = Service { terminated_at: Some(at("2026-06-01T00:00:00Z")), ..self.service(1) };
        let view = CustomerPage {
            customer: self.desk_customer(),
            services: vec![self.service(0), ended],
            after: Some("nordlicht-01".parse().unwrap()),
            topic_arn: None,
            trail: nothing_noted("customer:nordlicht"),
        };
        desk::customer(&self.desk(Part::Customers), &view)
    }

    fn desk_customer_erased(&self) -> Markup {
        let ended = Service { terminated_at: Some(at("2026-06-01T00:00:00Z")), ..self.service(1) };
        let view = CustomerPage {
            customer: self.desk_customer().erased(at("2026-06-15T09:00:00Z")),
            services: vec![ended],
            after: None,
            topic_arn: Some("arn:aws:sns:eu-central-1:000000000000:nines-customer-nordlicht".to_owned()),
            trail: nothing_noted("customer:nordlicht"),
        };
        desk::customer(&self.desk(Part::Customers), &view)
    }

    fn voids(&self) -> Vec<Void> {
        let void = |id: &str, more: serde_json::Value| {
            let mut fields = json!({
                "void_id": id, "service_id": "nordlicht-02", "probe": "munich-2",
                "starts_at": "2026-06-12T03:00:00Z", "ends_at": "2026-06-12T03:30:00Z",
                "raised_by": "m.keller",
                "evidence": self.say("The probe's own uplink was down: its switch says so."),
                "raised_at": "2026-06-13T09:00:00Z",
            });
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            of(fields)
        };
        let decision = json!({
            "by": "s.lorenz", "at": "2026-06-14T09:00:00Z", "note": self.say("The other probe saw it up."),
        });
        vec![
            void("munich-2-0612", json!({})),
            void("munich-2-0501", json!({ "ruling": "approve", "decision": decision })),
        ]
    }

    fn desk_service(&self) -> Markup {
        let change = json!([{ "from_month": "2026-08", "plan": "premium", "monthly_fee": euros(59_900) }]);
        let service = Service { changes: of(change), ..self.service(2) };
        let line = StatementLine {
            service_id: service.service_id.clone(),
            service_name: service.name.clone(),
            month: month("2026-05"),
            revision: 2,
            verdict: Verdict::Indeterminate,
            availability_pct: Some("99.9604".to_owned()),
            commitment_pct: "99.9900".to_owned(),
            credit: of(euros(0)),
        };
        let view = ServicePage {
            service,
            customer_name: self.desk_customer().name,
            probes: vec!["default".parse().unwrap(), "munich-2".parse().unwrap()],
            statements: vec![line],
            exclusions: self.exclusions(),
            voids: self.voids(),
            trail: self.trail("service:nordlicht-00", true),
        };
        desk::service(&self.desk(Part::Customers), &view)
    }

    /// Returns the statement of a month with too much unknown time for a verdict.
    fn indeterminate(&self) -> Statement {
        let seconds = seconds(2_669_400, 900, 3_600, 4_500);
        Statement {
            seconds,
            verdict: Verdict::Indeterminate,
            review: None,
            credit: Credit::compute(
                &Terms::built_in().credits,
                of(euros(49_900)),
                seconds,
                Verdict::Indeterminate,
            ),
            availability_pct: Some("99.9662".to_owned()),
            best_pct: Some("99.9663".to_owned()),
            worst_pct: Some("99.8316".to_owned()),
            ..self.statement()
        }
    }

    fn desk_statement(&self) -> Markup {
        let page = StatementPage {
            open_claims: Vec::new(),
            statement: self.indeterminate(),
            service_name: self.service(0).name,
            fee: of(euros(49_900)),
            credit_terms: Terms::built_in().credits,
            newest_revision: 2,
            revisions: vec![(1, Verdict::Breached)],
            entries: Vec::new(),
            claims: vec![self.claim("claim:2026-05:uptime:9f2c41d07ab3e655:1", "review", json!({}))],
        };
        let trail = nothing_noted("statement:nordlicht-00:2026-05");
        let view = desk::StatementPage { page, customer_name: self.desk_customer().name, trail };
        desk::statement(&self.desk(Part::Reviews), &view)
    }

    fn desk_maintenance(&self) -> Markup {
        let windows = self.windows();
        let view = MaintenanceMonth {
            month: month("2026-06"),
            earlier: Some(month("2026-05")),
            later: Some(month("2026-07")),
            under_way: windows.iter().take(1).cloned().collect(),
            windows,
        };
        desk::maintenance(&self.desk(Part::Maintenance), &view)
    }

    fn desk_exclusions(&self) -> Markup {
        let (decided, waiting): (Vec<Exclusion>, Vec<Exclusion>) =
            self.exclusions().into_iter().partition(|exclusion| exclusion.ruling.is_some());
        let view = Exclusions { reader: staff("m.keller"), waiting, decided, month: month("2026-06") };
        desk::exclusions(&self.desk(Part::Exclusions), &view)
    }

    /// Renders an exclusion for a given reader.
    fn desk_exclusion(&self, index: usize, reader: &str) -> Markup {
        let covered = CoveredService {
            service_id: "nordlicht-02".parse().unwrap(),
            service_name: self.service(2).name,
            customer_id: "nordlicht".parse().unwrap(),
            customer_name: self.desk_customer().name,
            time_zone: "Europe/Berlin".parse().unwrap(),
            down_s: Some(1_800),
            months: vec![
                CoveredMonth { month: month("2026-05"), closed: Some((2, Verdict::Breached)) },
                CoveredMonth { month: month("2026-06"), closed: None },
            ],
        };
        let mut exclusion = self.exclusions().swap_remove(index);
        exclusion.services.insert("hafen-01".parse().unwrap());
        let effect = exclusion.ruling.is_none().then(|| self.desk_effect());
        let trail = nothing_noted(&format!("exclusion:{}", exclusion.exclusion_id));
        let reader = staff(reader);
        let view = ExclusionPage { exclusion, reader, covered: vec![covered], effect, trail };
        desk::exclusion(&self.desk(Part::Exclusions), &view)
    }

    /// Returns the effect of excluding half an hour of a breached month, beside an open one.
    fn desk_effect(&self) -> Effect {
        let figures = |down_s: i64, availability_pct: &str, verdict: &str, minor: u64| {
            json!({
                "down_s": down_s, "excluded_s": 1_800 - down_s, "unknown_s": 60, "verdict": verdict,
                "availability_pct": availability_pct, "credit": euros(minor), "credit_max": euros(minor + 4),
                "credited": euros(minor),
            })
        };
        let month = |month: &str, is_open: bool, after: serde_json::Value| {
            json!({
                "service_id": "nordlicht-02", "customer_id": "nordlicht", "month": month, "is_open": is_open,
                "before": figures(1_800, "99.9327", "breached", 337), "after": after,
            })
        };
        of(json!({
            "months": [
                month("2026-05", false, figures(0, "100.0000", "met", 0)),
                month("2026-06", true, figures(1_800, "99.9327", "breached", 337)),
            ],
            "others": 2,
            "notices": ["availability.breach_withdrawn", "credit.reversed", "exclusion.decided"],
            "told": { "customers": ["nordlicht"] },
        }))
    }

    /// Returns the withdrawal of an exclusion, as it waits.
    fn desk_withdrawal(&self) -> Proposal {
        let change = json!({
            "command": "withdraw_exclusion", "exclusion_id": "spandau", "by": "m.keller",
            "note": self.say("The supplier has shown that its line was up."),
        });
        let id = ProposalId::nth("withdrawal", 0);
        let now = at("2026-06-17T09:00:00Z");
        Proposal::new(id, change, staff("m.keller"), self.desk_effect(), now)
    }

    fn desk_proposals(&self) -> Markup {
        let waiting = vec![self.desk_withdrawal(), self.desk_publication()];
        let view = Proposals { reader: staff("m.keller"), waiting, is_more: true };
        desk::proposals(&self.desk(Part::Waiting), &view)
    }

    fn desk_proposal(&self, reader: &str, now: &str) -> Markup {
        let frame = Frame { now: at(now), ..self.desk(Part::Waiting) };
        let (proposal, difference) = (self.desk_withdrawal(), Vec::new());
        desk::proposal(&frame, &ProposalPage { proposal, reader: staff(reader), difference })
    }

    /// Returns a publication of terms that waits, with what it would have cost.
    fn desk_publication(&self) -> Proposal {
        let cost = json!({
            "from": "2026-03", "to": "2026-05", "currency": "EUR", "statements": 600, "is_part": true,
            "stated_minor": 12_337, "supposed_minor": 4_210,
        });
        let effect = of(json!({
            "months": [], "notices": ["terms.announced"], "told": { "everyone": null }, "costs": [cost],
        }));
        let change = json!({ "publish_terms": Terms::built_in() });
        let now = at("2026-06-17T11:00:00Z");
        Proposal::new(ProposalId::nth("terms", 0), change, staff("s.lorenz"), effect, now)
    }

    fn desk_terms_proposed(&self) -> Markup {
        let rejected = Step {
            by: staff("m.keller"),
            note: self.say("The board has not agreed."),
            at: at("2026-06-18T08:00:00Z"),
        };
        let proposal = self.desk_publication().decide(Ruling::Reject, rejected).unwrap();
        let difference = vec!["Credit for every 1 % of downtime: 10 % → 5 % of the monthly fee".to_owned()];
        let view = ProposalPage { proposal, reader: staff("m.keller"), difference };
        desk::proposal(&self.desk(Part::Waiting), &view)
    }

    fn desk_voids(&self) -> Markup {
        let (decided, waiting): (Vec<Void>, Vec<Void>) =
            self.voids().into_iter().partition(|void| void.ruling.is_some());
        let view = Voids { reader: staff("s.lorenz"), waiting, decided, month: month("2026-06") };
        desk::voids(&self.desk(Part::Voids), &view)
    }

    fn desk_void(&self, index: usize, reader: &str) -> Markup {
        let void = self.voids().swap_remove(index);
        let effect = void.ruling.is_none().then(Effect::default);
        let view = VoidPage {
            void,
            reader: staff(reader),
            service_name: self.service(2).name,
            time_zone: "Europe/Berlin".parse().unwrap(),
            effect,
            trail: self.trail("void:munich-2-0612", false),
        };
        desk::void(&self.desk(Part::Voids), &view)
    }

    fn performance_claim(&self) -> sla::claim::Claim {
        let id = "claim:2026-05:performance:9f2c41d07ab3e655:1";
        self.claim(id, "review", json!({ "kind": "performance", "ticket_id": "T-1042" }))
    }

    fn desk_reviews(&self) -> Markup {
        let statement = self.indeterminate();
        let open = OpenMonth {
            service_id: statement.service_id.clone(),
            service_name: self.service(0).name,
            customer_name: self.desk_customer().name,
            month: statement.month,
            since: at("2026-06-02T00:00:00Z"),
            seconds: statement.seconds,
            commitment_pct: statement.commitment_pct.clone(),
            worst_pct: statement.worst_pct.clone(),
            best_pct: statement.best_pct.clone(),
            credit_max: of(euros(840)),
        };
        let claim = ClaimInReview {
            claim: self.performance_claim(),
            service_name: self.service(0).name,
            customer_name: self.desk_customer().name,
        };
        let finding = Finding {
            service_id: statement.service_id.clone(),
            service_name: self.service(0).name,
            customer_name: self.desk_customer().name,
            month: statement.month,
            since: at("2026-06-02T00:00:00Z"),
            missed: statement.missed().cloned().collect(),
            claim_id: None,
        };
        let dispute = Dispute {
            exclusion_id: "ddos-0609".parse().unwrap(),
            clause: sla::exclusion::Clause::CyberAttack,
            customer_id: "nordlicht".parse().unwrap(),
            customer_name: self.desk_customer().name,
            statement: self.say("Your second uplink should have taken over."),
            at: at("2026-06-12T10:00:00Z"),
        };
        let view = Reviews {
            indeterminate: vec![open],
            claims: vec![claim],
            performance: vec![finding],
            disputes: vec![dispute],
            is_capped: true,
        };
        desk::reviews(&self.desk(Part::Reviews), &view)
    }

    fn desk_claim(&self, decided: bool) -> Markup {
        let review = json!({
            "kind": "performance", "amount": euros(2_500), "decided_at": "2026-06-12T00:00:00Z",
            "statement_revision": 2, "review": {
                "amount": euros(2_500), "by": "m.keller", "at": "2026-06-12T00:00:00Z",
                "statement_revision": 2,
                "reason": self.say("Voice suffered for two days."),
            },
        });
        let id = "claim:2026-05:performance:9f2c41d07ab3e655:1";
        let entry = self.entry(
            "credit:2026-05:performance:9f2c41d07ab3e655:1",
            "approved",
            2_500,
            json!({ "kind": "performance", "billing_month": "2026-07" }),
        );
        let view = ClaimPage {
            claim: if decided { self.claim(id, "approved", review) } else { self.performance_claim() },
            service_name: self.service(0).name,
            time_zone: "Europe/Berlin".parse().unwrap(),
            customer_name: self.desk_customer().name,
            statement: Some(self.statement()),
            entries: if decided { vec![entry] } else { Vec::new() },
            left: Some(of(euros(48_981))),
            trail: nothing_noted(&format!("claim:{id}")),
        };
        desk::claim(&self.desk(Part::Reviews), &view)
    }

    fn quarantined(&self, source: InputSource, is_replayed: bool) -> QuarantineLine {
        let message = "status: `dwon` is not one of up, degraded, down, unknown: write one of them";
        QuarantineLine {
            quarantine_id: "9f2c41d07ab3e6554710aa01bb02cc03".parse().unwrap(),
            source,
            error: self.say(message),
            received_at: at("2026-06-17T09:29:40Z"),
            replayed_at: is_replayed.then(|| at("2026-06-17T09:30:00Z")),
        }
    }

    fn desk_quarantine(&self) -> Markup {
        let line = |source, is_replayed| self.quarantined(source, is_replayed);
        let view = Quarantine {
            inputs: vec![
                line(InputSource::Check, false),
                line(InputSource::TicketRecord, true),
                line(InputSource::Outbox, false),
            ],
            after: Some("9f2c41d07ab3e6554710aa01bb02cc03".parse().unwrap()),
        };
        desk::quarantine(&self.desk(Part::Quarantine), &view)
    }

    fn desk_quarantined(&self, is_whole: bool) -> Markup {
        let checked_at = at("2026-06-17T09:29:00Z");
        let payload = json!({ "service_id": "nordlicht-02", "checked_at": checked_at, "status": "dwon" });
        let payload = serde_json::to_string_pretty(&payload).unwrap();
        let source = if is_whole { InputSource::Check } else { InputSource::Record };
        let replay = |by: &str, changed_to: Option<&str>| ReplayLine {
            at: at("2026-06-17T09:30:00Z"),
            by: staff(by),
            content: sla::sha256_hex(by.as_bytes()),
            changed_to: changed_to.map(|text| self.say(text)),
            outcome: changed_to.map(|_| (1, 0)),
        };
        let view = QuarantinedInput {
            replays: if is_whole {
                vec![replay("ada", Some("{\n  \"status\": \"down\"\n}")), replay("grace", None)]
            } else {
                Vec::new()
            },
            line: self.quarantined(source, false),
            length: if is_whole { 91 } else { 412_003 },
            sha256: sla::sha256_hex(payload.as_bytes()),
            is_whole,
            payload: self.say(&payload),
            trail: nothing_noted("quarantine:q-1"),
        };
        desk::quarantined(&self.desk(Part::Quarantine), &view)
    }

    fn coming() -> Terms {
        let mut coming = Terms { revision: 2, effective_from: month("2026-08"), ..Terms::built_in() };
        coming.plans.premium.commitment_ppm = 999_700;
        coming
    }

    fn desk_terms(&self) -> Markup {
        let (in_force, coming) = (Terms::built_in(), Self::coming());
        let revision = |terms: &Terms| Revision {
            revision: terms.revision,
            effective_from: terms.effective_from,
            digest: terms.digest().unwrap(),
        };
        let view = TermsPage {
            revisions: vec![revision(&coming), revision(&in_force)],
            in_force,
            coming: vec![coming],
            first_possible: month("2026-09"),
            trail: nothing_noted("terms:infopromo-sla"),
        };
        desk::terms(&self.desk(Part::Terms), &view)
    }

    fn desk_draft(&self, is_refused: bool) -> Markup {
        let mut draft = Self::coming();
        if is_refused {
            draft.credits.rate_pct = -1;
        }
        let mut findings = lint(&draft);
        findings.iter_mut().for_each(|finding| finding.message = self.say(&finding.message));
        let changes = difference(&Terms::built_in(), &draft);
        let view = Draft {
            document: self.say("terms_id = \"infopromo-sla\"\nrevision = 2\neffective_from = \"2026-08\"\n"),
            is_checked: true,
            names: Some((draft.revision, draft.effective_from)),
            findings,
            difference: Some(TermsDifference { against: 1, changes }),
        };
        desk::terms_draft(&self.desk(Part::Terms), &view)
    }

    fn desk_first_draft(&self) -> Markup {
        let document = sla::terms::BUILT_IN_DOCUMENT.lines().take(6).collect::<Vec<_>>().join("\n");
        desk::terms_draft(&self.desk(Part::Terms), &Draft { document, ..Draft::default() })
    }

    fn desk_months(&self) -> Markup {
        let line = Self::month_line;
        let view = Months {
            months: vec![line("2026-05", 1_187, 0), line("2026-04", 1_204, 1), line("2026-03", 1_204, 3)],
            after: Some(month("2026-03")),
        };
        desk::months(&self.desk(Part::Months), &view)
    }

    fn desk_month(&self, is_closed: bool) -> Markup {
        let total = |verdict, statements, worth: &[u64]| VerdictTotal {
            verdict,
            statements,
            worth: worth.iter().map(|minor| of(euros(*minor))).collect(),
        };
        let file = |name: &str, rows| ExportFile {
            name: name.to_owned(),
            rows,
            sha256: sla::sha256_hex(name.as_bytes()),
        };
        let export = |revision, manifest_sha256: Option<String>| ExportRevision {
            revision,
            frozen_at: at("2026-06-02T03:00:00Z"),
            manifest_sha256,
            files: vec![file("credits.csv", Some(14)), file("manifest.json", None)],
        };
        let open = OpenService {
            service_id: "nordlicht-02".parse().unwrap(),
            service_name: self.service(2).name,
            closes_at: at("2026-06-01T22:00:00Z"),
            time_zone: "Europe/Berlin".parse().unwrap(),
        };
        let exports = vec![export(1, Some(sla::sha256_hex(b"manifest"))), export(2, None)];
        let view = MonthPage {
            line: Self::month_line("2026-05", if is_closed { 1_204 } else { 1_187 }, u32::from(is_closed)),
            earlier: Some(month("2026-04")),
            later: None,
            open: if is_closed { Vec::new() } else { vec![open] },
            totals: vec![
                total(Verdict::Met, 1_170, &[]),
                total(Verdict::Breached, 14, &[229_896]),
                total(Verdict::Indeterminate, 3, &[]),
            ],
            entered: vec![CurrencyTotal {
                payable_minor: 182_004,
                lapsed_minor: 47_892,
                currency: "EUR".parse().unwrap(),
            }],
            exports: if is_closed { exports } else { Vec::new() },
            invoiced_to: Some(month("2026-04")),
            trail: nothing_noted("month:2026-05"),
        };
        desk::month(&self.desk(Part::Months), &view)
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
            ("terms", self.desk_terms()),
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
            ("error", self.desk_error()),
            ("sign_in", self.desk_sign_in()),
        ];
        let commands = CommandName::ALL.iter().filter(|command| command.changes());
        let forms = commands.map(|command| (format!("form_{}", command.as_str()), self.desk_form(*command)));
        pages.map(|(name, page)| (name.to_owned(), page)).into_iter().chain(forms).collect()
    }
}
