//! Phrases are rendered before anybody needs them: once, beside the conversation, and only where that can be done.

use std::time::Duration;

use harness::{Beside, PHRASE, Stage};
use serde_json::{Value, json};
use switchboard_session::{CallEvent, CallSettings};

const SECOND: Duration = Duration::from_secs(1);
const DESKS: [&str; 4] =
    ["One moment.", "Nearly there.", "Bear with me.", "Let me put that through."];

/// The caller asks, and the agent calls a tool that takes so long.
async fn calls(stage: &mut Stage, takes: u64) {
    stage.asks("user_1", "Look it up.", "resp_1").await;
    let arguments = json!({"milliseconds": takes}).to_string();
    let item = stage.model.call("resp_1", "call_1", "look_up", &arguments).await;
    stage.model.done("resp_1", "completed", &[item]).await;
}

fn apologies(stage: &Stage) -> usize {
    let events = stage.events();
    events.iter().filter(|event| matches!(event, CallEvent::Apologised { .. })).count()
}

#[tokio::test(start_paused = true)]
async fn phrases_are_rendered_once_and_a_second_call_finds_them() {
    let mut stage = Stage::waiting().await;
    let mut rendered = stage.model.rendered.clone();
    rendered.sort_unstable();
    let mut expected = DESKS.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(rendered, expected);
    stage.caller.look();
    assert_eq!(stage.caller.heard_recorded(), Duration::ZERO, "nobody hears them yet");
    assert!(stage.caller.heard.iter().all(|chunk| chunk.item.as_str() == "item_resp_greeting"));

    stage.call_again().await;
    stage.greet().await;
    stage.model.expect_nothing_for(SECOND).await;
    assert_eq!(stage.model.rendered, [""; 0], "they are there");
    calls(&mut stage, 4_000).await;
    stage.model.output("call_1").await;

    stage.caller.look();
    assert!(stage.caller.heard_recorded() >= PHRASE, "and are heard");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_takes_over_has_its_own_phrases_rendered() {
    let mut stage = Stage::waiting().await;
    stage.model.rendered.clear();
    stage.asks("user_1", "What was it like?", "resp_1").await;
    let brief = r#"{"reason":"the past","summary":"asks about it"}"#;
    let item = stage.model.call("resp_1", "call_0", "transfer_to_archive", brief).await;
    stage.model.output("call_0").await;
    stage.model.update().await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.answer("resp_2", "It was long ago.", SECOND).await;
    stage.model.expect_nothing_for(SECOND).await;

    let mut rendered = stage.model.rendered.clone();
    rendered.sort_unstable();
    assert_eq!(rendered, ["I am among the shelves.", "Just a page more.", "The past is long."]);
}

/// A tool that takes four seconds, with a server that does nothing beside the conversation: one phrase is said in it.
async fn is_held_in_the_conversation(stage: &mut Stage) {
    calls(stage, 4_000).await;
    let request = stage.model.respond("resp_2").await;
    assert_eq!(request["response"]["tool_choice"], "none", "{request}");
    assert!(request["response"].get("conversation").is_none(), "{request}");
    stage.model.say("resp_2", "item_2", "One moment.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;

    let deleted = stage.model.expect("conversation.item.delete").await;
    assert_eq!(deleted["item_id"], "item_2", "nothing of it stays");
    stage.caller.look();
    assert_eq!(stage.caller.heard_of("item_2"), SECOND, "and it was heard first");
    let mut phrases = 0;
    while let Some(event) = stage.model.sent("response.create").await {
        phrases += 1;
        let id = format!("resp_hold_{phrases}");
        stage.model.begin(&id, &event["response"]["metadata"]).await;
        stage.model.say(&id, &format!("item_{id}"), "Bear with me.", SECOND).await;
        stage.model.done(&id, "completed", &[]).await;
        stage.model.expect("conversation.item.delete").await;
    }
    stage.model.output("call_1").await;
    stage.model.answer("resp_3", "Forty-two.", SECOND).await;
    stage.caller.hear("item_resp_3", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert_eq!(apologies(stage), 0);
    let said = stage.events().into_iter().filter_map(|event| match event {
        CallEvent::AgentSaid { text, .. } => Some(text),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), ["Good day, how can I help?", "Forty-two."]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_responses_beside_the_conversation_says_phrases_in_it() {
    let mut stage = Stage::with_phrases(Beside::Refused).await;
    stage.greet().await;
    stage.model.expect_nothing_for(SECOND).await;
    assert_eq!(stage.model.rendered.len(), 1, "it is not asked again");

    is_held_in_the_conversation(&mut stage).await;
    assert_eq!(stage.model.rendered.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_responses_beside_the_conversation_says_phrases_in_it() {
    let mut stage = Stage::with_phrases(Beside::Ignored).await;
    stage.greet().await;
    stage.model.expect_nothing_for(SECOND).await;

    is_held_in_the_conversation(&mut stage).await;
    stage.model.expect_nothing_for(SECOND * 120).await;
    assert!(stage.model.rendered.len() <= 3, "{:?}", stage.model.rendered);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_metadata_is_asked_for_nothing_beside_the_conversation() {
    let mut stage = Stage::with_phrases(Beside::Spoken).await;
    stage.model.drops_metadata = true;
    stage.greet().await;
    stage.model.expect_nothing_for(SECOND).await;

    is_held_in_the_conversation(&mut stage).await;
    assert_eq!(stage.model.rendered, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_phrase_that_was_asked_for_gives_way_to_the_result() {
    let settings = CallSettings { render_holds: false, nudge_ms: 0, ..CallSettings::default() };
    let mut stage = Stage::with_slow_tools(false, settings).await;
    stage.greet().await;
    calls(&mut stage, 3_000).await;
    // The model takes its time to begin the phrase, and the tool is done before a sound of it is heard.
    stage.model.respond("resp_2").await;
    stage.model.output("call_1").await;

    assert_eq!(stage.model.expect("response.cancel").await["response_id"], "resp_2");
    stage.model.done_with("resp_2", json!({"status": "cancelled"})).await;
    stage.model.answer("resp_3", "Forty-two.", SECOND).await;

    stage.caller.hear("item_resp_3", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_speaks_over_a_phrase_in_the_conversation_leaves_nothing_of_it() {
    let settings = CallSettings { render_holds: false, nudge_ms: 0, ..CallSettings::default() };
    let mut stage = Stage::with_slow_tools(false, settings).await;
    stage.greet().await;
    calls(&mut stage, 5_000).await;
    stage.model.respond("resp_2").await;
    stage
        .model
        .say("resp_2", "item_2", "One moment, please, this takes a while.", SECOND * 2)
        .await;
    stage.model.done("resp_2", "completed", &[]).await;
    stage.caller.hear("item_2", SECOND).await;

    stage.model.speech_started("user_2").await;

    assert_eq!(stage.model.expect("conversation.item.delete").await["item_id"], "item_2");
    stage.model.turn("user_2", "Are you there?").await;
    stage.model.begin("resp_3", &Value::Null).await;
    stage.model.say("resp_3", "item_3", "Yes.", SECOND * 3).await;
    stage.model.done("resp_3", "completed", &[]).await;
    stage.model.output("call_1").await;
    stage.model.answer("resp_4", "Forty-two.", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_phrase_that_cannot_be_rendered_is_not_played_and_another_is() {
    let mut stage = Stage::with_phrases(Beside::Expected).await;
    stage.model.update().await;
    stage.model.answer("resp_greeting", "Good day, how can I help?", SECOND).await;
    // The first one fails, the others are spoken.
    let failed = stage.model.expect("response.create").await;
    assert_eq!(failed["response"]["conversation"], "none", "{failed}");
    let metadata = failed["response"]["metadata"].clone();
    let error = json!({"type": "server_error", "code": "server_error", "message": "oops"});
    let created = json!({"object": "realtime.response", "id": "resp_b", "status": "in_progress", "output": [],
        "conversation_id": null, "metadata": metadata});
    stage.model.send(json!({"type": "response.created", "response": created})).await;
    let details = json!({"type": "failed", "error": error});
    let failed = json!({"status": "failed", "status_details": details, "conversation_id": null, "metadata": metadata});
    stage.model.done_with("resp_b", failed).await;
    stage.model.beside = Beside::Spoken;
    stage.model.expect_nothing_for(SECOND * 2).await;
    assert_eq!(stage.model.rendered.len(), DESKS.len() - 1, "{:?}", stage.model.rendered);

    calls(&mut stage, 8_000).await;
    stage.model.output("call_1").await;

    let held: Vec<_> = stage.held().into_iter().map(|(_, text)| text).collect();
    assert!(held.len() >= 2, "{held:?}");
    assert!(held.iter().all(|text| stage.model.rendered.contains(text)), "{held:?}");
    stage.caller.look();
    assert!(stage.caller.heard_recorded() >= PHRASE * 2);
}
