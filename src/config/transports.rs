//! What a device can be reached over, while the devices are read that refer to it.

use super::bus::Buses;
use super::reader::{Section, nearest};
use super::system::Mqtt;
use crate::lang::Problem;

/// What drivers refer to.
pub(super) struct Transports<'c> {
    pub(super) brokers: &'c [Mqtt],
    pub(super) buses: &'c Buses,
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
