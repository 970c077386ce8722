//! The table's shape: keys, the one sparse index, the stream.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus,
};

use crate::store::error::TableError;

/// Name of the partition key.
pub const PARTITION_KEY: &str = "PK";
/// Name of the sort key.
pub const SORT_KEY: &str = "SK";
/// Name of the index of due items and of its partition key, which an item has only while it is due.
pub const DUE: &str = "due";
/// Name of the index's sort key: the instant at which the item is due.
pub const DUE_AT: &str = "due_at";
/// Attribute of the instant at which an item expires, in seconds since the epoch. DynamoDB removes expired
/// items late, so every reader compares the instant as well.
pub const EXPIRES_AT: &str = "expires_at";
/// Polls until the table must be active: 10 s at 50 ms.
const LOOKS_MAX: usize = 200;

/// Creates the table and waits until it is active; leaves an existing table as it is.
///
/// # Errors
/// Returns a [`TableError`] if DynamoDB fails or the table does not become active within 10 s.
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
