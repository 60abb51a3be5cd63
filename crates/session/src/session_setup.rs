//! What a conversation is told before it begins: the team, its phrases and what is known of its tools.

use std::collections::BTreeMap;
use std::time::Duration;

use switchboard_agent::{HOLDS, Profile};
use switchboard_conversation::{AgentSetup, Setup as ConversationSetup, ToolWait};
use switchboard_realtime::AudioFormat;

use crate::line::Media;
use crate::link::CallShape;
use crate::phrases::Voice;
use crate::recordings;
use crate::sessions::Setup;
use crate::settings::ModelSettings;

/// An agent with fewer phrases of its own says neutral ones, too: none is heard twice running.
const ENOUGH: usize = 3;

/// The setup of a call's conversation.
pub(crate) fn conversation_setup(setup: &Setup, shape: &CallShape) -> ConversationSetup {
    let team = &shape.team;
    let start = team.agents().position(|profile| profile.id == team.start()).unwrap_or_default();
    let agents: Vec<AgentSetup> =
        team.agents().map(|profile| agent(profile, |tool| setup.tools.usual(tool))).collect();
    let audio = match shape.media {
        Media::Audio(format) => Some(format),
        Media::Text => None,
    };
    ConversationSetup {
        recorded: audio.map(|format| recordings::holds(format).collect()).unwrap_or_default(),
        rendered: audio.map(|format| rendered(setup, shape, format, &agents)).unwrap_or_default(),
        agents,
        start,
        audio,
        server_responds: shape.settings.turn_detection.creates_responses(),
        server_interrupts: shape.settings.turn_detection.interrupts_responses(),
        timings: setup.settings.timings(&shape.settings),
        render: setup.settings.render_holds,
        seed: fastrand::u64(..),
    }
}

fn agent(profile: &Profile, usual: impl Fn(&str) -> Option<Duration>) -> AgentSetup {
    let waits = profile.tools.iter().map(|tool| {
        let modifiers = profile.modifiers.get(&tool.name);
        let wait = ToolWait {
            phrases: modifiers.map(|modifiers| modifiers.holds.clone()).unwrap_or_default(),
            after: modifiers.and_then(|modifiers| modifiers.hold_after),
            usual: usual(&tool.name),
        };
        (tool.name.clone(), wait)
    });
    let mut holds = profile.holds.clone();
    if holds.len() < ENOUGH {
        holds.extend(HOLDS.iter().map(ToString::to_string));
    }
    AgentSetup {
        name: profile.id.to_string(),
        tools: profile.tools.iter().map(|tool| tool.name.clone()).collect(),
        holds,
        waits: waits.filter(|(_, wait)| *wait != ToolWait::default()).collect(),
    }
}

/// What other calls have had rendered in the voice that this one begins with.
fn rendered(
    setup: &Setup,
    shape: &CallShape,
    format: AudioFormat,
    agents: &[AgentSetup],
) -> BTreeMap<String, Duration> {
    let Some(first) = shape.team.agent(shape.team.start()) else { return BTreeMap::new() };
    let texts = agents.iter().flat_map(|agent| {
        agent.holds.iter().chain(agent.waits.values().flat_map(|tool| &tool.phrases))
    });
    setup.phrases.known(&voice(first, &shape.settings), format, texts)
}

/// The voice in which an agent speaks.
pub(crate) fn voice(profile: &Profile, settings: &ModelSettings) -> Voice {
    let speed = profile.settings.speed.or(settings.speed).unwrap_or(1.0);
    Voice::new(&settings.model, settings.voice.as_deref(), speed)
}
