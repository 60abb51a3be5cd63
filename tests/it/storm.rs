//! Several things go wrong on one call, at any moments: it comes to its end, and nothing is done or told twice.

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::{App, Phone, roster};
use switchboard_lines::twilio::caller::Script;
use switchboard_session::CallEvent;
use switchboard_simulator::{EarsChoice, Settings, Simulator, VoiceChoice};

/// How many calls are made.
const CALLS: u64 = 24;
/// What may go wrong at a moment of a call, and how often the moment comes.
const FAULTS: [(&str, u64); 26] = [
    ("close_1006@event:response.output_audio.delta", 60),
    ("close_1001@event:response.created", 9),
    ("close_1011@event:input_audio_buffer.committed", 3),
    ("close_1006@event:input_audio_buffer.speech_started", 3),
    ("reset@event:response.function_call_arguments.done", 4),
    ("session_expired@sent", 200),
    ("close_1006@received", 30),
    ("mute@event:response.created", 9),
    ("close_1011@item", 4),
    ("close_1006@update", 3),
    ("close_1001@out_of_band", 6),
    ("rate_limit_exceeded@response", 8),
    ("server_error@response", 8),
    ("fail_midway@response", 8),
    ("stall@response", 8),
    ("stall=700@response", 8),
    ("delay_response@response", 8),
    ("pause@response", 8),
    ("omit_response_created@response", 8),
    ("refuse_response@create", 5),
    ("ignore_response@create", 5),
    ("delay_update@update", 3),
    ("refuse_item@item:function_call_output", 3),
    ("duplicate_call@call", 4),
    ("refuse_out_of_band@out_of_band", 6),
    ("error_without_event_id@create", 4),
];

/// A generator of numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// What goes wrong on the call of this number.
fn faults(seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut faults: Vec<String> = (0..2 + dice.below(3))
        .map(|_| {
            let (fault, most) = FAULTS[usize::try_from(dice.below(FAULTS.len() as u64)).unwrap()];
            format!("{fault}:{}", 1 + dice.below(most))
        })
        .collect();
    if dice.below(2) == 0 {
        faults.push(format!("refuse_connect@after_drop:{}ms", dice.below(4_000)));
    }
    faults
}

#[tokio::test(start_paused = true)]
async fn a_call_on_which_several_things_go_wrong_comes_to_its_end() {
    for seed in 0..CALLS {
        let faults = faults(seed);
        let parsed = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let (voice, ears) = (VoiceChoice::TextChannel, EarsChoice::TextChannel);
        let settings = Settings { seed, voice, ears, faults: parsed, ..Settings::default() };
        let app = App::default();
        let phone = Phone::new(roster(), app.clone(), Simulator::new(settings)).await;
        let script = Script::default()
            .patience(Duration::from_secs(40))
            .finished_after(Duration::from_secs(3))
            .say("What is my balance?")
            .say("Thank you. goodbye");

        let (report, events) = phone.call("+15550100", script).await;

        let heard = report.heard_text();
        let ended = |event: &&CallEvent| matches!(event, CallEvent::Ended { .. });
        assert_eq!(events.iter().filter(ended).count(), 1, "{faults:?}: {events:?}");
        let looks = app.counts.balances.load(Ordering::SeqCst);
        assert!(looks <= 1, "{faults:?}: {looks} looks at the balance");
        let told = heard.matches("42 dollars.").count();
        assert!(told <= 1, "{faults:?}: {heard:?}");
        assert!(heard.contains("Good day"), "{faults:?}: {heard:?}");
        let lost = r#"switchboard_dead_air_total{cause="lost_response"} 0"#;
        assert!(phone.metrics().contains(lost), "{faults:?}: {events:?}");
    }
}
