//! The measurements, one file a group; each adds its rows to the report.

mod barge_in;
mod blocking;
mod gateway;
mod load;
mod memory;
mod start;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::caller::{Caller, Talk};
use crate::error::BenchError;
use crate::model::{Manner, ModelCall, ModelServer};
use crate::options::{Options, Part};
use crate::recorder::Recorder;
use crate::report::Report;
use crate::subject::{Role, Room, Subject};

/// Time for a call to come to rest after something happened on it.
const SETTLE: Duration = Duration::from_millis(60);

/// What all measurements share.
struct Bench {
    recorder: Arc<Recorder>,
    model: ModelServer,
    room: Room,
    report: Report,
}

/// Makes all measurements that are wanted, and prints the table.
pub(crate) async fn all(options: &Options) -> Result<(), BenchError> {
    let recorder = Recorder::new();
    let model = ModelServer::start(&recorder).await?;
    let mut bench = Bench { recorder, model, room: Room::new()?, report: Report::default() };
    if options.wants(Part::Start) {
        start::measure(&mut bench)?;
    }
    if options.wants(Part::Memory) {
        memory::measure(&mut bench).await?;
    }
    if options.wants(Part::Tools) {
        tools::measure(&mut bench).await?;
    }
    if options.wants(Part::Gateway) {
        gateway::measure(&mut bench).await?;
    }
    if options.wants(Part::BargeIn) {
        barge_in::measure(&mut bench).await?;
    }
    if options.wants(Part::Blocking) {
        blocking::measure(&mut bench).await?;
    }
    if options.wants(Part::Load) {
        load::measure(&mut bench, options).await?;
    }
    bench.report.finish();
    Ok(())
}

impl Bench {
    /// Starts a child.
    fn subject(&self, role: Role) -> Result<Subject, BenchError> {
        Subject::start(role, &self.room, self.model.address)
    }

    /// One call to Switchboard, greeted.
    async fn call(
        &mut self,
        subject: &Subject,
        index: usize,
        manner: Manner,
    ) -> Result<(Caller, ModelCall), BenchError> {
        self.model.behave(manner);
        let caller = Caller::place(subject, index, Talk::Always, &self.recorder).await?;
        let mut model = self.model.call().await?;
        model.hear("response.create").await?;
        sleep(SETTLE).await;
        Ok((caller, model))
    }

    /// Many calls, one after the other.
    async fn calls(
        &mut self,
        subject: &Subject,
        count: usize,
        talk: Talk,
        manner: Manner,
    ) -> Result<Vec<Caller>, BenchError> {
        self.model.behave(manner);
        let mut callers = Vec::with_capacity(count);
        for index in 0..count {
            callers.push(Caller::place(subject, index, talk, &self.recorder).await?);
        }
        Ok(callers)
    }
}
