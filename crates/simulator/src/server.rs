//! The simulator as a server: listening, letting clients in, and what its connections share.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Zoned;
use switchboard_realtime::ws::{self, AcceptError, SocketSettings};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::connection::{self, Services};
use crate::ears::Ears;
use crate::faults::{Fault, FaultKind, FaultPlan, Faults};
use crate::handshake;
use crate::mind::Mind;
use crate::mind::keyword::KeywordMind;
use crate::session::{Opening, Parts, Session, Wall};
use crate::settings::Settings;
use crate::voice::Voice;
use crate::wire::Wire;

/// How long open connections may take to close at shutdown.
const LONGEST_GOODBYE: Duration = Duration::from_secs(3);
/// The pause after a failed accept: a process out of file handles must not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type MakeMind = dyn Fn(u64) -> Box<dyn Mind> + Send + Sync;

/// An offline Realtime server.
pub struct Simulator {
    settings: Arc<Settings>,
    make_mind: Box<MakeMind>,
    services: Services,
    connections: AtomicU64,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Makes a simulator whose model answers by keywords, and looks for its voice and ears.
    pub fn new(settings: Settings) -> Self {
        Self::with_minds(settings, |seed| Box::new(KeywordMind::new(seed)))
    }

    /// Makes a simulator with minds of your own: one for each connection, from the connection's seed.
    ///
    /// ```
    /// use switchboard_simulator::mind::scripted::ScriptedMind;
    /// use switchboard_simulator::{Settings, Simulator};
    ///
    /// let script = ScriptedMind::from_toml("step = [{ say = \"Hello.\" }]")?;
    /// let simulator = Simulator::with_minds(Settings::default(), move |_seed| Box::new(script.clone()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_minds(
        settings: Settings,
        make_mind: impl Fn(u64) -> Box<dyn Mind> + Send + Sync + 'static,
    ) -> Self {
        let services = Services {
            voice: Voice::find(settings.voice),
            ears: Ears::find(settings.ears),
            faults: FaultPlan::new(&settings.faults),
            tones: Arc::new(AtomicBool::new(false)),
        };
        info!(
            voice = services.voice.name(),
            ears = services.ears.name(),
            "this is the simulator: an offline stand-in for a Realtime server, no language model"
        );
        for fault in &settings.faults {
            warn!(%fault, "the simulator will go wrong on purpose");
        }
        Self {
            settings: Arc::new(settings),
            make_mind: Box::new(make_mind),
            services,
            connections: AtomicU64::new(0),
        }
    }

    /// Serves every client of a listener until `shutdown`, then closes what is open (bounded) and returns.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let (closing, tracker) = (CancellationToken::new(), TaskTracker::new());
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        debug!(%peer, %error, "small frames may be delayed");
                    }
                    let (simulator, closing) = (Arc::clone(&self), closing.clone());
                    let stream = Wire::over_tcp(stream);
                    tracker.spawn(async move { simulator.take_in(stream, closing).await });
                }
                Err(error) => {
                    warn!(%error, "the simulator could not accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        closing.cancel();
        tracker.close();
        if timeout(LONGEST_GOODBYE, tracker.wait()).await.is_err() {
            warn!(open = tracker.len(), "connections to the simulator are dropped");
        }
    }

    /// Serves one client over any stream, from its handshake to the end of the connection. In virtual time, over an
    /// in-memory stream, a session of minutes takes milliseconds.
    pub async fn serve_stream<S>(self: Arc<Self>, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.take_in(Wire::new(stream), CancellationToken::new()).await;
    }

    async fn take_in<S>(&self, stream: Wire<S>, closing: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let faults = self.services.faults.connect(Instant::now());
        let of = |kind| faults.iter().find(|fault: &&Fault| fault.kind == kind);
        if let Some(fault) = of(FaultKind::DelayConnect)
            && timeout(fault.time(), closing.cancelled()).await.is_ok()
        {
            return;
        }
        let (mut opening, breaker) = (None, stream.breaker());
        let check = |request: &ws::HandshakeRequest| {
            if let Some(fault) = of(FaultKind::RefuseConnect) {
                return Err(handshake::told_to_refuse(fault));
            }
            let (accept, asked) = handshake::check(request)?;
            opening = Some(asked);
            Ok(accept)
        };
        let accepted = ws::accept(stream, SocketSettings::server(), check).await;
        match (accepted, opening) {
            (Ok(socket), Some(opening)) => {
                let session = self.open(opening);
                connection::run(socket, breaker, session, &self.services, closing).await;
            }
            (Err(AcceptError::Rejected { status }), _) => {
                info!(status, "the simulator turned a client away");
            }
            (Err(error), _) => {
                debug!(%error, "a client of the simulator did not finish its handshake");
            }
            (Ok(_), None) => {}
        }
    }

    fn open(&self, opening: Opening) -> Session {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        // Neighbouring seeds are spread, so that two connections have no id in common.
        let seed = spread(self.settings.seed, connection);
        info!(connection, ?opening, "a client is connected to the simulator");
        Session::open(Parts {
            settings: Arc::clone(&self.settings),
            seed,
            opening,
            wall: self.wall(),
            mind: (self.make_mind)(seed),
            faults: Faults::new(self.services.faults.clone()),
            recognises: self.services.ears.recognise_speech(),
        })
    }

    fn wall(&self) -> Wall {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let local = self.settings.now.unwrap_or_else(|| Zoned::now().datetime());
        Wall { unix: since_epoch.as_secs(), local }
    }
}

/// A connection's own seed: neighbours have nothing in common.
fn spread(seed: u64, connection: u64) -> u64 {
    fastrand::Rng::with_seed(seed.wrapping_add(connection.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
        .u64(..)
}
