//! The table.

use std::fmt::Write as _;
use std::io::Write as _;

/// One figure beside the number to hold.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    floor: String,
    switchboard: String,
    hold: String,
    held: Option<bool>,
}

impl Row {
    /// A figure of Switchboard's.
    pub(crate) fn new(what: impl Into<String>, switchboard: impl Into<String>) -> Self {
        let (what, switchboard) = (what.into(), switchboard.into());
        Self { what, switchboard, floor: "–".to_owned(), hold: "–".to_owned(), held: None }
    }

    /// The same figure of the splice.
    pub(crate) fn beside(mut self, floor: impl Into<String>) -> Self {
        self.floor = floor.into();
        self
    }

    /// The number to hold, and whether it is held.
    pub(crate) fn hold(mut self, hold: impl Into<String>, good: bool) -> Self {
        (self.hold, self.held) = (hold.into(), Some(good));
        self
    }
}

/// The rows of a run, printed as they come and once more at the end.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: Row) {
        print(&format!("{}: {} (splice {})\n", row.what, row.switchboard, row.floor));
        self.0.push(row);
    }

    /// Prints the table.
    pub(crate) fn finish(&self) {
        let mut table =
            String::from("\n| | splice | Switchboard | to hold | held |\n|---|---|---|---|---|\n");
        for Row { what, floor, switchboard, hold, held } in &self.0 {
            let held = match held {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "",
            };
            // Writing to a string cannot fail.
            let _ = writeln!(table, "| {what} | {floor} | {switchboard} | {hold} | {held} |");
        }
        print(&table);
    }
}

/// Says what is being done.
pub(crate) fn print(text: &str) {
    // Nobody need be reading.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
