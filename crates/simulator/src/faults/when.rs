//! When something goes wrong: which moments there are, and which of them is meant.

use std::fmt;
use std::time::Duration;

use switchboard_realtime::{ClientEvent, ServerEvent};

use super::invalid::InvalidFault;
use super::kind::FaultKind;

/// A kind of moment that is counted: in a connection, save for [`Connect`](Self::Connect).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// A response of the conversation begins, whoever asked for it.
    Response,
    /// A client's `response.create` for a response beside the conversation arrives.
    OutOfBand,
    /// A `session.update` arrives.
    Update,
    /// A client's `response.create` for the conversation arrives.
    Create,
    /// A function call is about to be made.
    Call,
    /// A client's `conversation.item.create` arrives, of this kind or of any.
    Item(Option<ItemKind>),
    /// Any event has been sent.
    Sent,
    /// Any client event but audio has arrived, and has not been looked at.
    Received,
    /// An event of this type has been sent, or has arrived.
    Event(String),
    /// A client connects; counted over all of a simulator's life.
    Connect,
}

/// A kind of item that a client creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// A system message.
    System,
    /// The caller's words.
    User,
    /// The model's words.
    Assistant,
    /// A function call.
    FunctionCall,
    /// The output of one.
    FunctionCallOutput,
}

impl ItemKind {
    const ALL: [Self; 5] =
        [Self::System, Self::User, Self::Assistant, Self::FunctionCall, Self::FunctionCallOutput];

    const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::FunctionCall => "function_call",
            Self::FunctionCallOutput => "function_call_output",
        }
    }
}

/// A moment that has come, with what tells it from others of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment<'a> {
    Response,
    OutOfBand,
    Update,
    Create,
    Call,
    Item(Option<ItemKind>),
    /// An event of this type was sent.
    Sent(&'a str),
    /// One of this type arrived.
    Received(&'a str),
}

/// The caller's audio comes fifty times a second: counted among all events, it would say nothing.
const AUDIO: &str = "input_audio_buffer.append";

impl Point {
    /// The points that a name alone stands for.
    const NAMED: [Self; 9] = [
        Self::Response,
        Self::OutOfBand,
        Self::Update,
        Self::Create,
        Self::Call,
        Self::Item(None),
        Self::Sent,
        Self::Received,
        Self::Connect,
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::OutOfBand => "out_of_band",
            Self::Update => "update",
            Self::Create => "create",
            Self::Call => "call",
            Self::Item(_) => "item",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Event(_) => "event",
            Self::Connect => "connect",
        }
    }

    /// Whether the moment is one of these.
    pub(super) fn covers(&self, moment: Moment<'_>) -> bool {
        match (self, moment) {
            (Self::Response, Moment::Response)
            | (Self::OutOfBand, Moment::OutOfBand)
            | (Self::Update, Moment::Update)
            | (Self::Create, Moment::Create)
            | (Self::Call, Moment::Call)
            | (Self::Item(None), Moment::Item(_))
            | (Self::Sent, Moment::Sent(_)) => true,
            (Self::Item(kind), Moment::Item(of)) => *kind == of,
            (Self::Received, Moment::Received(kind)) => kind != AUDIO,
            (Self::Event(wanted), Moment::Sent(kind) | Moment::Received(kind)) => wanted == kind,
            _ => false,
        }
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(kind) = text.strip_prefix("item:") {
            let kind = ItemKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            return Some(Self::Item(Some(kind)));
        }
        if let Some(kind) = text.strip_prefix("event:") {
            let known = [ClientEvent::KINDS, ServerEvent::KINDS].concat();
            return known.contains(&kind).then(|| Self::Event(kind.to_owned()));
        }
        Self::NAMED.into_iter().find(|point| point.name() == text)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Item(Some(kind)) => write!(f, ":{}", kind.as_str()),
            Self::Event(kind) => write!(f, ":{kind}"),
            _ => Ok(()),
        }
    }
}

/// When a fault happens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// At the nth such moment of a connection, counted from 1; once in a simulator's life.
    Nth(Point, u32),
    /// At each such moment from the first number to the second; once each in a simulator's life.
    Span(Point, u32, u32),
    /// At every such moment.
    Every(Point),
    /// So many milliseconds after the connection began; once in a simulator's life.
    AfterMs(u64),
    /// To the next clients, so many, that connect after the server has ended a connection; once in a simulator's life.
    AfterDrop(u32),
    /// To every client that connects within so long after the server has ended a connection; once in a simulator's life.
    WhileDown(Duration),
}

impl When {
    /// The moments that it counts, if it counts any.
    pub(super) fn point(&self) -> Option<&Point> {
        match self {
            Self::Nth(point, _) | Self::Span(point, ..) | Self::Every(point) => Some(point),
            Self::AfterMs(_) | Self::AfterDrop(_) | Self::WhileDown(_) => None,
        }
    }

    /// Whether the moment of this count is meant.
    pub(super) fn is_now(&self, count: u32) -> bool {
        match self {
            Self::Nth(_, nth) => *nth == count,
            Self::Span(_, from, to) => (*from..=*to).contains(&count),
            Self::Every(_) => true,
            Self::AfterMs(_) | Self::AfterDrop(_) | Self::WhileDown(_) => false,
        }
    }

    /// Reads what stands behind the `@`, for a fault of this kind.
    pub(super) fn read(kind: FaultKind, text: &str) -> Result<Self, InvalidFault> {
        let unknown = || InvalidFault::UnknownTime { when: text.to_owned() };
        let misplaced = || InvalidFault::WrongPoint { kind, when: text.to_owned() };
        let (point, count) = text.rsplit_once(':').ok_or_else(unknown)?;
        match point {
            "after" if !kind.is_free() => return Err(misplaced()),
            "after" => return Ok(Self::AfterMs(count.parse().map_err(|_| unknown())?)),
            "after_drop" if !kind.is_of_connections() => return Err(misplaced()),
            "after_drop" => return after_drop(count).ok_or_else(unknown),
            _ => {}
        }
        let point = Point::read(point).ok_or_else(unknown)?;
        if !kind.happens_at(&point) {
            return Err(misplaced());
        }
        if count == "*" {
            return Ok(Self::Every(point));
        }
        let number =
            |text: &str| text.parse().ok().filter(|number: &u32| *number > 0).ok_or_else(unknown);
        match count.split_once('-') {
            None => Ok(Self::Nth(point, number(count)?)),
            Some((from, to)) => {
                let (from, to) = (number(from)?, number(to)?);
                if from <= to { Ok(Self::Span(point, from, to)) } else { Err(unknown()) }
            }
        }
    }
}

/// `2` clients, or `800ms`.
fn after_drop(text: &str) -> Option<When> {
    if let Some(ms) = text.strip_suffix("ms") {
        return ms.parse().ok().map(|ms| When::WhileDown(Duration::from_millis(ms)));
    }
    text.parse().ok().filter(|clients| *clients > 0).map(When::AfterDrop)
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nth(point, nth) => write!(f, "{point}:{nth}"),
            Self::Span(point, from, to) => write!(f, "{point}:{from}-{to}"),
            Self::Every(point) => write!(f, "{point}:*"),
            Self::AfterMs(ms) => write!(f, "after:{ms}"),
            Self::AfterDrop(clients) => write!(f, "after_drop:{clients}"),
            Self::WhileDown(time) => write!(f, "after_drop:{}ms", time.as_millis()),
        }
    }
}
