//! The rest of a simulated lot's hardware: a serial bus with a relay board, a detector and a display,
//! LoRaWAN sensors, and a garage. Its configuration goes behind the lot's.

use super::configuration;
use super::garage::Garage;
use super::lot::GARAGE_CODE;
use super::sensors::{APPLICATION, SensorNetwork, dev_eui};
use super::serial_bus::SimulatedBus;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Numbers of the spaces in the garage; the PLC knows them as 1 and on.
pub const GARAGE_SPACES: std::ops::Range<u32> = 901..905;
/// Numbers of the spaces with LoRaWAN sensors 1 and on.
pub const SENSOR_SPACES: std::ops::Range<u32> = 911..913;
/// Numbers of the spaces that the detector sees with its discrete inputs 0 and on.
pub const DETECTOR_SPACES: std::ops::Range<u32> = 921..923;

/// All of it.
pub struct Hardware {
    /// The serial bus.
    pub bus: tokio::sync::Mutex<SimulatedBus>,
    /// The sensors.
    pub sensors: SensorNetwork,
    /// The garage.
    pub garage: Garage,
}

/// How patient and slow it is.
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

impl Hardware {
    /// Starts it; the bus's port is named `rs485` in `folder`.
    pub async fn start(
        folder: &Path,
        broker: SocketAddr,
        garage: SocketAddr,
        plan: HardwarePlan,
    ) -> anyhow::Result<Self> {
        let bus = SimulatedBus::plug(&folder.join("rs485")).context("a pty for the serial bus")?;
        bus.units().cars_drive = true;
        let spaces = GARAGE_SPACES.len();
        Ok(Self {
            bus: tokio::sync::Mutex::new(bus),
            sensors: SensorNetwork::start(broker),
            garage: Garage::start(garage, spaces, plan.garage_takes).await?,
        })
    }

    /// The lines of the configuration that describe it; `port` is the way to its serial port.
    pub fn config(&self, port: &Path, plan: HardwarePlan) -> String {
        let port = port.display();
        let address = self.garage.address();
        let offline_after = plan.offline_after.as_millis();
        let (spaces, spaces_total) = (spaces(), GARAGE_SPACES.len());
        let job = if plan.with_job { "job = { holding = 102 }" } else { "" };
        format!(
            r#"
[[serial]]
name = "485-1"
port = "{port}"
baud = 115200

[[modbus_tcp]]
name = "garage"
address = "{address}"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba911"
equipment_code = "77775555001011"
name = "继电器板"
equipment_type = "1000"
driver = "modbus-relay"
bus = "485-1"
unit = 1
timeout = "150ms"
poll_every = "50ms"
offline_after = "{offline_after}ms"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba912"
equipment_code = "77775555001012"
name = "车位探测器"
equipment_type = "1000"
driver = "modbus-detector"
bus = "485-1"
unit = 2
addresses = "0-based"
timeout = "150ms"
poll_every = "100ms"
debounce = "200ms"
offline_after = "{offline_after}ms"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba913"
equipment_code = "77775555001013"
name = "出口屏"
equipment_type = "1000"
driver = "olm-m1d"
serial = "485-1"
show_for = "2s"
offline_after = "{offline_after}ms"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba914"
equipment_code = "77775555001014"
name = "入口屏"
equipment_type = "1000"
driver = "olm-m1d"
camera = "入口相机"
channel = 0
show_for = "2s"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba915"
equipment_code = "77775555001015"
name = "地磁网络"
equipment_type = "1000"
driver = "chirpstack"
mqtt = "lot"
application_id = "{APPLICATION}"
codec = "bosch-tps110"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba916"
equipment_code = "77775555001016"
name = "车库控制器"
equipment_type = "1000"
driver = "modbus-plc"
bus = "garage"
unit = 1
addresses = "0-based"
poll_every = "100ms"
debounce = "0s"
offline_after = "{offline_after}ms"

[[garage]]
id = "a1dc1d9fccdc441fb6238fb43fab0001"
garage_code = "{GARAGE_CODE}"
operator = "演示物业"
garages_owner = "演示物业"
total_spaces = {spaces_total}
garage_type = 3
passages = [1, 2]
plc = "车库控制器"
state = {{ holding = 0 }}
total_small = {spaces_total}
available_small = {{ holding = 1 }}
alarms = [
    {{ holding = 9, bit = 0, code = 8001, class = "alarm" }},
    {{ holding = 9, bit = 1, code = 8026, class = "fault" }},
]

[garage.mission]
command = {{ holding = 103 }}
acknowledged = {{ holding = 104 }}
space = {{ holding = 100 }}
passage = {{ holding = 101 }}
{job}
busy = {{ holding = 105 }}
refused = {{ holding = 106, map = {{ 1 = 1500, 2 = 1103 }} }}
remaining = {{ holding = 107 }}
acknowledge_within = "2s"
store_takes = "2s"
retrieve_takes = "2s"
{spaces}"#
        )
    }
}

fn spaces() -> String {
    let mut text = String::new();
    // Whose they are is settled (`manage_type`): bookings do not meet them.
    let mut space = |number: u32, more: &str| {
        text += &configuration::space(number, &format!("manage_type = 3\n{more}"));
    };
    for (at, number) in (0_u32..).zip(GARAGE_SPACES) {
        let plc_number = at + 1;
        let sensor = format!(r#"sensor = {{ device = "车库控制器", discrete = {at} }}"#);
        space(
            number,
            &format!("garage_code = \"{GARAGE_CODE}\"\nplc_number = {plc_number}\n{sensor}"),
        );
    }
    for (at, number) in (1_u32..).zip(SENSOR_SPACES) {
        let dev_eui = dev_eui(at);
        space(number, &format!(r#"sensor = {{ device = "地磁网络", dev_eui = "{dev_eui}" }}"#));
    }
    for (at, number) in (0_u32..).zip(DETECTOR_SPACES) {
        space(number, &format!(r#"sensor = {{ device = "车位探测器", discrete = {at} }}"#));
    }
    text
}

/// The exit's lines in a lot with hardware: a relay board's coil, its inputs and a display.
pub const EXIT: &str = r#"barrier = { device = "继电器板", coil = 0 }
loop = { device = "继电器板", input = 0 }
barrier_up = { device = "继电器板", input = 1 }
button = { device = "继电器板", input = 2 }
display = "出口屏"
open_within = "1s""#;

/// The entry's: the camera's own relay, and a display behind its RS-485 port.
pub const ENTRY: &str = r#"barrier = { device = "入口相机", output = 0, close_output = 1 }
display = "入口屏""#;
