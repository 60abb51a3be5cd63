//! The client events: which there are, and their keys (the protocol's section 6).

use serde_json::{Map, Value};
use switchboard_realtime::ErrorCode;

use super::{ANY_LENGTH, Field, Shape, check_fields, fields, one_of};
use super::{items, response, session};
use crate::refusal::Refusal;

const TYPE: Shape = Shape::Text(ANY_LENGTH);
const EVENT_ID: Shape = Shape::Text(512);
const ID: Shape = Shape::Text(ANY_LENGTH);
/// Large enough for any audio.
const MOST_MS: i64 = 1_000_000_000;

/// Events with nothing but a type and an id.
const BARE: &[Field] = fields![must "type" TYPE, may "event_id" EVENT_ID,];

const EVENTS: &[(&str, &[Field])] = &[
    (
        "session.update",
        fields![must "type" TYPE, may "event_id" EVENT_ID, must "session" session::UPDATE,],
    ),
    (
        "input_audio_buffer.append",
        fields![must "type" TYPE, may "event_id" EVENT_ID, must "audio" Shape::Audio,],
    ),
    ("input_audio_buffer.commit", BARE),
    ("input_audio_buffer.clear", BARE),
    ("output_audio_buffer.clear", BARE),
    (
        "conversation.item.create",
        fields![must "type" TYPE, may "event_id" EVENT_ID, may "previous_item_id" ID, must "item" items::ITEM,],
    ),
    (
        "conversation.item.retrieve",
        fields![must "type" TYPE, may "event_id" EVENT_ID, must "item_id" ID,],
    ),
    (
        "conversation.item.truncate",
        fields![
            must "type" TYPE,
            may "event_id" EVENT_ID,
            must "item_id" ID,
            must "content_index" Shape::Integer(0, MOST_MS),
            must "audio_end_ms" Shape::Integer(0, MOST_MS),
        ],
    ),
    (
        "conversation.item.delete",
        fields![must "type" TYPE, may "event_id" EVENT_ID, must "item_id" ID,],
    ),
    (
        "response.create",
        fields![must "type" TYPE, may "event_id" EVENT_ID, may "response" response::RESPONSE,],
    ),
    ("response.cancel", fields![must "type" TYPE, may "event_id" EVENT_ID, may "response_id" ID,]),
];

/// Checks one whole event.
pub(crate) fn check_event(event: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = match event.get("type") {
        Some(Value::String(kind)) => kind,
        Some(_) => return Err(invalid("The event's 'type' has to be a string.").at("type")),
        None => return Err(invalid(
            "The event has no 'type'. Every event is an object with a 'type' that says what it is.",
        )
        .at("type")),
    };
    one_of(kind, EVENTS.iter().map(|(known, _)| *known), "type")?;
    let fields = EVENTS.iter().find_map(|(known, fields)| (known == kind).then_some(*fields));
    fields.map_or(Ok(()), |fields| check_fields(fields, event, ""))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(ErrorCode::InvalidEvent, message)
}
