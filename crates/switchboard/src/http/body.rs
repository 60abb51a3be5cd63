//! A request's body as JSON, or a sentence about what is wrong with it.
//!
//! The body must say that it is JSON: a page of another site can make a browser post a form or plain text here, but not JSON without
//! being asked first, which this server never allows.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::settings::plain;

/// The longest name of a person, in characters.
const LONGEST_NAME: usize = 100;
/// The longest reason or note, in characters.
const LONGEST_REMARK: usize = 1_000;

/// What a body said.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

/// Who does something, as the audit log is to have it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Name(String);

/// Why, or anything else in words.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Remark(String);

impl Name {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Remark {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match words(&text, LONGEST_NAME) {
            Some(name) => Ok(Self(name)),
            None => Err(format!("a name is expected, of 1 to {LONGEST_NAME} characters")),
        }
    }
}

impl TryFrom<String> for Remark {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match words(&text, LONGEST_REMARK) {
            Some(remark) => Ok(Self(remark)),
            None => Err(format!("a sentence is expected, of 1 to {LONGEST_REMARK} characters")),
        }
    }
}

/// A text without the blanks around it, if there is some of it and not too much.
fn words(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= longest).then(|| text.to_owned())
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::unsupported(
                "send the body as JSON, and say so: content-type: application/json",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        read(&body).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn unread(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::too_large(format!(
            "the body is too large: at most {} KiB",
            super::BODY_BYTES / 1024
        ));
    }
    ApiError::bad_request("the body could not be read to its end")
}

/// Reads a body; an empty one is an empty object.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        unusable(Some(path.as_str()).filter(|path| *path != "."), error.inner())
    });
    read.and_then(|value| json.end().map_err(|error| unusable(None, &error)).map(|()| value))
}

fn unusable(path: Option<&str>, error: &serde_json::Error) -> ApiError {
    if error.is_syntax() || error.is_eof() {
        return ApiError::bad_request(format!("the body is not JSON: {error}"));
    }
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = plain(message.strip_suffix(place.as_str()).unwrap_or(&message));
    ApiError::bad_request(match path {
        Some(path) => format!("`{path}`: {message}"),
        None => message,
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        on: bool,
        #[serde(default)]
        by: Vec<String>,
    }

    fn message(body: &str) -> String {
        read::<Body>(body.as_bytes()).unwrap_err().message().to_owned()
    }

    #[test]
    fn a_body_is_read() {
        let body: Body = read(br#" {"on": true, "by": ["ann"]} "#).unwrap();
        assert!(body.on && body.by == ["ann"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(message("on=true").starts_with("the body is not JSON: expected value"));
        assert!(message(r#"{"on": true} x"#).starts_with("the body is not JSON"));
        for nothing in ["{}", ""] {
            assert_eq!(message(nothing), "the key `on` is missing here");
        }
        assert_eq!(
            message(r#"{"on": "yes"}"#),
            r#"`on`: expected true or false, found the text "yes""#
        );
        assert_eq!(
            message(r#"{"on": true, "by": [1]}"#),
            "`by[0]`: expected text in quotes, found 1"
        );
        assert!(message(r#"{"on": true, "of": 1}"#).contains("unknown field `of`"));
    }

    #[test]
    fn only_json_is_json() {
        let said = |value: &'static str| {
            is_json(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]))
        };
        assert!(said("application/json") && said("Application/JSON; charset=utf-8"));
        assert!(!said("text/plain") && !said("application/x-www-form-urlencoded"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
