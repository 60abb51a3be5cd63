//! A conversation that began without this mind, as after a redial: it is gone through once more, to know what is wanted and was asked.
//!
//! At each place where the model spoke or called a tool, the mind considers what it would have done itself. Where the model did
//! otherwise, that counts: what was answered is done with, and what was called is waited for.

use serde_json::{Map, Value};

use super::KeywordMind;
use super::reply::Reply;
use crate::mind::view::View;
use crate::mind::{Said, Turn};

/// The most responses that are gone through again, the newest.
const MOST: usize = 24;

impl KeywordMind {
    /// Goes through what has happened before the response that is asked for now.
    pub(super) fn catch_up(&mut self, turn: &Turn<'_>) {
        let starts = responses(turn.items);
        let phrases = self.phrases.clone();
        for &at in &starts[starts.len().saturating_sub(MOST)..] {
            let (before, after) = turn.items.split_at(at);
            let past = Turn { items: before, ..*turn };
            self.consider(&past, &View::of(before), &mut Reply::default());
            self.accept(&calls(after));
        }
        self.phrases = phrases;
    }

    /// Takes it that the model made these calls, whatever this mind would have done.
    fn accept(&mut self, calls: &[(&str, Map<String, Value>)]) {
        self.agenda.retain_mut(|goal| {
            let planned = goal.calling.take();
            let made = |name: &str| calls.iter().any(|(called, _)| *called == name);
            if let Some((name, given)) =
                calls.iter().find(|(called, _)| goal.tool.as_deref() == Some(called))
            {
                goal.calling = Some((*name).to_owned());
                goal.given.clone_from(given);
                goal.asked = None;
                return true;
            }
            // Words where a call was planned: the wish was answered in another way.
            let is_done = planned.is_some() && calls.is_empty();
            goal.calling = planned.filter(|name| made(name));
            !is_done
        });
        if !calls.is_empty() {
            self.leaving = false;
        }
    }
}

/// Where the model began to speak or to call.
fn responses(items: &[Said]) -> Vec<usize> {
    let acts = |item: &Said| match item {
        Said::Assistant(text) => !text.trim().is_empty(),
        Said::Call { .. } => true,
        Said::System(_) | Said::User(_) | Said::Output { .. } => false,
    };
    let begins = |at: &usize| acts(&items[*at]) && (*at == 0 || !acts(&items[*at - 1]));
    (0..items.len()).filter(begins).collect()
}

/// The calls that these items begin with, leaving out what is said before them.
fn calls(items: &[Said]) -> Vec<(&str, Map<String, Value>)> {
    let mut calls = Vec::new();
    for item in items {
        match item {
            Said::Assistant(_) | Said::Output { .. } => {}
            Said::Call { name, arguments, .. } => {
                calls.push((name.as_str(), serde_json::from_str(arguments).unwrap_or_default()));
            }
            Said::System(_) | Said::User(_) => break,
        }
    }
    calls
}
