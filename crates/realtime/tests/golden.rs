//! Every event, both ways, against JSON as it stands on the wire: `golden/<side>/<type>[@<variant>].json`.
//!
//! A file is read into its event, is none of the unknown, and written again gives the same JSON.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking, in its helpers, too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use switchboard_realtime::{ClientEvent, Content, ErrorCode, EventId, ServerEvent, Utf8Bytes};

struct Golden {
    name: String,
    kind: String,
    text: Utf8Bytes,
    json: Value,
}

fn goldens(side: &str) -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(side);
    let mut goldens: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let kind = name.split('@').next().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let json = serde_json::from_str(&text).unwrap();
            Golden { name, kind, text: text.into(), json }
        })
        .collect();
    goldens.sort_by(|a, b| a.name.cmp(&b.name));
    goldens
}

fn golden(side: &str, name: &str) -> Golden {
    goldens(side).into_iter().find(|golden| golden.name == name).unwrap()
}

fn reread(encoded: &str) -> Value {
    serde_json::from_str(encoded).unwrap()
}

#[test]
fn every_client_event_is_read_and_written_as_it_stands() {
    for golden in goldens("client") {
        let event = ClientEvent::parse(golden.text).unwrap();

        assert_eq!(event.kind(), golden.kind);
        assert!(!matches!(event, ClientEvent::Other(_)), "{}", golden.name);
        assert_eq!(
            event.event_id().map(EventId::as_str),
            golden.json["event_id"].as_str(),
            "{}",
            golden.name
        );
        assert_eq!(reread(&event.encode()), golden.json, "{}", golden.name);
        assert_eq!(ClientEvent::parse(event.encode().into()).unwrap(), event, "{}", golden.name);
    }
}

#[test]
fn every_server_event_is_read_and_written_as_it_stands() {
    for golden in goldens("server") {
        let event = ServerEvent::parse(golden.text).unwrap();

        assert_eq!(event.kind(), golden.kind);
        assert!(!matches!(event, ServerEvent::Other(_)), "{}", golden.name);
        assert_eq!(
            event.event_id().map(EventId::as_str),
            golden.json["event_id"].as_str(),
            "{}",
            golden.name
        );
        assert_eq!(reread(&event.encode()), golden.json, "{}", golden.name);
        assert_eq!(ServerEvent::parse(event.encode().into()).unwrap(), event, "{}", golden.name);
    }
}

#[test]
fn no_event_is_without_a_golden() {
    for (side, kinds) in [("client", ClientEvent::KINDS), ("server", ServerEvent::KINDS)] {
        let covered: BTreeSet<_> = goldens(side).into_iter().map(|golden| golden.kind).collect();
        let known: BTreeSet<_> = kinds.iter().map(|&kind| kind.to_owned()).collect();
        assert_eq!(covered, known, "{side}");
    }
}

#[test]
fn unknown_fields_never_fail_an_event() {
    for side in ["client", "server"] {
        for golden in goldens(side) {
            let mut json = golden.json;
            add_unknown_fields(&mut json);
            let text = Utf8Bytes::from(json.to_string());

            match side {
                "client" => assert_eq!(
                    ClientEvent::parse(text).unwrap().kind(),
                    golden.kind,
                    "{}",
                    golden.name
                ),
                _ => assert_eq!(
                    ServerEvent::parse(text).unwrap().kind(),
                    golden.kind,
                    "{}",
                    golden.name
                ),
            }
        }
    }
}

/// Puts a field that nobody knows into every object, but for those whose keys are anybody's choice.
fn add_unknown_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let ours = fields
                .iter_mut()
                .filter(|(key, _)| !matches!(key.as_str(), "metadata" | "headers"));
            ours.for_each(|(_, value)| add_unknown_fields(value));
            fields
                .insert("obfuscation_of_tomorrow".to_owned(), serde_json::json!({"x": [1, null]}));
        }
        Value::Array(values) => values.iter_mut().for_each(add_unknown_fields),
        _ => {}
    }
}

#[test]
fn null_where_an_array_is_expected_is_read_as_empty() {
    for golden in goldens("server") {
        let mut json = golden.json;
        if empty_arrays_become_null(&mut json) {
            let event = ServerEvent::parse(json.to_string().into()).unwrap();
            let without = ServerEvent::parse(golden.text).unwrap();
            assert_eq!(event, without, "{}", golden.name);
        }
    }
}

/// Only arrays that the reader turns into lists of its own; the session's are optional and stay absent when null.
fn empty_arrays_become_null(event: &mut Value) -> bool {
    let mut changed = false;
    for path in ["/response/output", "/item/content", "/item/tools", "/logprobs", "/rate_limits"] {
        if let Some(array) =
            event.pointer_mut(path).filter(|array| array.as_array().is_some_and(Vec::is_empty))
        {
            *array = Value::Null;
            changed = true;
        }
    }
    changed
}

#[test]
fn the_betas_names_are_read_as_todays() {
    for (today, beta) in [
        ("response.output_text.delta", "response.text.delta"),
        ("response.output_text.done", "response.text.done"),
        ("response.output_audio.delta", "response.audio.delta"),
        ("response.output_audio.done", "response.audio.done"),
        ("response.output_audio_transcript.delta", "response.audio_transcript.delta"),
        ("response.output_audio_transcript.done", "response.audio_transcript.done"),
        ("conversation.item.added", "conversation.item.created"),
    ] {
        let golden = golden("server", today);
        let mut json = golden.json;
        json["type"] = beta.into();

        let event = ServerEvent::parse(json.to_string().into()).unwrap();

        assert_eq!(event, ServerEvent::parse(golden.text).unwrap(), "{beta}");
        assert_eq!(event.kind(), today);
    }
}

#[test]
fn the_betas_items_are_read_as_todays() {
    let beta = r#"{"type":"response.output_item.done","event_id":"e","response_id":"r","output_index":0,
        "item":{"id":"i","type":"message","role":"assistant","content":[{"type":"audio","transcript":"Hi"}]}}"#;

    let ServerEvent::ResponseOutputItemDone(done) = ServerEvent::parse(beta.into()).unwrap() else {
        panic!("expected an item");
    };

    let content = &done.item.as_message().unwrap().content;
    assert_eq!(*content, [Content::OutputAudio { audio: None, transcript: Some("Hi".to_owned()) }]);
}

#[test]
fn an_event_of_a_server_that_says_little_is_read() {
    let arguments = r#"{"type":"response.function_call_arguments.done","response_id":"r","item_id":"i","call_id":"c",
        "arguments":"{}"}"#;
    let done =
        r#"{"type":"response.done","response":{"id":"r","status":"completed","output":null}}"#;
    let conversation = r#"{"type":"conversation.created","conversation":{"id":"conv_1"}}"#;

    assert!(matches!(
        ServerEvent::parse(conversation.into()).unwrap(),
        ServerEvent::ConversationCreated(_)
    ));
    assert!(matches!(
        ServerEvent::parse(arguments.into()).unwrap(),
        ServerEvent::ResponseFunctionCallArgumentsDone(done) if done.name.is_none() && done.event_id.is_none()
    ));
    assert!(matches!(
        ServerEvent::parse(done.into()).unwrap(),
        ServerEvent::ResponseDone(done) if done.response.output.is_empty()
    ));
}

#[test]
fn an_error_names_its_code_and_the_event_at_fault() {
    let ServerEvent::Error(error) = ServerEvent::parse(golden("server", "error").text).unwrap()
    else {
        panic!("expected an error");
    };

    assert_eq!(error.error.code, Some(ErrorCode::MissingRequiredParameter));
    assert_eq!(error.error.event_id, Some("update_1".into()));
}
