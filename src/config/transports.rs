//! What a device can be reached over, while the devices are read that refer to it.

use super::bus::Buses;
use super::reader::{Section, nearest};
use super::system::{HttpPush, Mqtt};
use crate::lang::Problem;
use std::path::Path;

/// What drivers refer to.
pub(super) struct Transports<'c> {
    pub(super) brokers: &'c [Mqtt],
    pub(super) buses: &'c Buses,
    pub(super) pushes: &'c [HttpPush],
    /// The configuration's own, for the files that secrets are in.
    pub(super) folder: &'c Path,
}

/// The broker that `mqtt` names.
pub(super) fn broker(section: &Section<'_>, transports: &Transports<'_>) -> String {
    let name = section.required_text("mqtt");
    if !name.is_empty() && !transports.brokers.iter().any(|broker| broker.name == name) {
        let nearest = nearest(&name, transports.brokers.iter().map(|broker| broker.name.as_str()));
        section.problem("mqtt", Problem::NoSuch { what: "mqtt", name: name.clone(), nearest });
    }
    name
}

/// The `[[http_push]]` that `http` names.
pub(super) fn http_push(section: &Section<'_>, transports: &Transports<'_>) -> String {
    let name = section.required_text("http");
    if !name.is_empty() && !transports.pushes.iter().any(|push| push.name == name) {
        let nearest = nearest(&name, transports.pushes.iter().map(|push| push.name.as_str()));
        section.problem("http", Problem::NoSuch { what: "http_push", name: name.clone(), nearest });
    }
    name
}
