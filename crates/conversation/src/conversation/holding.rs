//! What a caller who waits is told, what one who says nothing is asked, and which silences are counted.

use std::time::Instant;

use switchboard_agent::speech;

use super::{Conversation, Sent};
use crate::debt::Owed;
use crate::filler::Kind;
use crate::hold::{Cause, Wait, unexplained};
use crate::output::{Entry, ModelCommand, Output, Report, Say};
use crate::setup::AgentSetup;

/// A phrase that has so little left is finished before the answer; a longer one is cut.
const FINISHED: std::time::Duration = std::time::Duration::from_millis(1_500);

/// A caller for whom something is being worked on is told so after once, twice, … so many times the time for a nudge, and one more.
const MOST_PATIENCE: u32 = 7;

const STILL_THERE: &str = "The caller has said nothing for a while. Ask them in a few words whether they are still there.";
const STILL_WORKING: &str = "The caller has heard nothing for a while, and something of theirs is still being worked on. Tell \
                             them so in a few words, and ask whether you can do anything else meanwhile.";
const GOODBYE: &str = "The caller says nothing any more. Say goodbye in one sentence, and that they may call again at any time.";

impl Conversation {
    /// Tells a caller who waits that they are not forgotten, and asks one who says nothing whether they are there.
    pub(super) fn hold(&mut self, now: Instant) {
        if !self.ending.live() || self.turn.caller_speaks() || self.playback.owns_pending() {
            return;
        }
        self.render(now);
        let Some(wait) = self.wait() else { return self.nudge(now) };
        let due = self.due(&wait);
        if due <= now && self.holding.may(&wait) && !self.filler.holds() {
            self.fill(&wait, now);
        }
        if unexplained(&wait, due) <= now && self.holding.count(&wait) {
            self.report(Report::DeadAir { cause: wait.cause.name() });
        }
    }

    /// When to look again.
    pub(super) fn hold_deadline(&self) -> Option<Instant> {
        if !self.ending.live() || self.turn.caller_speaks() || self.playback.owns_pending() {
            return None;
        }
        let Some(wait) = self.wait() else { return self.nudge_at() };
        let due = self.due(&wait);
        let phrase = (self.holding.wakes(&wait) && !self.filler.holds()).then_some(due);
        let counted = (!self.holding.counted(&wait)).then(|| unexplained(&wait, due));
        [phrase, counted].into_iter().flatten().min()
    }

    /// Something is about to be waited for that the caller did not ask for: the silence before was nobody's.
    pub(super) fn begin_waiting(&mut self, now: Instant) {
        if self.wait().is_none() {
            self.holding.waits_from(now);
        }
    }

    /// What the caller waits for, if they do.
    fn wait(&self) -> Option<Wait> {
        let quiet = self.holding.quiet(self.playback.ends_at());
        let (cause, since) = if !self.ready {
            (Cause::Link, self.link.trouble().unwrap_or(quiet))
        } else if self.handoff.transferring() {
            (Cause::Handoff, quiet)
        } else if let Some(call) = self.calls.longest() {
            (Cause::Tool(call.name.clone()), call.since)
        } else if self.debts.any() {
            (Cause::Response, self.turn.since().unwrap_or(quiet))
        } else {
            return None;
        };
        Some(Wait { cause, since, quiet })
    }

    fn due(&self, wait: &Wait) -> Instant {
        self.holding.due(wait, self.holder(), self.turn.since(), &self.setup.timings)
    }

    /// The agent whose phrases are said.
    fn holder(&self) -> &AgentSetup {
        &self.setup.agents[self.handoff.current()]
    }

    /// Ends a silence: with results that are there, with a phrase that was rendered, with one that the model says, or with one that
    /// was recorded once for all.
    fn fill(&mut self, wait: &Wait, now: Instant) {
        if self.ready && self.turn.free() && self.tell_what_is_there(now) {
            return;
        }
        if let Some(text) = self.holding.choose(wait, self.holder(), true) {
            return self.play_phrase(text, wait);
        }
        // A model that has failed, or is about to be asked, has better things to say.
        let free = matches!(wait.cause, Cause::Tool(_))
            && self.ready
            && self.handoff.settled()
            && self.turn.free()
            && !self.saying.busy();
        let phrase = free.then(|| self.holding.choose(wait, self.holder(), false)).flatten();
        let Some(text) = phrase else {
            // A strange voice is better than none.
            return match self.holding.recorded(&self.setup.recorded) {
                Some(text) => self.play_phrase(text, wait),
                None => self.holding.speechless(wait),
            };
        };
        self.holding.begun(text.clone(), wait, None);
        let agent = self.handoff.agent().to_owned();
        self.report(Report::Held { agent, text: speech::plain(&text).into_owned() });
        self.say_within(text, Kind::Hold, now);
    }

    /// Plays, or shows, a phrase that is there.
    fn play_phrase(&mut self, text: String, wait: &Wait) {
        let item = self.names.item();
        let agent = self.handoff.agent().to_owned();
        self.playback.begun(None, &item, &agent, false);
        self.holding.begun(text.clone(), wait, Some(item.clone()));
        let generation = self.playback.generation();
        self.report(Report::Held { agent, text: speech::plain(&text).into_owned() });
        self.outputs.push_back(Output::Hold { item, text, generation });
    }

    /// Real content beats filler: what some of a response's calls came to is told although others take longer.
    fn tell_what_is_there(&mut self, now: Instant) -> bool {
        let waiting = self.debts.open_results().find(|group| !self.calls.settled(group)).cloned();
        let Some(group) = waiting else { return false };
        self.calls.release(group);
        self.ask(now);
        true
    }

    /// Says words of ours in the conversation itself.
    pub(super) fn say_within(&mut self, text: String, kind: Kind, now: Instant) {
        let request = self.names.request();
        self.turn.ask(request, now);
        self.filler.ask(request, kind, &text);
        let event = self.event(Sent::Request(request));
        let say = Some(Say { text, beside: false, keep: false });
        self.tell(ModelCommand::Respond { event, request, tools: false, say });
    }

    /// An answer is about to be asked for: a phrase that has long to go makes room for it. Not when it has begun: its first
    /// sound may be at the line already, and would go with the phrase.
    pub(super) fn answer_comes(&mut self, now: Instant) {
        let Some(phrase) = self.holding.playing().cloned() else { return };
        let long = self.playback.remaining(&phrase, now).is_some_and(|left| left > FINISHED);
        if long && self.playback.only(&phrase) {
            self.playback.cut(now);
            self.holding.over(&phrase);
            let generation = self.playback.generation();
            self.outputs.push_back(Output::Clear { generation, drop: None, barge_in: false });
        }
    }

    /// There is something to tell: a phrase that the model has been asked for and has not begun is not wanted any more.
    pub(super) fn phrase_gives_way(&mut self, now: Instant) {
        let phrase = self.filler.phrase().cloned();
        let running = phrase.filter(|phrase| self.turn.active() == Some(phrase));
        let Some(response) = running else { return };
        let begun = self.response(&response).is_some_and(|known| known.spoke);
        if !begun && !self.turn.is_cancelling() {
            self.playback.interrupt(&response);
            self.outputs.push_back(Output::Drop(response.clone()));
            self.cancel(&response);
            self.turn.cancelling(now);
        }
    }

    /// Has the next phrase rendered that is not there yet. Only where responses can be told apart.
    fn render(&mut self, now: Instant) {
        let able = self.setup.render
            && self.setup.audio.is_some()
            && self.ready
            && self.handoff.settled()
            && self.turn.echoes()
            && self.rendering.free();
        if !able {
            return;
        }
        let Some(text) = self.holding.unrendered(self.holder()).next().map(str::to_owned) else {
            return;
        };
        let request = self.names.request();
        self.rendering.begin(request, &text, now);
        let event = self.event(Sent::Render);
        let say = Some(Say { text, beside: true, keep: true });
        self.tell(ModelCommand::Respond { event, request, tools: false, say });
    }

    /// A phrase has been rendered, or could not be.
    pub(super) fn rendered(&mut self, text: String, length: Option<std::time::Duration>) {
        self.rendering.done(&text, length.is_some());
        self.holding.rendered(text, length);
    }

    /// When a caller who says nothing is asked whether they are there.
    fn nudge_at(&self) -> Option<Instant> {
        let able = self.setup.audio.is_some()
            && self.ready
            && self.turn.free()
            && !self.saying.busy()
            && self.digits.deadline(self.setup.timings.digits).is_none()
            && !self.setup.timings.nudge.is_zero();
        // Who waits for something long is told so less and less often.
        let patience = if self.expecting > 0 { 1 + self.nudged.min(MOST_PATIENCE) } else { 1 };
        let nudge = self.setup.timings.nudge * patience;
        able.then(|| self.holding.quiet(self.playback.ends_at()) + nudge)
    }

    /// Asks a caller who has said nothing for long whether they are there; in the end, says goodbye.
    fn nudge(&mut self, now: Instant) {
        if self.nudge_at().is_none_or(|at| at > now) {
            return;
        }
        let (note, owed) = if self.expecting > 0 {
            self.nudged += 1;
            (STILL_WORKING, Owed::Nudge)
        } else if self.nudged < self.setup.timings.nudges {
            self.nudged += 1;
            (STILL_THERE, Owed::Nudge)
        } else {
            (GOODBYE, Owed::Goodbye)
        };
        self.begin_waiting(now);
        let item = self.create(Entry::System(note.to_owned()), Sent::Item);
        if owed == Owed::Goodbye {
            self.ending.close("the caller said nothing any more", false, now);
        }
        self.debts.open(owed, Some(item), now);
        self.ask(now);
    }
}
