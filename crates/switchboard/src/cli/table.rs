//! Rows of text under a heading, as wide as they need to be and no wider than the terminal.

use std::io;

/// What stands between two columns.
const GAP: &str = "  ";
/// No column is cut to less than this, in characters.
const NARROWEST: usize = 6;

/// Rows under a heading.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(heading: [&str; N]) -> Self {
        Self { rows: vec![heading.map(str::to_owned)] }
    }

    /// Adds a row. What would move the cursor or colour the terminal is taken out: some cells hold what a model wrote.
    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| printable(&cell)));
    }

    /// The table, each line ended. Wider columns give way first where the whole is wider than `columns`.
    pub(super) fn render(&self, columns: Option<usize>) -> String {
        let widths = self.widths(columns.unwrap_or(usize::MAX));
        let mut text = String::new();
        for row in &self.rows {
            let cells = row.iter().zip(widths).map(|(cell, width)| padded(cell, width));
            text += cells.collect::<Vec<_>>().join(GAP).trim_end();
            text.push('\n');
        }
        text
    }

    fn widths(&self, columns: usize) -> [usize; N] {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let gaps = GAP.len() * N.saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > columns {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// How wide the terminal is; nothing when stdout is none, and nothing need be cut.
pub(super) fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// The text on one line, with what is not to be printed replaced.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' | '\t' => ' ',
            letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
            letter => letter,
        })
        .collect()
}

/// The cell, filled up or cut to a width.
fn padded(cell: &str, width: usize) -> String {
    let length = cell.chars().count();
    if length <= width {
        return format!("{cell}{}", " ".repeat(width - length));
    }
    let kept: String = cell.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<3> {
        let mut table = Table::new(["seq", "tool", "outcome"]);
        table.row(["1".into(), "get_account_balance".into(), "ok".into()]);
        table.row(["2".into(), "pay".into(), "not_allowed".into()]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(
            table().render(None),
            "seq  tool                 outcome\n1    get_account_balance  ok\n2    pay                  not_allowed\n"
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_columns() {
        let text = table().render(Some(30));
        assert!(text.lines().all(|line| line.chars().count() <= 30), "{text}");
        assert!(text.contains("get_account…  ok"), "{text}");
    }

    #[test]
    fn nothing_in_a_cell_reaches_the_terminal_as_a_command() {
        let mut table = Table::new(["tool"]);
        table.row(["\u{1b}[2Jpay\nme".into()]);
        assert_eq!(table.render(None), "tool\n\u{fffd}[2Jpay me\n");
    }
}
