//! `switchboard call`: a test call to a running server, placed as Twilio would place it.

mod lines;
mod network;
mod story;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use switchboard_audio::wav;
use switchboard_lines::twilio::Validator;
use switchboard_lines::twilio::caller::{self, Arrival, HungUp, Recording, Report, Script, Setup};
use url::Url;

use self::lines::Lines;
use super::failure::{Failure, Outcome};
use super::remote::{self, shown};
use super::settings_without_tools;
use crate::settings::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard call --say \"What is my balance?\" --say \"goodbye\"
  switchboard call --say \"Move my appointment to Friday morning\" --record call.wav
  switchboard call --wav question.wav            any mono or stereo WAV file with speech in it
  switchboard call --url https://voice.example.com --from +15550123

The call takes the way of a phone call: TwiML from /twilio/voice, then a media stream. With
TWILIO_AUTH_TOKEN set, here and at the server, it is signed. --say carries its words by tones, which
the simulator understands and answers in, and a real model does not: call that one with --wav.

Each line is said once the agents have answered the one before. What was said and heard is printed
with its times, in seconds from the beginning. The exit code is 1 if the call failed.";

/// The number that test calls are for.
const CALLED: &str = "+15550199";
/// The close code of a call that ended as calls do.
const NORMAL: u16 = 1000;

/// Place a test call to a running server
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Call {
    /// What the caller says; without any, the caller only listens.
    #[command(flatten)]
    lines: Lines,
    /// Record the call, both sides, as a WAV file (8 kHz, mono)
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Call this server
    #[arg(long, value_name = "URL", default_value = remote::URL, value_parser = remote::server)]
    url: Url,
    /// Call from this number
    #[arg(long, value_name = "NUMBER", default_value = super::CALLER)]
    from: String,
    #[arg(
        long,
        value_name = "FILE",
        help = "Read TWILIO_AUTH_TOKEN from this configuration file, where it is not in the environment [default: \
                switchboard.toml, if it is there]"
    )]
    config: Option<PathBuf>,
}

pub(super) async fn run(call: Call) -> Outcome {
    let secrets =
        settings_without_tools(&Flags { config: call.config, ..Flags::default() })?.secrets;
    let script = call.lines.script()?;
    let mut arrival = Arrival::new(call.from, CALLED);
    if let Some(account) = secrets.twilio_account_sid {
        account.expose().clone_into(&mut arrival.account_sid);
    }
    if let Some(file) = &call.record {
        writable(file)?;
    }
    let signer = secrets.twilio_auth_token.map(|token| Validator::new(token.expose()));
    say(&format!("calling {} from {}", shown(&call.url), arrival.from));
    let says_hello = call.lines.are_words();
    let report = place(&call.url, arrival, signer.as_ref(), script, says_hello).await?;
    say(&story::summary(&report));
    if let Some(file) = &call.record {
        wav::write(file, &report.recording.mixed(), Recording::SAMPLE_RATE)?;
        say(&format!("recorded in {}", file.display()));
    }
    verdict(&report, call.lines.len())
}

/// Makes sure before the call that it can be recorded. What is there stays until there is something to put in its place.
fn writable(file: &Path) -> Result<(), Failure> {
    let opened = OpenOptions::new().append(true).create(true).open(file);
    opened
        .map(drop)
        .map_err(|error| Failure::because(format!("cannot record in {}: {error}", file.display())))
}

async fn place(
    url: &Url,
    arrival: Arrival,
    signer: Option<&Validator>,
    script: Script,
    says_hello: bool,
) -> Result<Report, Failure> {
    let connect = network::announce(url, &arrival, signer).await?;
    let socket = network::open(connect.url(), signer).await?;
    let setup = Setup { says_hello, ..Setup::new(arrival, connect.parameters()) };
    Ok(caller::call(socket, setup, script, |happening| {
        if let Some(line) = story::line(happening) {
            say(&line);
        }
    })
    .await?)
}

/// Whether the call went as calls go.
fn verdict(report: &Report, lines: usize) -> Outcome {
    if let HungUp::Server { code, reason } = &report.hung_up
        && *code != NORMAL
    {
        let reason = if reason.is_empty() { "it gave no reason" } else { reason };
        return Err(Failure::because(format!("the server ended the call: {reason} (code {code})")));
    }
    let said = report.said.iter().filter(|spoken| spoken.complete).count();
    if said < lines {
        return Err(Failure::because(format!(
            "the call ended when {said} of {lines} lines had been said; the server's log says why"
        )));
    }
    let answered = match (report.said.last(), report.heard.last()) {
        (Some(said), Some(heard)) => heard.to > said.to,
        (_, heard) => heard.is_some(),
    };
    if !answered {
        return Err(Failure::because("there was no answer; the server's log says why"));
    }
    Ok(())
}

/// Prints a line. Nobody need read it: the call goes on.
fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use switchboard_lines::twilio::caller::Spoken;

    use super::*;

    /// The second of a call with this number, full of words.
    fn spoken(second: usize) -> Spoken {
        let from = Duration::from_secs(second as u64);
        let text = Some("Hello.".to_owned());
        Spoken { from, to: from + Duration::from_secs(1), text, complete: true }
    }

    fn report(said: usize, heard: usize, hung_up: HungUp) -> Report {
        Report {
            said: (0..said).map(|turn| spoken(2 * turn + 1)).collect(),
            heard: (0..heard).map(|turn| spoken(2 * turn)).collect(),
            happenings: Vec::new(),
            longest_silence: None,
            length: Duration::from_secs(9),
            hung_up,
            recording: Recording::default(),
        }
    }

    fn reason(report: &Report, lines: usize) -> String {
        verdict(report, lines).unwrap_err().reasons()[0].clone()
    }

    #[test]
    fn a_recording_that_could_not_be_written_is_refused_before_the_call() {
        let failure = writable(Path::new("/nowhere/call.wav")).unwrap_err();
        assert!(failure.reasons()[0].contains("/nowhere/call.wav"));
        assert!(writable(Path::new("/dev/null")).is_ok());
    }

    #[test]
    fn a_call_that_was_heard_out_has_succeeded() {
        let goodbye = HungUp::Server { code: NORMAL, reason: "goodbye".to_owned() };
        assert!(verdict(&report(2, 3, goodbye), 2).is_ok());
        assert!(verdict(&report(0, 1, HungUp::Caller), 0).is_ok());
    }

    #[test]
    fn a_call_that_failed_says_how() {
        let refused =
            HungUp::Server { code: 1008, reason: "the stream token has expired".to_owned() };
        assert!(
            reason(&report(0, 0, refused), 1).contains("the stream token has expired (code 1008)")
        );
        let early = HungUp::Server { code: NORMAL, reason: String::new() };
        assert!(reason(&report(1, 1, early), 2).contains("1 of 2 lines"));
        assert!(reason(&report(1, 1, HungUp::Caller), 1).contains("there was no answer"));
        assert!(reason(&report(0, 0, HungUp::Caller), 0).contains("there was no answer"));
    }
}
