//! The model server that answers, started if it is the simulator in this process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use switchboard_realtime::ws::{Auth, Endpoint};
use switchboard_session::{Model, RealtimeModel};
use switchboard_simulator::Simulator;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use crate::settings::{ModelServer, Settings};

/// A model server that can be dialled. The simulator, if it is that, ends when this is dropped.
#[derive(Debug)]
pub(crate) struct RunningModel {
    endpoint: Endpoint,
    described: String,
    _simulator: Option<DropGuard>,
}

impl RunningModel {
    /// Finds out who answers, and starts the simulator if nobody else does.
    ///
    /// # Errors
    ///
    /// When the simulator gets no port on loopback.
    pub(crate) async fn start(settings: &Settings) -> io::Result<Self> {
        if let Some(ModelServer { name, endpoint }) = ModelServer::of(settings) {
            let model = &settings.model.model;
            let described =
                format!("{name} answers, with the model {model} at {}", endpoint.place());
            return Ok(Self { endpoint, described, _simulator: None });
        }
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = simulator_url(listener.local_addr()?);
        let stop = CancellationToken::new();
        let simulator = Arc::new(Simulator::new(settings.simulator.clone()));
        tokio::spawn(simulator.serve(listener, stop.clone().cancelled_owned()));
        Ok(Self {
            endpoint: Endpoint::new(url)
                .with_model(settings.model.model.clone())
                .with_auth(Auth::Bearer(KEY.into())),
            described: SIMULATED.to_owned(),
            _simulator: Some(stop.drop_guard()),
        })
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

/// The simulator takes any key, but wants one.
const KEY: &str = "simulator";
const SIMULATED: &str = "the built-in simulator answers, by keywords: set OPENAI_API_KEY or --model-url for a real model";

fn simulator_url(address: SocketAddr) -> Url {
    Url::parse(&format!("ws://{address}/v1/realtime")).expect("an address makes a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_simulator_listens_on_loopback_while_it_is_needed() {
        let model = RunningModel::start(&Settings::default()).await.unwrap();
        assert!(model.described().contains("OPENAI_API_KEY"));
        assert_eq!(model.endpoint.url.host_str(), Some("127.0.0.1"));
        let address = format!("127.0.0.1:{}", model.endpoint.url.port().unwrap());
        tokio::net::TcpStream::connect(address).await.unwrap();
    }
}
