//! `switchboard serve`: answers calls until it is told to stop.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::failure::{Failure, Outcome};
use super::{ServerFlags, settings};
use crate::company::Company;
use crate::settings::{Settings, SettingsError};
use crate::{logging, server, shutdown};

const EXAMPLES: &str = "\
Examples:
  switchboard serve                              on 127.0.0.1:8080, on the built-in simulator
  OPENAI_API_KEY=sk-... switchboard serve        on OpenAI's model
  switchboard serve --model-url wss://NAME.openai.azure.com/openai/v1/realtime --model DEPLOYMENT
                                                 on Azure, with AZURE_OPENAI_API_KEY set
  SWITCHBOARD_ADMIN_TOKEN=... TWILIO_AUTH_TOKEN=... \\
    switchboard serve --listen 0.0.0.0:8080 --public-url https://voice.example.com
                                                 for Twilio: point the number's voice URL (POST)
                                                 at https://voice.example.com/twilio/voice

Once it answers it prints `listening on http://ADDRESS`. SIGINT (Ctrl-C) or SIGTERM lets the running
calls end, then exits 0; a second one exits at once.";

/// Answer calls (the default)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) server: ServerFlags,
}

pub(super) async fn run(flags: ServerFlags, company: Company<'_>) -> Outcome {
    let settings = settings(&flags.into_flags())?;
    logging::start(&settings.log)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    protected(&settings)?;
    let listener = bind(&settings).await?;
    let address = listener.local_addr()?;
    let opened = company.open(&settings).await?;
    let signal = shutdown::signal()?;
    announce(address);
    server::answer(listener, opened, &settings, signal).await?;
    Ok(())
}

/// Refuses to be reachable from elsewhere without an admin token.
pub(super) fn protected(settings: &Settings) -> Result<(), SettingsError> {
    let address = settings.listen.value;
    if address.ip().is_loopback() || settings.secrets.admin_token.is_some() {
        return Ok(());
    }
    Err(SettingsError::Unprotected { address, from: settings.listen.source.clone() })
}

async fn bind(settings: &Settings) -> Result<TcpListener, Failure> {
    let listen = &settings.listen;
    TcpListener::bind(listen.value).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => {
                ": another program listens there; stop it, or choose another port with --listen"
            }
            io::ErrorKind::PermissionDenied => {
                ": ports below 1024 need special rights; choose another with --listen"
            }
            io::ErrorKind::AddrNotAvailable => ": this machine has no such address",
            _ => "",
        };
        Failure::because(format!(
            "cannot listen on {} (from {}): {error}{advice}",
            listen.value, listen.source
        ))
    })
}

/// Tells whoever started us where calls are answered: the one line on stdout. Nobody need read it.
pub(super) fn announce(address: SocketAddr) {
    let mut stdout = io::stdout().lock();
    let told = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
    if let Err(error) = told {
        tracing::debug!(%error, %address, "cannot say on stdout where this listens");
    }
}

#[cfg(test)]
mod tests {
    use switchboard_realtime::ws::Secret;

    use super::*;

    #[test]
    fn without_an_admin_token_only_loopback_is_served() {
        let mut settings = Settings::default();
        assert!(protected(&settings).is_ok());
        settings.listen = SocketAddr::from(([0, 0, 0, 0], 8080)).into();
        let message = protected(&settings).unwrap_err().to_string();
        assert!(message.contains("SWITCHBOARD_ADMIN_TOKEN"), "{message}");
        settings.secrets.admin_token = Some(Secret::new("t"));
        assert!(protected(&settings).is_ok());
    }

    #[tokio::test]
    async fn a_taken_port_is_explained() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = taken.local_addr().unwrap().into();
        let settings = Settings { listen, ..Settings::default() };
        let failure = bind(&settings).await.unwrap_err();
        assert!(failure.reasons()[0].contains("another program listens there"));
    }
}
