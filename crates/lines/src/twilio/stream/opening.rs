//! The beginning of a stream: who is it, and may they come in?

use std::time::Duration;

use axum::extract::ws::{Message, close_code};
use futures_util::{Stream, StreamExt as _};
use switchboard_realtime::AudioFormat;
use switchboard_session::{LineProfile, Media};
use thiserror::Error;
use tokio::time::timeout;
use tracing::debug;

use super::Ended;
use super::bad_frames::BadFrames;
use crate::twilio::message::{BadFrame, Incoming, MediaFormat, Start};
use crate::twilio::token::{TokenError, Tokens, Visit};

/// How long a socket may take until its `start` frame.
const START_WITHIN: Duration = Duration::from_secs(5);
/// The parameter that carries the token.
pub(crate) const TOKEN: &str = "token";
/// What Twilio sends as `From` for callers who withhold their number, in letters on a keypad: anonymous, blocked,
/// restricted, unavailable, unknown.
const WITHHELD: [&str; 5] = ["+266696687", "+2562533", "+7378742833", "+86282452253", "+8656696"];

/// Why a stream was not let in.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Refused {
    /// No `start` frame came in time.
    #[error("no `start` frame within {} s", START_WITHIN.as_secs())]
    NoStart,
    /// The socket closed before a `start` frame.
    #[error("the socket closed before its `start` frame")]
    Gone,
    /// Too many frames could not be read.
    #[error("too many bad frames before `start`, the last one {last}")]
    BadFrames {
        /// What the last of them was.
        last: String,
    },
    /// The `start` frame has no token.
    #[error(
        "the `start` frame has no `token` parameter: open the stream with the TwiML of the voice webhook"
    )]
    NoToken,
    /// The token is not valid for this call now.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The audio is not what Twilio sends.
    #[error("the stream's audio is {encoding} at {rate} Hz, not audio/x-mulaw at 8000 Hz, mono")]
    Format {
        /// The encoding that `start` names.
        encoding: String,
        /// The sample rate that `start` names.
        rate: u64,
    },
}

impl Refused {
    /// The close frame this calls for.
    pub(super) fn close_code(&self) -> u16 {
        match self {
            Self::Gone => close_code::NORMAL,
            Self::Format { .. } => close_code::UNSUPPORTED,
            _ => close_code::POLICY,
        }
    }
}

/// A stream that was let in.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) stream_sid: String,
    pub(super) call_sid: String,
    visit: Visit,
}

impl Opened {
    pub(super) fn profile(&self) -> LineProfile {
        LineProfile {
            kind: "twilio",
            caller: number(self.visit.from.as_deref()),
            called: number(self.visit.to.as_deref()),
            reference: Some(self.call_sid.clone()),
            media: Media::Audio(AudioFormat::Pcmu),
        }
    }
}

/// Waits for the `start` frame and checks its token.
pub(super) async fn wait<S>(socket: &mut S, tokens: &Tokens) -> Result<Opened, Refused>
where
    S: Stream<Item = Result<Message, axum::Error>> + Unpin,
{
    let start = timeout(START_WITHIN, next_start(socket)).await.map_err(|_| Refused::NoStart)??;
    let token = start.custom_parameters.get(TOKEN).ok_or(Refused::NoToken)?;
    let visit = tokens.redeem(token, &start.call_sid)?;
    check_format(start.media_format.as_ref())?;
    Ok(Opened { stream_sid: start.stream_sid, call_sid: start.call_sid, visit })
}

async fn next_start<S>(socket: &mut S) -> Result<Start, Refused>
where
    S: Stream<Item = Result<Message, axum::Error>> + Unpin,
{
    let mut bad_frames = BadFrames::default();
    loop {
        let bad = match socket.next().await {
            Some(Ok(Message::Text(frame))) => match Incoming::parse(&frame, None) {
                Ok(Incoming::Start(start)) => return Ok(*start),
                Ok(Incoming::Stop) => return Err(Refused::Gone),
                Ok(Incoming::Connected | Incoming::Ignored) => continue,
                Ok(_) => BadFrame::Early,
                Err(bad) => bad,
            },
            Some(Ok(Message::Binary(_))) => BadFrame::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(_))) | None => return Err(Refused::Gone),
            Some(Err(error)) => {
                debug!(%error, "a media stream broke before its start");
                return Err(Refused::Gone);
            }
        };
        if let Err(Ended::BadFrames { last, .. }) = bad_frames.count(&bad) {
            return Err(Refused::BadFrames { last });
        }
    }
}

/// Audio in another format would be noise in somebody's ear.
fn check_format(format: Option<&MediaFormat>) -> Result<(), Refused> {
    let Some(format) = format else { return Ok(()) };
    let (rate, channels) = (format.sample_rate.unwrap_or(8_000), format.channels.unwrap_or(1));
    if matches!(format.encoding.as_str(), "" | "audio/x-mulaw") && rate == 8_000 && channels == 1 {
        return Ok(());
    }
    Err(Refused::Format { encoding: format.encoding.clone(), rate })
}

/// A number in E.164, or nothing: SIP addresses, client names and withheld numbers identify nobody.
fn number(text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !WITHHELD.contains(text))?;
    let digits = text.strip_prefix('+')?;
    let valid =
        (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_identifies_a_caller() {
        assert_eq!(number(Some("+15550100")).as_deref(), Some("+15550100"));
        for text in
            ["+266696687", "client:bob", "sip:a@b.example", "+1555 0100", "15550100", "+", ""]
        {
            assert_eq!(number(Some(text)), None, "{text}");
        }
    }

    #[test]
    fn other_audio_than_twilios_is_refused() {
        let format = |encoding: &str, rate| MediaFormat {
            encoding: encoding.to_owned(),
            sample_rate: Some(rate),
            channels: Some(1),
        };

        assert!(check_format(Some(&format("audio/x-mulaw", 8_000))).is_ok());
        assert!(check_format(None).is_ok());
        assert_eq!(
            check_format(Some(&format("audio/l16", 16_000))).unwrap_err().to_string(),
            "the stream's audio is audio/l16 at 16000 Hz, not audio/x-mulaw at 8000 Hz, mono"
        );
    }

    #[test]
    fn every_reason_fits_into_a_close_frame() {
        for refused in
            [Refused::NoStart, Refused::Gone, Refused::NoToken, TokenError::Forged.into()]
        {
            assert!(refused.to_string().len() <= 123, "{refused}");
        }
    }
}
