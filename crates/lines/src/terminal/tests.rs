use switchboard_session::CallEvent;
use tokio::io::{AsyncReadExt as _, BufReader, DuplexStream, duplex};
use tokio::task::JoinHandle;

use super::*;

/// A session's end of a typed call.
struct Chat {
    line: Line,
    input: DuplexStream,
    output: DuplexStream,
    ran: JoinHandle<io::Result<()>>,
}

impl Chat {
    async fn start(interactive: bool) -> Self {
        let (input, read) = duplex(4096);
        let (written, output) = duplex(4096);
        let (opened, line) = tokio::sync::oneshot::channel();
        let style = Style { colour: false, interactive };
        let ran = tokio::spawn(async move {
            run(BufReader::new(read), written, style, async move |line| drop(opened.send(line)))
                .await
        });
        Self { line: line.await.unwrap(), input, output, ran }
    }

    async fn show(&self, event: CallEvent) {
        self.line.commands.send(LineCommand::Show(event)).await.unwrap();
    }

    async fn says(&self, text: &str) {
        self.show(CallEvent::AgentSaid {
            agent: "triage".to_owned(),
            text: text.to_owned(),
            interrupted: false,
        })
        .await;
    }

    async fn event(&mut self) -> LineEvent {
        self.line.events.recv().await.unwrap()
    }

    /// Ends the session and returns all that was written.
    async fn end(mut self) -> String {
        drop(self.line);
        self.ran.await.unwrap().unwrap();
        let mut written = String::new();
        self.output.read_to_string(&mut written).await.unwrap();
        written
    }
}

fn turn(text: &str) -> LineEvent {
    LineEvent::Typed(text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_typed_line_is_a_turn() {
    let mut chat = Chat::start(true).await;
    chat.input.write_all(b"  hello there \n\n/help\nand more\n").await.unwrap();

    assert_eq!(chat.event().await, turn("hello there"));
    assert_eq!(chat.event().await, turn("and more"));
    assert_eq!(chat.end().await, format!("{HELP}\n› \r\u{1b}[K{HELP}\n› "));
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_text_end_nothing() {
    let mut chat = Chat::start(true).await;
    chat.input.write_all(b"caf\xe9\r\nagain\n").await.unwrap();

    assert_eq!(chat.event().await, turn("caf\u{fffd}"));
    assert_eq!(chat.event().await, turn("again"));
}

#[tokio::test(start_paused = true)]
async fn a_pipe_waits_for_each_answer() {
    let mut chat = Chat::start(false).await;
    chat.input.write_all(b"one\ntwo\n").await.unwrap();
    let begun = Instant::now();

    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(chat.line.events.try_recv().is_err());
    chat.says("Hello.").await;
    assert_eq!(chat.event().await, turn("one"));
    assert_eq!(begun.elapsed(), Duration::from_millis(2_700));
    chat.says("First.").await;
    assert_eq!(chat.event().await, turn("two"));

    assert_eq!(chat.end().await, "triage: Hello.\nyou: one\ntriage: First.\nyou: two\n");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_pipe_hangs_up_once_the_last_line_was_answered() {
    let mut chat = Chat::start(false).await;
    chat.input.write_all(b"one\n").await.unwrap();
    chat.input.shutdown().await.unwrap();
    chat.says("Hello.").await;
    assert_eq!(chat.event().await, turn("one"));
    chat.says("First.").await;

    assert_eq!(chat.event().await, LineEvent::Closed { reason: "the caller hung up".to_owned() });
    chat.show(CallEvent::Ended { reason: "the caller hung up".to_owned(), failed: false }).await;
    let written = chat.end().await;
    assert!(
        written.ends_with("triage: First.\n── the call ended: the caller hung up ──\n"),
        "{written}"
    );
}

#[tokio::test(start_paused = true)]
async fn quit_hangs_up_at_once() {
    let mut chat = Chat::start(true).await;
    chat.input.write_all(b"/quit\n").await.unwrap();

    assert_eq!(chat.event().await, LineEvent::Closed { reason: "the caller hung up".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_hangs_up_ends_the_call() {
    let chat = Chat::start(true).await;
    chat.says("Goodbye.").await;
    chat.line.commands.send(LineCommand::Hangup).await.unwrap();

    assert!(chat.ran.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_never_ends_is_left_after_a_while() {
    let mut chat = Chat::start(true).await;
    chat.input.shutdown().await.unwrap();
    let begun = Instant::now();

    assert!(chat.ran.await.unwrap().is_ok());
    assert_eq!(begun.elapsed(), FAREWELL);
}
