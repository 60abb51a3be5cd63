//! Connections from the outside: handshakes, sockets, closes (points 1 and 13), and a whole turn in virtual time.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::sync::Arc;
use std::time::Duration;

use switchboard_audio::modem::{Demodulator, Modulator};
use switchboard_audio::{SampleRate, g711};
use switchboard_realtime::ws::{self, Auth, ClientSocket, ConnectError, Endpoint, ReceiveError};
use switchboard_realtime::{
    AudioConfig, AudioFormat, AudioInput, AudioOutput, ClientEvent, ErrorCode, Payload,
    ResponseParams, ServerEvent, SessionConfig,
};
use switchboard_simulator::mind::{Act, Mind, Said, Turn};
use switchboard_simulator::{Settings, Simulator, VoiceChoice};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A mind that repeats what it hears.
struct Parrot;

impl Mind for Parrot {
    fn respond(&mut self, turn: &Turn<'_>) -> Vec<Act> {
        match turn.items.last() {
            Some(Said::User(words)) => vec![Act::Say(format!("you said {words}"))],
            _ => vec![Act::Say("hello".to_owned())],
        }
    }
}

fn simulator(settings: Settings) -> Arc<Simulator> {
    let settings = Settings { voice: VoiceChoice::TextChannel, ..settings };
    Arc::new(Simulator::with_minds(settings, |_| Box::new(Parrot)))
}

fn endpoint(path: &str) -> Endpoint {
    Endpoint::new(format!("ws://simulator.test{path}").parse().unwrap())
        .with_auth(Auth::Bearer("any".into()))
}

async fn dial(endpoint: Endpoint) -> Result<ClientSocket, ConnectError> {
    dial_to(simulator(Settings::default()), endpoint).await
}

async fn dial_to(
    simulator: Arc<Simulator>,
    endpoint: Endpoint,
) -> Result<ClientSocket, ConnectError> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(simulator.serve_stream(far));
    ws::handshake(near, &endpoint).await
}

/// Shakes hands with these headers, by hand.
async fn shake(path: &str, headers: &str) -> DuplexStream {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(simulator(Settings::default()).serve_stream(far));
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: h\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    near.write_all(request.as_bytes()).await.unwrap();
    near
}

/// The first of the answer to a handshake with these headers.
async fn raw(path: &str, headers: &str) -> String {
    let mut answer = vec![0; 4_096];
    let length = shake(path, headers).await.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).to_lowercase()
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_key_is_turned_away() {
    let anonymous = endpoint("/v1/realtime?model=m").with_auth(Auth::None);
    assert!(matches!(dial(anonymous).await, Err(ConnectError::Unauthorized { .. })));
    for (headers, status) in [
        ("authorization: Bearer \r\n", "401"),
        ("authorization: Basic abc\r\n", "401"),
        ("authorization: Bearer x\r\n", "101"),
        ("api-key: x\r\n", "101"),
        ("sec-websocket-protocol: realtime, openai-insecure-api-key.ek_1\r\n", "101"),
        ("sec-websocket-protocol: realtime, openai-insecure-api-key.\r\n", "401"),
    ] {
        let answer = raw("/v1/realtime?model=m", headers).await;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{headers}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_browsers_subprotocol_is_echoed_without_its_key() {
    let headers = "sec-websocket-protocol: realtime, openai-insecure-api-key.ek_1\r\n";
    let answer = raw("/v1/realtime?model=m", headers).await;
    assert!(answer.contains("sec-websocket-protocol: realtime\r\n"), "{answer}");
    let answer = raw("/v1/realtime?model=m", "authorization: Bearer x\r\n").await;
    assert!(!answer.contains("sec-websocket-protocol"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_found() {
    for path in ["/v1/realtime?call_id=rtc_1", "/v1/live?model=m", "/"] {
        assert!(matches!(dial(endpoint(path)).await, Err(ConnectError::NotFound { .. })), "{path}");
    }
    let answer = raw("/v1/realtime?call_id=rtc_1", "authorization: Bearer x\r\n").await;
    assert!(answer.contains("\"code\":\"call_id_not_found\""), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_model_has_to_be_named_and_any_will_do() {
    let error = dial(endpoint("/v1/realtime")).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { status: 400, .. }), "{error}");

    for path in ["/v1/realtime", "/openai/v1/realtime"] {
        let (_, mut receiver) =
            dial(endpoint(path).with_model("our-deployment")).await.unwrap().split();
        let Some(Ok(ServerEvent::SessionCreated(created))) = receiver.recv().await else {
            panic!("the first event is the session");
        };
        assert_eq!(created.session.model.as_deref(), Some("our-deployment"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_beta_client_gets_an_error_and_close_4000() {
    // No client of ours can be made to ask for the beta.
    let headers = "authorization: Bearer x\r\nopenai-beta: realtime=v1\r\n";
    let mut answer = Vec::new();
    shake("/v1/realtime?model=m", headers).await.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 101 "), "{text}");
    assert!(
        text.contains("beta_api_shape_disabled") && !text.contains("session.created"),
        "{text}"
    );
    let close = answer.windows(4).find(|bytes| bytes[0] == 0x88).expect("a close frame");
    assert_eq!(u16::from_be_bytes([close[2], close[3]]), 4_000);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_connection_is_seen_as_1006() {
    let settings =
        Settings { faults: vec!["close_1006@after:1000".parse().unwrap()], ..Settings::default() };
    let socket = dial_to(simulator(settings), endpoint("/v1/realtime?model=m")).await.unwrap();
    let (_, mut receiver) = socket.split();
    assert!(matches!(receiver.recv().await, Some(Ok(ServerEvent::SessionCreated(_)))));
    assert!(matches!(receiver.recv().await, Some(Err(ReceiveError::Closed { code: 1_006, .. }))));
}

#[tokio::test(start_paused = true)]
async fn a_mute_connection_stays_open_and_answers_no_ping() {
    let settings =
        Settings { faults: vec!["mute@after:1000".parse().unwrap()], ..Settings::default() };
    let socket = dial_to(simulator(settings), endpoint("/v1/realtime?model=m")).await.unwrap();
    let (mut sender, mut receiver) = socket.split();
    receiver.recv().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    sender.send(&ClientEvent::response_create(ResponseParams::default())).await.unwrap();
    assert!(matches!(receiver.recv().await, Some(Err(ReceiveError::Unresponsive { .. }))));
}

#[tokio::test(start_paused = true)]
async fn after_a_drop_the_next_clients_are_turned_away() {
    let faults = ["close_1011@after:1000", "refuse_connect=503@after_drop:2"];
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let simulator = simulator(Settings { faults, ..Settings::default() });
    let dial = || dial_to(Arc::clone(&simulator), endpoint("/v1/realtime?model=m"));
    let (_sender, mut receiver) = dial().await.unwrap().split();
    receiver.recv().await;
    assert!(matches!(receiver.recv().await, Some(Err(ReceiveError::Closed { code: 1_011, .. }))));
    for _ in 0..2 {
        let error = dial().await.unwrap_err();
        assert!(error.to_string().contains("503"), "{error}");
    }
    assert!(dial().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_handshake_is_answered_late() {
    let settings =
        Settings { faults: vec!["delay_connect=3000".parse().unwrap()], ..Settings::default() };
    let began = tokio::time::Instant::now();
    dial_to(simulator(settings), endpoint("/v1/realtime?model=m")).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_connection_is_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/v1/realtime", listener.local_addr().unwrap());
    let faults = vec!["reset@event:response.created:1".parse().unwrap()];
    let simulator = simulator(Settings { faults, ..Settings::default() });
    let serving = tokio::spawn(simulator.serve(listener, std::future::pending()));
    let endpoint =
        Endpoint::new(url.parse().unwrap()).with_model("m").with_auth(Auth::Bearer("any".into()));
    let socket = ws::connect(&endpoint, Duration::from_secs(30)).await.unwrap();
    let (mut sender, mut receiver) = socket.split();
    receiver.recv().await;
    sender.send(&ClientEvent::response_create(ResponseParams::default())).await.unwrap();
    let end = loop {
        match receiver.recv().await {
            Some(Ok(_)) => {}
            other => break other,
        }
    };
    assert!(matches!(end, Some(Err(_))), "{end:?}");
    serving.abort();
}

#[tokio::test(start_paused = true)]
async fn an_hour_passes_and_the_session_expires() {
    let (_sender, mut receiver) = dial(endpoint("/v1/realtime?model=m")).await.unwrap().split();
    let began = tokio::time::Instant::now();
    receiver.recv().await;
    let Some(Ok(ServerEvent::Error(event))) = receiver.recv().await else {
        panic!("an error says why")
    };
    assert_eq!(event.error.code, Some(ErrorCode::SessionExpired));
    assert!(began.elapsed() >= Duration::from_secs(3_600));
    assert!(matches!(receiver.recv().await, Some(Err(ReceiveError::Closed { code: 1_001, .. }))));
}

#[tokio::test(start_paused = true)]
async fn what_is_said_in_tones_is_answered_in_tones() {
    let (mut sender, mut receiver) = dial(endpoint("/v1/realtime?model=m")).await.unwrap().split();
    receiver.recv().await;
    let audio = AudioConfig {
        input: Some(AudioInput { format: Some(AudioFormat::Pcmu), ..AudioInput::default() }),
        output: Some(AudioOutput { format: Some(AudioFormat::Pcma), ..AudioOutput::default() }),
    };
    let session = SessionConfig { audio: Some(audio), ..SessionConfig::default() };
    sender.send(&ClientEvent::session_update(session)).await.unwrap();
    let mut samples = Modulator::new(SampleRate::Khz8).speak("good morning").samples;
    samples.extend([0; 8_000]);
    for frame in g711::encode_mulaw(&samples).chunks(160) {
        sender.append(&Payload::encode(frame)).await.unwrap();
    }

    let mut ear = Demodulator::new(SampleRate::Khz8);
    let mut words = Vec::new();
    loop {
        match receiver.recv().await.unwrap().unwrap() {
            ServerEvent::ResponseOutputAudioDelta(delta) => {
                let audio = g711::decode_alaw(&delta.delta.decode().unwrap());
                words.extend(ear.push(&audio).into_iter().map(|heard| heard.word));
            }
            ServerEvent::ResponseDone(_) => break,
            _ => {}
        }
    }
    assert_eq!(words, ["you", "said", "good", "morning"]);
}

#[tokio::test]
async fn a_listener_is_served_until_shutdown_and_its_clients_are_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/v1/realtime", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(simulator(Settings::default()).serve(listener, shutdown));
    let endpoint =
        Endpoint::new(url.parse().unwrap()).with_model("m").with_auth(Auth::Bearer("any".into()));
    let (_sender, mut receiver) =
        ws::connect(&endpoint, Duration::from_secs(30)).await.unwrap().split();
    assert!(matches!(receiver.recv().await, Some(Ok(ServerEvent::SessionCreated(_)))));

    stop.send(()).unwrap();
    assert!(matches!(receiver.recv().await, Some(Err(ReceiveError::Closed { code: 1_001, .. }))));
    serving.await.unwrap();
}
