//! The XML that tells Twilio what to do with a call, written and, for the virtual caller, read.

use std::fmt::Write as _;

use thiserror::Error;
use url::Url;

use super::xml::{Tag, XmlError, escape, opening_tags};

/// The media type of an answer with `TwiML` in it.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
/// Twilio takes parameters whose name and value together are shorter than this.
const PARAMETER_CHARACTERS: usize = 500;

/// `<Connect><Stream>`: joins the call to a WebSocket, both ways, until one side closes it.
///
/// ```
/// use switchboard_lines::twilio::Connect;
///
/// let twiml = Connect::new("wss://voice.example.com/twilio/stream")?.parameter("token", "a&b")?.to_xml();
/// assert!(twiml.contains(r#"<Parameter name="token" value="a&amp;b"/>"#));
/// assert_eq!(Connect::read(&twiml)?.parameters(), [("token".to_owned(), "a&b".to_owned())]);
/// # Ok::<_, switchboard_lines::twilio::TwimlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    url: String,
    name: Option<String>,
    status_callback: Option<String>,
    parameters: Vec<(String, String)>,
    then: Vec<Verb>,
}

/// What the call does once our side has closed the WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// Reads a text to the caller, in Twilio's own voice.
    Say(String),
    /// Passes the caller to this number.
    Dial(String),
    /// Hangs up.
    Hangup,
}

/// Why `TwiML` could not be written, or not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TwimlError {
    /// The stream's URL is not one Twilio can open.
    #[error("`{url}` cannot be a stream's URL: {problem}")]
    StreamUrl {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A parameter is too long for Twilio.
    #[error(
        "parameter `{name}` is too long: name and value must be under {PARAMETER_CHARACTERS} characters together"
    )]
    LongParameter {
        /// The parameter.
        name: String,
    },
    /// The document is not XML.
    #[error("unreadable TwiML")]
    Unreadable(#[source] XmlError),
    /// The server does not take the call.
    #[error("the server turned the call away ({reason})")]
    Rejected {
        /// `busy` or `rejected`.
        reason: String,
    },
    /// The document connects the call to no stream.
    #[error("the TwiML has no <Connect><Stream url=\"…\">")]
    NoStream,
}

impl Connect {
    /// Connects to the WebSocket at `url`: `wss://` (Twilio takes nothing else) or, for test calls, `ws://`.
    ///
    /// # Errors
    ///
    /// When `url` is not an absolute WebSocket URL, or has a query, which Twilio drops.
    pub fn new(url: impl Into<String>) -> Result<Self, TwimlError> {
        let url = url.into();
        match problem(&url) {
            Some(problem) => Err(TwimlError::StreamUrl { url, problem }),
            None => Ok(Self {
                url,
                name: None,
                status_callback: None,
                parameters: Vec::new(),
                then: Vec::new(),
            }),
        }
    }

    /// Gives the stream a name, unique within the call, for Twilio's logs.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Has Twilio post the stream's start, end and errors to `url`.
    pub fn status_callback(mut self, url: impl Into<String>) -> Self {
        self.status_callback = Some(url.into());
        self
    }

    /// Adds a value that comes back in the stream's `start` frame.
    ///
    /// # Errors
    ///
    /// When name and value are too long for Twilio.
    pub fn parameter(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, TwimlError> {
        let (name, value) = (name.into(), value.into());
        if name.chars().count() + value.chars().count() >= PARAMETER_CHARACTERS {
            return Err(TwimlError::LongParameter { name });
        }
        self.parameters.push((name, value));
        Ok(self)
    }

    /// Adds what the call does after our side has closed the stream. Without any, Twilio hangs up.
    pub fn then(mut self, verb: Verb) -> Self {
        self.then.push(verb);
        self
    }

    /// Where the WebSocket is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What comes back in the `start` frame, in order.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The document, ready to be sent as [`CONTENT_TYPE`].
    pub fn to_xml(&self) -> String {
        let mut stream = format!(r#"<Stream url="{}""#, escape(&self.url));
        let optional = [("name", &self.name), ("statusCallback", &self.status_callback)];
        for (attribute, value) in optional {
            if let Some(value) = value {
                push(&mut stream, format_args!(r#" {attribute}="{}""#, escape(value)));
            }
        }
        stream.push('>');
        for (name, value) in &self.parameters {
            push(
                &mut stream,
                format_args!(r#"<Parameter name="{}" value="{}"/>"#, escape(name), escape(value)),
            );
        }
        let then: String = self.then.iter().map(Verb::to_xml).collect();
        response(&format!("<Connect>{stream}</Stream></Connect>{then}"))
    }

    /// Reads the stream's URL and parameters out of a document, as Twilio would. What follows the stream is not read.
    ///
    /// # Errors
    ///
    /// When the document is not XML, turns the call away, or opens no stream.
    pub fn read(xml: &str) -> Result<Self, TwimlError> {
        let tags = opening_tags(xml).map_err(TwimlError::Unreadable)?;
        if let Some(reject) = tags.iter().find(|tag| tag.name == "Reject") {
            let reason = reject.attribute("reason").unwrap_or("rejected").to_owned();
            return Err(TwimlError::Rejected { reason });
        }
        let connect =
            tags.iter().position(|tag| tag.name == "Connect").ok_or(TwimlError::NoStream)?;
        let stream = tags[connect..]
            .iter()
            .position(|tag| tag.name == "Stream")
            .ok_or(TwimlError::NoStream)?;
        let url = tags[connect + stream].attribute("url").ok_or(TwimlError::NoStream)?;
        let mut read = Self::new(url)?;
        read.parameters = tags[connect + stream + 1..].iter().filter_map(parameter).collect();
        Ok(read)
    }
}

impl Verb {
    fn to_xml(&self) -> String {
        match self {
            Self::Say(text) => format!("<Say>{}</Say>", escape(text)),
            Self::Dial(number) => format!("<Dial><Number>{}</Number></Dial>", escape(number)),
            Self::Hangup => "<Hangup/>".to_owned(),
        }
    }
}

/// Turns the caller away with a busy tone, at no cost to them. For a server that takes no more calls.
pub fn busy() -> String {
    response(r#"<Reject reason="busy"/>"#)
}

/// Tells the caller what is wrong, in Twilio's own voice, and hangs up.
pub fn sorry(text: &str) -> String {
    response(&format!("{}{}", Verb::Say(text.to_owned()).to_xml(), Verb::Hangup.to_xml()))
}

fn response(inside: &str) -> String {
    format!("{DECLARATION}\n<Response>{inside}</Response>\n")
}

fn push(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("writing to a string does not fail");
}

fn problem(url: &str) -> Option<String> {
    let parsed = match Url::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => return Some(error.to_string()),
    };
    match parsed.scheme() {
        "ws" | "wss" if parsed.query().is_some() => {
            Some("Twilio drops a query; use parameters".to_owned())
        }
        "ws" | "wss" => None,
        other => Some(format!("its scheme is `{other}`, not `wss`")),
    }
}

fn parameter(tag: &Tag<'_>) -> Option<(String, String)> {
    let name = tag.attribute("name").filter(|_| tag.name == "Parameter")?;
    Some((name.to_owned(), tag.attribute("value").unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_what_twilio_reads() {
        let connect = Connect::new("wss://voice.example.com/twilio/stream")
            .unwrap()
            .name("agent")
            .status_callback("https://voice.example.com/status?a=1&b=2")
            .parameter("token", "a<b")
            .unwrap()
            .then(Verb::Say("Good\u{7}bye & thanks.".to_owned()))
            .then(Verb::Dial("+15550123".to_owned()));

        assert_eq!(
            connect.to_xml(),
            concat!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
                "<Response><Connect><Stream url=\"wss://voice.example.com/twilio/stream\" name=\"agent\" ",
                "statusCallback=\"https://voice.example.com/status?a=1&amp;b=2\">",
                "<Parameter name=\"token\" value=\"a&lt;b\"/></Stream></Connect>",
                "<Say>Goodbye &amp; thanks.</Say><Dial><Number>+15550123</Number></Dial></Response>\n",
            )
        );
    }

    #[test]
    fn what_was_written_is_read_back() {
        let written = Connect::new("ws://127.0.0.1:8080/twilio/stream")
            .unwrap()
            .parameter("token", "\"x\" & 'y'\n")
            .unwrap();

        assert_eq!(Connect::read(&written.to_xml()).unwrap(), written);
    }

    #[test]
    fn a_document_of_another_hand_is_read() {
        let xml = "<Response>\n <!-- hello -->\n <Connect>\n  <Stream\n url='wss://a.example/s'>\n   \
                   <Parameter value='1' name='a' />\n  </Stream></Connect><Say>Bye</Say></Response>";

        let read = Connect::read(xml).unwrap();

        assert_eq!(
            (read.url(), read.parameters()),
            ("wss://a.example/s", &[("a".to_owned(), "1".to_owned())][..])
        );
    }

    #[test]
    fn a_server_that_is_busy_says_so() {
        assert_eq!(
            Connect::read(&busy()).unwrap_err().to_string(),
            "the server turned the call away (busy)"
        );
        assert!(matches!(Connect::read(&sorry("No.")), Err(TwimlError::NoStream)));
    }

    #[test]
    fn urls_that_twilio_would_not_open_are_refused() {
        for url in ["https://a.example/s", "/twilio/stream", "wss://a.example/s?token=1"] {
            assert!(matches!(Connect::new(url), Err(TwimlError::StreamUrl { .. })), "{url}");
        }
    }

    #[test]
    fn a_parameter_that_twilio_would_not_take_is_refused() {
        let connect = Connect::new("wss://a.example/s").unwrap();

        assert!(connect.clone().parameter("n", "v".repeat(498)).is_ok());
        assert!(matches!(
            connect.parameter("n", "v".repeat(499)),
            Err(TwimlError::LongParameter { .. })
        ));
    }
}
