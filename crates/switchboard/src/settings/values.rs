//! The settings that are more than text: each read from the text of a flag, a variable or a key.

use std::fmt::Display;
use std::net::{SocketAddr, ToSocketAddrs};

use url::Url;

use super::error::SettingsError;
use super::source::Source;
use super::{Authorization, DatabaseUrl};

/// An address with its port. A name is looked up, and its first address taken.
pub(super) fn address(text: &str, from: &Source) -> Result<SocketAddr, SettingsError> {
    let expected = "an address and a port are expected, as in 127.0.0.1:8080 or [::1]:8080";
    text.parse().or_else(|_| {
        text.to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .ok_or_else(|| invalid(from, text, &expected))
    })
}

/// The server's address as Twilio sees it.
pub(super) fn public_url(text: &str, from: &Source) -> Result<Url, SettingsError> {
    let expected = "the address Twilio is given is expected, as in https://voice.example.com";
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| invalid(from, text, &expected))
}

/// A model server. Web schemes are taken, too: that is how Azure's portal shows it.
pub(super) fn model_url(text: &str, from: &Source) -> Result<Url, SettingsError> {
    let expected = "a WebSocket URL is expected, as in wss://api.openai.com/v1/realtime or ws://127.0.0.1:9000/v1/realtime";
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "ws" | "wss" | "http" | "https") && url.has_host())
        .ok_or_else(|| invalid(from, text, &expected))
}

/// A database; a password in it is not in the error.
pub(super) fn database(text: &str, from: &Source) -> Result<DatabaseUrl, SettingsError> {
    text.parse().map_err(|error| invalid(from, &without_password(text), &error))
}

/// The header that carries the model's key.
pub(super) fn authorization(text: &str, from: &Source) -> Result<Authorization, SettingsError> {
    match text {
        "bearer" => Ok(Authorization::Bearer),
        "api-key" => Ok(Authorization::ApiKey),
        _ => Err(invalid(from, text, &"bearer or api-key is expected")),
    }
}

fn invalid(from: &Source, value: &str, expected: &dyn Display) -> SettingsError {
    SettingsError::Invalid {
        from: from.clone(),
        value: value.to_owned(),
        expected: expected.to_string(),
    }
}

/// A URL as it may be shown.
fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.password().is_some() => format!("{}://…", url.scheme()),
        _ => text.to_owned(),
    }
}
