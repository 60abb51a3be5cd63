//! How callers arrive: each line turns its own protocol into one Line.
