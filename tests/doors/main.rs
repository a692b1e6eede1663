//! The doors of a box: how many may stand in them, who may come in, and what is said of whom.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod cross_site;
mod crowds;
mod on_box;
mod units;
