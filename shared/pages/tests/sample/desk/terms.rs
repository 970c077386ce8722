//! Pages of the terms and their drafts.

use maud::Markup;
use pages::desk::{self, Draft, Part, Revision, TermsDifference, TermsPage};
use sla::Terms;
use sla::terms::{difference, lint};

use super::super::{Sample, month};
use super::nothing_noted;

impl Sample {
    pub(super) fn coming() -> Terms {
        let mut coming = Terms { revision: 2, effective_from: month("2026-08"), ..Terms::built_in() };
        coming.plans.premium.commitment_ppm = 999_700;
        coming
    }

    pub(super) fn desk_terms(&self) -> Markup {
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

    pub(super) fn desk_draft(&self, is_refused: bool) -> Markup {
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

    pub(super) fn desk_first_draft(&self) -> Markup {
        let document = sla::terms::BUILT_IN_DOCUMENT.lines().take(6).collect::<Vec<_>>().join("\n");
        desk::terms_draft(&self.desk(Part::Terms), &Draft { document, ..Draft::default() })
    }
}
