//! The actors of a call: session, agents and the link to the model, thin drivers over the conversation machines.
