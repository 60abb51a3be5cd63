//! Whatever a client does: one response at a time, each done once, and nothing of it afterwards.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Something a client does.
#[derive(Debug, Clone)]
enum Deed {
    Respond { beside: bool },
    Cancel,
    CancelFirst,
    Type,
    DeleteLast,
    TruncateLast(u64),
    Talk,
    Wait(u64),
    Update { interrupts: bool },
    Nonsense(String),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => any::<bool>().prop_map(|beside| Deed::Respond { beside }),
        1 => Just(Deed::Cancel),
        1 => Just(Deed::CancelFirst),
        1 => Just(Deed::Type),
        1 => Just(Deed::DeleteLast),
        1 => (0..4_000_u64).prop_map(Deed::TruncateLast),
        1 => Just(Deed::Talk),
        3 => (0..1_500_u64).prop_map(Deed::Wait),
        1 => any::<bool>().prop_map(|interrupts| Deed::Update { interrupts }),
        1 => "\\PC{0,40}".prop_map(Deed::Nonsense),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        Just(Act::Say("one two three four five six seven".to_owned())),
        Just(Act::Say(String::new())),
        Just(call("a_tool", r#"{"argument":"a value of some length"}"#)),
    ];
    prop::collection::vec(act, 0..3)
}

/// What a client knows of the server from its events alone.
#[derive(Default)]
struct Watcher {
    /// Whether each response that runs is beside the conversation.
    running: HashMap<String, bool>,
    first: Option<String>,
    last_item: Option<String>,
    created: usize,
    done: usize,
}

impl Watcher {
    fn see(&mut self, events: &[Value]) {
        for event in events {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let response = &event["response"];
            match event["type"].as_str().unwrap() {
                "response.created" => {
                    self.created += 1;
                    let id = text(&response["id"]);
                    self.first.get_or_insert_with(|| id.clone());
                    assert!(
                        self.running.insert(id, response["conversation_id"].is_null()).is_none()
                    );
                    let in_band = self.running.values().filter(|beside| !**beside).count();
                    assert!(in_band <= 1, "two responses write to the conversation");
                }
                "response.done" => {
                    self.done += 1;
                    assert!(self.running.remove(&text(&response["id"])).is_some(), "done once");
                    assert_ne!(response["status"], "in_progress");
                    assert!(response["usage"].is_object());
                }
                "conversation.item.added" => self.last_item = Some(text(&event["item"]["id"])),
                kind if kind.starts_with("response.") => {
                    let id = text(&event["response_id"]);
                    assert!(
                        self.running.contains_key(&id),
                        "`{kind}` of a response that does not run"
                    );
                }
                _ => {}
            }
        }
    }
}

fn carry_out(desk: &mut Desk, watcher: &Watcher, deed: Deed) -> Vec<Value> {
    let item = watcher.last_item.clone().unwrap_or_else(|| "nobody".to_owned());
    match deed {
        Deed::Respond { beside: false } => desk.respond(),
        Deed::Respond { beside: true } => {
            desk.send(&json!({"type": "response.create", "response": {"conversation": "none"}}))
        }
        Deed::Cancel => desk.send(&json!({"type": "response.cancel"})),
        Deed::CancelFirst => {
            desk.send(&json!({"type": "response.cancel", "response_id": watcher.first}))
        }
        Deed::Type => desk.type_in("hello"),
        Deed::DeleteLast => desk.send(&json!({"type": "conversation.item.delete", "item_id": item})),
        Deed::TruncateLast(ms) => desk.send(
            &json!({"type": "conversation.item.truncate", "item_id": item, "content_index": 0, "audio_end_ms": ms}),
        ),
        Deed::Talk => desk.talk("hi"),
        Deed::Wait(ms) => desk.wait(ms),
        Deed::Update { interrupts } => {
            let turns = json!({"type": "server_vad", "interrupt_response": interrupts});
            desk.telephone(json!({"input": {"turn_detection": turns}}))
        }
        Deed::Nonsense(text) => desk.frame(&text),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_response_is_done_once_and_the_conversation_has_one_at_a_time(
        deeds in prop::collection::vec(deed(), 1..30),
        acts in prop::collection::vec(acts(), 30),
    ) {
        let mut desk = Desk::new(acts);
        desk.telephone(json!({}));
        let mut watcher = Watcher::default();
        for deed in deeds {
            let events = carry_out(&mut desk, &watcher, deed);
            watcher.see(&events);
        }
        watcher.see(&desk.wait(60_000));
        prop_assert!(watcher.running.is_empty(), "no response runs for ever");
        prop_assert_eq!(watcher.created, watcher.done);
    }
}
