//! The conversation as machines without IO: turn, debt, playback, tool calls, handoff, transcript, usage.
