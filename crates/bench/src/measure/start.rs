//! From starting the process until it says where it listens, with the demo company and its database.

use super::Bench;
use crate::error::BenchError;
use crate::report::Row;
use crate::stats::{median, ms, worst};
use crate::subject::Role;

const TIMES: usize = 15;

pub(super) fn measure(bench: &mut Bench) -> Result<(), BenchError> {
    let first = ms(bench.subject(Role::Company)?.started_in);
    let starts = |role| -> Result<Vec<f64>, BenchError> {
        (0..TIMES).map(|_| bench.subject(role).map(|subject| ms(subject.started_in))).collect()
    };
    let (company, splice) = (starts(Role::Company)?, starts(Role::Splice)?);
    let row = Row::new("start to listening, p50 / worst, ms", both(&company))
        .beside(both(&splice))
        .hold("< 50", median(&company) < 50.0);
    bench.report.add(row);
    bench.report.add(Row::new("first start, which makes the database, ms", format!("{first:.1}")));
    Ok(())
}

fn both(times: &[f64]) -> String {
    format!("{:.1} / {:.1}", median(times), worst(times))
}
