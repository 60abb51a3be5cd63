//! Items as JSON.
//!
//! An item is read into a map from which the known fields are taken one by one; what is left is its `extra`. It is not on
//! the path of audio, and nothing is lost whatever a server adds.

use serde::de::{DeserializeOwned, Error};
use serde::ser::{SerializeMap, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{
    FunctionCall, FunctionCallOutput, Item, ItemBody, McpApprovalRequest, McpApprovalResponse,
    McpCall, McpListTools, Message,
};
use crate::Extra;

/// A server's object, with the constant that names what it is. In what a client sends it is left out.
#[derive(Debug, Serialize)]
pub(crate) struct Object<'a, T> {
    object: &'static str,
    #[serde(flatten)]
    value: &'a T,
}

impl<'a, T> Object<'a, T> {
    pub(crate) fn new(object: &'static str, value: &'a T) -> Self {
        Self { object, value }
    }
}

/// Writes an item as a server does. For `serialize_with`.
pub(crate) fn object<S: Serializer>(item: &Item, serializer: S) -> Result<S::Ok, S::Error> {
    Object::new("realtime.item", item).serialize(serializer)
}

/// Writes items as a server does. For `serialize_with`.
pub(crate) fn objects<S: Serializer>(items: &[Item], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(items.len()))?;
    for item in items {
        list.serialize_element(&Object::new("realtime.item", item))?;
    }
    list.end()
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = &self.id {
            map.serialize_entry("id", id)?;
        }
        map.serialize_entry("type", self.kind())?;
        if let Some(status) = &self.status {
            map.serialize_entry("status", status)?;
        }
        self.body.write(&mut map)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl ItemBody {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Message(message) => {
                map.serialize_entry("role", &message.role)?;
                map.serialize_entry("content", &message.content)
            }
            Self::FunctionCall(call) => {
                if !call.call_id.is_empty() {
                    map.serialize_entry("call_id", &call.call_id)?;
                }
                map.serialize_entry("name", &call.name)?;
                map.serialize_entry("arguments", &call.arguments)
            }
            Self::FunctionCallOutput(output) => {
                map.serialize_entry("call_id", &output.call_id)?;
                map.serialize_entry("output", &output.output)
            }
            Self::McpListTools(list) => {
                map.serialize_entry("server_label", &list.server_label)?;
                map.serialize_entry("tools", &list.tools)
            }
            Self::McpCall(call) => {
                map.serialize_entry("server_label", &call.server_label)?;
                map.serialize_entry("name", &call.name)?;
                map.serialize_entry("arguments", &call.arguments)?;
                entry(map, "output", call.output.as_ref())?;
                entry(map, "approval_request_id", call.approval_request_id.as_ref())?;
                entry(map, "error", call.error.as_ref())
            }
            Self::McpApprovalRequest(request) => {
                map.serialize_entry("server_label", &request.server_label)?;
                map.serialize_entry("name", &request.name)?;
                map.serialize_entry("arguments", &request.arguments)
            }
            Self::McpApprovalResponse(response) => {
                map.serialize_entry("approval_request_id", &response.approval_request_id)?;
                map.serialize_entry("approve", &response.approve)?;
                entry(map, "reason", response.reason.as_ref())
            }
            Self::Other { .. } => Ok(()),
        }
    }
}

/// Writes a field that is there.
fn entry<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, value))
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields(Extra::deserialize(deserializer)?);
        fields.0.remove("object");
        let kind: String = fields.required("type")?;
        let id = fields.optional("id")?;
        let status = fields.optional("status")?;
        let body = fields.body(kind)?;
        Ok(Self { id, status, body, extra: fields.0 })
    }
}

/// The fields of an item that have not been taken yet.
struct Fields(Extra);

impl Fields {
    fn body<E: Error>(&mut self, kind: String) -> Result<ItemBody, E> {
        Ok(match kind.as_str() {
            "message" => ItemBody::Message(Message {
                role: self.required("role")?,
                content: self.or_default("content")?,
            }),
            "function_call" => ItemBody::FunctionCall(FunctionCall {
                call_id: self.or_default("call_id")?,
                name: self.or_default("name")?,
                arguments: self.or_default("arguments")?,
            }),
            "function_call_output" => ItemBody::FunctionCallOutput(FunctionCallOutput {
                call_id: self.required("call_id")?,
                output: self.or_default("output")?,
            }),
            "mcp_list_tools" => ItemBody::McpListTools(McpListTools {
                server_label: self.or_default("server_label")?,
                tools: self.or_default("tools")?,
            }),
            "mcp_call" => ItemBody::McpCall(Box::new(McpCall {
                server_label: self.or_default("server_label")?,
                name: self.or_default("name")?,
                arguments: self.or_default("arguments")?,
                output: self.optional("output")?,
                approval_request_id: self.optional("approval_request_id")?,
                error: self.optional("error")?,
            })),
            "mcp_approval_request" => ItemBody::McpApprovalRequest(McpApprovalRequest {
                server_label: self.or_default("server_label")?,
                name: self.or_default("name")?,
                arguments: self.or_default("arguments")?,
            }),
            "mcp_approval_response" => ItemBody::McpApprovalResponse(McpApprovalResponse {
                approval_request_id: self.required("approval_request_id")?,
                approve: self.required("approve")?,
                reason: self.optional("reason")?,
            }),
            _ => ItemBody::Other { kind },
        })
    }

    fn required<T: DeserializeOwned, E: Error>(&mut self, key: &'static str) -> Result<T, E> {
        self.optional(key)?.ok_or_else(|| E::missing_field(key))
    }

    fn or_default<T: DeserializeOwned + Default, E: Error>(
        &mut self,
        key: &'static str,
    ) -> Result<T, E> {
        Ok(self.optional(key)?.unwrap_or_default())
    }

    /// Takes a field; null counts as absent.
    fn optional<T: DeserializeOwned, E: Error>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, E> {
        match self.0.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match serde_json::from_value(value) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(E::custom(format_args!("item field `{key}`: {error}"))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ItemStatus, Role};

    #[test]
    fn null_content_is_an_empty_one() {
        let item: Item = serde_json::from_value(
            json!({"type": "message", "role": "assistant", "content": null}),
        )
        .unwrap();

        assert_eq!(item.as_message().unwrap().content, []);
    }

    #[test]
    fn unknown_fields_of_a_known_item_survive() {
        let json =
            json!({"type": "message", "role": "assistant", "content": [], "phase": "commentary"});

        let item: Item = serde_json::from_value(json.clone()).unwrap();

        assert_eq!(item.as_message().unwrap().role, Role::Assistant);
        assert_eq!(serde_json::to_value(&item).unwrap(), json);
    }

    #[test]
    fn an_unknown_item_survives_whole() {
        let json = json!({"id": "item_1", "type": "thought", "status": "completed", "depth": 3, "of": {"a": "b"}});

        let item: Item = serde_json::from_value(json.clone()).unwrap();

        assert_eq!((item.kind(), item.status.as_ref()), ("thought", Some(&ItemStatus::Completed)));
        assert_eq!(serde_json::to_value(&item).unwrap(), json);
    }

    #[test]
    fn a_wrong_field_is_named() {
        let error =
            serde_json::from_value::<Item>(json!({"type": "function_call", "arguments": {}}))
                .unwrap_err();
        assert_eq!(
            error.to_string(),
            "item field `arguments`: invalid type: map, expected a string"
        );

        let error =
            serde_json::from_value::<Item>(json!({"type": "message", "content": []})).unwrap_err();
        assert_eq!(error.to_string(), "missing field `role`");
    }
}
