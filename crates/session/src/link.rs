//! The link to a model: what a session needs of any speech-to-speech protocol. [`RealtimeModel`](crate::RealtimeModel) is
//! the one there is today.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use switchboard_agent::{AgentId, Team};
use switchboard_conversation::{ModelCommand, ModelEvent};
use switchboard_realtime::{EventId, ItemId, Payload, ResponseId};
use thiserror::Error;

use crate::line::Media;
use crate::settings::ModelSettings;

/// Something that can be called and talks like a model.
pub trait Model: fmt::Debug + Send + Sync + 'static {
    /// Opens a link for one call. The session gives up after its own time.
    ///
    /// # Errors
    ///
    /// The model could not be reached, or let nobody in; the text says what to do.
    fn dial(&self, shape: Arc<CallShape>) -> BoxFuture<'_, Result<Link, LinkError>>;
}

/// What all sessions that a call has with its model have in common.
#[derive(Debug)]
pub struct CallShape {
    /// The agents.
    pub team: Arc<Team>,
    /// The model's settings.
    pub settings: Arc<ModelSettings>,
    /// What the line carries.
    pub media: Media,
}

/// An open link, to be served by one task for each direction.
#[derive(Debug)]
pub struct Link {
    /// What goes to the model.
    pub sender: Box<dyn LinkSender>,
    /// What comes from the model.
    pub receiver: Box<dyn LinkReceiver>,
}

/// The way to the model.
pub trait LinkSender: fmt::Debug + Send {
    /// Tells the model something; it may wait in a buffer until [`LinkSender::flush`].
    ///
    /// # Errors
    ///
    /// The link is broken.
    fn feed<'a>(&'a mut self, command: &'a LinkCommand) -> BoxFuture<'a, Result<(), LinkError>>;

    /// Lets the model hear the caller; it may wait in a buffer until [`LinkSender::flush`].
    ///
    /// # Errors
    ///
    /// The link is broken.
    fn append<'a>(&'a mut self, audio: &'a Payload) -> BoxFuture<'a, Result<(), LinkError>>;

    /// Sends what waits.
    ///
    /// # Errors
    ///
    /// The link is broken.
    fn flush(&mut self) -> BoxFuture<'_, Result<(), LinkError>>;

    /// Says goodbye to the server, if it still listens.
    fn close(&mut self) -> BoxFuture<'_, ()>;
}

/// The way from the model.
pub trait LinkReceiver: fmt::Debug + Send {
    /// The next thing that concerns the conversation. Cancel-safe.
    ///
    /// # Errors
    ///
    /// The link is broken; nothing follows.
    fn next(&mut self) -> BoxFuture<'_, Result<LinkEvent, LinkError>>;
}

/// Something for the model.
#[derive(Debug, Clone)]
pub enum LinkCommand {
    /// Make this agent the session's.
    Update {
        /// Our id of the event.
        event: EventId,
        /// The agent.
        agent: AgentId,
        /// Its instructions, with the brief and what is known of the caller.
        instructions: String,
        /// Whether this is the first of the call.
        first: bool,
    },
    /// Anything else.
    Tell(ModelCommand),
}

/// Something from the model.
#[derive(Debug)]
pub enum LinkEvent {
    /// Something for the conversation.
    Model(ModelEvent),
    /// A piece of the agent's audio, in the line's format.
    Audio {
        /// The response it belongs to.
        response: ResponseId,
        /// The item it belongs to.
        item: ItemId,
        /// The audio.
        audio: Payload,
    },
}

/// Why there is no link, or none any more. Shown, it says what happened and what to do.
#[derive(Debug, Clone, Error)]
#[error("{reason}")]
pub struct LinkError {
    /// What happened, and what to do.
    pub reason: String,
    /// Whether it is of no use to try again: with another key it may work, or at another address.
    pub hopeless: bool,
}

impl LinkError {
    /// A link that broke, or could not be made this time.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hopeless: false }
    }
}
