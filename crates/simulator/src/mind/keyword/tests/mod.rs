//! Sentences against made-up companies, and what must come of them.

mod bank;
mod first;
mod fuzz;
mod refusals;
mod requests;
mod restored;
mod settings;
mod talk;
mod trades;
