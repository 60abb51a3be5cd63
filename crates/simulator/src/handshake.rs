//! Who is let in, and to what (the protocol's section 1).

use switchboard_realtime::ws::{Accept, HandshakeRequest, Reject};

use crate::faults::Fault;
use crate::session::Opening;

/// The paths of the WebSocket: the service's, and Azure's.
const PATHS: [&str; 2] = ["/v1/realtime", "/openai/v1/realtime"];
/// The subprotocol that browsers ask for.
const SUBPROTOCOL: &str = "realtime";
/// Where browsers put their credentials.
const KEY_PREFIX: &str = "openai-insecure-api-key.";

/// Looks at a client's handshake. Any key is good, but there has to be one.
pub(crate) fn check(request: &HandshakeRequest) -> Result<(Accept, Opening), Reject> {
    if !PATHS.contains(&request.path()) {
        let message = format!(
            "There is nothing at '{}'. The WebSocket of this simulator is at '{}'.",
            request.path(),
            PATHS[0]
        );
        return Err(Reject::new(404, &message));
    }
    if !has_key(request) {
        let message = "Missing bearer authentication in header. Send 'Authorization: Bearer …'; the simulator takes any key.";
        return Err(Reject::new(401, message).with_code("invalid_api_key"));
    }
    if let Some(call) = request.query("call_id") {
        let message = format!(
            "No call with id '{call}' was found. The simulator has no SIP or WebRTC calls to join."
        );
        return Err(Reject::new(404, &message).with_code("call_id_not_found"));
    }
    let offers = request.subprotocols().any(|name| name == SUBPROTOCOL);
    let accept = if offers { Accept::subprotocol(SUBPROTOCOL) } else { Accept::default() };
    Ok((accept, opening(request)?))
}

/// The refusal that a fault asks for.
pub(crate) fn told_to_refuse(fault: &Fault) -> Reject {
    let status = u16::try_from(fault.value()).ok().filter(|status| (400..600).contains(status));
    let message = "The simulator was told to turn this client away.";
    Reject::new(status.unwrap_or(503), message)
}

fn opening(request: &HandshakeRequest) -> Result<Opening, Reject> {
    if asks_for_beta(request) {
        return Ok(Opening::Beta);
    }
    if request.query("intent").is_some_and(|intent| intent == "transcription") {
        return Ok(Opening::Transcription);
    }
    if let Some(model) = request.query("model").filter(|model| !model.is_empty()) {
        return Ok(Opening::Realtime { model: model.into_owned() });
    }
    let message = "Missing required parameter: 'model'. Connect to '/v1/realtime?model=…'; the simulator takes any model.";
    Err(Reject::new(400, message).with_code("missing_required_parameter"))
}

fn asks_for_beta(request: &HandshakeRequest) -> bool {
    let by_header = request.header("openai-beta").is_some_and(|beta| beta.contains("realtime=v1"));
    by_header || request.subprotocols().any(|name| name == "openai-beta.realtime-v1")
}

fn has_key(request: &HandshakeRequest) -> bool {
    let by_header = request.bearer().is_some()
        || request.header("api-key").is_some_and(|key| !key.trim().is_empty());
    by_header
        || request
            .subprotocols()
            .filter_map(|name| name.strip_prefix(KEY_PREFIX))
            .any(|key| !key.is_empty())
}
