//! The model server that answers.

use std::sync::Arc;

use switchboard_realtime::ws::Endpoint;
use switchboard_session::{Model, RealtimeModel};

use crate::settings::{ModelServer, Settings};

/// A model server that can be dialled.
#[derive(Debug)]
pub(crate) struct RunningModel {
    endpoint: Endpoint,
    described: String,
}

impl RunningModel {
    /// Finds out who answers; `None` if nobody does.
    pub(crate) fn start(settings: &Settings) -> Option<Self> {
        let ModelServer { name, endpoint } = ModelServer::of(settings)?;
        let model = &settings.model.model;
        let described = format!("{name} answers, with the model {model} at {}", endpoint.place());
        Some(Self { endpoint, described })
    }

    /// How sessions reach it.
    pub(crate) fn link(&self) -> Arc<dyn Model> {
        Arc::new(RealtimeModel::new(self.endpoint.clone()))
    }

    /// Who answers, in a sentence for the log and the terminal.
    pub(crate) fn described(&self) -> &str {
        &self.described
    }
}
