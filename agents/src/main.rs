//! The `switchboard` binary: the demo company on the phone.

use std::process::ExitCode;

use agents::{App, roster};

fn main() -> ExitCode {
    switchboard::run(roster(), App::open)
}
