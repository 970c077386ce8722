//! The wire format that `shared/events/contract.md` fixes: checks, commands, notices and answers, with errors
//! that name field, value and remedy.
//! Architecture invariant: types, parsing, and the notices of facts; deciding is `sla`'s, storing `table`'s.

pub mod address;
pub mod alarm;
pub mod answer;
pub mod change;
pub mod check;
pub mod columns;
pub mod command;
pub mod csv_file;
pub mod duty;
mod expected;
pub mod export;
mod fields;
pub mod import;
pub mod input;
pub mod notice;
pub mod posting;
pub mod schema;
pub mod search;
pub mod source;
pub mod subscription;
pub mod target;
pub mod telling;
pub mod terms;
pub mod text;
pub mod ticket;

pub use alarm::{Alarm, AlarmArn, AlarmEvent};
pub use change::Change;
pub use check::CheckEvent;
pub use command::Command;
pub use input::{InputError, parse, read};
pub use notice::{Audience, CustomerKind, Happening, Notice, NoticeRecord, Severity, claim_path};
pub use posting::Posting;
pub use source::{Source, SourceKind};
pub use subscription::{Choice, Protocol};
pub use target::Target;
