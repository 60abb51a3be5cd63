#![doc = include_str!("../README.md")]

mod caller;
mod error;
mod frame;
mod measure;
mod model;
mod options;
mod recorder;
mod report;
mod roster;
mod splice;
mod stamp;
mod stats;
mod subject;

use std::process::ExitCode;

use clap::Parser as _;

use crate::error::BenchError;
use crate::options::Options;
use crate::subject::Role;

fn main() -> ExitCode {
    match Role::of_this_process() {
        Some(Role::Splice) => ended(splice::run()),
        Some(Role::Switchboard) => switchboard::run(roster::roster(), roster::open),
        Some(Role::Company) => switchboard::run(agents::roster(), agents::App::open),
        None => ended(run(&Options::parse())),
    }
}

#[tokio::main]
async fn run(options: &Options) -> Result<(), BenchError> {
    measure::all(options).await
}

fn ended(outcome: Result<(), BenchError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(deeper) = cause {
                text = format!("{text}: {deeper}");
                cause = deeper.source();
            }
            eprintln!("switchboard-bench: {text}");
            ExitCode::FAILURE
        }
    }
}
