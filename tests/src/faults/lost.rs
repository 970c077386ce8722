//! A passage that loses calls: the caller sees a broken connection, however often it tries.

use aws_smithy_runtime_api::client::result::ConnectorError;
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, Passage};

/// Loses the calls that satisfy a predicate.
#[derive(Clone, Copy, Debug)]
pub struct Lost(pub fn(&Call) -> bool);

impl Lost {
    /// Loses every transaction that files a claim.
    pub const CLAIMS: Self =
        Self(|call| call.is_write() && String::from_utf8_lossy(&call.body).contains("CLAIMS#"));
}

impl Passage for Lost {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        if self.0(&call) {
            return Box::pin(async { Err(ConnectorError::io("the line is down".into())) });
        }
        onward(call.body)
    }
}
