//! The demo company on the phone, with the simulator as its model: what a newcomer sees, in virtual time.

use std::time::Duration;

use agents::App;
use harness::Phone;
use jiff::civil::date;
use switchboard_audio::modem::{Demodulator, Utterance, Utterances};
use switchboard_audio::{SampleRate, wav};
use switchboard_lines::twilio::caller::{Cue, Script, Speech};
use switchboard_session::CallEvent;
use switchboard_simulator::{EarsChoice, Settings, Simulator, VoiceChoice};

/// A Monday morning, on which nothing depends on today's date, and a simulator that needs no speech engine.
async fn company() -> (Phone, App) {
    company_with(VoiceChoice::TextChannel, EarsChoice::TextChannel).await
}

async fn company_with(voice: VoiceChoice, ears: EarsChoice) -> (Phone, App) {
    let now = date(2026, 11, 23).at(9, 30, 0, 0).to_zoned(agents::company::zone()).unwrap();
    let settings = Settings { now: Some(now.datetime()), voice, ears, ..Settings::default() };
    let app = App::for_tests(now).await.unwrap();
    let phone = Phone::new(agents::roster().unwrap(), app.clone(), Simulator::new(settings)).await;
    (phone, app)
}

fn handoffs(events: &[CallEvent]) -> Vec<(&str, &str)> {
    let pairs = events.iter().filter_map(|event| match event {
        CallEvent::HandedOff { from, to, .. } => Some((from.as_str(), to.as_str())),
        _ => None,
    });
    pairs.collect()
}

#[tokio::test(start_paused = true)]
async fn a_newcomers_first_call_meets_all_three_agents_and_moves_an_appointment() {
    let (phone, _) = company().await;
    let script = Script::default()
        .say("What is my balance?")
        .say("Move my appointment to Friday morning")
        .say("goodbye");

    let (report, events) = phone.call("+15550100", script).await;

    assert_eq!(handoffs(&events), [("triage", "billing"), ("billing", "calendar")]);
    let heard = report.heard_text();
    assert!(heard.contains("84.90"), "{heard}");
    assert!(heard.contains("The appointment is moved: Friday, November 27"), "{heard}");
    assert!(heard.trim_end().ends_with("Goodbye."), "{heard}");
    assert!(report.heard.iter().all(|spoken| spoken.complete), "the goodbye is heard to its end");
    let silence = report.longest_silence.unwrap().length();
    assert!(silence < Duration::from_millis(2_500), "{silence:?}");

    // The next call sees what the first one did.
    let (report, _) = phone
        .call("+15550100", Script::default().say("When is my appointment?").say("goodbye"))
        .await;
    let heard = report.heard_text();
    assert!(heard.contains("November 27"), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn what_was_recorded_is_what_the_transcript_says() {
    let (phone, _) = company().await;

    let (report, events) = phone
        .call("+15550100", Script::default().say("What are your opening hours?").say("goodbye"))
        .await;

    let mut utterances = Utterances::default();
    let decoded = utterances.hear(Demodulator::new(SampleRate::Khz8).push(&report.recording.heard));
    let decoded: Vec<_> = decoded.iter().map(Utterance::text).collect();
    let said = events.iter().filter_map(|event| match event {
        CallEvent::AgentSaid { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(decoded, said.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_interrupts_is_recorded_with_what_they_heard() {
    let (phone, _) = company().await;
    let script = Script::default()
        .say("What are your opening hours?")
        .say_at(Cue::Speaking(Duration::from_millis(700)), "What is my balance?")
        .say("goodbye");

    let (report, events) = phone.call("+15550100", script).await;

    assert!(report.interruptions() >= 1);
    let cut = report.heard.iter().find(|spoken| !spoken.complete).expect("something was cut off");
    let heard = cut.text.as_deref().unwrap_or_default();
    let recorded = events.iter().find_map(|event| match event {
        CallEvent::AgentSaid { text, interrupted: true, .. } => Some(text.clone()),
        _ => None,
    });
    let recorded = recorded.expect("the transcript says that it was cut off");
    let (heard, recorded) = (heard.split_whitespace().count(), recorded.split_whitespace().count());
    assert!(heard.abs_diff(recorded) <= 2, "{heard} words heard, {recorded} recorded: {report:?}");
    assert!(report.heard_text().contains("84.90"), "{}", report.heard_text());
}

#[tokio::test(start_paused = true)]
async fn real_speech_goes_through_the_line_and_the_vad_and_is_answered() {
    let (phone, _) = company().await;
    let recording =
        wav::decode(include_bytes!("../data/go-forward.wav"), "go-forward.wav").unwrap();
    let speech = Speech::Recording {
        samples: recording.at(SampleRate::Khz8),
        name: "go forward".to_owned(),
    };

    let (report, events) =
        phone.call("+15550100", Script::default().say(speech).say("goodbye")).await;

    let spoken = events.iter().filter(|event| matches!(event, CallEvent::CallerSpeaking)).count();
    assert_eq!(spoken, 2, "one turn of real speech and one goodbye: {events:?}");
    // The simulator has no ears for real speech, and says so instead of staying silent.
    assert!(report.heard.len() >= 3, "{:?}", report.heard);
}

#[tokio::test]
#[ignore = "needs espeak-ng and pocketsphinx"]
async fn a_person_is_heard_and_spoken_to() {
    let (phone, _) = company_with(VoiceChoice::EspeakNg, EarsChoice::Pocketsphinx).await;
    let recording =
        wav::decode(include_bytes!("../data/go-forward.wav"), "go-forward.wav").unwrap();
    let speech = Speech::Recording {
        samples: recording.at(SampleRate::Khz8),
        name: "go forward".to_owned(),
    };

    let (report, events) = phone.call("+15550100", Script::default().say(speech)).await;

    // What a small recogniser makes of eight kilohertz is its own; that it hears words is ours.
    let said = events.iter().filter(|event| matches!(event, CallEvent::CallerSaid { .. })).count();
    assert_eq!(said, 1, "{events:?}");
    let spoken = report.heard.iter().filter(|spoken| {
        spoken.text.is_none() && spoken.to.saturating_sub(spoken.from) > Duration::from_secs(1)
    });
    assert!(spoken.count() >= 2, "a greeting and an answer, in a voice: {:?}", report.heard);
}
