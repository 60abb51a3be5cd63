//! What outlives a call: audit rows, results of effects, learnt times, approvals.
