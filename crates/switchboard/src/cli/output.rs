//! What commands print on stdout.

use std::io::{self, Write as _};

use super::failure::Outcome;

/// Prints. A reader that has seen enough (`| head`) is no failure.
pub(super) fn out(text: &str) -> Outcome {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
