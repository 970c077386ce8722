//! Pages of months and their exports.

use maud::Markup;
use pages::desk::{
    self, CurrencyTotal, ExportFile, ExportRevision, MonthFruits, MonthLine, MonthPage, Months, OpenService,
    Part, VerdictTotal,
};
use sla::availability::Verdict;

use super::super::{Sample, at, euros, month, of};
use super::nothing_noted;

impl Sample {
    pub(super) fn month_line(month: &str, closed: usize, export_revision: u32) -> MonthLine {
        MonthLine {
            month: month.parse().unwrap(),
            services: 1_204,
            closed,
            indeterminate: if closed > 1_000 { 3 } else { 0 },
            fruits: Self::fruits(month, export_revision),
            is_whole: export_revision != 1,
        }
    }

    pub(super) fn fruits(month: &str, export_revision: u32) -> MonthFruits {
        MonthFruits { month: month.parse().unwrap(), export_revision, is_invoiced: export_revision > 1 }
    }

    pub(super) fn desk_months(&self) -> Markup {
        let line = Self::month_line;
        let view = Months {
            months: vec![line("2026-05", 1_187, 0), line("2026-04", 1_204, 1), line("2026-03", 1_204, 3)],
            after: Some(month("2026-03")),
        };
        desk::months(&self.desk(Part::Months), &view)
    }

    pub(super) fn desk_month(&self, is_closed: bool) -> Markup {
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
}
