//! lotgate: a car park's controller, see ARCHITECTURE.md.
pub mod standard;
