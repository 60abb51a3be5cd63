//! Responses: what the model generates, from `response.created` to `response.done`.
//!
//! A response thinks, asks the mind for its acts, and carries them out one after the other. Each act becomes an output item and a
//! row of [`Step`](plan::Step)s, which happen in their time; cancelling a response drops the steps that are left.

mod faults;
mod items;
mod params;
mod plan;
mod request;
mod run;

use std::collections::VecDeque;
use std::time::Duration;

use switchboard_realtime::{InputTokens, ItemId, OutputTokens, ResponseId};

use super::entry::Entry;
use crate::faults::{Fault, FaultKind};
use crate::mind::Act;

pub(super) use params::Params;
use plan::Step;

/// A response that is not done.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) id: ResponseId,
    pub(super) params: Params,
    /// What the model can see, as it was when the response began.
    context: Vec<Seen>,
    faults: Vec<Fault>,
    /// What is still to be done.
    acts: VecDeque<Act>,
    /// What is left of the act that is being done, each with the time to wait before it.
    steps: VecDeque<(Duration, Step)>,
    /// The output items so far; the last may be open.
    output: Vec<ItemId>,
    open: Option<Open>,
    input: InputTokens,
    spent: OutputTokens,
    /// The audio sent so far.
    audio: Duration,
    phase: Phase,
    /// Before this time it only thinks.
    not_before: Duration,
}

/// One item of a response's context.
#[derive(Debug)]
enum Seen {
    /// It stands in the conversation.
    Item(ItemId),
    /// It came with the request.
    Given(Box<Entry>),
}

/// An output item that is not final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Speech,
    Text,
    Call,
}

/// What a response waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The mind has not been asked.
    Thinking,
    /// The voice is at work.
    Voicing,
    /// Steps are due.
    Running,
}

impl Response {
    fn new(id: ResponseId, params: Params, context: Vec<Seen>, faults: Vec<Fault>) -> Self {
        Self {
            id,
            params,
            context,
            faults,
            acts: VecDeque::new(),
            steps: VecDeque::new(),
            output: Vec::new(),
            open: None,
            input: InputTokens::default(),
            spent: OutputTokens::default(),
            audio: Duration::ZERO,
            phase: Phase::Thinking,
            not_before: Duration::ZERO,
        }
    }

    pub(super) fn is_out_of_band(&self) -> bool {
        self.params.out_of_band
    }

    /// Takes a fault of this kind, if the response has one.
    fn take_fault(&mut self, kind: FaultKind) -> Option<Fault> {
        let at = self.faults.iter().position(|fault| fault.kind == kind)?;
        Some(self.faults.swap_remove(at))
    }

    fn output_index(&self) -> u32 {
        u32::try_from(self.output.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }
}
