//! `switchboard simulate`: the simulator as a server of its own, for other programs' tests.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use switchboard_simulator::mind::scripted::ScriptedMind;
use switchboard_simulator::{EarsChoice, Fault, FaultKind, Settings, Simulator, VoiceChoice};
use tokio::net::TcpListener;

use super::failure::{Failure, Outcome};
use super::serve::announce;
use crate::settings::Setting;
use crate::{logging, shutdown};

const EXAMPLES: &str = "\
Examples:
  switchboard simulate                           then, in another terminal:
  OPENAI_API_KEY=any switchboard serve --model-url ws://127.0.0.1:8090/v1/realtime

  switchboard simulate --script turns.toml       says and calls what a file says
  switchboard simulate --fault rate_limit_exceeded@response:2 --fault delay_update=1500@update:1
  switchboard simulate --settings bad-day.toml   the same, and everything else, from a file

It speaks the OpenAI Realtime protocol (GA) on the WebSocket /v1/realtime, to any client with any
key, but not to one without. Once it does it prints `listening on http://ADDRESS`. SIGINT (Ctrl-C) or SIGTERM ends it.

WHEN is response:2 (the second of a connection), update:1, create:1, call:3, after:5000 (milliseconds),
or response:* and the like for every one.";

/// Where the simulator listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8090";

/// Run the simulator as a server of its own
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", faults()))]
pub(super) struct Simulate {
    /// Listen on this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = LISTEN)]
    listen: String,
    /// Play the turns of this file instead of understanding the caller by keywords
    #[arg(long, value_name = "FILE", alias = "mind")]
    script: Option<PathBuf>,
    /// Let this go wrong: NAME, NAME@WHEN or NAME=NUMBER@WHEN; repeat it for more
    #[arg(long = "fault", value_name = "FAULT")]
    fault: Vec<Fault>,
    /// Read settings from this file (TOML, or JSON); the flags win, faults add up
    #[arg(long, value_name = "FILE", visible_alias = "faults")]
    settings: Option<PathBuf>,
    /// Speak like this [default: auto]
    #[arg(long, value_enum)]
    voice: Option<Voice>,
    /// Listen like this [default: text-channel]
    #[arg(long, value_enum)]
    ears: Option<Ears>,
    /// Make every choice from this number: the same one gives the same calls [default: 0]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Log this much: error, warn, info, debug or trace
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

/// How the simulator sounds.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Voice {
    /// The text channel to callers who use it; to others espeak-ng, if it is installed
    Auto,
    /// The program espeak-ng
    EspeakNg,
    /// Tones that carry the words
    TextChannel,
}

/// How the simulator hears.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ears {
    /// Tones that carry the words
    TextChannel,
    /// The program pocketsphinx, too
    Pocketsphinx,
}

pub(super) async fn run(simulate: Simulate) -> Outcome {
    let source = crate::settings::Source::Flag("--log");
    logging::start(&Setting::new(simulate.log.clone(), source))?;
    let listener = TcpListener::bind(&simulate.listen)
        .await
        .map_err(|error| refused(&simulate.listen, &error))?;
    let script = simulate.script.as_deref().map(ScriptedMind::load).transpose()?;
    let settings = simulate.settings()?;
    let simulator = Arc::new(match script {
        Some(script) => Simulator::with_minds(settings, move |_| Box::new(script.clone())),
        None => Simulator::new(settings),
    });
    let signal = shutdown::signal()?;
    announce(listener.local_addr()?);
    simulator.serve(listener, signal).await;
    Ok(())
}

/// What can go wrong, by name.
fn faults() -> String {
    let names: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.as_str()).collect();
    format!("Faults: {}.", names.join(", "))
}

impl Simulate {
    /// What the file says, with what the flags say instead.
    fn settings(self) -> Result<Settings, switchboard_simulator::SettingsError> {
        let mut settings = match &self.settings {
            Some(file) => Settings::from_file(file)?,
            None => Settings::default(),
        };
        settings.voice = self.voice.map_or(settings.voice, VoiceChoice::from);
        settings.ears = self.ears.map_or(settings.ears, EarsChoice::from);
        settings.seed = self.seed.unwrap_or(settings.seed);
        settings.faults.extend(self.fault);
        Ok(settings)
    }
}

impl From<Voice> for VoiceChoice {
    fn from(voice: Voice) -> Self {
        match voice {
            Voice::Auto => Self::Auto,
            Voice::EspeakNg => Self::EspeakNg,
            Voice::TextChannel => Self::TextChannel,
        }
    }
}

impl From<Ears> for EarsChoice {
    fn from(ears: Ears) -> Self {
        match ears {
            Ears::TextChannel => Self::TextChannel,
            Ears::Pocketsphinx => Self::Pocketsphinx,
        }
    }
}

fn refused(address: &str, error: &io::Error) -> Failure {
    Failure::because(format!(
        "cannot listen on {address}: {error}; choose another address with --listen"
    ))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        simulate: Simulate,
    }

    fn settings(arguments: &[&str]) -> Settings {
        let program = Program::try_parse_from([&["simulate"], arguments].concat()).unwrap();
        program.simulate.settings().unwrap()
    }

    #[test]
    fn flags_are_settings() {
        let settings = settings(&[
            "--seed",
            "7",
            "--voice",
            "text-channel",
            "--fault",
            "close_1006@response:2",
            "--fault",
            "unknown_tool",
        ]);
        assert_eq!(settings.seed, 7);
        assert_eq!(settings.voice, VoiceChoice::TextChannel);
        assert_eq!(settings.faults.len(), 2);
    }

    #[test]
    fn a_fault_that_is_none_is_refused() {
        let error = Program::try_parse_from(["simulate", "--fault", "rain"]).unwrap_err();
        assert!(error.to_string().contains("rain"), "{error}");
    }
}
