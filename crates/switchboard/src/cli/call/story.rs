//! A call told line by line, with its times.

use std::time::Duration;

use switchboard_lines::twilio::caller::{Happening, HungUp, Report, Spoken};

/// What happened, as a line; `None` for what is no news.
pub(super) fn line(happening: &Happening) -> Option<String> {
    match happening {
        Happening::Said(spoken) => Some(words("said", spoken)),
        Happening::Heard(spoken) => Some(words("heard", spoken)),
        Happening::Pressed { at, key } => Some(at_time(*at, &format!("pressed {key}"))),
        Happening::Cleared { at, unplayed } => {
            let text = format!("interrupted the agent, {} s before its end", seconds(*unplayed));
            Some(at_time(*at, &text))
        }
        Happening::Ended { at, by } => Some(at_time(*at, &ending(by))),
        _ => None,
    }
}

/// The last lines: how long it took, and how long nobody spoke.
pub(super) fn summary(report: &Report) -> String {
    let length = seconds(report.length);
    match report.longest_silence {
        Some(silence) => format!(
            "the call took {length} s; the longest silence was {} s, from {} s on",
            seconds(silence.length()),
            seconds(silence.from)
        ),
        None => format!("the call took {length} s; there was no silence"),
    }
}

fn words(verb: &str, spoken: &Spoken) -> String {
    let text = spoken.text.as_deref().unwrap_or("(sound without words)");
    let cut = if spoken.complete { "" } else { " (cut off)" };
    let length = spoken.to.saturating_sub(spoken.from);
    at_time(spoken.from, &format!("{verb:<5} for {:>5} s  {text}{cut}", seconds(length)))
}

fn ending(by: &HungUp) -> String {
    match by {
        HungUp::Caller => "hung up".to_owned(),
        HungUp::Vanished => "vanished".to_owned(),
        HungUp::Server { reason, .. } if reason.is_empty() => "the server hung up".to_owned(),
        HungUp::Server { reason, .. } => format!("the server hung up: {reason}"),
    }
}

fn at_time(at: Duration, text: &str) -> String {
    format!("{:>7} {text}", seconds(at))
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_with_their_times() {
        let spoken = Spoken {
            from: Duration::from_millis(1_240),
            to: Duration::from_millis(3_300),
            text: Some("Good morning.".to_owned()),
            complete: false,
        };
        assert_eq!(
            line(&Happening::Heard(spoken)).unwrap(),
            "   1.24 heard for  2.06 s  Good morning. (cut off)"
        );
    }

    #[test]
    fn the_end_says_who_hung_up() {
        let by = HungUp::Server { code: 1000, reason: "the agent said goodbye".to_owned() };
        let ended = Happening::Ended { at: Duration::from_secs(31), by };
        assert_eq!(line(&ended).unwrap(), "  31.00 the server hung up: the agent said goodbye");
    }
}
