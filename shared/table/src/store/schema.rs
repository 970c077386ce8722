//! The table's shape: keys, the one sparse index, the stream.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus,
};

use crate::store::TableError;

/// The partition key's name.
pub const PARTITION_KEY: &str = "PK";
/// The sort key's name.
pub const SORT_KEY: &str = "SK";
/// The index of what is due, and its partition key: present only while something is to be done.
pub const DUE: &str = "due";
/// The index's sort key: from when it is due.
pub const DUE_AT: &str = "due_at";
/// The attribute from whose instant on an item counts no more: seconds since the epoch, by which DynamoDB removes it.
/// It does so late, so whoever reads such an item compares the instant as well.
pub const EXPIRES_AT: &str = "expires_at";
/// The table becomes active within this many looks at 50 ms: 10 s.
const LOOKS_MAX: usize = 200;

/// Creates the table and waits until it is active; an existing table is left alone.
///
/// # Errors
/// What DynamoDB answers, or a table that does not become active.
pub async fn create_table(client: &Client, name: &str) -> Result<(), TableError> {
    let attribute = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
    };
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let fault = |source| TableError::new("describe the table's shape", source);
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for name in [PARTITION_KEY, SORT_KEY, DUE, DUE_AT] {
        request = request.attribute_definitions(attribute(name).map_err(fault)?);
    }
    let index = GlobalSecondaryIndex::builder()
        .index_name(DUE)
        .key_schema(key(DUE, KeyType::Hash).map_err(fault)?)
        .key_schema(key(DUE_AT, KeyType::Range).map_err(fault)?)
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(fault)?;
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .map_err(fault)?;
    let created = request
        .key_schema(key(PARTITION_KEY, KeyType::Hash).map_err(fault)?)
        .key_schema(key(SORT_KEY, KeyType::Range).map_err(fault)?)
        .global_secondary_indexes(index)
        .stream_specification(stream)
        .send()
        .await;
    match created {
        Err(error) if !error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => {
            return Err(TableError::new("create the table", error));
        }
        _ => {}
    }
    for _ in 0..LOOKS_MAX {
        let description = client.describe_table().table_name(name).send().await;
        let description = description.map_err(|e| TableError::new("describe the table", e))?;
        if description.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(TableError::unexpected("create the table", "it did not become active within 10 s"))
}
