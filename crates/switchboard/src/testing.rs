//! What several tests need: tools without an application, and a model that is nowhere.

use std::sync::Arc;

use switchboard_agent::{Agent, AgentId, Roster};
use switchboard_gateway::{Faults, Tools};
use switchboard_realtime::ws::Endpoint;
use switchboard_session::{Model, RealtimeModel};
use url::Url;

use crate::company::gateway;

/// One agent, without tools of its own.
pub(crate) fn roster() -> Roster<()> {
    let host = Agent::new(AgentId::new("host")).instructions("Greet the caller.");
    Roster::new([host]).unwrap()
}

pub(crate) fn tools() -> Arc<dyn Tools> {
    gateway(roster(), (), Faults::default()).unwrap()
}

/// A model that nobody can reach.
pub(crate) fn nowhere() -> Arc<dyn Model> {
    let url = Url::parse("ws://127.0.0.1:9/v1/realtime").unwrap();
    Arc::new(RealtimeModel::new(Endpoint::new(url)))
}
