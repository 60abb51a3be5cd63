//! Rows of the audit log for a terminal, and for programs.

use std::time::Duration;

use switchboard_store::{AuditKind, AuditRow};

use crate::cli::table::{Table, printable};

/// The rows as a table, as wide as the terminal at most.
pub(super) fn listed(rows: &[AuditRow], columns: Option<usize>) -> String {
    if rows.is_empty() {
        return "No row is like that.\n".to_owned();
    }
    let mut table = Table::new([
        "seq",
        "when (UTC)",
        "call",
        "who",
        "agent",
        "what",
        "decision",
        "outcome",
        "took",
    ]);
    for AuditRow { seq, at, entry, .. } in rows {
        let cell = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        table.row([
            seq.to_string(),
            at.strftime("%F %T").to_string(),
            cell(&entry.call),
            cell(if entry.by.is_some() { &entry.by } else { &entry.caller }),
            cell(&entry.agent),
            what(&entry.kind, entry.tool.as_deref()),
            entry.decision.clone(),
            entry.outcome.clone(),
            entry.took.map_or_else(|| "-".to_owned(), took),
        ]);
    }
    table.render(columns)
}

/// A tool call is called by its tool, anything else by its kind.
fn what(kind: &AuditKind, tool: Option<&str>) -> String {
    match (kind, tool) {
        (AuditKind::ToolCall, Some(tool)) => tool.to_owned(),
        (kind, Some(tool)) => format!("{kind}: {tool}"),
        (kind, None) => kind.to_string(),
    }
}

/// A time as short as it can be read.
fn took(took: Duration) -> String {
    if took < Duration::from_millis(10) {
        format!("{:.1} ms", took.as_secs_f64() * 1e3)
    } else if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// One row, a line for each thing known of it.
pub(super) fn shown(row: &AuditRow) -> Result<String, serde_json::Error> {
    let AuditRow { seq, at, entry, hash } = row;
    let arguments = entry.arguments.as_ref().map(serde_json::to_string_pretty).transpose()?;
    let values = [
        ("seq", Some(seq.to_string())),
        ("at", Some(at.to_string())),
        ("kind", Some(entry.kind.to_string())),
        ("call", entry.call.clone()),
        ("caller", entry.caller.clone()),
        ("tenant", entry.tenant.clone()),
        ("agent", entry.agent.clone()),
        ("tool", entry.tool.clone()),
        ("call id", entry.call_id.clone()),
        ("trace id", entry.trace_id.clone()),
        ("decision", Some(entry.decision.clone())),
        ("outcome", Some(entry.outcome.clone())),
        ("took", entry.took.map(took)),
        ("by", entry.by.clone()),
        ("detail", entry.detail.clone()),
        ("hash", Some(hash.clone())),
    ];
    let mut lines = Vec::new();
    for (name, value) in values {
        if let Some(value) = value {
            lines.push(format!("{name:<9} {}", printable(&value)));
        }
    }
    if let Some(arguments) = arguments {
        lines.push(format!("arguments {}", arguments.replace('\n', "\n          ")));
    }
    Ok(lines.join("\n") + "\n")
}

/// The rows as a JSON list, a row a line.
pub(super) fn json(rows: &[AuditRow]) -> Result<String, serde_json::Error> {
    let rows: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(format!("[{}]\n", rows.join(",\n ")))
}

/// One row as JSON.
pub(super) fn json_row(row: &AuditRow) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(row)? + "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use switchboard_store::AuditEntry;

    use super::*;

    fn rows() -> [AuditRow; 2] {
        let mut payment = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
        payment.caller = Some("C-1001".to_owned());
        payment.agent = Some("billing".to_owned());
        payment.tool = Some("pay".to_owned());
        payment.arguments = Some(json!({ "card": "[secret]" }));
        payment.took = Some(Duration::from_millis(120));
        let mut reload = AuditEntry::new(AuditKind::PolicyReload, "reloaded", "ok");
        reload.by = Some("ann\u{1b}[2J".to_owned());
        let at = "2030-01-31T09:00:00Z".parse().unwrap();
        [payment, reload].map(|entry| AuditRow { seq: 1, at, entry, hash: "ab".to_owned() })
    }

    #[test]
    fn a_list_is_a_table() {
        let text = listed(&rows(), None);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("seq  when (UTC)"), "{text}");
        assert!(lines[1].contains("2030-01-31 09:00:00  -     C-1001"), "{text}");
        assert!(lines[1].ends_with("120 ms"), "{text}");
        assert!(lines[2].contains("policy_reload"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(listed(&[], None), "No row is like that.\n");
    }

    #[test]
    fn one_row_is_shown_whole() {
        let text = shown(&rows()[0]).unwrap();
        assert!(text.contains("caller    C-1001\n"), "{text}");
        assert!(
            text.contains("arguments {\n            \"card\": \"[secret]\"\n          }"),
            "{text}"
        );
    }

    #[test]
    fn programs_get_a_list() {
        let rows: Value = serde_json::from_str(&json(&rows()).unwrap()).unwrap();
        assert_eq!(rows[0]["tool"], "pay");
        assert_eq!(json(&[]).unwrap(), "[]\n");
    }

    #[test]
    fn times_are_short() {
        let shown = |micros| took(Duration::from_micros(micros));
        assert_eq!([shown(340), shown(42_700), shown(8_040_000)], ["0.3 ms", "42 ms", "8.0 s"]);
    }
}
