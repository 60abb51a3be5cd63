//! One call over real sockets, from the `TwiML` to the hang-up, in real time.

use std::time::Duration;

use harness::roster;
use switchboard::{DatabaseUrl, Settings, serve};
use switchboard_lines::twilio::Connect;
use switchboard_lines::twilio::caller::{Arrival, HungUp, Script, Setup, call};
use switchboard_simulator::VoiceChoice;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_answered_and_ended_over_real_sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let mut settings = Settings::default();
    settings.database = DatabaseUrl::Memory.into();
    settings.simulator.voice = VoiceChoice::TextChannel;
    let served = tokio::spawn(async move {
        serve(listener, roster(), harness::App::default(), &settings, async { drop(stopped.await) })
            .await
    });

    let arrival = Arrival::new("+15550100", "+15550000");
    let client = reqwest::Client::new();
    let answer = client
        .post(format!("http://{address}/twilio/voice"))
        .form(&arrival.form())
        .send()
        .await
        .unwrap();
    let connect = Connect::read(&answer.text().await.unwrap()).unwrap();
    let (socket, _) = tokio_tungstenite::connect_async(connect.url()).await.unwrap();
    let script = Script::default().finished_after(Duration::from_millis(300)).say("goodbye");
    let report =
        call(socket, Setup::new(arrival, connect.parameters()), script, |_| {}).await.unwrap();

    assert!(matches!(report.hung_up, HungUp::Server { code: 1000, .. }), "{:?}", report.hung_up);
    assert!(report.heard_text().contains("Good day, how can I help?"), "{}", report.heard_text());
    let metrics =
        client.get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains(r#"switchboard_tool_calls_total{tool="end_call",outcome="ok"} 1"#),
        "{metrics}"
    );
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}
