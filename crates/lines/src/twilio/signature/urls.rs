//! The spellings of one URL under which Twilio may have signed a request.
//!
//! For a webhook these are the ones that Twilio's helper libraries try: without its port and with it (the standard one
//! where it has none), each as it came; then the same after the normalisation of browsers, which escapes some characters,
//! and with the query escaped as older back ends do.

use std::fmt::Write as _;

use url::Url;

/// The spellings of a webhook's URL.
pub(super) fn of_request(url: &str) -> Vec<String> {
    let mut spellings = with_and_without_port(url);
    if let Ok(normal) = Url::parse(url) {
        let normal = with_and_without_port(normal.as_str());
        spellings.extend(normal.iter().map(|url| query_escaped(url)));
        spellings.extend(normal);
    }
    unique(spellings)
}

/// The spellings of a WebSocket's URL: also with `:443` for `wss` (the libraries add `:80`), and with or without a slash
/// at the end.
pub(super) fn of_upgrade(url: &str) -> Vec<String> {
    let mut spellings = with_and_without_port(url);
    if let Some(parts) = Parts::of(url).filter(|parts| parts.port.is_empty() && parts.is_secure()) {
        spellings.push(parts.with_port(":443"));
    }
    let slashed: Vec<_> = spellings.iter().map(|url| toggle_slash(url)).collect();
    spellings.extend(slashed);
    unique(spellings)
}

/// The first value of a name in the URL's query, decoded.
pub(super) fn query_value(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1.split('#').next()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A URL cut where a port is or would be; nothing is normalised.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let authority_start = url.find("://")? + 3;
        let (scheme, after) = url.split_at(authority_start);
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        let host_start = authority.rfind('@').map_or(0, |at| at + 1);
        let port_search = authority.rfind(']').map_or(host_start, |at| at.max(host_start));
        let port_start =
            authority[port_search..].find(':').map_or(authority.len(), |at| port_search + at);
        let (host, port) = authority.split_at(port_start);
        Some(Self { scheme, host, port, rest })
    }

    fn is_secure(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https://") || self.scheme.eq_ignore_ascii_case("wss://")
    }

    fn with_port(&self, port: &str) -> String {
        [self.scheme, self.host, port, self.rest].concat()
    }
}

fn with_and_without_port(url: &str) -> Vec<String> {
    let Some(parts) = Parts::of(url) else { return vec![url.to_owned()] };
    let port = match parts.port {
        "" if parts.scheme.eq_ignore_ascii_case("https://") => ":443",
        "" => ":80",
        given => given,
    };
    vec![parts.with_port(""), parts.with_port(port)]
}

fn toggle_slash(url: &str) -> String {
    url.strip_suffix('/').map_or_else(|| format!("{url}/"), str::to_owned)
}

/// The URL with its query decoded and escaped again, values of one name side by side.
fn query_escaped(url: &str) -> String {
    let Some((path, query)) = url.split_once('?').filter(|(_, query)| !query.is_empty()) else {
        return url.to_owned();
    };
    let mut pairs: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value.into_owned()),
            None => pairs.push((name.into_owned(), vec![value.into_owned()])),
        }
    }
    let escaped: Vec<_> = pairs
        .iter()
        .flat_map(|(name, values)| {
            values.iter().map(move |value| format!("{}={}", escaped(name), escaped(value)))
        })
        .collect();
    format!("{path}?{}", escaped.join("&"))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("writing to a string does not fail");
        }
        escaped
    })
}

fn unique(mut spellings: Vec<String>) -> Vec<String> {
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_webhook_has_two_spellings() {
        assert_eq!(
            of_request("https://a.example/x?y=1"),
            ["https://a.example/x?y=1", "https://a.example:443/x?y=1"]
        );
        assert_eq!(
            of_request("http://a.example/x"),
            ["http://a.example/x", "http://a.example:80/x"]
        );
    }

    #[test]
    fn a_port_that_is_there_stays_or_goes() {
        assert_eq!(
            of_upgrade("wss://a.example:8443/x"),
            [
                "wss://a.example/x",
                "wss://a.example/x/",
                "wss://a.example:8443/x",
                "wss://a.example:8443/x/"
            ]
        );
    }

    #[test]
    fn neither_a_password_nor_an_ipv6_address_is_taken_for_a_port() {
        let spellings = with_and_without_port("https://user:pass@[::1]:9/x");

        assert_eq!(spellings, ["https://user:pass@[::1]/x", "https://user:pass@[::1]:9/x"]);
        assert_eq!(with_and_without_port("https://[::1]/x")[1], "https://[::1]:443/x");
    }

    #[test]
    fn escaped_spellings_are_tried_as_well() {
        let spellings = of_request("https://a.example/x?name=O'Neil&a=1&name=b%20c");

        assert!(spellings.contains(&"https://a.example/x?name=O%27Neil&a=1&name=b%20c".to_owned()));
        assert!(spellings.contains(&"https://a.example/x?name=O'Neil&name=b%20c&a=1".to_owned()));
    }

    #[test]
    fn text_that_is_no_url_is_its_own_spelling() {
        assert_eq!(of_request("nonsense"), ["nonsense"]);
    }
}
