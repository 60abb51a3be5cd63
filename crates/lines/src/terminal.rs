//! Typed calls: the line of `switchboard chat`.
//!
//! A typed line is a turn of the caller; the agents' words appear as they come, tools and handoffs as dim lines between
//! them. With a person at the keyboard a line is sent at once. Lines from a pipe are sent one by one, each once the
//! agents have answered the one before, as a person would, and are repeated in the transcript.

mod pace;
mod screen;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use switchboard_session::{Line, LineCommand, LineEnd, LineEvent, LineProfile, Media};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _, Split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use self::pace::Pace;
use self::screen::Screen;

/// How long the session may take for its last words once the caller has hung up.
const FAREWELL: Duration = Duration::from_secs(10);
const HELP: &str = "Type what you would say and press Enter. /quit or Ctrl-D hangs up.";

/// How the transcript looks, and whether a person types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Colours names and dims what is not speech.
    pub colour: bool,
    /// A person types: there is a prompt, lines are sent at once and not repeated.
    pub interactive: bool,
}

impl Style {
    /// Suits standard input and output: coloured on a terminal unless `NO_COLOR` is set to anything, interactive when
    /// both are terminals.
    pub fn detect() -> Self {
        let terminal = io::stdout().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: terminal && !no_colour, interactive: terminal && io::stdin().is_terminal() }
    }
}

/// What the caller typed.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Turn(String),
    Help,
    Quit,
    Nothing,
}

/// Runs a typed call until the session is over.
///
/// `open` gets the [`Line`] and runs beside it; dropping the line hangs up. Returns when the session has ended and `open`
/// has returned.
///
/// # Errors
///
/// When the input cannot be read or the output not be written. The call has then been hung up.
pub async fn run<I, O, F, Fut>(input: I, output: O, style: Style, open: F) -> io::Result<()>
where
    I: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    F: FnOnce(Line) -> Fut,
    Fut: Future<Output = ()>,
{
    let profile = LineProfile {
        kind: "terminal",
        caller: None,
        called: None,
        reference: None,
        media: Media::Text,
    };
    let (line, end) = Line::pair(profile);
    let (ended, ()) =
        tokio::join!(Terminal::new(output, style, end).run(input.split(b'\n')), open(line));
    ended
}

struct Terminal<O> {
    output: O,
    screen: Screen,
    pace: Option<Pace>,
    events: mpsc::Sender<LineEvent>,
    commands: mpsc::Receiver<LineCommand>,
}

impl<O: AsyncWrite + Unpin> Terminal<O> {
    fn new(output: O, style: Style, end: LineEnd) -> Self {
        // A pipe is read at the agents' pace.
        let pace = (!style.interactive).then(|| Pace::new(Instant::now()));
        Self {
            output,
            screen: Screen::new(style),
            pace,
            events: end.events,
            commands: end.commands,
        }
    }

    async fn run<I: AsyncBufRead + Unpin>(mut self, mut input: Split<I>) -> io::Result<()> {
        if self.screen.is_interactive() {
            self.help().await?;
        }
        loop {
            let ready_at = self.pace.as_ref().map(Pace::ready_at);
            // Nothing that was read is lost when the session speaks first: `next_segment` keeps it.
            let reading = async {
                if let Some(ready_at) = ready_at {
                    sleep_until(ready_at).await;
                }
                input.next_segment().await
            };
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(LineCommand::Hangup) | None => return self.finish().await,
                    Some(command) => self.show(command).await?,
                },
                line = reading => match typed(line?) {
                    Typed::Turn(text) => self.say(text).await?,
                    Typed::Help => self.help().await?,
                    Typed::Nothing => self.again().await?,
                    Typed::Quit => return self.hang_up().await,
                },
            }
        }
    }

    async fn help(&mut self) -> io::Result<()> {
        let help = self.screen.note(HELP);
        self.print(Some(help)).await
    }

    /// An empty line: the caller is asked again.
    async fn again(&mut self) -> io::Result<()> {
        let prompt = self.screen.again();
        self.print(prompt).await
    }

    async fn say(&mut self, text: String) -> io::Result<()> {
        let shown = self.screen.typed(&text);
        self.print(shown).await?;
        if let Some(pace) = &mut self.pace {
            pace.said(Instant::now());
        }
        // A session that is gone closes the commands as well, which ends the loop.
        let _ = self.events.send(LineEvent::Typed(text)).await;
        Ok(())
    }

    async fn show(&mut self, command: LineCommand) -> io::Result<()> {
        let LineCommand::Show(event) = command else { return Ok(()) };
        if let Some(pace) = &mut self.pace {
            pace.event(&event, Instant::now());
        }
        let shown = self.screen.event(&event);
        self.print(shown).await
    }

    /// The caller hangs up, and the session has the last word.
    async fn hang_up(mut self) -> io::Result<()> {
        let _ =
            self.events.send(LineEvent::Closed { reason: "the caller hung up".to_owned() }).await;
        let deadline = Instant::now() + FAREWELL;
        while let Ok(Some(command)) = timeout_at(deadline, self.commands.recv()).await {
            match command {
                LineCommand::Hangup => break,
                command => self.show(command).await?,
            }
        }
        self.finish().await
    }

    /// Shows what still waits behind the end, and leaves the terminal on a fresh line.
    async fn finish(mut self) -> io::Result<()> {
        while let Ok(command) = self.commands.try_recv() {
            self.show(command).await?;
        }
        let shown = self.screen.end();
        self.print(shown).await
    }

    async fn print(&mut self, text: Option<String>) -> io::Result<()> {
        let Some(text) = text else { return Ok(()) };
        self.output.write_all(text.as_bytes()).await?;
        self.output.flush().await
    }
}

/// What a line of input means; bytes that are no UTF-8 are shown as such, and end nothing.
fn typed(line: Option<Vec<u8>>) -> Typed {
    let Some(line) = line else { return Typed::Quit };
    match String::from_utf8_lossy(&line).trim() {
        "/quit" | "/exit" => Typed::Quit,
        "/help" | "/?" => Typed::Help,
        "" => Typed::Nothing,
        text => Typed::Turn(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
