//! Who may do what: Cedar policies over callers, agents and tools.
