//! What a call looks like as text. Events in, text out; nothing is written here.

use std::collections::HashMap;

use switchboard_session::CallEvent;

use super::Style;

const PROMPT: &str = "› ";
/// Back to the start of the line, and wipes it: takes back a prompt.
const WIPE: &str = "\r\u{1b}[K";
const RESET: &str = "\u{1b}[0m";
const DIM: &str = "\u{1b}[2m";
/// Bold, in a colour of its own for each agent met: cyan, magenta, green, yellow, blue.
const NAMES: [&str; 5] =
    ["\u{1b}[1;36m", "\u{1b}[1;35m", "\u{1b}[1;32m", "\u{1b}[1;33m", "\u{1b}[1;34m"];

/// Turns events into text, minding what stands on the current line.
#[derive(Debug)]
pub(super) struct Screen {
    style: Style,
    at: At,
    /// The agents met, in order, for their colours.
    agents: Vec<String>,
    /// Which agent made a call that is still open.
    callers: HashMap<String, String>,
}

/// What stands on the current line.
#[derive(Debug, PartialEq, Eq)]
enum At {
    Start,
    Prompt,
    Speech { agent: String },
}

impl Screen {
    pub(super) fn new(style: Style) -> Self {
        Self { style, at: At::Start, agents: Vec::new(), callers: HashMap::new() }
    }

    pub(super) fn is_interactive(&self) -> bool {
        self.style.interactive
    }

    /// A dim line of our own.
    pub(super) fn note(&mut self, text: &str) -> String {
        let prompt = if self.at == At::Prompt { self.prompt() } else { None };
        let mut shown = self.fresh_line();
        shown.push_str(&self.dim(text));
        shown.push('\n');
        if let Some(prompt) = prompt {
            self.at = At::Prompt;
            shown.push_str(&prompt);
        }
        shown
    }

    /// The caller has sent a line. The terminal has shown it already; a pipe has not.
    pub(super) fn typed(&mut self, text: &str) -> Option<String> {
        if self.style.interactive {
            self.at = At::Start;
            return None;
        }
        let name = self.dim("you:");
        Some(format!("{}{name} {}\n", self.fresh_line(), plain(text)))
    }

    /// The caller pressed Enter and nothing else.
    pub(super) fn again(&mut self) -> Option<String> {
        if self.style.interactive {
            self.at = At::Prompt;
        }
        self.prompt()
    }

    /// What an event adds, if anything.
    pub(super) fn event(&mut self, event: &CallEvent) -> Option<String> {
        match event {
            CallEvent::Started { agent } => {
                let agent = plain(agent);
                Some(self.banner(&format!("{agent} answers")))
            }
            CallEvent::AgentSaying { agent, delta } => self.saying(agent, delta),
            CallEvent::AgentSaid { agent, text, interrupted } => {
                Some(self.said(agent, text, *interrupted))
            }
            CallEvent::ToolCalled { agent, call_id, .. } => {
                self.callers.insert(call_id.clone(), agent.clone());
                None
            }
            CallEvent::ToolAnswered { tool, call_id, outcome, took_ms, trace_id } => {
                let agent = self.callers.remove(call_id);
                Some(self.answered(agent.as_deref(), tool, outcome, *took_ms, trace_id))
            }
            CallEvent::HandedOff { to, reason, .. } => {
                Some(self.banner(&with_reason(&format!("handed to {to}"), reason)))
            }
            CallEvent::HandoffRefused { agent, to, reason } => {
                let what = format!("{agent} keeps the call, not handed to {to}");
                Some(self.banner(&with_reason(&what, reason)))
            }
            CallEvent::Held { agent, text } => Some(self.said(agent, text, false)),
            CallEvent::LinkLost { reason } => {
                Some(self.aside(&with_reason("the model is gone, and dialled again", reason)))
            }
            CallEvent::Reconnected { after_ms } => {
                Some(self.aside(&format!("the model is back after {after_ms} ms")))
            }
            CallEvent::Apologised { reason } => {
                Some(self.aside(&with_reason("an apology was played", reason)))
            }
            CallEvent::Ended { reason, .. } => {
                Some(self.banner(&with_reason("the call ended", reason)))
            }
            _ => None,
        }
    }

    /// Leaves the terminal on a fresh line.
    pub(super) fn end(&mut self) -> Option<String> {
        Some(self.fresh_line()).filter(|text| !text.is_empty())
    }

    fn saying(&mut self, agent: &str, delta: &str) -> Option<String> {
        let begun = matches!(&self.at, At::Speech { agent: speaking } if speaking == agent);
        if begun {
            return Some(plain(delta)).filter(|text| !text.is_empty());
        }
        let delta = plain(delta.trim_start());
        if delta.is_empty() {
            return None;
        }
        let shown = format!("{}{} {delta}", self.fresh_line(), self.name(agent));
        self.at = At::Speech { agent: agent.to_owned() };
        Some(shown)
    }

    fn said(&mut self, agent: &str, text: &str, interrupted: bool) -> String {
        let begun = matches!(&self.at, At::Speech { agent: speaking } if speaking == agent);
        let whole = if begun { None } else { self.saying(agent, text) };
        let mut shown = whole.unwrap_or_default();
        if interrupted && matches!(self.at, At::Speech { .. }) {
            shown.push_str(&self.dim(" (cut short)"));
        }
        shown.push_str(&self.fresh_line());
        if let Some(prompt) = self.prompt() {
            self.at = At::Prompt;
            shown.push_str(&prompt);
        }
        shown
    }

    fn answered(
        &mut self,
        agent: Option<&str>,
        tool: &str,
        outcome: &str,
        took_ms: u64,
        trace_id: &str,
    ) -> String {
        let agent = agent.map_or_else(String::new, |agent| format!("{agent}: "));
        let went_well = matches!(outcome, "ok" | "pending");
        let trace = if went_well { String::new() } else { format!(" (trace {trace_id})") };
        self.aside(&format!("{agent}{tool} → {outcome} in {}{trace}", took(took_ms)))
    }

    fn aside(&mut self, text: &str) -> String {
        self.note(&format!("· {}", plain(text)))
    }

    fn banner(&mut self, text: &str) -> String {
        self.note(&format!("── {} ──", plain(text)))
    }

    /// Ends what stands on the current line.
    fn fresh_line(&mut self) -> String {
        match std::mem::replace(&mut self.at, At::Start) {
            At::Start => String::new(),
            At::Prompt => WIPE.to_owned(),
            At::Speech { .. } => "\n".to_owned(),
        }
    }

    fn prompt(&self) -> Option<String> {
        self.style.interactive.then(|| PROMPT.to_owned())
    }

    fn name(&mut self, agent: &str) -> String {
        let place = self.agents.iter().position(|known| known == agent).unwrap_or_else(|| {
            self.agents.push(agent.to_owned());
            self.agents.len() - 1
        });
        self.coloured(NAMES[place % NAMES.len()], &format!("{}:", plain(agent)))
    }

    fn dim(&self, text: &str) -> String {
        self.coloured(DIM, text)
    }

    fn coloured(&self, colour: &str, text: &str) -> String {
        if self.style.colour { format!("{colour}{text}{RESET}") } else { text.to_owned() }
    }
}

/// Text that cannot move the cursor or colour the screen, whoever wrote it. Further lines are indented.
fn plain(text: &str) -> String {
    let visible = text.chars().filter(|character| *character == '\n' || !character.is_control());
    visible.collect::<String>().replace('\n', "\n  ")
}

fn with_reason(what: &str, reason: &str) -> String {
    match reason.trim().trim_end_matches('.') {
        "" => what.to_owned(),
        reason => format!("{what}: {reason}"),
    }
}

fn took(milliseconds: u64) -> String {
    if milliseconds < 1_000 {
        return format!("{milliseconds} ms");
    }
    format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(agent: &str, delta: &str) -> CallEvent {
        CallEvent::AgentSaying { agent: agent.to_owned(), delta: delta.to_owned() }
    }

    fn said(agent: &str, text: &str, interrupted: bool) -> CallEvent {
        CallEvent::AgentSaid { agent: agent.to_owned(), text: text.to_owned(), interrupted }
    }

    fn tool(outcome: &str, took_ms: u64) -> [CallEvent; 2] {
        let (tool, call_id) = ("get_account_balance".to_owned(), "c1".to_owned());
        [
            CallEvent::ToolCalled {
                agent: "billing".to_owned(),
                tool: tool.clone(),
                call_id: call_id.clone(),
            },
            CallEvent::ToolAnswered {
                tool,
                call_id,
                outcome: outcome.to_owned(),
                took_ms,
                trace_id: "t9".to_owned(),
            },
        ]
    }

    fn shown(screen: &mut Screen, events: impl IntoIterator<Item = CallEvent>) -> String {
        events.into_iter().filter_map(|event| screen.event(&event)).collect()
    }

    #[test]
    fn a_whole_call_reads_well_in_a_pipe() {
        let mut screen = Screen::new(Style::default());
        let mut text = shown(
            &mut screen,
            [
                CallEvent::Started { agent: "triage".to_owned() },
                saying("triage", "Good"),
                saying("triage", " morning."),
                said("triage", "Good morning.", false),
            ],
        );
        text += &screen.typed("What is my balance?").unwrap();
        text += &shown(
            &mut screen,
            [
                CallEvent::HandedOff {
                    from: "triage".to_owned(),
                    to: "billing".to_owned(),
                    reason: "caller asks for the balance.".to_owned(),
                },
                saying("billing", "One moment."),
            ],
        );
        text += &shown(&mut screen, tool("ok", 12));
        text += &shown(
            &mut screen,
            [
                said("billing", "It is 42 euros.", true),
                CallEvent::Ended { reason: "the caller hung up".to_owned(), failed: false },
            ],
        );

        assert_eq!(
            text,
            "── triage answers ──\n\
             triage: Good morning.\n\
             you: What is my balance?\n\
             ── handed to billing: caller asks for the balance ──\n\
             billing: One moment.\n\
             · billing: get_account_balance → ok in 12 ms\n\
             billing: It is 42 euros. (cut short)\n\
             ── the call ended: the caller hung up ──\n"
        );
        assert_eq!(screen.end(), None);
    }

    #[test]
    fn a_prompt_is_taken_back_when_there_is_more_to_show() {
        let mut screen = Screen::new(Style { colour: false, interactive: true });

        assert_eq!(shown(&mut screen, [said("triage", "Hello.", false)]), "triage: Hello.\n› ");
        assert_eq!(screen.typed("hi"), None);
        assert_eq!(shown(&mut screen, [said("triage", "Yes?", false)]), "triage: Yes?\n› ");
        assert_eq!(
            shown(&mut screen, tool("ok", 1)),
            "\r\u{1b}[K· billing: get_account_balance → ok in 1 ms\n› "
        );
        assert_eq!(screen.end().as_deref(), Some("\r\u{1b}[K"));
    }

    #[test]
    fn a_failure_names_its_trace() {
        let mut screen = Screen::new(Style::default());

        assert_eq!(
            shown(&mut screen, tool("timeout", 10_049)),
            "· billing: get_account_balance → timeout in 10.0 s (trace t9)\n"
        );
    }

    #[test]
    fn names_have_colours_and_asides_are_dim() {
        let mut screen = Screen::new(Style { colour: true, interactive: false });

        assert_eq!(shown(&mut screen, [said("a", "x", false)]), "\u{1b}[1;36ma:\u{1b}[0m x\n");
        assert_eq!(shown(&mut screen, [said("b", "y", false)]), "\u{1b}[1;35mb:\u{1b}[0m y\n");
        assert_eq!(
            shown(&mut screen, [CallEvent::Ended { reason: String::new(), failed: false }]),
            "\u{1b}[2m── the call ended ──\u{1b}[0m\n"
        );
    }

    #[test]
    fn nothing_said_can_play_tricks_on_the_terminal() {
        let mut screen = Screen::new(Style::default());

        assert_eq!(
            shown(&mut screen, [said("a", "x\u{1b}[2J\ry\nz\u{9b}", false)]),
            "a: x[2Jy\n  z\n"
        );
    }

    #[test]
    fn an_agent_that_says_nothing_leaves_no_line() {
        let mut screen = Screen::new(Style::default());

        assert_eq!(shown(&mut screen, [saying("a", " "), said("a", "", false)]), "");
    }
}
