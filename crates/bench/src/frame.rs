//! What callers, splice and model have in common: 20 ms of mu-law in base64 inside JSON.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// How much audio a frame holds, either way.
pub(crate) const LENGTH: Duration = Duration::from_millis(20);
/// The same in bytes of mu-law.
pub(crate) const BYTES: usize = 160;

/// The string under a key, by looking for the key: for frames whose shape is known, and strings without escapes.
pub(crate) fn string_at<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = json;
    while let Some(at) = rest.find(key) {
        let before = rest[..at].ends_with('"');
        rest = &rest[at + key.len()..];
        if let (true, Some(value)) = (before, rest.strip_prefix("\":\"")) {
            return value.split('"').next();
        }
    }
    None
}

/// Sockets with small buffers, as Switchboard's are, so that memory can be compared.
pub(crate) fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(4 * 1024)
}

/// When the `index`th of many senders sends its first frame: spread over the length of one.
pub(crate) fn phase(index: usize) -> Duration {
    // Steps of the golden section spread any number of senders evenly.
    let micros = LENGTH.as_micros() as usize;
    Duration::from_micros((index * 12_361 % micros) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_found_by_its_key() {
        let frame = r#"{"event":"media","media":{"payload":"AAEC"},"streamSid":"MZ"}"#;

        assert_eq!(string_at(frame, "payload"), Some("AAEC"));
        assert_eq!(string_at(frame, "event"), Some("media"));
        assert_eq!(string_at(frame, "media"), None);
        assert_eq!(string_at(frame, "name"), None);
    }

    #[test]
    fn senders_are_spread_over_a_frame() {
        let late = (0..100).filter(|&index| phase(index) >= LENGTH / 2).count();

        assert!((45..=55).contains(&late), "{late}");
    }
}
