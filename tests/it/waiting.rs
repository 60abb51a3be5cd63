//! A caller who waits, over the telephone's own protocol and with a model that takes its time: what is really heard.

use std::time::Duration;

use harness::{App, Phone, slow_roster};
use switchboard_lines::twilio::caller::{Report, Script, Spoken};
use switchboard_session::CallEvent;
use switchboard_simulator::mind::scripted::ScriptedMind;
use switchboard_simulator::{EarsChoice, Settings, Simulator, VoiceChoice};

const ANSWER: &str = "It is forty-two.";
/// Nobody is left in silence for longer.
const LONGEST: Duration = Duration::from_millis(2_500);

/// A caller asks for something that takes a tool so long, while this goes wrong with the model.
async fn call(milliseconds: u64, faults: &[&str]) -> (Report, Vec<CallEvent>) {
    let script = format!(
        r#"
        [[step]]
        say = "Good day, how can I help?"
        [[step]]
        heard = "look it up"
        call = {{ name = "look_up", arguments = {{ milliseconds = {milliseconds} }} }}
        [[step]]
        output_of = "look_up"
        say = "{ANSWER}"
        [[step]]
        heard = "goodbye"
        say = "Goodbye."
        call = {{ name = "end_call", arguments = {{ reason = "done" }} }}
        "#
    );
    play(&script, faults).await
}

/// A caller asks for something and says goodbye, with a model that follows this script.
async fn play(script: &str, faults: &[&str]) -> (Report, Vec<CallEvent>) {
    let mind = ScriptedMind::from_toml(script).unwrap();
    let (voice, ears) = (VoiceChoice::TextChannel, EarsChoice::TextChannel);
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let settings = Settings { voice, ears, faults, ..Settings::default() };
    let simulator = Simulator::with_minds(settings, move |_| Box::new(mind.clone()));
    let phone = Phone::new(slow_roster(), App::default(), simulator).await;
    // The caller waits until the answer is there, and takes no phrase for one.
    let script = Script::default()
        .finished_after(Duration::from_secs(3))
        .say("Look it up, please.")
        .say("goodbye");
    phone.call("+15550100", script).await
}

fn held(events: &[CallEvent]) -> Vec<&str> {
    let held = events.iter().filter_map(|event| match event {
        CallEvent::Held { text, .. } => Some(text.as_str()),
        _ => None,
    });
    held.collect()
}

/// What was heard of this.
fn heard<'a>(report: &'a Report, words: &str) -> Vec<&'a Spoken> {
    let like = |spoken: &&Spoken| spoken.text.as_deref().is_some_and(|text| text.contains(words));
    report.heard.iter().filter(like).collect()
}

/// From the caller's question to the answer nobody was left in silence, and the phrases differed.
fn is_covered(report: &Report, events: &[CallEvent]) {
    let silence = report.longest_silence.unwrap();
    assert!(silence.length() <= LONGEST, "{silence:?} in {:?}", report.heard);
    let asked = report.said[0].to;
    let first = report.heard.iter().find(|spoken| spoken.from >= asked).unwrap();
    assert!(first.from - asked <= LONGEST, "{first:?} after {asked:?}");
    let held = held(events);
    assert!(held.windows(2).all(|pair| pair[0] != pair[1]), "{held:?}");
    for phrase in held {
        assert!(!heard(report, phrase).is_empty(), "{phrase:?} is heard: {:?}", report.heard);
    }
}

#[tokio::test(start_paused = true)]
async fn eight_seconds_are_covered_by_phrases_in_the_agents_voice() {
    let (report, events) = call(8_000, &[]).await;

    is_covered(&report, &events);
    assert!(held(&events).len() >= 2, "{events:?}");
    let answers = heard(&report, ANSWER);
    assert_eq!(answers.len(), 1, "{:?}", report.heard);
    assert!(answers[0].complete);
}

#[tokio::test(start_paused = true)]
async fn a_second_and_a_half_needs_no_phrase() {
    let (report, events) = call(1_500, &[]).await;

    assert_eq!(held(&events), [""; 0], "{:?}", report.heard);
    assert_eq!(heard(&report, ANSWER).len(), 1, "{:?}", report.heard);
    let silence = report.longest_silence.unwrap().length();
    assert!(silence <= LONGEST, "{silence:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_ends_is_told_of_at_ten_seconds() {
    let (report, events) = call(3_600_000, &[]).await;

    is_covered(&report, &events);
    let outcome = events.iter().find_map(|event| match event {
        CallEvent::ToolAnswered { outcome, took_ms, .. } => Some((outcome.as_str(), *took_ms)),
        _ => None,
    });
    assert_eq!(outcome, Some(("timeout", 10_000)));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_stalls_is_covered_by_phrases_that_were_rendered_before() {
    let script = format!(
        r#"
        step = [
            {{ say = "Good day, how can I help?" }},
            {{ heard = "look it up", say = "{ANSWER}" }},
            {{ heard = "look it up", say = "{ANSWER}" }},
            {{ heard = "goodbye", say = "Goodbye.", call = {{ name = "end_call", arguments = {{ reason = "done" }} }} }},
        ]
        "#
    );
    let (report, events) = play(&script, &["stall@response:2"]).await;

    is_covered(&report, &events);
    assert!(held(&events).len() >= 2, "{events:?}");
    assert_eq!(heard(&report, ANSWER).len(), 1, "{:?}", report.heard);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_nothing_beside_the_conversation_covers_a_tool_all_the_same() {
    for fault in ["refuse_out_of_band@out_of_band:*", "ignore_out_of_band@out_of_band:*"] {
        let script = format!(
            r#"
            obey_instructions = true
            step = [
                {{ say = "Good day, how can I help?" }},
                {{ heard = "look it up", call = {{ name = "look_up", arguments = {{ milliseconds = 8000 }} }} }},
                {{ output_of = "look_up", say = "{ANSWER}" }},
                {{ heard = "goodbye", say = "Goodbye.", call = {{ name = "end_call", arguments = {{ reason = "done" }} }} }},
            ]
            "#
        );
        let (report, events) = play(&script, &[fault]).await;

        is_covered(&report, &events);
        assert!(held(&events).len() >= 2, "{events:?}");
        assert_eq!(heard(&report, ANSWER).len(), 1, "{:?}", report.heard);
        let sorry = |event: &&CallEvent| matches!(event, CallEvent::Apologised { .. });
        assert_eq!(events.iter().find(sorry), None);
    }
}
