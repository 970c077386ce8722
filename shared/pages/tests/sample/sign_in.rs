//! Pages around signing in, and pages of errors.

use maud::Markup;
use pages::portal::Claims;
use pages::{Demo, Failure, Frame, Identity, IssuerChoice, KeptForm, Message, Section, SignedOut};

use super::Sample;

impl Sample {
    pub fn error(&self) -> Markup {
        let view = Failure {
            status: 404,
            title: "This page does not exist".to_owned(),
            what_to_do: self.say("Check the address, or look for the service on the overview."),
        };
        pages::error(&self.frame(Section::Elsewhere), &view)
    }

    pub fn failed(&self) -> Markup {
        let failed =
            Message::Failed(self.say("The claim was not filed: June 2026 has not begun for this service."));
        pages::portal::claims(&self.told(Section::Claims, failed), &Claims::default())
    }

    pub fn sign_in(&self) -> Markup {
        pages::sign_in(&self.signed_out(), "/sign-in")
    }

    pub fn issuer_choice(&self) -> Markup {
        let identity = |label: &str, description: &str, value: &str| Identity {
            label: self.say(label),
            description: self.say(description),
            value: value.to_owned(),
        };
        pages::issuer_choice(&IssuerChoice {
            action: "/authorize".to_owned(),
            name: "subject".to_owned(),
            carried: vec![("state".to_owned(), self.say("af0ifjsldkj"))],
            identities: vec![
                identity("Nordlicht Logistik GmbH", "A customer with ten services", "customer:nordlicht"),
                identity("Sabine Lorenz", "Staff: reviews statements and claims", "staff:s.lorenz"),
            ],
            css_path: pages::assets::css().path.to_owned(),
        })
    }

    pub(super) fn demo(is_broken: bool) -> Markup {
        pages::demo(&Demo {
            is_broken,
            health: "/health",
            every_s: 10,
            portal: "/portal",
            css_path: pages::assets::css().path.to_owned(),
        })
    }

    pub(super) fn signed_out_page(&self, ends_at: Option<&str>) -> Markup {
        let (ends_at, begin) = (ends_at.map(str::to_owned), "/sign-in/begin".to_owned());
        pages::signed_out(&self.signed_out(), &SignedOut { ends_at, begin })
    }

    pub(super) fn kept_form(&self, frame: &Frame, title: &str, text: &str, begin: Option<&str>) -> Markup {
        let field = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let fields = vec![
            field("key", "9b74c9897bac770f"),
            ("title".to_owned(), self.say("Pages load slowly")),
            ("description".to_owned(), self.say("Since this morning.\nOnly in Spandau.")),
            field("steps_tried", ""),
            field("level", "2"),
        ];
        let (title, text, action) = (title.to_owned(), text.to_owned(), "/tickets".to_owned());
        let begin = begin.map(str::to_owned);
        pages::kept_form(frame, &KeptForm { title, text, action, fields, begin })
    }

    pub(super) fn kept_pages(&self) -> [(&'static str, Markup); 2] {
        let (ended, renewed) = ("Nothing is lost.", "Look at it once more, then send it.");
        let begin = Some("/sign-in/begin?return_to=%2Fsign-in%3Fdone%3Dbeside");
        let own = self.frame(Section::Elsewhere);
        [
            ("kept_ended", self.kept_form(&self.signed_out(), "Your session has ended", ended, begin)),
            ("kept_renewed", self.kept_form(&own, "Send it again?", renewed, None)),
        ]
    }
}
