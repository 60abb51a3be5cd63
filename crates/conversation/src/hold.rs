//! When a caller who waits is told so, and in which words.
//!
//! Quiet is measured at the ear. Whoever waits and has heard nothing for two seconds gets a phrase, and another after every
//! further two seconds of quiet; a tool that is known to take longer gets its first phrase at once. A phrase is one that has
//! been rendered before, so that it starts at once and also when the model is busy or gone; it is never the same twice
//! running. A silence that no phrase explains is counted, with what the caller waited for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use switchboard_realtime::ItemId;

use crate::setup::{AgentSetup, Timings};

/// A tool that is usually slow gets its first phrase after this much of its time, and of quiet.
const AT_ONCE: Duration = Duration::from_millis(400);
/// Nothing of ours is said so soon after the caller's last word: they may go on.
const BREATH: Duration = Duration::from_secs(1);
/// What has just been begun may well answer in time: its chance is this long, and [`SLACK`] bounds what all chances add up to.
const CHANCE_OF_A_TOOL: Duration = Duration::from_millis(1_600);
/// The same for a response that has just been asked for.
const CHANCE_OF_A_RESPONSE: Duration = Duration::from_millis(600);
/// By so much, at most, a phrase is later than its time.
const SLACK: Duration = Duration::from_millis(350);
/// A silence that lasts so much longer than a phrase may take to come is one that nobody explains.
const UNEXPLAINED: Duration = Duration::from_millis(500);
/// A rendered phrase longer than this is not used.
pub(crate) const LONGEST: Duration = Duration::from_secs(3);
/// So many phrases of an agent are rendered, its tools' among them.
const RENDERED: usize = 12;

/// What callers wait for, as metrics name it.
pub const DEAD_AIR: [&str; 5] = ["tool", "response", "handoff", "link", "lost_response"];

/// What the caller waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A tool, this one.
    Tool(String),
    /// The model.
    Response,
    /// A transfer that the server has not confirmed.
    Handoff,
    /// The link to the model.
    Link,
}

impl Cause {
    /// Its name, for metrics.
    pub(crate) fn name(&self) -> &'static str {
        let [tool, response, handoff, link, _] = DEAD_AIR;
        match self {
            Self::Tool(_) => tool,
            Self::Response => response,
            Self::Handoff => handoff,
            Self::Link => link,
        }
    }
}

/// A caller who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) cause: Cause,
    /// Since when what they wait for has been running.
    pub(crate) since: Instant,
    /// Since when they have heard nothing.
    pub(crate) quiet: Instant,
}

/// When a silence is one that nobody explains, where a phrase was due.
pub(crate) fn unexplained(wait: &Wait, due: Instant) -> Instant {
    due.max(wait.quiet) + UNEXPLAINED
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Hold {
    /// Whether phrases are heard, and so must have been rendered.
    audible: bool,
    rendered: BTreeMap<String, Duration>,
    /// Phrases that came out unusable.
    spoilt: Vec<String>,
    last: Option<String>,
    /// Counts phrases, so that they take turns.
    said: usize,
    playing: Option<ItemId>,
    /// When the caller last fell silent.
    caller_silent: Instant,
    /// The last thing a caller who reads has seen; or when a caller began to wait who had not spoken.
    seen: Instant,
    /// The wait for which the first phrase has been said.
    served: Option<Instant>,
    /// The quiet that a phrase was to end.
    filled: Option<Instant>,
    /// The quiet for which there was no phrase.
    speechless: Option<Instant>,
    /// The quiet that has been counted.
    counted: Option<Instant>,
}

impl Hold {
    pub(crate) fn new(audible: bool, rendered: BTreeMap<String, Duration>, now: Instant) -> Self {
        let mut hold = Self {
            audible,
            rendered: BTreeMap::new(),
            spoilt: Vec::new(),
            last: None,
            said: 0,
            playing: None,
            caller_silent: now,
            seen: now,
            served: None,
            filled: None,
            speechless: None,
            counted: None,
        };
        for (text, length) in rendered {
            hold.rendered(text, Some(length));
        }
        hold
    }

    /// The caller said their last word at this time.
    pub(crate) fn caller_silent(&mut self, at: Instant) {
        self.caller_silent = self.caller_silent.max(at);
        self.served = None;
    }

    /// A silence in which nobody waited for anything counts for nothing: the caller waits from now on.
    pub(crate) fn waits_from(&mut self, now: Instant) {
        self.seen = now;
    }

    /// The caller has read something at this time.
    pub(crate) fn seen(&mut self, at: Instant) {
        self.seen = at;
    }

    /// A phrase has been rendered, or could not be.
    pub(crate) fn rendered(&mut self, text: String, length: Option<Duration>) {
        match length.filter(|length| *length <= LONGEST && !length.is_zero()) {
            Some(length) => drop(self.rendered.insert(text, length)),
            None => self.spoilt.push(text),
        }
    }

    /// What is still to be rendered for this agent, most wanted first.
    pub(crate) fn unrendered<'a>(&'a self, agent: &'a AgentSetup) -> impl Iterator<Item = &'a str> {
        let of_tools = agent.waits.values().flat_map(|tool| &tool.phrases);
        agent
            .holds
            .iter()
            .chain(of_tools)
            .take(RENDERED)
            .map(String::as_str)
            .filter(|text| !self.rendered.contains_key(*text))
            .filter(|text| !self.spoilt.iter().any(|spoilt| spoilt == text))
    }

    /// Since when the caller has heard nothing, where the last sound at the ear ended at `ear`.
    pub(crate) fn quiet(&self, ear: Instant) -> Instant {
        ear.max(self.caller_silent).max(self.seen)
    }

    /// When the next phrase is due. `asked`: since when a response has been asked for or running.
    pub(crate) fn due(
        &self,
        wait: &Wait,
        agent: &AgentSetup,
        asked: Option<Instant>,
        timings: &Timings,
    ) -> Instant {
        let tool = match &wait.cause {
            Cause::Tool(name) => agent.waits.get(name),
            _ => None,
        };
        let patience = tool.and_then(|tool| tool.after).unwrap_or(timings.hold);
        let usually_slow = tool.and_then(|tool| tool.usual).is_some_and(|usual| usual > patience);
        if usually_slow && self.served != Some(wait.since) {
            return (wait.quiet.max(wait.since) + AT_ONCE).max(self.caller_silent + BREATH);
        }
        let due = wait.quiet + patience;
        let tool = matches!(wait.cause, Cause::Tool(_)).then(|| wait.since + CHANCE_OF_A_TOOL);
        let response = asked.map(|asked| asked + CHANCE_OF_A_RESPONSE);
        let chance = [tool, response].into_iter().flatten().max().unwrap_or(due);
        due.max(chance.min(due + SLACK)).max(self.caller_silent + BREATH)
    }

    /// The next phrase: the tool's own, else the agent's. `rendered` ones only, or any.
    pub(crate) fn choose(&self, wait: &Wait, agent: &AgentSetup, rendered: bool) -> Option<String> {
        let of_tool = match &wait.cause {
            Cause::Tool(name) => agent.waits.get(name).map(|tool| tool.phrases.as_slice()),
            _ => None,
        };
        let fits = |text: &&String| {
            Some(*text) != self.last.as_ref()
                && (!rendered || !self.audible || self.rendered.contains_key(*text))
        };
        let turn = |phrases: &[String]| {
            let fitting: Vec<&String> = phrases.iter().filter(fits).collect();
            (!fitting.is_empty()).then(|| fitting[self.said % fitting.len()].clone())
        };
        // A tool's phrase says what is being done: once for each wait.
        of_tool
            .filter(|_| self.served != Some(wait.since))
            .and_then(turn)
            .or_else(|| turn(&agent.holds))
            .or_else(|| of_tool.and_then(turn))
    }

    /// The next of the recorded phrases, for when there is no other.
    pub(crate) fn recorded(&self, recorded: &[(String, Duration)]) -> Option<String> {
        let mut fitting = recorded.iter().map(|(text, _)| text);
        fitting.find(|text| Some(*text) != self.last.as_ref()).cloned()
    }

    /// A phrase begins, under this item where it is played from what was rendered.
    pub(crate) fn begun(&mut self, text: String, wait: &Wait, item: Option<ItemId>) {
        self.last = Some(text);
        self.said += 1;
        self.served = Some(wait.since);
        // Should nothing come of it, the same silence is not filled twice.
        self.filled = Some(wait.quiet);
        self.playing = item;
    }

    /// There was no phrase for this silence.
    pub(crate) fn speechless(&mut self, wait: &Wait) {
        self.speechless = Some(wait.quiet);
    }

    /// Whether this silence is still to be filled.
    pub(crate) fn may(&self, wait: &Wait) -> bool {
        self.playing.is_none() && self.filled != Some(wait.quiet)
    }

    /// Whether it is worth waking up to fill this silence: where there was no phrase for it, something else has to happen first.
    pub(crate) fn wakes(&self, wait: &Wait) -> bool {
        self.may(wait) && self.speechless != Some(wait.quiet)
    }

    /// The phrase that is being played.
    pub(crate) fn playing(&self) -> Option<&ItemId> {
        self.playing.as_ref()
    }

    /// The phrase could not be played after all: it is to be rendered again, and something else may be said.
    pub(crate) fn missing(&mut self, item: &ItemId) {
        if self.playing.as_ref() == Some(item)
            && let Some(text) = &self.last
        {
            self.rendered.remove(text);
            self.filled = None;
        }
    }

    /// The phrase is over.
    pub(crate) fn over(&mut self, item: &ItemId) {
        self.playing.take_if(|playing| playing == item);
    }

    /// Counts this silence; says whether it is a new one.
    pub(crate) fn count(&mut self, wait: &Wait) -> bool {
        self.counted.replace(wait.quiet) != Some(wait.quiet)
    }

    /// Whether this silence has been counted.
    pub(crate) fn counted(&self, wait: &Wait) -> bool {
        self.counted == Some(wait.quiet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::ToolWait;
    use crate::testing::start;

    const SECOND: Duration = Duration::from_secs(1);

    fn agent() -> AgentSetup {
        let slow = ToolWait {
            phrases: vec!["Let me put that through.".into()],
            usual: Some(SECOND * 3),
            ..ToolWait::default()
        };
        AgentSetup {
            holds: ["One moment.", "Nearly there.", "Bear with me."].map(String::from).to_vec(),
            waits: [("pay".to_owned(), slow)].into(),
            ..AgentSetup::new("billing", ["pay", "look"])
        }
    }

    fn wait(tool: &str, since: Instant, quiet: Instant) -> Wait {
        Wait { cause: Cause::Tool(tool.to_owned()), since, quiet }
    }

    fn rendered() -> BTreeMap<String, Duration> {
        let agent = agent();
        agent.holds.iter().map(|text| (text.clone(), SECOND)).collect()
    }

    #[test]
    fn two_seconds_of_quiet_are_enough_and_a_fast_tool_gets_its_chance() {
        let now = start();
        let hold = Hold::new(true, rendered(), now);
        let timings = Timings::default();

        let long = wait("look", now, now);
        assert_eq!(hold.due(&long, &agent(), None, &timings), now + SECOND * 2);
        let late = wait("look", now + Duration::from_millis(700), now);
        assert_eq!(
            hold.due(&late, &agent(), None, &timings),
            now + Duration::from_millis(2_300),
            "it may answer within a second and a half"
        );
        let asked = Some(now + Duration::from_millis(2_200));
        assert_eq!(
            hold.due(&late, &agent(), asked, &timings),
            now + Duration::from_millis(2_350),
            "but nobody waits much longer"
        );
    }

    #[test]
    fn a_tool_that_is_usually_slow_gets_its_phrase_at_once() {
        let now = start();
        let mut hold = Hold::new(true, rendered(), now);
        let (later, timings) = (now + SECOND * 9, Timings::default());
        let waiting = wait("pay", later, now + SECOND * 8);
        assert_eq!(hold.due(&waiting, &agent(), None, &timings), later + AT_ONCE);

        hold.begun("One moment.".into(), &waiting, None);

        let next = Wait { quiet: later + SECOND * 2, ..waiting };
        assert_eq!(hold.due(&next, &agent(), None, &timings), later + SECOND * 4);
    }

    #[test]
    fn no_phrase_is_said_twice_running() {
        let now = start();
        let mut hold = Hold::new(true, rendered(), now);
        let waiting = wait("look", now, now);
        let mut last = None;
        for _ in 0..20 {
            let phrase = hold.choose(&waiting, &agent(), true);
            assert!(phrase.is_some() && phrase != last);
            hold.begun(phrase.clone().unwrap(), &waiting, None);
            last = phrase;
        }
    }

    #[test]
    fn a_tools_own_phrase_comes_first_and_once() {
        let now = start();
        let mut hold = Hold::new(false, BTreeMap::new(), now);
        let waiting = wait("pay", now, now);
        let first = hold.choose(&waiting, &agent(), true).unwrap();
        assert_eq!(first, "Let me put that through.");

        hold.begun(first, &waiting, None);

        assert_ne!(hold.choose(&waiting, &agent(), true).unwrap(), "Let me put that through.");
    }

    #[test]
    fn a_phrase_that_takes_too_long_is_not_used() {
        let now = start();
        let mut hold = Hold::new(true, BTreeMap::new(), now);
        let (billing, waiting) = (agent(), wait("look", now, now));
        hold.rendered("One moment.".into(), Some(SECOND * 4));

        assert_eq!(hold.choose(&waiting, &billing, true), None);
        assert_eq!(hold.unrendered(&billing).count(), 3, "nor is it rendered again");
        assert!(hold.choose(&waiting, &billing, false).is_some());
    }
}
