//! The rest of a simulated lot's hardware: a serial bus with a relay board, a detector and a display,
//! LoRaWAN sensors, and a garage. How it is written into a configuration it does not know.

use super::garage::SimulatedGarage;
use super::mishaps::{Luck, Mishaps};
use super::plan::{GARAGE_SPACES, HardwarePlan};
use super::sensors::SimulatedSensorNetwork;
use super::serial_bus::SimulatedBus;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::Path;

/// All of it.
pub struct Hardware {
    /// The serial bus.
    pub bus: tokio::sync::Mutex<SimulatedBus>,
    /// The sensors.
    pub sensors: SimulatedSensorNetwork,
    /// The garage.
    pub garage: SimulatedGarage,
}

impl Hardware {
    /// Starts it; the bus's port is named `rs485` in `folder`.
    pub async fn start(
        folder: &Path,
        broker: SocketAddr,
        garage: SocketAddr,
        plan: HardwarePlan,
        mishaps: Mishaps,
    ) -> anyhow::Result<Self> {
        let bus = SimulatedBus::plug(&folder.join("rs485")).context("a pty for the serial bus")?;
        bus.units().cars_drive = true;
        bus.units().luck = Luck::new(mishaps, "relay board");
        let spaces = GARAGE_SPACES.len();
        Ok(Self {
            bus: tokio::sync::Mutex::new(bus),
            sensors: SimulatedSensorNetwork::start(broker),
            garage: SimulatedGarage::start(garage, spaces, plan.garage_takes).await?,
        })
    }
}
