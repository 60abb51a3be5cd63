//! A caller who waits hears that they are not forgotten: the ladder, measured at the ear.

use std::time::Duration;

use harness::{OWN_PHRASE, PHRASE, Stage};
use serde_json::{Value, json};
use switchboard_session::{CallEvent, CallSettings};

const SECOND: Duration = Duration::from_secs(1);
/// By so much the server's voice detection knows later that the caller has said their last word.
const PAUSE: Duration = Duration::from_millis(500);
/// The model's time to begin a response.
const THINKING: Duration = Duration::from_millis(150);
/// Nobody is left in silence for longer.
const LONGEST: Duration = Duration::from_millis(2_500);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The caller asks for something; returns when they said their last word.
async fn speaks(stage: &mut Stage, item: &str) -> Duration {
    stage.model.speech_started(item).await;
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.turn(item, "Look it up, please.").await;
    stage.caller.now() - PAUSE
}

/// The caller asks for something, and the agent calls a tool that takes so long.
async fn calls(stage: &mut Stage, tool: &str, takes: u64) -> Duration {
    let last_word = speaks(stage, "user_1").await;
    stage.model.expect_nothing_for(THINKING).await;
    stage.model.begin("resp_1", &Value::Null).await;
    let arguments = json!({"milliseconds": takes}).to_string();
    let item = stage.model.call("resp_1", "call_1", tool, &arguments).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    last_word
}

/// The model tells the result after a moment, and the caller hears it; returns when it began.
async fn told(stage: &mut Stage, response: &str) -> Duration {
    stage.model.respond(response).await;
    stage.model.expect_nothing_for(THINKING).await;
    let item = format!("item_{response}");
    stage.model.say(response, &item, "It is forty-two.", SECOND).await;
    stage.model.done(response, "completed", &[]).await;
    stage.caller.hear(&item, SECOND).await;
    let first = stage.caller.heard.iter().find(|chunk| chunk.item.as_str() == item);
    first.expect("it was heard").from()
}

fn differ(phrases: &[(Duration, String)]) -> bool {
    phrases.windows(2).all(|pair| pair[0].1 != pair[1].1)
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_eight_seconds_leaves_no_silence() {
    let mut stage = Stage::waiting().await;
    let hum = stage.caller.hum();
    let before = stage.model.heard;

    let last_word = calls(&mut stage, "look_up", 8_000).await;
    stage.model.output("call_1").await;
    let put_in = stage.caller.now();
    let answered = told(&mut stage, "resp_2").await;

    let first = stage.caller.first_heard_after(last_word).unwrap();
    assert!(first - last_word >= SECOND * 2, "nobody notices two seconds: {first:?}");
    assert!(first - last_word <= LONGEST, "{first:?} after {last_word:?}");
    let silence = stage.caller.longest_silence(last_word, answered);
    assert!(silence <= LONGEST, "{silence:?} in {:?}", stage.caller.heard);
    let phrases = stage.held();
    assert!(phrases.len() >= 2 && differ(&phrases), "{phrases:?}");
    assert!(answered - put_in <= THINKING + PHRASE, "it queues right behind a phrase");
    // Nothing of it is in the conversation, nothing was paid by it, and nothing is owed any more.
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert_eq!(stage.model.heard - before, hum.stop(), "the model hears the caller all the while");
    assert_eq!(stage.dead_air("tool") + stage.dead_air("response"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_phrase_begins_when_it_is_due_to_the_millisecond() {
    let mut stage = Stage::waiting().await;

    calls(&mut stage, "look_up", 8_000).await;
    stage.model.output("call_1").await;
    told(&mut stage, "resp_2").await;

    let heard: Vec<_> = stage.caller.heard.iter().filter(|chunk| chunk.is_recorded()).collect();
    let held = stage.held();
    assert_eq!(heard.len(), held.len());
    for (chunk, (due, _)) in heard.iter().zip(&held) {
        assert!(chunk.from().abs_diff(*due) <= ms(50), "{chunk:?} was due at {due:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_answers_in_a_second_and_a_half_gets_no_phrase() {
    let mut stage = Stage::waiting().await;

    calls(&mut stage, "look_up", 1_500).await;
    stage.model.output("call_1").await;
    told(&mut stage, "resp_2").await;

    assert_eq!(stage.held(), []);
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_ends_is_given_up_at_ten_seconds_and_the_model_says_sorry() {
    let mut stage = Stage::waiting().await;

    let last_word = calls(&mut stage, "look_up", 3_600_000).await;
    let called = stage.caller.now();
    let envelope = stage.model.output("call_1").await;

    assert_eq!(stage.caller.now() - called, SECOND * 10);
    assert_eq!(envelope["error_code"], "timeout");
    let answered = told(&mut stage, "resp_2").await;
    assert!(stage.caller.longest_silence(last_word, answered) <= LONGEST);
    assert!(differ(&stage.held()), "{:?}", stage.held());
}

#[tokio::test(start_paused = true)]
async fn a_model_that_goes_quiet_in_a_response_is_covered_by_phrases_until_it_answers() {
    let mut stage = Stage::waiting().await;
    let last_word = speaks(&mut stage, "user_1").await;
    stage.model.begin("resp_1", &Value::Null).await;

    assert_eq!(stage.model.expect("response.cancel").await["response_id"], "resp_1");
    stage.model.done_with("resp_1", json!({"status": "cancelled"})).await;
    let answered = told(&mut stage, "resp_2").await;

    assert!(answered - last_word > SECOND * 8);
    let silence = stage.caller.longest_silence(last_word, answered);
    assert!(silence <= LONGEST, "{silence:?} in {:?}", stage.caller.heard);
    for (due, text) in stage.held() {
        let heard = stage.caller.heard.iter().find(|chunk| chunk.from().abs_diff(due) <= ms(50));
        assert!(heard.is_some(), "{text:?} was due at {due:?}: {:?}", stage.caller.heard);
    }
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_gone_is_covered_by_phrases() {
    let mut stage = Stage::waiting().await;
    let last_word = speaks(&mut stage, "user_1").await;
    stage.model.begin("resp_1", &Value::Null).await;
    let lost = stage.caller.now();
    stage.model.close(1011).await;

    assert!(stage.refuse_for(SECOND * 7).await > 3);
    stage.model = stage.redialled().await;
    stage.model.update().await;
    stage.model.restored().await;
    let answered = told(&mut stage, "resp_2").await;

    assert!(answered - lost > SECOND * 7);
    let silence = stage.caller.longest_silence(last_word, answered);
    assert!(silence <= LONGEST, "{silence:?} in {:?}", stage.caller.heard);
    assert!(stage.held().len() >= 2 && differ(&stage.held()), "{:?}", stage.held());
    assert_eq!(stage.dead_air("link"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_is_known_to_be_slow_gets_its_phrase_at_once() {
    let mut stage = Stage::waiting().await;
    calls(&mut stage, "look_up", 6_000).await;
    stage.model.output("call_1").await;
    told(&mut stage, "resp_2").await;
    stage.call_again().await;
    stage.greet().await;

    let last_word = calls(&mut stage, "look_up", 6_000).await;
    let called = stage.caller.now();
    stage.model.output("call_1").await;
    let answered = told(&mut stage, "resp_2").await;

    let first = stage.caller.first_heard_after(last_word).unwrap();
    assert!(first >= last_word + SECOND, "not in the first second after the caller: {first:?}");
    assert!(first <= called + ms(450), "{first:?}, and the tool was called at {called:?}");
    assert!(stage.caller.longest_silence(last_word, answered) <= LONGEST);
}

#[tokio::test(start_paused = true)]
async fn a_tool_with_a_patience_of_its_own_gets_its_phrase_then() {
    let mut stage = Stage::waiting().await;

    let last_word = calls(&mut stage, "think_over", 6_000).await;
    stage.model.output("call_1").await;
    told(&mut stage, "resp_2").await;

    let first = stage.caller.first_heard_after(last_word).unwrap();
    assert!((SECOND * 4..=ms(4_400)).contains(&(first - last_word)), "{first:?} {last_word:?}");
    assert_eq!(stage.dead_air("tool"), 0, "that silence was wanted");
}

#[tokio::test(start_paused = true)]
async fn a_tools_own_phrase_comes_first_and_once() {
    let mut stage = Stage::waiting().await;

    calls(&mut stage, "pay_in", 9_000).await;
    stage.model.output("call_1").await;
    told(&mut stage, "resp_2").await;

    let held: Vec<_> = stage.held().into_iter().map(|(_, text)| text).collect();
    assert!(held.len() >= 2, "{held:?}");
    assert_eq!(held[0], OWN_PHRASE);
    assert!(held[1..].iter().all(|text| text != OWN_PHRASE), "{held:?}");
}

#[tokio::test(start_paused = true)]
async fn what_one_of_two_calls_came_to_is_told_instead_of_a_phrase() {
    let mut stage = Stage::waiting().await;
    let last_word = speaks(&mut stage, "user_1").await;
    stage.model.begin("resp_1", &Value::Null).await;
    let fast = stage.model.call("resp_1", "call_1", "look_up", r#"{"milliseconds":300}"#).await;
    let slow = stage.model.call("resp_1", "call_2", "think_over", r#"{"milliseconds":6000}"#).await;
    stage.model.done("resp_1", "completed", &[fast, slow]).await;
    stage.model.output("call_1").await;

    let told_first = told(&mut stage, "resp_2").await;
    assert_eq!(stage.held(), [], "real content beats filler");
    assert!(told_first - last_word <= ms(4_400) + THINKING, "{told_first:?}");
    stage.model.output("call_2").await;
    told(&mut stage, "resp_3").await;

    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_speaks_over_a_phrase_silences_it_and_nothing_is_truncated() {
    let mut stage = Stage::waiting().await;
    let last_word = calls(&mut stage, "look_up", 6_000).await;
    stage.model.expect_nothing_for(ms(2_000)).await;
    assert_eq!(stage.held().len(), 1, "it has begun");

    stage.model.speech_started("user_2").await;
    stage.model.expect_nothing_for(SECOND).await;
    stage.caller.look();
    assert_eq!(stage.caller.clears, 1);
    assert_eq!(stage.caller.heard_recorded(), Duration::ZERO, "it was cut");
    stage.model.turn("user_2", "Are you there?").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "Yes.", ms(500)).await;
    stage.model.done("resp_2", "completed", &[]).await;
    stage.model.output("call_1").await;
    let answered = told(&mut stage, "resp_3").await;

    assert!(answered > last_word + SECOND * 6);
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_speaks_before_a_phrase_is_due_hears_none() {
    let mut stage = Stage::waiting().await;
    calls(&mut stage, "look_up", 4_000).await;
    stage.model.expect_nothing_for(SECOND).await;

    stage.model.speech_started("user_2").await;
    stage.model.output("call_1").await;
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.turn("user_2", "By the way.").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "It is forty-two.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;
    stage.caller.hear("item_2", SECOND).await;

    assert_eq!(stage.held(), []);
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_does_not_wait_for_a_long_phrase() {
    let mut stage = Stage::waiting().await;
    calls(&mut stage, "look_up", 2_200).await;
    stage.model.output("call_1").await;
    let put_in = stage.caller.now();

    let answered = told(&mut stage, "resp_2").await;

    assert!(answered - put_in <= PHRASE + THINKING, "{answered:?} {put_in:?}");
    let phrase = stage.caller.heard.iter().rfind(|chunk| chunk.is_recorded());
    assert!(phrase.is_none_or(|phrase| phrase.at <= answered), "never over one another");
}

#[tokio::test(start_paused = true)]
async fn a_silence_for_which_nothing_was_rendered_is_explained_by_a_recording() {
    let settings = CallSettings { render_holds: false, nudge_ms: 0, ..CallSettings::default() };
    let mut stage = Stage::with_slow_tools(false, settings).await;
    stage.greet().await;
    let spoken = speaks(&mut stage, "user_1").await;
    stage.model.begin("resp_1", &Value::Null).await;

    stage.model.expect_nothing_for(SECOND * 6).await;

    stage.caller.hear_recorded_after(spoken).await;
    let silence = stage.caller.longest_silence(spoken, spoken + SECOND * 6);
    assert!(silence <= ms(2_500), "{silence:?}");
    assert_eq!(stage.dead_air("response"), 0, "{}", stage.metrics());
}

#[tokio::test(start_paused = true)]
async fn a_line_of_text_is_shown_phrases_and_nothing_is_rendered() {
    let settings = CallSettings { nudge_ms: 1_000, ..CallSettings::default() };
    let mut stage = Stage::with_slow_tools(true, settings).await;
    stage.model.update().await;
    greets_in_writing(&mut stage).await;
    stage.caller.type_line("Look it up.").await;
    let typed = stage.caller.now();
    let item = stage.model.expect("conversation.item.create").await;
    stage.model.send(json!({"type": "conversation.item.added", "item": item["item"]})).await;
    stage.model.respond("resp_1").await;
    let item = stage.model.call("resp_1", "call_1", "look_up", r#"{"milliseconds":5000}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;

    stage.model.output("call_1").await;

    let held = stage.held();
    assert!(held.len() >= 2 && differ(&held), "{held:?}");
    assert!((SECOND * 2..=LONGEST).contains(&(held[0].0 - typed)), "{held:?} {typed:?}");
    stage.caller.look();
    let shown = |event: &&CallEvent| matches!(event, CallEvent::Held { .. });
    assert_eq!(stage.caller.shown.iter().filter(shown).count(), held.len());
}

/// The model greets a caller who reads.
async fn greets_in_writing(stage: &mut Stage) {
    stage.model.respond("resp_0").await;
    stage.model.write("resp_0", "item_0", "Good day.").await;
    // Nobody is nudged who reads.
    stage.model.expect_nothing_for(SECOND * 30).await;
}

#[tokio::test(start_paused = true)]
async fn tags_in_the_models_words_are_for_its_voice_only() {
    let mut stage = Stage::waiting().await;
    let (_, mut live) = stage.sessions.watch(stage.id.as_str()).unwrap();
    stage.asks("user_1", "My code?", "resp_1").await;
    let words = "<slow>Your code is</slow> <spell>A17</spell>, if a < b.";
    stage.model.say("resp_1", "item_1", words, SECOND * 2).await;
    stage.model.done("resp_1", "completed", &[]).await;
    stage.caller.hear("item_1", SECOND * 2).await;
    stage.model.expect_nothing_for(SECOND).await;

    let live = std::iter::from_fn(|| live.try_recv().ok()).map(|reported| reported.event);
    let (saying, said): (Vec<_>, Vec<_>) = live
        .filter_map(|event| match event {
            CallEvent::AgentSaying { delta, .. } => Some((delta, String::new())),
            CallEvent::AgentSaid { text, .. } => Some((String::new(), text)),
            _ => None,
        })
        .unzip();
    assert_eq!(saying.concat(), "Your code is A17, if a < b.");
    assert_eq!(said.concat(), "Your code is A17, if a < b.");
}
