//! A phone that reaches a whole team over Twilio's protocol, with the simulator as its model: everything but the network.

use std::sync::Arc;

use futures_util::FutureExt as _;
use prometheus_client::registry::Registry;
use switchboard_agent::Roster;
use switchboard_gateway::Gateway;
use switchboard_lines::twilio::caller::{Arrival, Report, Script, Setup as CallSetup, call};
use switchboard_lines::twilio::{Tokens, Visit, memory, serve};
use switchboard_policy::Policies;
use switchboard_realtime::ws::{self, Auth, Endpoint};
use switchboard_session::{
    CallEvent, CallSettings, Metrics, ModelSettings, RealtimeModel, Reported, Sessions, Setup,
};
use switchboard_simulator::Simulator;

/// A switchboard with this team and this simulator, to be called.
#[derive(Debug)]
pub struct Phone {
    sessions: Sessions,
    tokens: Arc<Tokens>,
    registry: Registry,
}

impl Phone {
    /// Puts the parts together.
    ///
    /// # Panics
    ///
    /// When a schema of the roster's is unusable.
    pub async fn new<A: Send + Sync + 'static>(
        roster: Roster<A>,
        app: A,
        simulator: Simulator,
    ) -> Self {
        Self::with_settings(roster, app, simulator, CallSettings::default()).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    ///
    /// When a schema of the roster's is unusable.
    pub async fn with_settings<A: Send + Sync + 'static>(
        roster: Roster<A>,
        app: A,
        simulator: Simulator,
        settings: CallSettings,
    ) -> Self {
        let policies = Policies::parse(&roster.team(), "default", roster.policy_texts())
            .expect("the policies fit the roster");
        let gateway = Gateway::new(roster, app)
            .expect("the schemas are usable")
            .with_policies(policies)
            .on(tokio::runtime::Handle::current());
        let simulator = Arc::new(simulator);
        let endpoint = Endpoint::new("ws://simulator.test/v1/realtime".parse().expect("a URL"))
            .with_auth(Auth::Bearer(ws::Secret::new("any")));
        let model = RealtimeModel::over(endpoint, move |endpoint| {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            tokio::spawn(Arc::clone(&simulator).serve_stream(theirs));
            async move { ws::handshake(ours, &endpoint).await }.boxed()
        });
        let mut registry = Registry::default();
        let setup = Setup {
            tools: Arc::new(gateway),
            model: Arc::new(model),
            model_settings: Arc::new(ModelSettings::default()),
            settings,
            metrics: Metrics::register(&mut registry),
            phrases: Arc::default(),
        };
        let sessions = Sessions::start(setup).await.expect("the root supervisor starts");
        Self { sessions, tokens: Arc::new(Tokens::random()), registry }
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

    /// Plays a caller's part to its end; returns what was said and heard, and what happened on the call.
    ///
    /// # Panics
    ///
    /// When the call cannot be brought to an end.
    pub async fn call(&self, from: &str, script: Script) -> (Report, Vec<CallEvent>) {
        let (report, past) = self.call_timed(from, script).await;
        (report, past.into_iter().map(|reported| reported.event).collect())
    }

    /// The same, with the times of what happened on the call.
    ///
    /// # Panics
    ///
    /// When the call cannot be brought to an end.
    pub async fn call_timed(&self, from: &str, script: Script) -> (Report, Vec<Reported>) {
        let arrival = Arrival::new(from, "+15550000");
        let visit = Visit {
            call_sid: arrival.call_sid.clone(),
            from: Some(arrival.from.clone()),
            to: Some(arrival.to.clone()),
        };
        let parameters = [("token".to_owned(), self.tokens.issue(&visit))];
        let (server, caller) = memory::pair(64);
        let (sessions, tokens) = (self.sessions.clone(), Arc::clone(&self.tokens));
        let answering = tokio::spawn(async move {
            let mut id = None;
            let opened = serve(server, &tokens, async |line| {
                id = Some(sessions.open(line).await.expect("the call is let in"));
            });
            opened.await.expect("the stream is let in");
            id.expect("a call was opened")
        });
        let report = call(caller, CallSetup::new(arrival, &parameters), script, |_| {}).await;
        let report = report.expect("the call comes to an end");
        let id = answering.await.expect("the line does not panic");
        let (past, _) = self.sessions.watch(id.as_str()).expect("the call is remembered");
        (report, past)
    }
}
