//! What a conversation tells its model, as events of the Realtime protocol.

use std::sync::Arc;

use switchboard_agent::{AgentId, Profile};
use switchboard_conversation::{Entry, ModelCommand, RequestId};
use switchboard_realtime::{
    ClientEvent, ConversationChoice, Effort, EventId, Item, ItemId, ResponseParams,
    ToolChoice as WireChoice,
};

use super::events::{BESIDE, REQUEST};
use super::session::{Change, choice, effort, session, speed};
use crate::link::{CallShape, LinkCommand};

/// Turns commands into events; knows which agent is the server's.
#[derive(Debug)]
pub(super) struct Commands {
    shape: Arc<CallShape>,
    agent: AgentId,
    /// As the server has them.
    speed: f64,
    effort: Option<Effort>,
}

impl Commands {
    pub(super) fn new(shape: Arc<CallShape>) -> Self {
        let agent = shape.team.start();
        Self { shape, agent, speed: 1.0, effort: None }
    }

    pub(super) fn translate(&mut self, command: &LinkCommand) -> ClientEvent {
        match command {
            LinkCommand::Update { event, agent, instructions, first } => {
                self.agent = *agent;
                let change = self.change(*first);
                let (settings, media) = (&self.shape.settings, self.shape.media);
                let session =
                    session(self.profile(), instructions.clone(), settings, media, &change);
                ClientEvent::session_update(session).with_event_id(event.clone())
            }
            LinkCommand::Tell(command) => self.tell(command),
        }
    }

    /// What this agent wants otherwise than the server has it.
    fn change(&mut self, first: bool) -> Change {
        let (own, settings) = (&self.profile().settings, &self.shape.settings);
        let (speed, effort) = (speed(own, settings), effort(own, settings));
        // Another agent's effort does not stay for one that says nothing: the service's own default is low.
        let effort = effort.or_else(|| self.effort.is_some().then(|| Effort::from("low")));
        #[expect(clippy::float_cmp, reason = "the same setting is the same number")]
        let faster = (speed != self.speed).then_some(speed);
        let harder = effort.clone().filter(|effort| self.effort.as_ref() != Some(effort));
        (self.speed, self.effort) = (speed, effort);
        Change { first, speed: faster, effort: harder }
    }

    fn tell(&self, command: &ModelCommand) -> ClientEvent {
        match command {
            ModelCommand::Create { event, item, entry } => create(event, item, entry),
            ModelCommand::Truncate { event, item, heard } => {
                let ms = u64::try_from(heard.as_millis()).unwrap_or(u64::MAX);
                ClientEvent::item_truncate(item.clone(), ms).with_event_id(event.clone())
            }
            ModelCommand::Delete { event, item } => {
                ClientEvent::item_delete(item.clone()).with_event_id(event.clone())
            }
            ModelCommand::Respond { event, request, tools, say } => {
                let params = match say {
                    Some(say) if say.beside => beside(*request, &say.text),
                    Some(say) => ResponseParams {
                        instructions: Some(exactly(&say.text)),
                        ..self.respond(*request, false)
                    },
                    None => self.respond(*request, *tools),
                };
                ClientEvent::response_create(params).with_event_id(event.clone())
            }
            ModelCommand::Cancel { event, response } => {
                ClientEvent::response_cancel(Some(response.clone())).with_event_id(event.clone())
            }
        }
    }

    /// A response of the default conversation. Where the session forces tool calls, those that we ask for are not forced:
    /// they tell results, and would call tools for ever.
    fn respond(&self, request: RequestId, tools: bool) -> ResponseParams {
        let forced =
            !matches!(choice(&self.profile().settings, &self.shape.settings), WireChoice::Auto);
        let tool_choice = match (tools, forced) {
            (false, _) => Some(WireChoice::None),
            (true, true) => Some(WireChoice::Auto),
            (true, false) => None,
        };
        ResponseParams { tool_choice, ..ResponseParams::default() }
            .with_metadata(REQUEST, request.to_string())
    }

    fn profile(&self) -> &Profile {
        self.shape.team.agent(self.agent).expect("the agent is one of the team's")
    }
}

/// A response outside the conversation that says these words and leaves no item behind.
fn beside(request: RequestId, text: &str) -> ResponseParams {
    ResponseParams {
        conversation: Some(ConversationChoice::None),
        input: Some(Vec::new()),
        instructions: Some(exactly(text)),
        tool_choice: Some(WireChoice::None),
        ..ResponseParams::default()
    }
    .with_metadata(REQUEST, request.to_string())
    .with_metadata(BESIDE, "yes")
}

fn exactly(text: &str) -> String {
    format!("Say exactly: {text}")
}

fn create(event: &EventId, id: &ItemId, entry: &Entry) -> ClientEvent {
    let item = match entry {
        Entry::System(text) => Item::system_text(text),
        Entry::Caller(text) => Item::user_text(text),
        Entry::Agent(text) => Item::assistant_text(text),
        Entry::Call { call_id, name, arguments } => {
            Item::function_call(name, arguments, call_id.clone())
        }
        Entry::Output { call_id, output } => Item::function_call_output(call_id.clone(), output),
    };
    ClientEvent::item_create(item.with_id(id.clone())).with_event_id(event.clone())
}

#[cfg(test)]
mod tests {
    use switchboard_agent::{Agent, Roster};
    use switchboard_realtime::AudioFormat;

    use super::*;
    use crate::line::Media;
    use crate::settings::ModelSettings;

    #[test]
    fn one_agents_speed_and_effort_do_not_stay_for_the_next() {
        let (fast, plain) = (AgentId::new("fast"), AgentId::new("plain"));
        let agents = [
            Agent::<()>::new(fast)
                .instructions("Quick.")
                .speed(1.3)
                .reasoning_effort(switchboard_agent::ReasoningEffort::High)
                .handoff(plain, "Slow."),
            Agent::new(plain).instructions("Slow.").handoff(fast, "Quick."),
        ];
        let (team, settings) =
            (Roster::new(agents).unwrap().team(), Arc::new(ModelSettings::default()));
        let mut commands = Commands::new(Arc::new(CallShape {
            team,
            settings,
            media: Media::Audio(AudioFormat::Pcmu),
        }));
        let mut update = |agent, first| {
            let (event, instructions) = (EventId::new("e"), String::new());
            let event =
                commands.translate(&LinkCommand::Update { event, agent, instructions, first });
            let session =
                serde_json::from_str::<serde_json::Value>(&event.encode()).unwrap()["session"]
                    .clone();
            (
                session["audio"]["output"]["speed"].as_f64(),
                session["reasoning"]["effort"].as_str().map(str::to_owned),
            )
        };

        assert_eq!(update(fast, true), (Some(1.3), Some("high".to_owned())));
        assert_eq!(update(plain, false), (Some(1.0), Some("low".to_owned())));
        assert_eq!(update(plain, false), (None, None));
    }

    #[test]
    fn a_response_beside_the_conversation_leaves_nothing_behind() {
        let request = RequestId::parse("sb_req_1").unwrap();

        let params = serde_json::to_value(beside(request, "One moment.")).unwrap();

        assert_eq!(params["conversation"], "none");
        assert_eq!(params["input"], serde_json::json!([]));
        assert_eq!(params["tool_choice"], "none");
        assert_eq!(params["metadata"][REQUEST], "sb_req_1");
    }
}
