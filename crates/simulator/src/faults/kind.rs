//! What can go wrong.

use super::when::Point;

/// What the number of a fault counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    /// An HTTP status that turns a client away.
    Status,
    /// A code that a WebSocket may be closed with.
    CloseCode,
}

impl Unit {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "number of milliseconds",
            Self::Status => "HTTP status of a refusal (400 to 599)",
            Self::CloseCode => "close code (1000 to 1003, 1007 to 1014, 3000 to 4999)",
        }
    }

    pub(super) const fn allows(self, value: u64) -> bool {
        match self {
            Self::Milliseconds => true,
            Self::Status => matches!(value, 400..=599),
            Self::CloseCode => matches!(value, 1000..=1003 | 1007..=1014 | 3000..=4999),
        }
    }
}

/// Where a kind can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere in a connection, and so also at a time.
    Anywhere,
    /// In a response, of the conversation or beside it.
    Response,
    /// At a client's `session.update`.
    Update,
    /// At a client's `response.create` for the conversation.
    Create,
    /// At one for a response beside it.
    Beside,
    /// At a function call of the model's.
    Call,
    /// At a client's `conversation.item.create`.
    Item,
    /// Before a client is let in.
    Connect,
}

macro_rules! fault_kinds {
    ($($name:ident = $word:literal $(($unit:ident $usual:literal))? at $place:ident: $about:literal,)*) => {
        /// What goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FaultKind {
            $(#[doc = $about] $name,)*
        }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name by which it is asked for.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What happens, in a sentence or two; where a number is taken, the one in brackets is used if none is given.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }

            /// What its number counts, if it takes one, and the one that is used if none is given.
            const fn number(self) -> Option<(Unit, u64)> {
                match self { $(Self::$name => fault_kinds!(@number $($unit $usual)?),)* }
            }

            const fn place(self) -> Place {
                match self { $(Self::$name => Place::$place,)* }
            }
        }
    };
    (@number) => { None };
    (@number $unit:ident $usual:literal) => { Some((Unit::$unit, $usual)) };
}

fault_kinds! {
    SessionExpired = "session_expired" at Anywhere: "The session reaches its longest life: the error `session_expired`, then close 1001.",
    Close1006 = "close_1006" at Anywhere: "The connection ends without being closed, which the other end sees as 1006. At a response: in mid-reply.",
    Close1011 = "close_1011" at Anywhere: "The server closes with 1011, an internal failure.",
    Close1001 = "close_1001" at Anywhere: "The server closes with 1001, going away.",
    Close = "close" (CloseCode 1000) at Anywhere: "The server closes with the code that the number says (1000).",
    Reset = "reset" at Anywhere: "The connection is reset, as by a crashed machine. (Over a stream that is not TCP it only ends.)",
    Mute = "mute" at Anywhere: "The connection stays open, but nothing comes over it any more: no event, no pong, no close.",
    RateLimitExceeded = "rate_limit_exceeded" (Milliseconds 0) at Response: "The response fails with `rate_limit_exceeded` before it has said anything. A number is told as the time until the limit is over.",
    ServerError = "server_error" at Response: "The response fails with a `server_error` before it has said anything.",
    FailMidway = "fail_midway" (Milliseconds 500) at Response: "The response fails with a `server_error` after so much audio (500).",
    Stall = "stall" (Milliseconds 0) at Response: "The response begins and then nothing comes, after so much audio (0). It can be cancelled.",
    DelayResponse = "delay_response" (Milliseconds 3000) at Response: "The response begins, and its first output comes so much later (3000).",
    Pause = "pause" (Milliseconds 3000) at Response: "Nothing comes for so long in the middle of the response (3000); then it goes on.",
    OmitResponseCreated = "omit_response_created" at Response: "`response.done` comes for a response whose `response.created` never did.",
    UnknownEvent = "unknown_event" at Anywhere: "An event of a type that no client knows.",
    DelayUpdate = "delay_update" (Milliseconds 1000) at Update: "`session.updated` comes so much later (1000).",
    RefuseUpdate = "refuse_update" at Update: "The `session.update` is refused.",
    RefuseResponse = "refuse_response" at Create: "The `response.create` is refused, as if a response were running.",
    IgnoreResponse = "ignore_response" at Create: "The `response.create` is not answered at all.",
    RefuseOutOfBand = "refuse_out_of_band" at Beside: "An out-of-band `response.create` is refused, as some compatible servers do.",
    IgnoreOutOfBand = "ignore_out_of_band" at Beside: "An out-of-band `response.create` is not answered at all.",
    DuplicateCall = "duplicate_call" at Call: "The call is made twice, the second time under another `call_id`.",
    MalformedArguments = "malformed_arguments" at Call: "The call's arguments are cut off in the middle.",
    UnknownTool = "unknown_tool" at Call: "The call names a tool that nobody has.",
    WrongArgumentType = "wrong_argument_type" at Call: "An argument of the call has the wrong JSON type.",
    RefuseItem = "refuse_item" at Item: "The `conversation.item.create` is refused: an output as one whose call is not in the conversation.",
    ErrorWithoutEventId = "error_without_event_id" at Anywhere: "From here on, errors do not name the client event at fault.",
    RefuseConnect = "refuse_connect" (Status 503) at Connect: "The client is turned away with this HTTP status (503).",
    DelayConnect = "delay_connect" (Milliseconds 5000) at Connect: "The handshake is answered so much later (5000).",
}

impl FaultKind {
    /// Whether it can happen anywhere, and so also at a time.
    pub(crate) const fn is_free(self) -> bool {
        matches!(self.place(), Place::Anywhere)
    }

    /// Whether it happens to connections, before there is a session.
    pub(crate) const fn is_of_connections(self) -> bool {
        matches!(self.place(), Place::Connect)
    }

    /// The moment at which it happens if none is named.
    pub(super) fn usual_point(self) -> Point {
        match self.place() {
            Place::Anywhere if self == Self::ErrorWithoutEventId => Point::Create,
            Place::Anywhere | Place::Response => Point::Response,
            Place::Update => Point::Update,
            Place::Create => Point::Create,
            Place::Beside => Point::OutOfBand,
            Place::Call => Point::Call,
            Place::Item => Point::Item(None),
            Place::Connect => Point::Connect,
        }
    }

    /// Whether it can happen at such moments.
    pub(super) fn happens_at(self, point: &Point) -> bool {
        match self.place() {
            Place::Anywhere => *point != Point::Connect,
            Place::Response => matches!(point, Point::Response | Point::OutOfBand),
            Place::Item => matches!(point, Point::Item(_)),
            _ => *point == self.usual_point(),
        }
    }

    pub(super) fn unit(self) -> Option<Unit> {
        self.number().map(|(unit, _)| unit)
    }

    /// The number that is used if none is given.
    pub(super) fn usual_value(self) -> u64 {
        self.number().map_or(0, |(_, usual)| usual)
    }
}
