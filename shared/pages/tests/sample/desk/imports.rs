//! Pages of a file to import and of an import.

use events::import::{CellError, Registrations};
use maud::Markup;
use pages::desk::{self, ImportDraft, ImportFindings, ImportPage, Part};

use super::super::Sample;

impl Sample {
    fn file(&self) -> ImportDraft {
        let csv = include_str!("../../../../../infra/handbook/services.csv");
        ImportDraft { csv: self.say(csv), ..ImportDraft::default() }
    }

    fn read(&self) -> Registrations {
        let csv = include_str!("../../../../../infra/handbook/services.csv");
        Registrations::read(csv)
    }

    pub(super) fn desk_import_first(&self) -> Markup {
        desk::import_draft(&self.desk(Part::Customers), &ImportDraft::default())
    }

    pub(super) fn desk_import_found(&self, is_refused: bool) -> Markup {
        let read = self.read();
        let error = CellError {
            line: 3,
            column: "plan".to_owned(),
            value: self.say("gold"),
            error: self.say("unknown variant `gold`, expected one of `standard`, `premium`, `enterprise`"),
        };
        let found = ImportFindings {
            customers: vec!["hafen".parse().unwrap()],
            services: read.services,
            known: vec!["nordlicht-uplink".parse().unwrap()],
            errors: if is_refused { vec![error] } else { Vec::new() },
        };
        desk::import_draft(&self.desk(Part::Customers), &ImportDraft { found: Some(found), ..self.file() })
    }

    pub(super) fn desk_import(&self) -> Markup {
        let view = ImportPage {
            import_id: "import-0123456789abcdef".parse().unwrap(),
            is_whole: true,
            is_undone: false,
            customers: vec!["hafen".parse().unwrap()],
            services: vec!["hafen-portal".parse().unwrap(), "nordlicht-shop".parse().unwrap()],
            trail: self.trail("import:import-0123456789abcdef", false),
        };
        desk::import(&self.desk(Part::Customers), &view)
    }
}
