//! The wording of each kind: what happened, what it means for the money, and what to do until when.

use events::{Notice, NoticeRecord};

/// Words a notice.
pub fn word(record: &NoticeRecord) -> Notice {
    let data = serde_json::to_value(&record.happening)
        .ok()
        .and_then(|mut value| value.get_mut("data").map(std::mem::take));
    let (subject, text) = (record.happening.kind().to_owned(), record.happening.kind().to_owned());
    Notice {
        notice_id: record.notice_id.clone(),
        kind: record.happening.kind().to_owned(),
        severity: record.happening.severity(),
        customer_id: record.customer_id.clone(),
        service_id: record.service_id.clone(),
        ticket_id: None,
        month: record.month,
        occurred_at: record.occurred_at,
        subject,
        text,
        data: data.unwrap_or_default(),
    }
}
