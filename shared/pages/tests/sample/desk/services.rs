//! Pages of customers and services, with what takes time out of their months.

use maud::Markup;
use pages::Message;
use pages::desk::{
    self, CoveredMonth, CoveredService, CustomerPage, Customers, ExclusionPage, Exclusions, MaintenanceMonth,
    MonthSoFar, Part, ServiceLine, ServicePage, Services, Trouble, VoidPage, Voids,
};
use pages::portal::StatementLine;
use serde_json::json;
use sla::Service;
use sla::assessment::Troubles;
use sla::availability::Verdict;
use sla::effect::Effect;
use sla::exclusion::{Exclusion, Maintenance};
use sla::service::Customer;
use sla::void::Void;

use super::super::{Sample, at, euros, month, of};
use super::{nothing_noted, staff};

impl Sample {
    pub(super) fn desk_customer(&self) -> Customer {
        of(json!({
            "customer_id": "nordlicht", "name": self.say("Nordlicht Logistik GmbH"),
            "email": self.say("it@nordlicht.example"),
        }))
    }

    pub(super) fn desk_customers(&self) -> Markup {
        let silent: Customer = of(json!({ "customer_id": "hafen", "name": self.say("Hafen Rostock") }));
        let view = Customers {
            services: [(self.desk_customer().customer_id, 12)].into(),
            customers: vec![self.desk_customer(), silent],
            after: Some("hafen".parse().unwrap()),
        };
        let mut frame = self.desk(Part::Customers);
        frame.message = Some(Message::Done(self.say("Hafen Rostock is registered.")));
        desk::customers(&frame, &view)
    }

    pub(super) fn desk_customer_page(&self) -> Markup {
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

    pub(super) fn desk_customer_erased(&self) -> Markup {
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

    /// Services in trouble: each kind, and more of one than the first page lists.
    pub(super) fn troubled(&self) -> Vec<ServiceLine> {
        let months = || ["2026-06".parse().unwrap()].into();
        let down = Troubles { down_since: Some(at("2026-06-17T09:12:00Z")), ..Troubles::default() };
        let all = Troubles {
            down_since: Some(at("2026-06-16T22:00:00Z")),
            silent_since: Some(at("2026-06-17T09:00:00Z")),
            breached: months(),
            ..Troubles::default()
        };
        let at_risk = Troubles { at_risk: months(), ..Troubles::default() };
        let troubles = [all, at_risk].into_iter().chain(std::iter::repeat_n(down, 9));
        let line = |(troubles, nth)| ServiceLine { service: self.service(nth), troubles };
        troubles.zip(0..).map(line).collect()
    }

    pub(super) fn desk_services(&self, show: Option<Trouble>) -> Markup {
        let mut lines = self.troubled();
        lines.retain(|line| show.is_none_or(|show| show.is_of(&line.troubles)));
        lines.truncate(4);
        let quiet = ServiceLine { service: self.service(7), troubles: Troubles::default() };
        lines.extend(show.is_none().then_some(quiet));
        let view = Services { show, lines, after: Some("nordlicht-07".parse().unwrap()) };
        desk::services(&self.desk(Part::Services), &view)
    }

    pub(super) fn desk_service(&self) -> Markup {
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
        let of_month = self.service_month();
        let so_far = MonthSoFar {
            month: of_month.month,
            state: of_month.state,
            since: of_month.since,
            seconds: of_month.seconds,
            allowance: of_month.allowance,
            combined: of_month.combined,
            union: of_month.union,
            outages: of_month.outages,
        };
        let view = ServicePage {
            service,
            month: so_far,
            customer_name: self.desk_customer().name,
            probes: vec!["default".parse().unwrap(), "munich-2".parse().unwrap()],
            targets: 2,
            statements: vec![line],
            exclusions: self.exclusions(),
            voids: self.voids(),
            trail: self.trail("service:nordlicht-00", true),
        };
        desk::service(&self.desk(Part::Services), &view)
    }

    pub(super) fn window(
        &self,
        id: &str,
        starts_at: &str,
        ends_at: &str,
        more: &serde_json::Value,
    ) -> Maintenance {
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

    pub(super) fn windows(&self) -> Vec<Maintenance> {
        let cancelled = json!({ "cancelled_at": "2026-06-12T10:00:00Z", "scope": { "all": true } });
        vec![
            self.window("fibre-move", "2026-06-17T09:00:00Z", "2026-06-17T11:00:00Z", &json!({})),
            self.window("billing-move", "2026-06-21T00:30:00Z", "2026-06-21T00:45:00Z", &cancelled),
            self.maintenance(),
        ]
    }

    pub(super) fn desk_maintenance(&self) -> Markup {
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

    pub(super) fn desk_exclusions(&self) -> Markup {
        let (decided, waiting): (Vec<Exclusion>, Vec<Exclusion>) =
            self.exclusions().into_iter().partition(|exclusion| exclusion.ruling.is_some());
        let view = Exclusions { reader: staff("m.keller"), waiting, decided, month: month("2026-06") };
        desk::exclusions(&self.desk(Part::Exclusions), &view)
    }

    /// Renders an exclusion for a given reader.
    pub(super) fn desk_exclusion(&self, index: usize, reader: &str) -> Markup {
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

    pub(super) fn voids(&self) -> Vec<Void> {
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

    pub(super) fn desk_voids(&self) -> Markup {
        let (decided, waiting): (Vec<Void>, Vec<Void>) =
            self.voids().into_iter().partition(|void| void.ruling.is_some());
        let view = Voids { reader: staff("s.lorenz"), waiting, decided, month: month("2026-06") };
        desk::voids(&self.desk(Part::Voids), &view)
    }

    pub(super) fn desk_void(&self, index: usize, reader: &str) -> Markup {
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
}
