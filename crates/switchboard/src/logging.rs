//! The log: on stderr, for people on a terminal, as JSON for programs otherwise. Panics are in it, too.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal as _};
use std::panic;
use std::thread;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::{Setting, SettingsError};

/// The actor library wraps each actor's life in one span at `info`, in which every event of a call would lie.
const QUIET: &str = "ractor=warn";
/// The name of the threads that the gateway runs tools on.
const TOOL_THREAD: &str = "tool";

/// Starts the log.
pub(crate) fn start(log: &Setting<String>) -> Result<(), SettingsError> {
    let filter = filter(log)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if io::stderr().is_terminal() {
        builder.finish().try_init()
    } else {
        builder.json().flatten_event(true).with_ansi(false).finish().try_init()
    };
    if started.is_err() {
        tracing::debug!("somebody else has started a log, which is used");
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tell(thread::current().name(), place.as_deref(), panic.payload());
    }));
    Ok(())
}

/// Logs a panic as one event. One of a tool is left to the gateway, which logs it under the trace id that the model was told.
fn tell(thread: Option<&str>, place: Option<&str>, payload: &(dyn Any + Send)) {
    if thread == Some(TOOL_THREAD) {
        return;
    }
    let said = payload.downcast_ref::<&str>().copied();
    let cause = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace);
    tracing::error!(
        thread,
        place,
        cause = cause.unwrap_or("it gave no reason"),
        backtrace = backtrace.map(tracing::field::display),
        "the program has a bug: it panicked"
    );
}

pub(crate) fn filter(log: &Setting<String>) -> Result<EnvFilter, SettingsError> {
    let text = if log.value.contains("ractor") {
        log.value.clone()
    } else {
        format!("{},{QUIET}", log.value)
    };
    EnvFilter::try_new(text).map_err(|error| SettingsError::Invalid {
        from: log.source.clone(),
        value: log.value.clone(),
        expected: format!(
            "error, warn, info, debug or trace is expected, or by module as in info,switchboard_session=debug ({error})"
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What is logged while `act` runs, on this thread.
    fn logged(act: impl FnOnce()) -> String {
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&log);
        let writer = move || Written(Arc::clone(&written));
        let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
        tracing::subscriber::with_default(subscriber, act);
        String::from_utf8(log.lock().unwrap().clone()).unwrap()
    }

    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_one_event_with_its_place() {
        let payload = String::from("index out of bounds");
        let log = logged(|| tell(Some("main"), Some("src/call.rs:7:5"), &payload));
        assert_eq!(log.matches("ERROR").count(), 1, "{log}");
        assert!(log.contains("src/call.rs:7:5") && log.contains("index out of bounds"), "{log}");
        let log = logged(|| tell(None, None, &7));
        assert!(log.contains("it gave no reason"), "{log}");
    }

    #[test]
    fn a_panic_of_a_tool_is_left_to_the_gateway() {
        let log = logged(|| tell(Some("tool"), Some("src/pay.rs:7:5"), &"password=hunter2"));
        assert_eq!(log, "");
    }

    fn filtered(text: &str) -> String {
        filter(&text.to_owned().into()).unwrap().to_string()
    }

    #[test]
    fn the_actor_library_is_kept_quiet_unless_asked_for() {
        assert!(filtered("info").contains("ractor=warn"));
        assert!(filtered("info,ractor=debug").contains("ractor=debug"));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_explained() {
        let message = filter(&"a=b=c".to_owned().into()).unwrap_err().to_string();
        assert!(message.contains("cannot use `a=b=c`"), "{message}");
    }
}
