//! The OpenAI Realtime protocol (GA): typed events both ways, and a typed WebSocket for either end.
