//! Whatever event we can make, writing and reading it gives the same event.

mod client;
mod items;
mod responses;
mod server;
mod sessions;
mod words;

use proptest::option::of;
use proptest::prelude::*;
use switchboard_realtime::{ClientEvent, EventId, ServerEvent};

proptest! {
    #[test]
    fn a_client_event_is_read_as_it_was_written(event in client::event(), id in of(words::id::<EventId>())) {
        let event = match id {
            Some(id) => event.with_event_id(id),
            None => event,
        };
        prop_assert_eq!(ClientEvent::parse(event.encode().into()).unwrap(), event);
    }

    #[test]
    fn a_server_event_is_read_as_it_was_written(event in server::event(), id in of(words::id::<EventId>())) {
        let event = match id {
            Some(id) => event.with_event_id(id),
            None => event,
        };
        prop_assert_eq!(ServerEvent::parse(event.encode().into()).unwrap(), event);
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,40}", kind in prop::sample::select(ServerEvent::KINDS)) {
        let event = serde_json::json!({"type": kind, "item": text, "delta": text, "session": text}).to_string();
        for frame in [text, event] {
            let _ = ServerEvent::parse(frame.as_str().into());
            let _ = ClientEvent::parse(frame.into());
        }
    }
}
