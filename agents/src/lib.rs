//! The demo company: triage, billing and calendar, three voice agents on one real database.
