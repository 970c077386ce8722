//! Secrets of sources, as the trail has them: one was entered, ended or removed, by whom and when. What it is
//! never comes here: the caller holds it, and the store that keeps it.

use access::Scope;
use events::Change;
use events::change::{Object, Person, Subject};
use outcome::Failure;
use serde_json::{Map, json};
use sla::Instant;
use sla::id::SourceId;
use table::{EnteredSecret, until_written};

use crate::sources::unknown_source;
use crate::staff::{CommandError, Staff};

/// A change of the secrets of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretChange {
    /// A secret is entered; the one before stays valid.
    Enter,
    /// The secret before the present one ends.
    EndPrevious,
    /// Both are removed.
    Remove,
}

impl SecretChange {
    /// Every change.
    pub const ALL: [Self; 3] = [Self::Enter, Self::EndPrevious, Self::Remove];

    /// Returns the name in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "enter_secret",
            Self::EndPrevious => "end_previous_secret",
            Self::Remove => "remove_secret",
        }
    }

    /// Finds a change by its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == name)
    }
}

impl Staff {
    /// Notes a change of the secrets of a source, which may have been removed. It is noted before it is made:
    /// no secret is ever valid that nobody answers for.
    ///
    /// # Errors
    /// Returns a [`CommandError`] if the person lacks the scope, the source is not known, or the table fails.
    pub async fn note_secret(
        &self,
        id: &SourceId,
        change: SecretChange,
        now: Instant,
    ) -> Result<(), CommandError> {
        self.require(Scope::Staff).map_err(CommandError::Access)?;
        let (hand, by) = (self.hand(), self.staff_id().clone());
        let act = (change.as_str(), Object::of(Subject::Source, &[id.as_str()]));
        let noted = Change::new((now, Person::from(&by), &hand), act, &json!({}), Map::new());
        let noted = noted.map_err(|error| CommandError::Failure(Failure::unexpected(error)))?;
        let table = self.table().noting(Some(noted), &hand);
        let written = until_written("note a secret", || async {
            let mut found = table.source(id).await?.ok_or_else(|| unknown_source(id))?;
            match change {
                SecretChange::Enter => found.value.secret = Some(EnteredSecret { at: now, by: by.clone() }),
                SecretChange::EndPrevious => {}
                SecretChange::Remove => found.value.secret = None,
            }
            Ok::<_, Failure>(table.save_source(&found).await?.then(()))
        });
        written.await.map_err(CommandError::Failure)
    }
}
