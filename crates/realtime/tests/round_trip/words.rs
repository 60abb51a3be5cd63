//! Small values: ids, texts, numbers, JSON.

use proptest::prelude::*;
use serde_json::{Map, Value};
use switchboard_realtime::{AudioFormat, Effort, ErrorCode, ErrorKind, Extra, Modality, Payload};

pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof!["[a-z ]{0,12}", "\\PC{0,12}", Just("\"quoted\" \\ \n\t\u{0}\u{1f600}/".to_owned())]
        .boxed()
}

/// Never empty, since the empty id stands for none.
pub(crate) fn id<T: From<String> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    prop_oneof!["[a-z]{1,5}_[0-9]{1,4}", "\\PC{1,8}"].prop_map(T::from)
}

pub(crate) fn payload() -> impl Strategy<Value = Payload> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(|audio| Payload::encode(&audio))
}

/// A number that JSON holds without rounding.
pub(crate) fn fraction() -> impl Strategy<Value = f64> {
    (0u32..40_000).prop_map(|thousandths| f64::from(thousandths) / 1_000.0)
}

pub(crate) fn json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
    .boxed()
}

/// Fields that no object of the protocol has.
pub(crate) fn extra() -> BoxedStrategy<Extra> {
    prop::collection::btree_map("x_[a-z]{1,4}", json(), 0..2)
        .prop_map(|fields| fields.into_iter().collect())
        .boxed()
}

pub(crate) fn format() -> impl Strategy<Value = AudioFormat> {
    prop::sample::select(&[AudioFormat::Pcm24k, AudioFormat::Pcmu, AudioFormat::Pcma])
}

pub(crate) fn modalities() -> impl Strategy<Value = Vec<Modality>> {
    prop::sample::select(vec![
        vec![Modality::Audio],
        vec![Modality::Text],
        vec![Modality::from("smell")],
    ])
}

pub(crate) fn effort() -> impl Strategy<Value = Effort> {
    prop::sample::select(vec!["minimal", "low", "medium", "high", "xhigh", "other"])
        .prop_map(Effort::from)
}

pub(crate) fn error_kind() -> impl Strategy<Value = ErrorKind> {
    prop::sample::select(vec!["invalid_request_error", "server_error", "other"])
        .prop_map(ErrorKind::from)
}

pub(crate) fn error_code() -> impl Strategy<Value = ErrorCode> {
    let codes =
        vec!["session_expired", "rate_limit_exceeded", "response_cancel_not_active", "other"];
    prop::sample::select(codes).prop_map(ErrorCode::from)
}
