//! A multi-agent voice orchestrator: define agents in modules, run them on the phone.
