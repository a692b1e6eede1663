//! lotgate: a car park's controller between its own hardware and the city parking management platform.
//! ARCHITECTURE.md is the way in.

pub mod backoff;
pub mod cli;
pub mod config;
pub mod connections;
pub mod devices;
pub mod doctor;
pub mod downlink;
pub mod engine;
pub mod gateway;
pub mod https;
pub mod lang;
pub mod lot;
pub mod model;
#[cfg(feature = "self-test")]
pub mod sim;
pub mod standard;
pub mod store;
pub mod teller;
pub mod tls;
pub mod uplink;
pub mod web;
