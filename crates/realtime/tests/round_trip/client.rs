//! Client events.

use proptest::option::of;
use proptest::prelude::*;
use switchboard_realtime::ClientEvent;

use crate::items::item;
use crate::responses::params;
use crate::sessions::session;
use crate::words::{id, payload};

pub(crate) fn event() -> BoxedStrategy<ClientEvent> {
    prop_oneof![
        session().prop_map(ClientEvent::session_update),
        payload().prop_map(ClientEvent::append),
        Just(ClientEvent::commit()),
        Just(ClientEvent::clear()),
        Just(ClientEvent::OutputAudioBufferClear { event_id: None }),
        (of(id()), item()).prop_map(|(previous_item_id, item)| {
            ClientEvent::ConversationItemCreate {
                event_id: None,
                previous_item_id,
                item: Box::new(item),
            }
        }),
        id::<String>().prop_map(ClientEvent::item_retrieve),
        (id::<String>(), any::<u64>()).prop_map(|(item, ms)| ClientEvent::item_truncate(item, ms)),
        id::<String>().prop_map(ClientEvent::item_delete),
        of(params()).prop_map(|response| ClientEvent::ResponseCreate {
            event_id: None,
            response: response.map(Box::new),
        }),
        of(id()).prop_map(ClientEvent::response_cancel),
    ]
    .boxed()
}
