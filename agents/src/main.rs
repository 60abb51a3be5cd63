//! The `switchboard` binary: the demo company on the phone.

fn main() {}
