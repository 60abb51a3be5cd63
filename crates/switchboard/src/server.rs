//! The server: a listener, a gateway and a model, put together and run until it is told to stop.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use switchboard_agent::Roster;
use switchboard_gateway::Tools;
use switchboard_session::{Metrics, Model, Sessions, Setup};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::company::{Opened, ToolsError, gateway};
use crate::database;
use crate::gateway_metrics::GatewayMetrics;
use crate::http::door::{self, Limits};
use crate::http::{Http, Webhook, router};
use crate::model::RunningModel;
use crate::settings::Settings;

/// How long callers' sockets may take to end once no call is left.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the server could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The tools cannot be used.
    #[error(transparent)]
    Tools(#[from] ToolsError),
    /// The simulator in this process found no port on loopback.
    #[error("cannot start the simulator on a loopback port")]
    Simulator(#[source] io::Error),
    /// The supervisor of the calls did not start.
    #[error("cannot start the supervisor of the calls")]
    Sessions(#[source] Box<dyn Error + Send + Sync>),
}

/// Answers calls on `listener` until `shutdown` ends; then lets the running calls end, for as long as
/// [`Settings::drain`] says, and returns.
///
/// [`run`](crate::run) is this behind a command line. A program with a command line of its own, or a test, brings its own
/// listener and its own end:
///
/// ```
/// use switchboard::prelude::*;
/// use switchboard::{DatabaseUrl, Settings, serve};
/// use tokio::net::TcpListener;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let host = Agent::new(AgentId::new("host")).instructions("Greet the caller warmly.");
/// let roster = Roster::new([host])?;
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut settings = Settings::default();
/// settings.database = DatabaseUrl::Memory.into(); // leaves no file behind
/// let shutdown = async { /* returns when it is time to stop */ };
/// serve(listener, roster, (), &settings, shutdown).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the tools, the policies or the database cannot be used, or the simulator cannot be started, where it is to answer.
pub async fn serve<A>(
    listener: TcpListener,
    roster: Roster<A>,
    app: A,
    settings: &Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError>
where
    A: Send + Sync + 'static,
{
    let store = database::open(&settings.database).await.map_err(ToolsError::from)?;
    let opened = gateway(roster, app, store, settings)?;
    answer(listener, opened, settings, shutdown).await
}

/// [`serve`], with a gateway that is there already.
pub(crate) async fn answer(
    listener: TcpListener,
    opened: Opened,
    settings: &Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let model = RunningModel::start(settings).await.map_err(ServeError::Simulator)?;
    tracing::info!("{}", model.described());
    let http = Arc::new(http(opened, model.link(), settings).await?);
    let paths = router(Arc::clone(&http));
    let served = door::serve(listener, paths, Limits::default(), http.stopping.clone());
    let watched = http.stopping.run_until_cancelled(http.policies.watch());
    tokio::join!(served, watched, end(&http, settings.drain, shutdown));
    Ok(())
}

/// Waits until it is time to stop, lets the calls end, then closes what is left.
async fn end(http: &Http, drain: Duration, shutdown: impl Future<Output = ()>) {
    shutdown.await;
    http.sessions.drain(drain).await;
    http.stopping.cancel();
    http.streams.close();
    if timeout(FAREWELL, http.streams.wait()).await.is_err() {
        tracing::warn!(left = http.streams.len(), "some callers' sockets did not close in time");
    }
}

/// The directory of calls, and what is counted of them.
pub(crate) async fn sessions(
    tools: Arc<dyn Tools>,
    model: Arc<dyn Model>,
    settings: &Settings,
) -> Result<(Sessions, Registry), ServeError> {
    let mut registry = Registry::default();
    let setup = Setup {
        tools,
        model,
        model_settings: Arc::new(settings.model.clone()),
        settings: settings.call.clone(),
        metrics: Metrics::register(&mut registry),
        phrases: Arc::default(),
    };
    let started = Sessions::start(setup).await;
    let sessions = started.map_err(|error| ServeError::Sessions(Box::new(error)))?;
    Ok((sessions, registry))
}

/// What the paths work with.
pub(crate) async fn http(
    opened: Opened,
    model: Arc<dyn Model>,
    settings: &Settings,
) -> Result<Http, ServeError> {
    let Opened { tools, operations, store, policies } = opened;
    let (sessions, mut registry) = sessions(tools, model, settings).await?;
    policies.register(&mut registry);
    registry.register_collector(Box::new(GatewayMetrics::of(Arc::clone(&operations))));
    Ok(Http {
        sessions,
        operations,
        store,
        policies,
        registry,
        admin_token: settings.secrets.admin_token.clone(),
        webhook: Webhook::new(settings),
        streams: TaskTracker::new(),
        stopping: CancellationToken::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use switchboard_realtime::ws::Secret;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;
    use crate::testing;

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        server: tokio::task::JoinHandle<Result<(), ServeError>>,
    }

    async fn running(settings: Settings) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let shutdown = async { stopped.await.unwrap_or_default() };
            answer(listener, testing::opened(|_| ()), &settings, shutdown).await
        });
        Running { address, stop, server }
    }

    /// The status line that a request without a body gets.
    async fn status(address: SocketAddr, path: &str, headers: &str) -> String {
        let mut client = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n{headers}\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        client.read_exact(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn a_server_answers_until_it_is_told_to_stop() {
        let Running { address, stop, server } = running(Settings::default()).await;
        assert_eq!(status(address, "/readyz", "").await, "HTTP/1.1 200");

        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }

    #[tokio::test]
    async fn with_an_auth_token_an_unsigned_stream_is_not_opened() {
        const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                               sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let open = running(Settings::default()).await;
        assert_eq!(status(open.address, "/twilio/stream", UPGRADE).await, "HTTP/1.1 101");

        let mut settings = Settings::default();
        settings.secrets.twilio_auth_token = Some(Secret::new("12345"));
        let signed = running(settings).await;
        assert_eq!(status(signed.address, "/twilio/stream", UPGRADE).await, "HTTP/1.1 403");
    }
}
