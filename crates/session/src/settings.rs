//! What an operator may set about the model and the call. Each struct is a section of the configuration file.

use std::time::Duration;

use serde::Deserialize;
use switchboard_conversation::Timings;
use switchboard_realtime as realtime;

/// The model, unless something else is configured. The one place that names it.
pub const DEFAULT_MODEL: &str = "gpt-realtime-2.1";
/// The recogniser of the caller's words, unless something else is configured. The one place that names it.
pub const DEFAULT_TRANSCRIPTION: &str = "gpt-transcribe";

/// The session settings of the Realtime protocol (its section 5), with defaults for a phone line. `[model]` in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// The model's id, as the service knows it; on Azure, the deployment's name.
    pub model: String,
    /// The voice of all agents, by name or `voice_…` id: the protocol freezes it with the first word.
    pub voice: Option<String>,
    /// How fast agents speak: 1 is normal, 0.25 to 1.5.
    pub speed: Option<f64>,
    /// Who decides that a turn has ended, and how.
    pub turn_detection: TurnDetection,
    /// Cleans the caller's audio before the model hears it.
    pub noise_reduction: NoiseReduction,
    /// How thoroughly; the server's choice where it is not set.
    pub noise_reduction_strength: Option<f64>,
    /// Writes down what the caller says, beside the model.
    pub transcription: Transcription,
    /// What is dropped from a conversation that grows too long.
    pub truncation: Truncation,
    /// The most tokens of one response, tool calls included, 1 to 4096: nobody rambles on a phone line. Spoken words take 20
    /// tokens a second.
    pub max_output_tokens: u32,
    /// How hard a reasoning model thinks: `minimal`, `low`, `medium`, `high`, `xhigh`. Older models refuse it, so it is sent
    /// only when set.
    pub reasoning: Option<ReasoningEffort>,
    /// Whether the model may call several tools at once. Older models refuse it, so it is sent only when set.
    pub parallel_tool_calls: Option<bool>,
    /// Whether the model must call tools: `auto`, `none` or `required`.
    pub tool_choice: ToolChoice,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            model: DEFAULT_MODEL.to_owned(),
            voice: Some("marin".to_owned()),
            speed: None,
            turn_detection: TurnDetection::default(),
            noise_reduction: NoiseReduction::NearField,
            noise_reduction_strength: None,
            transcription: Transcription::default(),
            truncation: Truncation::default(),
            max_output_tokens: 1_024,
            reasoning: None,
            parallel_tool_calls: None,
            tool_choice: ToolChoice::Auto,
        }
    }
}

/// Who decides that the caller's turn has ended. Nobody is not among them: without the server's voice detection nobody would know
/// when a caller speaks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TurnDetection {
    /// A pause of a set length ends the turn.
    ServerVad {
        /// How loud speech must be, 0 to 1.
        #[serde(default = "half")]
        threshold: f64,
        /// Milliseconds kept from before the speech was noticed.
        #[serde(default = "three_hundred")]
        prefix_padding_ms: u32,
        /// Milliseconds of pause that end a turn.
        #[serde(default = "five_hundred")]
        silence_duration_ms: u32,
        /// Milliseconds after which the server speaks to a silent caller, 5000 to 30000.
        #[serde(default)]
        idle_timeout_ms: Option<u32>,
        /// Whether the server answers a turn by itself.
        #[serde(default = "yes")]
        create_response: bool,
        /// Whether the server stops speaking when the caller speaks.
        #[serde(default = "yes")]
        interrupt_response: bool,
    },
    /// The model's own sense of whether the caller has finished.
    SemanticVad {
        /// How soon it answers: `low`, `medium`, `high` or `auto`.
        #[serde(default)]
        eagerness: Eagerness,
        /// Whether the server answers a turn by itself.
        #[serde(default = "yes")]
        create_response: bool,
        /// Whether the server stops speaking when the caller speaks.
        #[serde(default = "yes")]
        interrupt_response: bool,
    },
}

impl Default for TurnDetection {
    fn default() -> Self {
        Self::ServerVad {
            threshold: half(),
            prefix_padding_ms: three_hundred(),
            silence_duration_ms: five_hundred(),
            idle_timeout_ms: None,
            create_response: true,
            interrupt_response: true,
        }
    }
}

impl TurnDetection {
    /// Whether the server answers a turn by itself.
    pub fn creates_responses(&self) -> bool {
        let (Self::ServerVad { create_response, .. } | Self::SemanticVad { create_response, .. }) =
            self;
        *create_response
    }

    /// How long after the caller's last word the server knows that it was the last; unknown of one that judges by sense.
    pub fn pause(&self) -> Duration {
        match self {
            Self::ServerVad { silence_duration_ms, .. } => {
                Duration::from_millis(u64::from(*silence_duration_ms))
            }
            Self::SemanticVad { .. } => Duration::ZERO,
        }
    }

    /// Whether the server stops speaking when the caller speaks.
    pub fn interrupts_responses(&self) -> bool {
        let (Self::ServerVad { interrupt_response, .. }
        | Self::SemanticVad { interrupt_response, .. }) = self;
        *interrupt_response
    }
}

/// How soon semantic turn detection answers; the longest waits are about 8, 4 and 2 seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Eagerness {
    /// Lets the caller think.
    Low,
    /// In between.
    Medium,
    /// Answers fast.
    High,
    /// The server's choice.
    #[default]
    Auto,
}

/// What the caller's audio is cleaned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseReduction {
    /// A handset or headset.
    NearField,
    /// A speakerphone, or a line that echoes.
    FarField,
    /// Nothing.
    Off,
}

/// The recogniser that writes down the caller's words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transcription {
    /// Whether the caller's words are written down at all: without them no transcript can restore a call.
    pub enabled: bool,
    /// The recogniser's id; on Azure, the deployment's name.
    pub model: String,
    /// The language spoken, ISO 639-1.
    pub language: Option<String>,
    /// The languages that may be spoken, ISO 639-1; only the newer recognisers take them.
    pub languages: Option<Vec<String>>,
    /// Names and terms to listen for; only the newer recognisers take them.
    pub keywords: Option<Vec<String>>,
    /// Words to expect, in free text.
    pub prompt: Option<String>,
    /// How long a recogniser that works as it hears may wait for more: `minimal` to `xhigh`.
    pub delay: Option<ReasoningEffort>,
}

impl Default for Transcription {
    fn default() -> Self {
        Self {
            enabled: true,
            model: DEFAULT_TRANSCRIPTION.to_owned(),
            language: None,
            languages: None,
            keywords: None,
            prompt: None,
            delay: None,
        }
    }
}

/// What is dropped from a conversation that grows too long.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Truncation {
    /// The oldest messages, one by one.
    Auto,
    /// Nothing: a response fails instead.
    Disabled,
    /// In few large cuts, which keeps the prompt cache warm.
    RetentionRatio {
        /// How much is kept at a cut, 0 to 1.
        retention_ratio: f64,
        /// The most tokens of the conversation, instructions and tools not counted.
        #[serde(default)]
        post_instructions: Option<u32>,
    },
}

impl Default for Truncation {
    fn default() -> Self {
        Self::RetentionRatio { retention_ratio: 0.8, post_instructions: Some(8_000) }
    }
}

/// How hard a reasoning model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are the protocol's own")]
pub enum ReasoningEffort {
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
}

impl ReasoningEffort {
    /// The protocol's word.
    pub(crate) fn effort(self) -> realtime::Effort {
        realtime::Effort::from(match self {
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
        })
    }
}

/// Whether the model must call tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolChoice {
    /// As it sees fit.
    #[default]
    Auto,
    /// Never.
    None,
    /// In each response, also in the one that tells a result.
    Required,
}

/// Times of a call, in milliseconds. `[call]` in the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallSettings {
    /// Dialling the model, until its socket is open.
    pub dial_ms: u64,
    /// The model's answer to the first `session.update`.
    pub first_update_ms: u64,
    /// The model's answer to a transfer's `session.update`.
    pub update_ms: u64,
    /// A response that was asked for, until it begins.
    pub request_ms: u64,
    /// A running response without any sign of life.
    pub response_ms: u64,
    /// A pause after which dialled digits are complete.
    pub digits_ms: u64,
    /// A caller who waits and has heard nothing for so long is told that they are not forgotten.
    pub hold_ms: u64,
    /// Whether hold phrases are rendered before they are needed, so that they start at once and also when the model is gone.
    pub render_holds: bool,
    /// A caller who says nothing for so long, with nothing owed, is asked whether they are still there; 0: never.
    pub nudge_ms: u64,
    /// How often they are asked before the call is ended.
    pub nudges: u32,
    /// A link to the model that was lost and has not worked again for so long is given up.
    pub redial_ms: u64,
    /// The most calls at once; more are told that all lines are busy.
    pub most: usize,
}

impl Default for CallSettings {
    fn default() -> Self {
        Self {
            dial_ms: 5_000,
            first_update_ms: 4_000,
            update_ms: 5_000,
            request_ms: 3_000,
            response_ms: 8_000,
            digits_ms: 2_000,
            hold_ms: 2_000,
            render_holds: true,
            nudge_ms: 15_000,
            nudges: 2,
            redial_ms: 15_000,
            most: 1_000,
        }
    }
}

impl CallSettings {
    /// How long dialling may take.
    pub fn dial(&self) -> Duration {
        Duration::from_millis(self.dial_ms)
    }

    /// The conversation's times.
    pub fn timings(&self, model: &ModelSettings) -> Timings {
        Timings {
            hold: Duration::from_millis(self.hold_ms),
            pause: model.turn_detection.pause(),
            nudge: Duration::from_millis(self.nudge_ms),
            nudges: self.nudges,
            redial: Duration::from_millis(self.redial_ms),
            first_update: Duration::from_millis(self.first_update_ms),
            update: Duration::from_millis(self.update_ms),
            request: Duration::from_millis(self.request_ms),
            response: Duration::from_millis(self.response_ms),
            digits: Duration::from_millis(self.digits_ms),
            ..Timings::default()
        }
    }
}

fn half() -> f64 {
    0.5
}

fn three_hundred() -> u32 {
    300
}

fn five_hundred() -> u32 {
    500
}

fn yes() -> bool {
    true
}
