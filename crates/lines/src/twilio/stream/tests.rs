use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use switchboard_realtime::{ItemId, Payload};
use switchboard_session::{Chunk, LineCommand, Mark};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;

use super::*;
use crate::twilio::memory::{self, CallerSocket};
use crate::twilio::token::Visit;

/// A stream under way: Twilio's end of the socket, and the session's end of the line.
struct Call {
    socket: CallerSocket,
    line: Line,
    served: JoinHandle<Result<Ended, Refused>>,
    timestamp: u64,
}

fn visit() -> Visit {
    Visit {
        call_sid: "CA1".to_owned(),
        from: Some("+15550100".to_owned()),
        to: Some("client:desk".to_owned()),
    }
}

fn start(token: &str) -> Value {
    json!({"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": {
        "streamSid": "MZ1", "accountSid": "AC1", "callSid": "CA1", "tracks": ["inbound"],
        "customParameters": {"token": token},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}})
}

/// Serves a socket whose lines come out of the receiver.
fn served(
    capacity: usize,
    tokens: Tokens,
) -> (CallerSocket, oneshot::Receiver<Line>, JoinHandle<Result<Ended, Refused>>) {
    let (socket, caller) = memory::pair(capacity);
    let (opened, line) = oneshot::channel();
    let served = tokio::spawn(async move {
        let open = async move |line| drop(opened.send(line));
        serve(socket, &tokens, open).await
    });
    (caller, line, served)
}

async fn send(socket: &mut CallerSocket, frame: &Value) {
    socket.send(tungstenite::Message::text(frame.to_string())).await.unwrap();
}

/// The reason of the close frame, which must be next.
async fn closed(socket: &mut CallerSocket) -> (u16, String) {
    match socket.next().await {
        Some(Ok(tungstenite::Message::Close(Some(frame)))) => {
            (frame.code.into(), frame.reason.to_string())
        }
        other => panic!("expected a close frame, got {other:?}"),
    }
}

/// Sends `frames` to a fresh stream and returns how it was refused.
async fn refusal(tokens: Tokens, frames: &[Value]) -> (u16, String) {
    let (mut socket, _line, served) = served(64, tokens);
    for frame in frames {
        send(&mut socket, frame).await;
    }
    let reason = closed(&mut socket).await;
    assert!(served.await.unwrap().is_err());
    reason
}

impl Call {
    async fn open() -> Self {
        Self::open_with(64).await
    }

    async fn open_with(capacity: usize) -> Self {
        let tokens = Tokens::with_key("key");
        let token = tokens.issue(&visit());
        let (mut socket, line, served) = served(capacity, tokens);
        send(&mut socket, &json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
            .await;
        send(&mut socket, &start(&token)).await;
        Self { socket, line: line.await.unwrap(), served, timestamp: 0 }
    }

    async fn media(&mut self, payload: &str) {
        let timestamp = self.timestamp.to_string();
        self.timestamp += 20;
        send(
            &mut self.socket,
            &json!({"event": "media", "sequenceNumber": "2", "streamSid": "MZ1",
                "media": {"track": "inbound", "chunk": "1", "timestamp": timestamp, "payload": payload}}),
        )
        .await;
    }

    async fn received(&mut self) -> Value {
        loop {
            match self.socket.next().await {
                Some(Ok(tungstenite::Message::Text(text))) => {
                    return serde_json::from_str(&text).unwrap();
                }
                Some(Ok(tungstenite::Message::Ping(_))) => {}
                other => panic!("expected a text frame, got {other:?}"),
            }
        }
    }

    async fn play(&self, item: &str, until: u64, generation: u32, audio: &[u8]) {
        let chunk = Chunk {
            item: ItemId::new(item),
            until: Duration::from_millis(until),
            generation,
            audio: Payload::encode(audio),
        };
        self.line.commands.send(LineCommand::Play(chunk)).await.unwrap();
    }

    async fn event(&mut self) -> LineEvent {
        self.line.events.recv().await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn the_line_knows_its_caller_by_the_token() {
    let call = Call::open().await;

    let profile = &call.line.profile;
    assert_eq!(
        (profile.kind, profile.caller.as_deref(), profile.called.as_deref()),
        ("twilio", Some("+15550100"), None)
    );
    assert_eq!(profile.reference.as_deref(), Some("CA1"));
}

#[tokio::test(start_paused = true)]
async fn audio_passes_through_as_it_came() {
    let mut call = Call::open().await;
    let audio = Payload::encode(&(0..160u8).collect::<Vec<_>>());

    call.media(audio.as_str()).await;
    assert_eq!(call.line.audio.recv().await.unwrap().as_str(), audio.as_str());

    call.play("item_1", 20, 0, &[0x55; 160]).await;
    let media = call.received().await;
    assert_eq!(
        media,
        json!({"event": "media", "streamSid": "MZ1",
        "media": {"payload": Payload::encode(&[0x55; 160]).as_str()}})
    );
}

#[tokio::test(start_paused = true)]
async fn a_mark_follows_its_audio_and_comes_back() {
    let mut call = Call::open().await;
    call.play("item_1", 400, 7, &[0; 160]).await;

    assert_eq!(call.received().await["event"], "media");
    let mark = call.received().await;
    assert_eq!(
        mark,
        json!({"event": "mark", "streamSid": "MZ1", "mark": {"name": "item_1:400:g7"}})
    );

    send(&mut call.socket, &mark).await;
    let expected =
        Mark { item: ItemId::new("item_1"), until: Duration::from_millis(400), generation: 7 };
    assert_eq!(call.event().await, LineEvent::Marked(expected));
}

#[tokio::test(start_paused = true)]
async fn clear_keeps_its_place_and_late_audio_is_dropped() {
    let mut call = Call::open().await;
    call.play("a", 20, 0, &[1; 160]).await;
    call.line.commands.send(LineCommand::Clear { generation: 1 }).await.unwrap();
    call.play("late", 40, 0, &[1; 160]).await;
    call.play("b", 20, 1, &[2; 160]).await;

    let mut events = Vec::new();
    for _ in 0..5 {
        events.push(call.received().await["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(events, ["media", "mark", "clear", "media", "mark"]);
}

#[tokio::test(start_paused = true)]
async fn keys_reach_the_session() {
    let mut call = Call::open().await;
    send(&mut call.socket, &json!({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"track": "inbound_track", "digit": "5"}}))
        .await;

    assert_eq!(call.event().await, LineEvent::Dtmf('5'));
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_filled_with_silence() {
    let mut call = Call::open().await;
    call.media("AAAA").await;
    call.timestamp = 2_500;
    call.media("AAAA").await;

    assert_eq!(call.line.audio.recv().await.unwrap().decoded_len(), 3);
    let mut silence = Vec::new();
    for _ in 0..3 {
        silence.extend(call.line.audio.recv().await.unwrap().decode().unwrap());
    }
    assert_eq!(silence.len(), 2_500 * 8 - 3);
    assert!(silence.iter().all(|byte| *byte == 0xff));
    assert_eq!(call.line.audio.recv().await.unwrap().as_str(), "AAAA");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_goes_quiet_gets_a_second_of_silence_once() {
    let mut call = Call::open().await;
    call.media("AAAA").await;
    call.line.audio.recv().await.unwrap();
    let quiet_since = Instant::now();

    let silence = call.line.audio.recv().await.unwrap();
    assert_eq!((silence.decoded_len(), quiet_since.elapsed()), (8_000, Duration::from_millis(750)));
    assert!(timeout(Duration::from_secs(30), call.line.audio.recv()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn bad_frames_do_no_harm() {
    let mut call = Call::open().await;
    for frame in ["{", "[]", "5", r#"{"event":"media"}"#, r#"{"event":"stop","streamSid":"MZ2"}"#] {
        call.socket.send(tungstenite::Message::text(frame)).await.unwrap();
    }
    call.socket.send(tungstenite::Message::binary(vec![0; 10])).await.unwrap();
    call.socket.send(tungstenite::Message::text(" ".repeat(100_000))).await.unwrap();
    call.media("AA!!").await;
    call.media("AAAA").await;

    assert_eq!(call.line.audio.recv().await.unwrap().as_str(), "AAAA");
    assert!(call.line.events.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn too_many_bad_frames_end_the_stream() {
    let mut call = Call::open().await;
    for _ in 0..=bad_frames::MOST {
        call.socket.send(tungstenite::Message::text("{}")).await.unwrap();
    }

    let (code, reason) = closed(&mut call.socket).await;
    assert_eq!(code, 1008);
    assert!(reason.starts_with("too many bad frames"), "{reason}");
    assert!(matches!(call.event().await, LineEvent::Closed { .. }));
    assert!(matches!(call.served.await.unwrap(), Ok(Ended::BadFrames { .. })));
}

#[tokio::test(start_paused = true)]
async fn too_many_large_frames_end_the_stream_with_the_code_for_it() {
    let mut call = Call::open().await;
    for _ in 0..=bad_frames::MOST {
        call.socket.send(tungstenite::Message::text(" ".repeat(65_537))).await.unwrap();
    }

    assert_eq!(closed(&mut call.socket).await.0, 1009);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_ends_the_call() {
    let mut call = Call::open().await;
    send(&mut call.socket, &json!({"event": "stop", "streamSid": "MZ1", "stop": {"accountSid": "AC1", "callSid": "CA1"}}))
        .await;

    assert_eq!(call.event().await, LineEvent::Closed { reason: "the caller hung up".to_owned() });
    assert!(call.line.events.recv().await.is_none());
    assert_eq!(closed(&mut call.socket).await.0, 1000);
    assert_eq!(call.served.await.unwrap().unwrap(), Ended::CallerHungUp);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_breaks_ends_the_call() {
    let mut call = Call::open().await;
    drop(call.socket);

    assert_eq!(
        call.line.events.recv().await.unwrap(),
        LineEvent::Closed { reason: "the media stream broke: the connection is gone".to_owned() }
    );
    assert!(matches!(call.served.await.unwrap(), Ok(Ended::Broken(_))));
}

#[tokio::test(start_paused = true)]
async fn hanging_up_plays_what_was_sent_and_closes_the_socket() {
    let mut call = Call::open().await;
    call.play("a", 20, 0, &[1; 160]).await;
    call.line.commands.send(LineCommand::Hangup).await.unwrap();

    assert_eq!(call.received().await["event"], "media");
    assert_eq!(call.received().await["event"], "mark");
    assert_eq!(closed(&mut call.socket).await, (1000, "the call is over".to_owned()));
    drop(call.socket);
    assert_eq!(call.served.await.unwrap().unwrap(), Ended::HungUp);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_lets_go_of_the_line_hangs_up() {
    let mut call = Call::open().await;
    drop(call.line);

    assert_eq!(closed(&mut call.socket).await.0, 1000);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_still_heard_and_then_given_up() {
    let mut call = Call::open_with(2).await;
    let begun = Instant::now();
    for chunk in 0..3 {
        call.play("a", 20 * chunk, 0, &[1; 160]).await;
    }
    call.media("AAAA").await;

    assert_eq!(call.line.audio.recv().await.unwrap().as_str(), "AAAA");
    assert!(
        matches!(call.event().await, LineEvent::Closed { reason } if reason.contains("did not take our audio"))
    );
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert_eq!(call.served.await.unwrap().unwrap(), Ended::Stalled);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_takes_no_events_is_still_played() {
    let mut call = Call::open().await;
    for _ in 0..70 {
        send(&mut call.socket, &json!({"event": "dtmf", "dtmf": {"digit": "1"}})).await;
    }
    call.play("a", 20, 0, &[1; 160]).await;

    assert_eq!(call.received().await["event"], "media");
}

#[tokio::test(start_paused = true)]
async fn a_dead_peer_is_pinged_and_then_given_up() {
    let mut call = Call::open().await;
    let begun = Instant::now();

    assert!(
        matches!(call.event().await, LineEvent::Closed { reason } if reason.contains("silent"))
    );
    assert!(begun.elapsed() >= Duration::from_secs(50));
    assert!(matches!(call.socket.next().await, Some(Ok(tungstenite::Message::Ping(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_start_must_come_in_time() {
    let begun = Instant::now();

    let (code, reason) = refusal(Tokens::random(), &[json!({"event": "connected"})]).await;

    assert_eq!((code, reason.as_str()), (1008, "no `start` frame within 5 s"));
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_a_valid_token_is_refused() {
    let reason = async |tokens: Tokens, frame: Value| refusal(tokens, &[frame]).await.1;
    let keyed = || Tokens::with_key("key");

    let mut none = start("");
    none["start"]["customParameters"] = json!({});
    assert!(reason(keyed(), none).await.starts_with("the `start` frame has no `token` parameter"));
    assert_eq!(reason(keyed(), start("x")).await, "the stream token was not issued by this server");
    let expired = keyed().issue_at(&visit(), UNIX_EPOCH);
    assert_eq!(reason(keyed(), start(&expired)).await, "the stream token has expired");
    let other = keyed().issue(&Visit { call_sid: "CA2".to_owned(), ..visit() });
    assert_eq!(
        reason(keyed(), start(&other)).await,
        "the stream token was issued for another call"
    );
    let tokens = keyed();
    let used = tokens.issue(&visit());
    tokens.redeem(&used, "CA1").unwrap();
    assert_eq!(reason(tokens, start(&used)).await, "the stream token has been used already");
}

#[tokio::test(start_paused = true)]
async fn nonsense_before_the_start_is_bounded() {
    let frames = vec![json!({"event": "media", "media": {"payload": "AAAA"}}); 40];

    assert_eq!(
        refusal(Tokens::random(), &frames).await,
        (
            1008,
            "too many bad frames before `start`, the last one a frame before `start`".to_owned()
        )
    );
}
