//! What a new link begins with, and what happens while there is none: step by step, with a scripted model.

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::{Beside, Stage};
use serde_json::{Value, json};
use switchboard_session::{CallEvent, CallSettings, CallState};

const SECOND: Duration = Duration::from_secs(1);
const BRIEF: &str = r#"{"reason":"the past","summary":"They ask what it was like."}"#;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A call whose caller has asked for something that takes so long, of which the model does not hear any more.
async fn calls(stage: &mut Stage, takes: u64) {
    stage.asks("user_1", "Look it up.", "resp_1").await;
    let arguments = json!({"milliseconds": takes}).to_string();
    let item = stage.model.call("resp_1", "call_1", "look_up", &arguments).await;
    stage.model.done("resp_1", "completed", &[item]).await;
}

/// The model is gone for so long; then it is back, set up, and told what was: returns the session and the items.
async fn gone_for(stage: &mut Stage, length: Duration) -> (Value, Vec<Value>) {
    stage.model.close(1011).await;
    if !length.is_zero() {
        stage.refuse_for(length).await;
    }
    back(stage).await
}

async fn back(stage: &mut Stage) -> (Value, Vec<Value>) {
    stage.model = stage.redialled().await;
    stage.model.beside = Beside::Spoken;
    let session = stage.model.update().await;
    (session, stage.model.restored().await)
}

fn text(item: &Value) -> &str {
    item["content"][0]["text"].as_str().unwrap_or_default()
}

fn kinds(items: &[Value]) -> Vec<&str> {
    let kind = |item: &Value| match item["type"].as_str() {
        Some("message") => item["role"].as_str().map(str::to_owned),
        kind => kind.map(str::to_owned),
    };
    let known = ["system", "user", "assistant", "function_call", "function_call_output"];
    let kinds = items.iter().filter_map(kind);
    kinds.filter_map(|kind| known.into_iter().find(|known| *known == kind)).collect()
}

fn count(stage: &Stage, like: impl Fn(&CallEvent) -> bool) -> usize {
    stage.events().iter().filter(|event| like(event)).count()
}

#[tokio::test(start_paused = true)]
async fn a_new_link_is_told_what_was_said_and_done() {
    let mut stage = Stage::waiting().await;
    calls(&mut stage, 100).await;
    stage.model.output("call_1").await;
    stage.model.answer("resp_2", "It is forty-two.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;

    let (session, items) = gone_for(&mut stage, Duration::ZERO).await;

    assert!(session["instructions"].as_str().unwrap().starts_with("Find things out."), "{session}");
    let expected =
        ["system", "assistant", "user", "function_call", "function_call_output", "assistant"];
    assert_eq!(kinds(&items), expected, "{items:?}");
    assert!(text(&items[0]).contains("renewed"), "{}", items[0]);
    assert_eq!(text(&items[1]), "Good day, how can I help?");
    assert_eq!(
        (text(&items[2]), &items[2]["content"][0]["type"]),
        ("Look it up.", &json!("input_text"))
    );
    assert_eq!(items[3]["name"], "look_up");
    assert_eq!(items[4]["call_id"], items[3]["call_id"]);
    assert_ne!(items[3]["call_id"], "call_1", "fresh ids");
    assert_eq!(text(&items[5]), "It is forty-two.");
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert_eq!(stage.caller.clears, 0);
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::Reconnected { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_cut_off_is_owed_and_the_agents_words_are_those_that_were_heard() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "Tell me everything.", "resp_1").await;
    // Two seconds of a longer story have come when the link breaks.
    let begun = json!({"id": "item_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []});
    stage.model.send(json!({"type": "response.output_item.added", "response_id": "resp_1", "output_index": 0, "item": begun})).await;
    let place = json!({"response_id": "resp_1", "output_index": 0, "item_id": "item_1", "content_index": 0});
    let mut words = place.clone();
    (words["type"], words["delta"]) =
        (json!("response.output_audio_transcript.delta"), json!("Once upon a time there was"));
    stage.model.send(words).await;
    let mut audio = place.clone();
    let delta = switchboard_realtime::Payload::encode(&[0x55; 16_000]);
    (audio["type"], audio["delta"]) = (json!("response.output_audio.delta"), json!(delta.as_str()));
    stage.model.send(audio).await;

    let (_, items) = gone_for(&mut stage, Duration::ZERO).await;

    let note = text(items.last().unwrap());
    assert!(note.contains("cut off") && !note.contains("Once upon"), "{note}");
    let request =
        stage.model.answer("resp_2", "Once upon a time there was a king.", SECOND * 3).await;
    assert!(request["response"]["metadata"]["switchboard_request"].is_string(), "{request}");
    stage.caller.hear("item_resp_2", SECOND * 3).await;
    assert_eq!(stage.caller.heard_of("item_1"), SECOND * 2, "what had come is heard");
    stage.model.expect_nothing_for(SECOND * 10).await;
    let said: Vec<_> = stage
        .events()
        .into_iter()
        .filter_map(|event| match event {
            CallEvent::AgentSaid { text, interrupted, .. } => Some((text, interrupted)),
            _ => None,
        })
        .collect();
    assert_eq!(said[1], ("Once upon a time there was".to_owned(), true));
    assert_eq!(said[2], ("Once upon a time there was a king.".to_owned(), false));
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_ends_during_the_outage_ran_once_and_is_told_over_the_next_link() {
    let mut stage = Stage::waiting().await;
    calls(&mut stage, 2_000).await;

    let (_, items) = gone_for(&mut stage, SECOND * 4).await;

    assert_eq!(
        kinds(&items),
        ["system", "assistant", "user", "function_call", "function_call_output"]
    );
    assert!(items[4]["output"].as_str().unwrap().contains("forty-two"), "{}", items[4]);
    stage.model.answer("resp_2", "It is forty-two.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert_eq!(stage.app.counts.look_ups.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_still_runs_is_told_of_and_its_result_comes_as_a_pair() {
    let mut stage = Stage::waiting().await;
    calls(&mut stage, 7_000).await;

    let (_, items) = gone_for(&mut stage, SECOND).await;

    assert_eq!(kinds(&items), ["system", "assistant", "user", "system"], "neither half of it");
    assert!(text(&items[3]).contains("look_up"), "{}", items[3]);
    let call = stage.model.expect("conversation.item.create").await["item"].take();
    stage.model.send(json!({"type": "conversation.item.added", "item": call})).await;
    let output = stage.model.expect("conversation.item.create").await["item"].take();
    stage.model.send(json!({"type": "conversation.item.added", "item": output})).await;
    assert_eq!((&call["type"], &output["call_id"]), (&json!("function_call"), &call["call_id"]));
    stage.model.answer("resp_2", "It is forty-two.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert_eq!(stage.app.counts.look_ups.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_took_over_keeps_the_call_and_its_brief() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "What was it like?", "resp_1").await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_archive", BRIEF).await;
    stage.model.output("call_1").await;
    stage.model.update().await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.answer("resp_2", "It was long ago.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;

    let (session, _) = gone_for(&mut stage, SECOND).await;

    let instructions = session["instructions"].as_str().unwrap();
    assert!(instructions.starts_with("Know the past."), "{instructions}");
    assert!(instructions.contains("They ask what it was like."), "{instructions}");
    assert_eq!(stage.agent(), "archive");
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::HandedOff { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_the_lost_link_did_not_confirm_happens_over_the_next() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "What was it like?", "resp_1").await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_archive", BRIEF).await;
    stage.model.output("call_1").await;
    stage.model.expect("session.update").await;
    stage.model.done("resp_1", "completed", &[item]).await;

    let (session, items) = gone_for(&mut stage, SECOND).await;

    assert!(session["instructions"].as_str().unwrap().starts_with("Know the past."), "{session}");
    assert!(kinds(&items).contains(&"function_call_output"), "{items:?}");
    stage.model.answer("resp_2", "It was long ago.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    assert_eq!(stage.agent(), "archive");
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::HandedOff { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_answered_while_the_new_link_is_being_set_follows_at_once() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "What was it like?", "resp_1").await;
    stage.model.call("resp_1", "call_1", "transfer_to_archive", BRIEF).await;
    stage.model.close(1006).await;

    stage.model = stage.redialled().await;
    let mut session = stage.model.update().await;
    if session["instructions"].as_str().unwrap().starts_with("Find things out.") {
        stage.model.restored().await;
        session = stage.model.update().await;
    } else {
        stage.model.restored().await;
    }

    assert!(session["instructions"].as_str().unwrap().starts_with("Know the past."), "{session}");
    stage.model.beside = Beside::Spoken;
    stage.model.answer("resp_2", "It was long ago.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    assert_eq!(stage.agent(), "archive");
}

#[tokio::test(start_paused = true)]
async fn words_typed_during_the_outage_are_answered_over_the_next_link() {
    let settings = CallSettings { nudge_ms: 0, ..CallSettings::default() };
    let mut stage = Stage::with_slow_tools(true, settings).await;
    stage.model.update().await;
    stage.model.respond("resp_0").await;
    stage.model.write("resp_0", "item_0", "Good day.").await;
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.close(1001).await;
    stage.refuse_for(SECOND).await;
    stage.caller.type_line("Are you there?").await;
    stage.refuse_for(SECOND).await;

    let (_, items) = back(&mut stage).await;

    assert_eq!(kinds(&items), ["system", "assistant", "user"], "{items:?}");
    assert_eq!(text(&items[2]), "Are you there?");
    stage.model.respond("resp_1").await;
    stage.model.write("resp_1", "item_1", "I am.").await;
    stage
        .caller
        .see(|event| matches!(event, CallEvent::AgentSaid { text, .. } if text == "I am."))
        .await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_sentence_that_the_loss_cut_is_heard_by_the_next_link_from_its_beginning() {
    let mut stage = Stage::waiting().await;
    let hum = stage.caller.hum();
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.speech_started("user_1").await;
    stage.model.expect_nothing_for(SECOND * 2).await;

    stage.model.close(1011).await;
    stage.refuse_for(SECOND).await;
    stage.model = stage.redialled().await;
    stage.model.update().await;
    stage.model.restored().await;
    stage.model.expect_nothing_for(ms(100)).await;

    // The two seconds that the lost link heard, half a second before them, and the second of the outage.
    let least = (2_000 + 500 + 1_000) * 8 - 800;
    assert!(stage.model.heard >= least, "{} of {least}", stage.model.heard);
    assert!(stage.model.heard <= least + 8_000, "and no more: {}", stage.model.heard);
    stage.model.speech_started("user_2").await;
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.turn("user_2", "Look it up, please.").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "It is forty-two.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;
    stage.caller.hear("item_2", SECOND).await;
    drop(hum);
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_come_back_ends_the_call_with_the_recorded_apology() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "Look it up.", "resp_1").await;
    stage.model.close(1011).await;
    let lost = stage.caller.now();

    stage.refuse_for(SECOND * 25).await;
    stage.caller.hear_hang_up().await;

    stage.gone().await;
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::Apologised { .. })), 1);
    assert!(stage.held().len() >= 4, "told that they are not forgotten: {:?}", stage.held());
    let ended = stage.caller.heard.last().unwrap().at;
    assert!(ended - lost >= SECOND * 15 && ended - lost <= SECOND * 23, "{ended:?} {lost:?}");
    let call = stage.sessions.call(stage.id.as_str()).unwrap();
    assert_eq!(call.state, CallState::Ended);
    assert_eq!(stage.refuse_for(SECOND * 30).await, 0, "it is not dialled any more");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_comes_up_and_breaks_over_and_over_is_given_up() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "Look it up.", "resp_1").await;
    stage.model.close(1011).await;
    let mut links = 0;
    while count(&stage, |event| matches!(event, CallEvent::Apologised { .. })) == 0 {
        let Some(mut model) = stage.redialled_within(SECOND).await else { break };
        model.update().await;
        model.restored().await;
        model.close(1011).await;
        links += 1;
        assert!(links < 200, "it is never given up");
    }

    stage.caller.hear_hang_up().await;
    assert!(links > 5, "{links}");
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::Apologised { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_whole_again_once_a_link_has_worked() {
    let mut stage = Stage::waiting().await;
    for round in 0..5 {
        let (user, response) = (format!("user_{round}"), format!("resp_{round}"));
        stage.asks(&user, "Look it up.", &response).await;
        gone_for(&mut stage, SECOND * 10).await;
        let answer = format!("resp_{round}_a");
        stage.model.answer(&answer, "It is forty-two.", SECOND).await;
        stage.caller.hear(&format!("item_{answer}"), SECOND).await;
    }
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::Reconnected { .. })), 5);
    assert_eq!(count(&stage, |event| matches!(event, CallEvent::Apologised { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_during_the_outage_is_gone() {
    let mut stage = Stage::waiting().await;
    stage.model.close(1011).await;
    stage.refuse_for(SECOND).await;

    stage.caller.hang_up().await;

    stage.gone().await;
    stage.refuse_for(ms(500)).await;
    assert_eq!(stage.refuse_for(SECOND * 30).await, 0, "and nobody is dialled any more");
}
