//! A session between a scripted model and a virtual caller.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use serde_json::Value;
use switchboard_agent::Roster;
use switchboard_gateway::{Gateway, Tools};
use switchboard_session::{
    CallEvent, CallSettings, Metrics, ModelSettings, SessionId, Sessions, Setup,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::beside::Beside;
use crate::caller::CallerEnd;
use crate::model::{Connections, ModelEnd, model};
use crate::slow::slow_roster;
use crate::team::{App, roster};

/// How long the greeting of [`Stage::greeted`] is.
pub const AGENT_GREETING: Duration = Duration::from_secs(2);

/// Everything a whole call needs.
#[derive(Debug)]
pub struct Stage {
    /// The model's end.
    pub model: ModelEnd,
    /// The caller's end.
    pub caller: CallerEnd,
    /// What the tools share.
    pub app: App,
    /// The calls.
    pub sessions: Sessions,
    /// This call.
    pub id: SessionId,
    /// Where further connections to the model arrive.
    connections: Connections,
    registry: Registry,
}

impl Stage {
    /// A phone call that has just reached the model: its first `session.update` is on the way.
    pub async fn new() -> Self {
        Self::with(roster(), false).await
    }

    /// The same, typed.
    pub async fn typed() -> Self {
        Self::with(roster(), true).await
    }

    /// The same with another team.
    ///
    /// # Panics
    ///
    /// When the session does not start.
    pub async fn with(roster: Roster<App>, text: bool) -> Self {
        let app = App::default();
        let gateway = Gateway::new(roster, app.clone()).expect("the schemas are usable");
        Self::with_tools(Arc::new(gateway.on(tokio::runtime::Handle::current())), app, text).await
    }

    /// The same with other tools.
    ///
    /// # Panics
    ///
    /// When the session does not start.
    pub async fn with_tools(tools: Arc<dyn Tools>, app: App, text: bool) -> Self {
        // A script expects what it expects: nothing is rendered beside it, and a caller may be silent for as long as it takes.
        let settings = CallSettings { render_holds: false, nudge_ms: 0, ..CallSettings::default() };
        Self::with_settings(tools, app, text, settings).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    ///
    /// When the session does not start.
    pub async fn with_settings(
        tools: Arc<dyn Tools>,
        app: App,
        text: bool,
        settings: CallSettings,
    ) -> Self {
        let (model, connections) = model();
        let connections: Connections = Arc::new(Mutex::new(connections));
        let mut registry = Registry::default();
        let setup = Setup {
            tools,
            model: Arc::new(model),
            model_settings: Arc::new(ModelSettings::default()),
            settings,
            metrics: Metrics::register(&mut registry),
            phrases: Arc::default(),
        };
        let sessions = Sessions::start(setup).await.expect("the root supervisor starts");
        let (line, caller) = CallerEnd::new(Some("+15550100"), text);
        let id = sessions.open(line).await.expect("the call is let in");
        let model = ModelEnd::accept(&connections).await;
        Self { model, caller, app, sessions, id, connections, registry }
    }

    /// A phone call to a team whose tools take their time; its phrases are rendered and its greeting has been heard.
    pub async fn waiting() -> Self {
        let mut stage = Self::with_phrases(Beside::Spoken).await;
        stage.greet().await;
        stage.model.expect_nothing_for(Duration::from_millis(100)).await;
        stage
    }

    /// The same before it has begun, with a model that does this when it is to say something beside the conversation.
    pub async fn with_phrases(beside: Beside) -> Self {
        let settings = CallSettings { nudge_ms: 0, ..CallSettings::default() };
        let mut stage = Self::with_slow_tools(false, settings).await;
        stage.model.beside = beside;
        stage
    }

    /// A call to a team whose tools take their time.
    ///
    /// # Panics
    ///
    /// When the session does not start.
    pub async fn with_slow_tools(text: bool, settings: CallSettings) -> Self {
        let app = App::default();
        let gateway = Gateway::new(slow_roster(), app.clone()).expect("the schemas are usable");
        let tools = Arc::new(gateway.on(tokio::runtime::Handle::current()));
        Self::with_settings(tools, app, text, settings).await
    }

    /// Another call to the same switchboard takes the place of this one, which is hung up.
    ///
    /// # Panics
    ///
    /// When it is not let in.
    pub async fn call_again(&mut self) {
        let beside = self.model.beside;
        self.caller.hang_up().await;
        self.gone().await;
        let (line, caller) = CallerEnd::new(Some("+15550100"), false);
        self.id = self.sessions.open(line).await.expect("the call is let in");
        self.caller = caller;
        self.model = ModelEnd::accept(&self.connections).await;
        self.model.beside = beside;
    }

    /// A phone call whose greeting has been heard to its end.
    pub async fn greeted() -> Self {
        let mut stage = Self::new().await;
        stage.greet().await;
        stage
    }

    /// The model is set up, and its greeting is heard to its end.
    pub async fn greet(&mut self) {
        self.model.update().await;
        self.model.answer("resp_greeting", "Good day, how can I help?", AGENT_GREETING).await;
        self.caller.hear("item_resp_greeting", AGENT_GREETING).await;
    }

    /// A phone call on which the caller has said something, and the server's own response `resp_1` has begun.
    pub async fn asked(words: &str) -> Self {
        let mut stage = Self::greeted().await;
        stage.asks("user_1", words, "resp_1").await;
        stage
    }

    /// The caller says something, and the server's own response begins.
    pub async fn asks(&mut self, item: &str, words: &str, response: &str) {
        self.model.speech_started(item).await;
        self.model.turn(item, words).await;
        self.model.begin(response, &Value::Null).await;
    }

    /// The next connection that the call makes to its model.
    pub async fn redialled(&self) -> ModelEnd {
        ModelEnd::accept(&self.connections).await
    }

    /// The next connection that the call makes to its model within this time.
    pub async fn redialled_within(&self, time: Duration) -> Option<ModelEnd> {
        timeout(time, ModelEnd::accept(&self.connections)).await.ok()
    }

    /// The model lets nobody in for so long: each connection breaks at once. Returns how many there were.
    ///
    /// # Panics
    ///
    /// When nobody can connect any more.
    pub async fn refuse_for(&self, length: Duration) -> usize {
        let mut refused = 0;
        let refuse = async {
            let mut connections = self.connections.lock().await;
            loop {
                drop(connections.recv().await.expect("the stage is up"));
                refused += 1;
            }
        };
        let _: Result<(), _> = timeout(length, refuse).await;
        refused
    }

    /// The phrases that a waiting caller was told so far, and when.
    ///
    /// # Panics
    ///
    /// When the call is not known any more.
    pub fn held(&self) -> Vec<(Duration, String)> {
        let (past, _) = self.sessions.watch(self.id.as_str()).expect("the call is remembered");
        let held = past.into_iter().filter_map(|reported| match &reported.event {
            CallEvent::Held { text, .. } => Some((reported.at(), text.clone())),
            _ => None,
        });
        held.collect()
    }

    /// How many silences with this cause were counted.
    pub fn dead_air(&self, cause: &str) -> u64 {
        let metrics = self.metrics();
        let line = format!("switchboard_dead_air_total{{cause=\"{cause}\"}} ");
        let count = metrics.lines().find_map(|text| text.strip_prefix(&line));
        count.and_then(|count| count.parse().ok()).unwrap_or_default()
    }

    /// What has happened on the call so far.
    ///
    /// # Panics
    ///
    /// When the call is not known any more.
    pub fn events(&self) -> Vec<CallEvent> {
        let (past, _) = self.sessions.watch(self.id.as_str()).expect("the call is remembered");
        past.into_iter().map(|reported| reported.event).collect()
    }

    /// The agent that has the call.
    ///
    /// # Panics
    ///
    /// When the call is not known any more.
    pub fn agent(&self) -> String {
        self.sessions.call(self.id.as_str()).expect("the call is remembered").agent
    }

    /// What Prometheus would be shown.
    ///
    /// # Panics
    ///
    /// When the metrics cannot be written.
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .expect("metrics can be written");
        text
    }

    /// Waits until the call is gone from the directory.
    ///
    /// # Panics
    ///
    /// When it stays.
    pub async fn gone(&self) {
        let gone = async {
            while !self.sessions.calls().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(60), gone).await.expect("the call ends");
    }
}
