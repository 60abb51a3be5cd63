//! What a conversation is told before it begins.

use std::collections::BTreeMap;
use std::time::Duration;

use switchboard_realtime::AudioFormat;

/// The agents, the line and the times of one conversation.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Every agent of the team.
    pub agents: Vec<AgentSetup>,
    /// Index into `agents` of the one that answers the call.
    pub start: usize,
    /// What the line carries: audio in this format, or text where `None`.
    pub audio: Option<AudioFormat>,
    /// Whether the server starts a response by itself when the caller's turn ends (`turn_detection.create_response`).
    pub server_responds: bool,
    /// Whether the server cancels its running response when the caller starts to speak
    /// (`turn_detection.interrupt_response`).
    pub server_interrupts: bool,
    /// How long things may take.
    pub timings: Timings,
    /// Whether hold phrases are rendered beside the conversation before they are needed.
    pub render: bool,
    /// Phrases that have been rendered already, in this agent's voice and the line's format, and their lengths.
    pub rendered: BTreeMap<String, Duration>,
    /// Phrases that are there whatever happens, in a voice of nobody's, and their lengths: the last resort.
    pub recorded: Vec<(String, Duration)>,
    /// Seed of the jitter in back-offs; the same seed gives the same outputs.
    pub seed: u64,
}

/// What the machines know of an agent.
#[derive(Debug, Clone, Default)]
pub struct AgentSetup {
    /// The agent's id.
    pub name: String,
    /// The names of its tools, as they go on the wire.
    pub tools: Vec<String>,
    /// What it says to a caller who waits.
    pub holds: Vec<String>,
    /// By tool: how callers wait for it, where that is known.
    pub waits: BTreeMap<String, ToolWait>,
}

impl AgentSetup {
    /// An agent of this name with these tools, which says nothing to a caller who waits.
    pub fn new<'a>(name: &str, tools: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            name: name.to_owned(),
            tools: tools.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }
}

/// How callers wait for a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolWait {
    /// Phrases of its own.
    pub phrases: Vec<String>,
    /// The quiet after which the first phrase is said; [`Timings::hold`] otherwise.
    pub after: Option<Duration>,
    /// How long it usually takes, once that has been learnt.
    pub usual: Option<Duration>,
}

/// How long things may take. Defaults are good for a phone line.
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    /// A model that cannot be reached is given up.
    pub dial: Duration,
    /// A requested response that nobody answers is given up.
    pub request: Duration,
    /// A running response of which nothing is heard is cancelled.
    pub response: Duration,
    /// A cancelled response that does not end means that the link is dead.
    pub cancel: Duration,
    /// An unanswered `session.update` means that the link is dead.
    pub update: Duration,
    /// The same for the first of a call, after which nobody has been greeted yet.
    pub first_update: Duration,
    /// After `committed`, how long the server may take to start its own response before we ask for one.
    pub server_turn: Duration,
    /// After `speech_stopped`, how long `committed` may take.
    pub commit: Duration,
    /// Speech without an end is taken for ended.
    pub speech: Duration,
    /// After audio from before the start has been released, how long `speech_started` may take before we greet.
    pub settle: Duration,
    /// A payable debt that nobody pays is somebody's bug after this long.
    pub watchdog: Duration,
    /// First back-off after a failed response; doubles, with jitter.
    pub backoff: Duration,
    /// After the last audio of a goodbye has been sent: its length, plus this, until we hang up without its mark.
    pub flush: Duration,
    /// A pause after which dialled digits are complete.
    pub digits: Duration,
    /// A caller who waits and has heard nothing for so long is told so.
    pub hold: Duration,
    /// How much earlier than the server's word of it the caller fell silent: the pause by which the server knows.
    pub pause: Duration,
    /// A caller who says nothing for so long, with nothing owed, is asked whether they are still there. Zero: never.
    pub nudge: Duration,
    /// How often they are asked before the call is ended.
    pub nudges: u32,
    /// How long a lost link may stay without working again; the first of a call has [`Timings::dial`].
    pub redial: Duration,
    /// One attempt to reach the model again.
    pub attempt: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            dial: seconds(8),
            request: seconds(3),
            response: seconds(8),
            cancel: seconds(3),
            update: seconds(5),
            first_update: seconds(4),
            server_turn: seconds(1),
            commit: seconds(2),
            speech: seconds(60),
            settle: Duration::from_millis(300),
            watchdog: seconds(4),
            backoff: Duration::from_millis(400),
            flush: seconds(2),
            digits: seconds(2),
            hold: seconds(2),
            pause: Duration::from_millis(500),
            nudge: seconds(15),
            nudges: 2,
            redial: seconds(15),
            attempt: seconds(2),
        }
    }
}
