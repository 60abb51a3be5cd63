//! A front desk for tests: the company, the store and the gateway in one directory, opened as a process opens them.

use std::path::Path;
use std::sync::Arc;

use agents::company::seed::{DEMO_CUSTOMER, DEMO_PHONE};
use agents::{App, roster};
use serde_json::Value;
use switchboard::prelude::*;
use switchboard_gateway::{Envelope, Gateway, Request, Tools};
use switchboard_policy::Policies;
use switchboard_store::Store;
use tokio_util::sync::CancellationToken;

/// The phone call that all of it happens in, before and after a crash.
const CALL: &str = "call-1";

/// Answers the tools of one phone call.
pub(crate) struct Desk {
    pub(crate) app: App,
    gateway: Gateway<App>,
    session: Session,
    turn: u64,
}

impl Desk {
    /// Opens the company in `directory`, and puts the gateway before it. The caller is the demo's customer, verified.
    pub(crate) async fn open(directory: &Path, store: Arc<dyn Store>) -> Self {
        let database = DatabaseUrl::Sqlite(directory.join("company.db"));
        let app = App::open(AppContext::new(database)).await.unwrap();
        let roster = roster().unwrap();
        let policies = Policies::parse(&roster.team(), "larkfield", roster.policy_texts()).unwrap();
        let gateway = Gateway::new(roster, app.clone()).unwrap();
        let gateway = gateway.with_policies(policies).with_store(store);
        let dana = Caller::from_number(DEMO_PHONE)
            .identified(DEMO_CUSTOMER.to_string(), "Dana Whitfield")
            .verified();
        Self { app, gateway, session: Session::new(CALL, dana, |_| {}), turn: 1 }
    }

    /// Calls a tool of billing, and has the caller say yes if that is asked for.
    pub(crate) async fn call_and_confirm(&mut self, tool: &str, mut arguments: Value) -> Envelope {
        let envelope = self.call(tool, &arguments).await;
        match envelope {
            Envelope::Error { error_code, details, .. }
                if error_code == "confirmation_required" =>
            {
                arguments["confirmation"] = details["confirmation"].clone();
                self.call(tool, &arguments).await
            }
            other => other,
        }
    }

    /// Calls a tool of billing, once the caller has said something.
    async fn call(&mut self, tool: &str, arguments: &Value) -> Envelope {
        self.turn += 1;
        let request = Request {
            agent: agents::billing::ID,
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
            call_id: format!("call_{}", self.turn),
            session: self.session.clone(),
            trace_id: TraceId::random(),
            turn: self.turn,
            barge_in: CancellationToken::new(),
        };
        self.gateway.answer(request).await.envelope
    }
}
