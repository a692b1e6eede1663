//! What a simulated lot is like: its codes, its spaces, what differs between lots. For its configuration,
//! its hardware and whoever asks about it; it starts nothing and knows none of them.

use super::mishaps::Mishaps;
use super::platform::{Settings, User};
use crate::standard::password::PasswordCipher;
use std::net::SocketAddr;
use std::time::Duration;

/// Serial number of the camera at the entry.
pub const ENTRY_CAMERA: &str = "265e1040-85e01fb7";
/// Serial number of the camera at the exit.
pub const EXIT_CAMERA: &str = "8fcd1c4e-20ca9ecb";
/// Id of the lane in.
pub const ENTRY_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";
/// Id of the lane out.
pub const EXIT_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d002";
/// Code of the simulated lot's mechanical garage.
pub const GARAGE_CODE: &str = "4403040010010100001001";
/// Code of the simulated lot.
pub const PARK_CODE: &str = "44030400100101000010";
/// What its booth shows.
pub const BOOTH_TOKEN: &str = "token-of-the-booth";

/// Numbers of the spaces in the garage; the PLC knows them as 1 and on.
pub const GARAGE_SPACES: std::ops::Range<u32> = 901..905;
/// Numbers of the spaces with LoRaWAN sensors 1 and on.
pub const SENSOR_SPACES: std::ops::Range<u32> = 911..913;
/// Numbers of the spaces that the detector sees with its discrete inputs 0 and on.
pub const DETECTOR_SPACES: std::ops::Range<u32> = 921..923;

/// What differs between simulated lots.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `[lot] total_spaces`
    pub total_spaces: u32,
    /// `[lot] reservable_spaces`
    pub reservable_spaces: u32,
    /// Numbered spaces, `A001` and on, and a mechanical garage; none when 0.
    pub numbered_spaces: u32,
    /// A street (`park_type` 0): spaces with sensors and no lanes.
    pub on_street: bool,
    /// Wired devices, sensors and a garage.
    pub hardware: Option<HardwarePlan>,
    /// What goes wrong at its lanes.
    pub mishaps: Mishaps,
    /// `[tariff] free`
    pub free: String,
    /// The broker to use; one is started in this process when absent.
    pub broker: Option<SocketAddr>,
    /// The platform's ports, token life and latency.
    pub settings: Settings,
}

impl Plan {
    /// A lot of 200 spaces where the first 15 minutes are free.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            total_spaces: 200,
            reservable_spaces: 2,
            numbered_spaces: 0,
            on_street: false,
            hardware: None,
            mishaps: Mishaps::default(),
            free: "15m".to_owned(),
            broker: None,
            settings: Settings::local()?,
        })
    }
}

/// How patient and slow the hardware of a lot is.
#[derive(Debug, Clone, Copy)]
pub struct HardwarePlan {
    /// How long the garage needs to move a car.
    pub garage_takes: Duration,
    /// `offline_after` of wired devices.
    pub offline_after: Duration,
    /// Whether the garage's map has a number of the job.
    pub with_job: bool,
}

impl Default for HardwarePlan {
    fn default() -> Self {
        Self {
            garage_takes: Duration::from_millis(1500),
            offline_after: Duration::from_secs(2),
            with_job: true,
        }
    }
}

/// The user the simulated platform knows.
pub fn user() -> anyhow::Result<User> {
    Ok(User {
        user_id: "b38080814d9be81f014d9beb8109033a".to_owned(),
        password: "lot-password".to_owned(),
        cipher: PasswordCipher::new(b"12345678", None)?,
    })
}

/// The number of the simulated lot's n-th numbered space.
pub fn space_no(number: u32) -> String {
    format!("{PARK_CODE}00B1A{number:03}")
}
