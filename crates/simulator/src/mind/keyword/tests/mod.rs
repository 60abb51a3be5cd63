//! Sentences against made-up companies, and what must come of them.

mod fuzz;
mod requests;
mod settings;
mod talk;
mod trades;
