//! The words an agent is written in: agents, rosters, tools as plain async functions, and their schemas.
