//! What a tool fails with is for the log alone: there it stands under the trace id that the model and the console see.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::{AGENT_GREETING, Stage};
use switchboard_session::CallEvent;
use tracing_subscriber::fmt::MakeWriter;

const SECOND: Duration = Duration::from_secs(1);
const SECRETS: [&str; 3] = ["postgres", "5432", "connection refused"];

/// A log that can be read.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn tells_nothing(text: &str) {
    for secret in SECRETS {
        assert!(!text.to_lowercase().contains(secret), "{secret} is in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_tool_raises_reaches_nobody_but_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut stage = Stage::waiting().await;
    let (_, mut live) = stage.sessions.watch(stage.id.as_str()).unwrap();
    stage.asks("user_1", "Look it up.", "resp_1").await;
    let item = stage.model.call("resp_1", "call_1", "leak", "{}").await;
    stage.model.done("resp_1", "completed", &[item]).await;

    let envelope = stage.model.output("call_1").await;
    let request = stage.model.answer("resp_2", "Sorry, that did not work.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    stage.model.close(1011).await;
    stage.model = stage.redialled().await;
    let session = stage.model.update().await;
    let restored = stage.model.restored().await;
    stage.caller.hang_up().await;
    stage.gone().await;

    assert_eq!(
        (&envelope["status"], &envelope["error_code"]),
        (&"error".into(), &"tool_failed".into())
    );
    for told in [&envelope, &request, &session] {
        tells_nothing(&told.to_string());
    }
    tells_nothing(&format!("{restored:?}"));
    tells_nothing(&format!("{:?}", stage.events()));
    let live: Vec<_> = std::iter::from_fn(|| live.try_recv().ok()).collect();
    assert!(!live.is_empty());
    tells_nothing(&format!("{live:?}"));
    tells_nothing(&stage.metrics());
    let heard: Duration = stage.caller.heard.iter().map(|chunk| chunk.length).sum();
    assert_eq!(heard, AGENT_GREETING + SECOND, "nothing else was played");

    let trace_id = envelope["trace_id"].as_str().unwrap();
    let shown = stage.events().into_iter().find_map(|event| match event {
        CallEvent::ToolAnswered { trace_id, .. } => Some(trace_id),
        _ => None,
    });
    assert_eq!(shown.as_deref(), Some(trace_id), "the console shows where to look");
    let log = log.text();
    let cause =
        log.lines().find(|line| line.contains("connection refused to postgres-prod-1:5432"));
    let cause = cause.unwrap_or_else(|| panic!("the log has the cause: {log}"));
    assert!(cause.contains(trace_id), "under the trace id {trace_id}: {cause}");
}
