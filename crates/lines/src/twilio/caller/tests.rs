use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use switchboard_audio::SampleRate;
use switchboard_audio::g711::{decode_mulaw, encode_mulaw};
use switchboard_audio::modem::{Demodulator, Modulator, Utterance, Utterances};
use switchboard_realtime::{ItemId, Payload};
use switchboard_session::{Chunk, Line, LineCommand, LineEvent};

use super::*;
use crate::twilio::{Ended, Tokens, Visit, memory, serve};

/// A session in a few lines: hears words, and says words in chunks of 100 ms.
struct Session {
    line: Line,
    demodulator: Demodulator,
    utterances: Utterances,
    modulator: Modulator,
    generation: u32,
}

impl Session {
    fn new(line: Line) -> Self {
        Self {
            line,
            demodulator: Demodulator::new(SampleRate::Khz8),
            utterances: Utterances::default(),
            modulator: Modulator::new(SampleRate::Khz8),
            generation: 0,
        }
    }

    /// Says something; returns when it has all been sent, long before it has been played.
    async fn say(&mut self, item: &str, text: &str) {
        let audio = encode_mulaw(&self.modulator.speak(text).samples);
        let mut sent = 0;
        for piece in audio.chunks(800) {
            sent += piece.len() as u64;
            let chunk = Chunk {
                item: ItemId::new(item),
                until: Duration::from_millis(sent / 8),
                generation: self.generation,
                audio: Payload::encode(piece),
            };
            self.line.commands.send(LineCommand::Play(chunk)).await.unwrap();
        }
    }

    /// Hears one word; `None` once the line is gone.
    async fn word(&mut self) -> Option<String> {
        loop {
            let audio = decode_mulaw(&self.line.audio.recv().await?.decode().unwrap());
            if let Some(word) = self.demodulator.push(&audio).into_iter().next() {
                let text = word.word.clone();
                self.utterances.hear([word]);
                return Some(text);
            }
        }
    }

    /// Hears an utterance to its end.
    async fn utterance(&mut self) -> Option<String> {
        loop {
            let audio = decode_mulaw(&self.line.audio.recv().await?.decode().unwrap());
            let words = self.demodulator.push(&audio);
            if let Some(utterance) = self.utterances.hear(words).into_iter().next() {
                return Some(utterance.text());
            }
        }
    }

    /// Waits until all of an item has been played, and returns how much that was.
    async fn played(&mut self, item: &str) -> Duration {
        let mut until = Duration::ZERO;
        loop {
            match tokio::time::timeout(Duration::from_secs(2), self.line.events.recv()).await {
                Ok(Some(LineEvent::Marked(mark))) if mark.item.as_str() == item => {
                    until = mark.until;
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return until,
            }
        }
    }
}

/// Runs a call between a part and a session.
async fn run<F, Fut>(setup: Setup, part: impl Part, session: F) -> (Report, Ended)
where
    F: FnOnce(Session) -> Fut,
    Fut: Future<Output = ()>,
{
    let (socket, caller) = memory::pair(256);
    let tokens = Tokens::with_key("key");
    let visit = Visit { call_sid: setup.arrival.call_sid.clone(), from: None, to: None };
    let mut setup = setup;
    setup.parameters = vec![("token".to_owned(), tokens.issue(&visit))];
    let served = serve(socket, &tokens, |line| session(Session::new(line)));
    let (report, ended) = tokio::join!(call(caller, setup, part, |_| {}), served);
    (report.unwrap(), ended.unwrap())
}

fn setup() -> Setup {
    Setup::new(Arrival::new("+15550100", "+15550199"), &[])
}

fn texts(spoken: &[Spoken]) -> Vec<(&str, bool)> {
    spoken.iter().map(|spoken| (spoken.text.as_deref().unwrap_or("?"), spoken.complete)).collect()
}

#[tokio::test(start_paused = true)]
async fn two_sides_hear_each_other_word_by_word() {
    let script = Script::default().say("what is my balance").say("goodbye");

    let (report, ended) = run(setup(), script, async |mut session| {
        session.say("greeting", "hello there").await;
        assert_eq!(session.utterance().await.as_deref(), Some("what is my balance"));
        tokio::time::sleep(Duration::from_secs(1)).await;
        session.say("answer", "it is forty two euros").await;
        assert_eq!(session.utterance().await.as_deref(), Some("goodbye"));
        session.say("goodbye", "thank you").await;
        assert_eq!(session.played("goodbye").await, Duration::from_millis(530));
    })
    .await;

    assert_eq!(ended, Ended::HungUp);
    assert_eq!(
        report.hung_up,
        HungUp::Server { code: 1000, reason: "the call is over".to_owned() }
    );
    assert_eq!(texts(&report.said), [("what is my balance", true), ("goodbye", true)]);
    assert_eq!(
        texts(&report.heard),
        [("hello there", true), ("it is forty two euros", true), ("thank you", true)]
    );
    assert_eq!(report.interruptions(), 0);
    let silence = report.longest_silence.unwrap();
    assert!((940..=1_020).contains(&silence.length().as_millis()), "{silence:?}");
    assert!(silence.from >= report.said[0].to && silence.to <= report.heard[1].to);
    let pause = report.said[0].from.saturating_sub(report.heard[0].to);
    assert!((780..=860).contains(&pause.as_millis()), "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn the_recording_holds_what_was_said_and_heard() {
    let (report, _) = run(setup(), Script::default().say("good morning"), async |mut session| {
        session.say("greeting", "hello there").await;
        session.utterance().await;
    })
    .await;

    let mut utterances = Utterances::default();
    let heard = utterances.hear(Demodulator::new(SampleRate::Khz8).push(&report.recording.mixed()));
    assert_eq!(
        heard.iter().map(Utterance::text).collect::<Vec<_>>(),
        ["hello there", "good morning"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_interruption_stops_what_was_queued() {
    let script = Script::default().say_at(Cue::Speaking(Duration::from_millis(800)), "stop");

    let (report, _) = run(setup(), script, async |mut session| {
        session.say("long", "one two three four five six seven eight").await;
        assert_eq!(session.word().await.as_deref(), Some("stop"));
        session.line.commands.send(LineCommand::Clear { generation: 1 }).await.unwrap();
        session.generation = 1;
        session.say("short", "yes").await;
        session.played("short").await;
    })
    .await;

    assert_eq!(report.interruptions(), 1);
    assert_eq!(texts(&report.heard), [("one two three four", false), ("yes", true)]);
    assert_eq!(texts(&report.said), [("stop", true)]);
}

#[tokio::test(start_paused = true)]
async fn marks_follow_what_was_really_played() {
    let begun = Instant::now();
    let (_, _) = run(setup(), Script::default(), async |mut session| {
        session.say("a", "one two three four").await;
        let mut last = None;
        while let Some(LineEvent::Marked(mark)) = session.line.events.recv().await {
            assert!(begun.elapsed().abs_diff(mark.until) <= Duration::from_millis(25), "{mark:?}");
            let over = mark.until >= Duration::from_millis(1_030);
            last = Some(mark.until);
            if over {
                break;
            }
        }
        assert_eq!(last, Some(Duration::from_millis(1_030)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn lost_marks_can_be_played_too() {
    let setup = Setup { returns_marks: false, ..setup() };

    let (report, _) = run(setup, Script::default(), async |mut session| {
        session.say("a", "one two").await;
        assert_eq!(session.played("a").await, Duration::ZERO);
    })
    .await;

    assert_eq!(texts(&report.heard), [("one two", true)]);
}

#[tokio::test(start_paused = true)]
async fn keys_and_hanging_up_reach_the_session() {
    let script =
        Script::default().press("4#").linger(Duration::ZERO).patience(Duration::from_secs(3));

    let (report, ended) = run(setup(), script, async |mut session| {
        assert_eq!(session.line.events.recv().await, Some(LineEvent::Dtmf('4')));
        assert_eq!(session.line.events.recv().await, Some(LineEvent::Dtmf('#')));
        assert!(matches!(session.line.events.recv().await, Some(LineEvent::Closed { .. })));
    })
    .await;

    assert_eq!((ended, report.hung_up), (Ended::CallerHungUp, HungUp::Caller));
    assert_eq!(report.heard, []);
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_is_muted_leaves_no_gap_for_the_session() {
    let received = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&received);
    let script = Script::default()
        .then(Cue::At(Duration::from_millis(500)), Act::Mute(Duration::from_secs(3)))
        .then(Cue::At(Duration::from_secs(5)), Act::HangUp);

    run(setup(), script, async move |session| {
        while let Some(audio) = session.line.audio.recv().await {
            counted.fetch_add(u32::try_from(audio.decoded_len()).unwrap(), Ordering::Relaxed);
        }
    })
    .await;

    assert_eq!(received.load(Ordering::Relaxed), 5_000 * 8);
}

#[tokio::test(start_paused = true)]
async fn a_caller_can_vanish_or_talk_nonsense() {
    let script = Script::default()
        .then(Cue::Now, Act::Send("nonsense".to_owned()))
        .then(Cue::At(Duration::from_secs(1)), Act::Vanish);

    let (report, ended) = run(setup(), script, async |mut session| {
        assert!(matches!(session.line.events.recv().await, Some(LineEvent::Closed { .. })));
    })
    .await;

    assert_eq!(report.hung_up, HungUp::Vanished);
    assert!(matches!(ended, Ended::Broken(_)));
}

#[tokio::test(start_paused = true)]
async fn a_call_has_an_end() {
    let setup = Setup { limit: Duration::from_secs(2), ..setup() };

    let (report, _) = run(
        setup,
        |_: &Moment<'_>| None,
        async |mut session| {
            while session.line.events.recv().await.is_some() {}
        },
    )
    .await;

    assert_eq!((report.hung_up, report.length), (HungUp::Caller, Duration::from_millis(1_980)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_turns_the_call_away_says_why() {
    let (socket, caller) = memory::pair(16);
    let tokens = Tokens::random();

    let served = serve(socket, &tokens, async |_| {});
    let (report, refused) = tokio::join!(call(caller, setup(), Script::default(), |_| {}), served);

    assert!(refused.is_err());
    let HungUp::Server { code, reason } = report.unwrap().hung_up else {
        panic!("the server closed it")
    };
    assert_eq!(code, 1008);
    assert!(reason.contains("token"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_hello_comes_before_all_else_and_is_no_speech() {
    let setup = Setup { says_hello: true, ..setup() };
    let script = Script::default().say_at(Cue::Now, "good morning");

    let (report, _) = run(setup, script, async |mut session| {
        for _ in 0..4 {
            assert!(!session.demodulator.has_met_a_speaker());
            let audio = decode_mulaw(&session.line.audio.recv().await.unwrap().decode().unwrap());
            assert_eq!(session.demodulator.push(&audio), []);
        }
        assert!(session.demodulator.has_met_a_speaker());
        assert_eq!(session.utterance().await.as_deref(), Some("good morning"));
    })
    .await;

    // The session hangs up at the last word, before its tones have faded.
    assert_eq!(texts(&report.said), [("good morning", false)]);
    assert_eq!(report.said[0].from, Duration::from_millis(80));
}
