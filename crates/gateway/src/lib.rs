//! The life of one tool call, from the model's text to a result envelope.
