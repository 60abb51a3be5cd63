//! Why a measurement could not be made.

use std::io;

use tokio_tungstenite::tungstenite;

/// Why a measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// A socket, a file or a process failed.
    #[error("cannot {0}")]
    Io(&'static str, #[source] io::Error),
    /// A WebSocket failed.
    #[error("cannot {0}")]
    Socket(&'static str, #[source] Box<tungstenite::Error>),
    /// The voice webhook did not answer as it should.
    #[error("the voice webhook did not answer with TwiML")]
    Webhook(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A child ended, or said something else than where it listens.
    #[error("{0} did not say where it listens, but `{1}`: run it by hand to see why")]
    Child(&'static str, String),
    /// A part of Switchboard could not be made.
    #[error("cannot {0}")]
    Ours(&'static str, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The gateway judged arguments wrongly.
    #[error("a verdict on arguments is wrong: {0}")]
    Misjudged(String),
    /// A tool call that should have gone well did not.
    #[error("a tool call was answered {0}")]
    Refused(String),
    /// Something that should have happened did not.
    #[error("{0} did not come within {1} s")]
    Missing(&'static str, u64),
}

impl BenchError {
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io(what, error)
    }

    pub(crate) fn ours<E>(what: &'static str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |error| Self::Ours(what, Box::new(error))
    }

    pub(crate) fn socket(what: &'static str) -> impl FnOnce(tungstenite::Error) -> Self {
        move |error| Self::Socket(what, Box::new(error))
    }
}
