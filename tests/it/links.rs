//! The link to the model is lost at every point of a turn, in every way there is: the call lives, and the answer is heard.
//!
//! The caller asks for their balance: triage passes the call on, billing looks, and tells. The simulator breaks the connection once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::{App, Phone, roster};
use switchboard_lines::twilio::caller::{HungUp, Report, Script};
use switchboard_session::{CallEvent, CallSettings, Reported};
use switchboard_simulator::{EarsChoice, Fault, Settings, Simulator, VoiceChoice};

/// The points of the turn, in order.
const POINTS: [&str; 23] = [
    "event:input_audio_buffer.speech_started:1",
    "event:input_audio_buffer.speech_stopped:1",
    "event:input_audio_buffer.committed:1",
    "event:conversation.item.input_audio_transcription.completed:1",
    "response:2",
    "event:response.function_call_arguments.delta:1",
    "event:response.function_call_arguments.done:1",
    "event:response.done:2",
    "item:function_call_output:1",
    "update:2",
    "event:session.updated:2",
    "create:2",
    "event:response.created:3",
    "event:response.function_call_arguments.done:2",
    "event:response.done:3",
    "item:function_call_output:2",
    "create:3",
    "event:response.created:4",
    "event:response.output_item.added:4",
    "event:response.output_audio.delta:14",
    "event:response.output_audio.delta:17",
    "event:response.output_audio.done:2",
    "event:response.done:4",
];

/// How many of them there are before the answer has begun.
const UNHEARD: usize = 18;

struct Call {
    report: Report,
    events: Vec<Reported>,
    app: App,
    metrics: String,
}

impl Call {
    /// A caller asks for their balance, is answered, and says goodbye, while this goes wrong.
    async fn with(faults: &[String], settings: CallSettings) -> Self {
        let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let (voice, ears) = (VoiceChoice::TextChannel, EarsChoice::TextChannel);
        let simulator = Simulator::new(Settings { voice, ears, faults, ..Settings::default() });
        let app = App::default();
        let phone = Phone::with_settings(roster(), app.clone(), simulator, settings).await;
        let script = Script::default()
            .patience(Duration::from_secs(90))
            .finished_after(Duration::from_secs(3))
            .say("What is my balance?")
            .say("goodbye");
        let (report, events) = phone.call_timed("+15550100", script).await;
        Self { report, events, app, metrics: phone.metrics() }
    }

    fn count(&self, like: impl Fn(&CallEvent) -> bool) -> usize {
        self.events.iter().filter(|reported| like(&reported.event)).count()
    }

    fn at(&self, like: impl Fn(&CallEvent) -> bool) -> Option<Duration> {
        self.events.iter().find(|reported| like(&reported.event)).map(Reported::at)
    }

    /// From the loss of the link until the next one worked.
    fn gap(&self) -> Option<Duration> {
        let lost = self.at(|event| matches!(event, CallEvent::LinkLost { .. }))?;
        Some(self.at(|event| matches!(event, CallEvent::Reconnected { .. }))? - lost)
    }

    /// How often the answer was heard, from its first word to its last.
    fn told(&self) -> usize {
        let whole = self.report.heard.iter().filter(|spoken| spoken.complete);
        let words = whole.filter_map(|spoken| spoken.text.as_deref());
        words.filter(|text| text.contains("42 dollars.")).count()
    }

    /// What does not hold of a call that lost its link once, if anything; it may be silent for so long at the most.
    fn complaint(&self, most: Duration) -> Option<String> {
        let heard = self.report.heard_text();
        let agents: Vec<_> = self
            .events
            .iter()
            .filter_map(|reported| match &reported.event {
                CallEvent::HandedOff { to, .. } => Some(to.as_str()),
                _ => None,
            })
            .collect();
        let facts = [
            ("the answer is heard once in full", self.told() == 1),
            ("the tool ran once", self.app.counts.balances.load(Ordering::SeqCst) == 1),
            ("the call was passed on once", agents == ["billing"]),
            ("goodbye is heard", heard.lines().last().is_some_and(|last| last.contains("Goodbye"))),
            ("we hung up", matches!(self.report.hung_up, HungUp::Server { code: 1000, .. })),
            ("no apology", self.count(|event| matches!(event, CallEvent::Apologised { .. })) == 0),
            ("one loss", self.count(|event| matches!(event, CallEvent::LinkLost { .. })) == 1),
            ("greeted once", heard.matches("Good day").count() == 1),
            (
                "nobody waits in silence",
                self.report.longest_silence.is_none_or(|silence| silence.length() <= most),
            ),
            ("back at once", self.gap().is_some_and(|gap| gap <= Duration::from_millis(500))),
            (
                "no lost debt",
                self.metrics.contains(r#"switchboard_dead_air_total{cause="lost_response"} 0"#),
            ),
        ];
        let wrong: Vec<_> =
            facts.iter().filter(|(_, holds)| !holds).map(|(fact, _)| fact).collect();
        (!wrong.is_empty()).then(|| {
            let events: Vec<_> = self
                .events
                .iter()
                .map(|reported| format!("{} {:?}", reported.at_ms, reported.event))
                .collect();
            format!("{wrong:?}: {heard:?}\n{}", events.join("\n"))
        })
    }
}

fn quietly() -> CallSettings {
    CallSettings { render_holds: false, ..CallSettings::default() }
}

/// The link is lost in this way at each of these points, one call each; all that does not hold is told at once.
async fn lost_at(points: &[&str], kind: &str) {
    // A server that has not told that the caller speaks, and tells nothing more, is found out by its pongs only.
    let most = Duration::from_millis(if kind == "mute" { 15_000 } else { 2_500 });
    let mut complaints = Vec::new();
    for point in points {
        let call = Call::with(&[format!("{kind}@{point}")], quietly()).await;
        complaints.extend(call.complaint(most).map(|what| format!("{kind}@{point}: {what}")));
    }
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        points.len(),
        complaints.join("\n\n")
    );
}

#[tokio::test(start_paused = true)]
async fn the_call_outlives_a_server_that_goes_away() {
    lost_at(&POINTS, "close_1001").await;
}

#[tokio::test(start_paused = true)]
async fn the_call_outlives_a_connection_that_ends_without_a_word() {
    lost_at(&POINTS, "close_1006").await;
}

#[tokio::test(start_paused = true)]
async fn the_call_outlives_a_server_that_fails() {
    lost_at(&POINTS, "close_1011").await;
}

#[tokio::test(start_paused = true)]
async fn the_call_outlives_a_reset() {
    lost_at(&POINTS, "reset").await;
}

#[tokio::test(start_paused = true)]
async fn the_call_outlives_the_longest_session() {
    lost_at(&POINTS, "session_expired").await;
}

#[tokio::test(start_paused = true)]
async fn the_call_outlives_a_connection_over_which_nothing_comes_any_more() {
    let (unheard, heard) = POINTS.split_at(UNHEARD);
    lost_at(unheard, "mute").await;
    // A caller who has heard something may say their goodbye before anybody knows that nobody hears them.
    for point in heard {
        let call = Call::with(&[format!("mute@{point}")], quietly()).await;
        assert_eq!(call.told(), 1, "{}", call.report.heard_text());
        assert_eq!(call.count(|event| matches!(event, CallEvent::Reconnected { .. })), 1);
        assert_eq!(call.count(|event| matches!(event, CallEvent::Apologised { .. })), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_call_is_back_within_half_a_second_of_the_server() {
    for down in [0, 300, 1_000, 3_000, 7_000] {
        let faults = [
            "close_1006@event:response.output_audio.delta:18".to_owned(),
            format!("refuse_connect@after_drop:{down}ms"),
        ];
        let call = Call::with(&faults, CallSettings::default()).await;

        let most = Duration::from_millis(down + 500);
        assert!(call.gap().is_some_and(|gap| gap <= most), "{down}: {:?}", call.gap());
        let heard = call.report.heard_text();
        assert!(heard.contains("42") && heard.contains("Goodbye"), "{heard}");
        let silence = call.report.longest_silence.unwrap().length();
        assert!(silence <= Duration::from_millis(2_500), "{down}: {silence:?}");
    }
}
