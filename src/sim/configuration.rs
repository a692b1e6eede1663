//! The configuration of a simulated lot, in pieces: all the TOML there is. It is for the lot and for a
//! gateway of one's own beside simulated devices; it knows the plan and starts nothing.

use super::plan::{
    BOOTH_TOKEN, DETECTOR_SPACES, ENTRY_CAMERA, ENTRY_LANE, EXIT_CAMERA, EXIT_LANE, GARAGE_CODE,
    GARAGE_SPACES, HardwarePlan, PARK_CODE, Plan, SENSOR_SPACES, space_no,
};
use super::sensors::{APPLICATION, dev_eui};
use std::net::SocketAddr;
use std::path::Path;

/// The exit's lines in a lot with hardware: a relay board's coil, its inputs and a display.
const EXIT: &str = r#"barrier = { device = "继电器板", coil = 0 }
loop = { device = "继电器板", input = 0 }
barrier_up = { device = "继电器板", input = 1 }
button = { device = "继电器板", input = 2 }
display = "出口屏"
open_within = "1s""#;

/// The entry's: the camera's own relay, and a display behind its RS-485 port.
const ENTRY: &str = r#"barrier = { device = "入口相机", output = 0, close_output = 1 }
display = "入口屏""#;

/// The lines that describe all simulated devices, for a gateway of one's own. `port` is the way to the
/// serial port, `garage` where the garage's PLC listens.
pub fn devices(broker: SocketAddr, port: &Path, garage: SocketAddr, plan: HardwarePlan) -> String {
    cameras_and_lanes(broker, true) + &hardware(port, garage, plan)
}

/// The lines that describe a simulated platform on this machine, by its ports.
pub fn platform(https: u16, tcp: u16) -> String {
    format!(
        r#"[platform]
base_url = "https://localhost:{https}/api/1.0"
user_id = "b38080814d9be81f014d9beb8109033a"
password = "lot-password"
des_key = "12345678"
ca_file = "ca.pem"

[platform.tcp]
address = "localhost:{tcp}"
"#
    )
}

/// Everything but its devices, lanes and spaces.
pub(super) fn lot(plan: &Plan, web: SocketAddr, callback: SocketAddr) -> String {
    let callback_port = callback.port();
    let Plan { total_spaces, reservable_spaces, free, settings, .. } = plan;
    let park_type = if plan.on_street { 0 } else { 2 };
    let platform = platform(settings.https.port(), settings.tcp.port());
    format!(
        r#"
[lot]
park_code = "{PARK_CODE}"
park_name = "演示停车场"
park_type = {park_type}
district_code = "440304001"
road_name = "演示路"
operator_id = "B76238DF08"
owner = "演示物业"
service_type = 1
public_info = "00:00~24:00"
total_spaces = {total_spaces}
reservable_spaces = {reservable_spaces}

{platform}
[platform.callback]
listen = "{callback}"
url = "https://localhost:{callback_port}/callback"
cert_file = "callback.pem"
key_file = "callback.key"

[store]
path = "lotgate.db"

[web]
listen = "{web}"
token = "{BOOTH_TOKEN}"

[tariff]
permit_no = "663434"
charger = "演示物业"
pricing = 3
region = 1
complaint_tel = "12315"
free = "{free}"
leave_within = "15m"

[[tariff.rule]]
charge_item = "小型车临时停放"
charge_desc = "首小时10元，之后每小时2元，24小时最高30元"
first = {{ hours = 1, price = 10 }}
then = {{ hours = 1, price = 2 }}
cap = {{ hours = 24, price = 30 }}
"#
    )
}

/// The broker, its two cameras and their lanes; with the rest of the hardware these have more to them.
pub(super) fn cameras_and_lanes(broker: SocketAddr, with_hardware: bool) -> String {
    let (entry, exit) = if with_hardware {
        (ENTRY, EXIT)
    } else {
        (
            r#"barrier = { device = "入口相机", output = 0 }"#,
            r#"barrier = { device = "出口相机", output = 0 }"#,
        )
    };
    let broker = self::broker(broker);
    format!(
        r#"{broker}
[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba901"
equipment_code = "77775555001001"
name = "入口相机"
equipment_type = "1000"
driver = "vzenith-mqtt"
mqtt = "lot"
sn = "{ENTRY_CAMERA}"

[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba902"
equipment_code = "77775555001002"
name = "出口相机"
equipment_type = "1000"
driver = "vzenith-mqtt"
mqtt = "lot"
sn = "{EXIT_CAMERA}"

[[lane]]
id = "{ENTRY_LANE}"
name = "东入口"
direction = "entry"
camera = "入口相机"
{entry}

[[lane]]
id = "{EXIT_LANE}"
name = "东出口"
direction = "exit"
camera = "出口相机"
{exit}
"#
    )
}

/// A street: its broker, its sensors' network and a space with each.
pub(super) fn street(broker: SocketAddr) -> String {
    let space = |(at, number)| {
        let sensor = dev_eui(at);
        space(number, &format!(r#"sensor = {{ device = "地磁网络", dev_eui = "{sensor}" }}"#))
            .replace("position_type = 2", "position_type = 0")
    };
    let spaces: String = (1_u32..).zip(SENSOR_SPACES).map(space).collect();
    format!("{}{}{spaces}", self::broker(broker), sensor_network())
}

fn broker(address: SocketAddr) -> String {
    format!(
        r#"
[[mqtt]]
name = "lot"
url = "mqtt://{address}"
"#
    )
}

/// The network of the sensors.
fn sensor_network() -> String {
    format!(
        r#"
[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba915"
equipment_code = "77775555001015"
name = "地磁网络"
equipment_type = "3000"
driver = "chirpstack"
mqtt = "lot"
application_id = "{APPLICATION}"
codec = "bosch-tps110"
"#
    )
}

/// A garage that nothing is wired to.
pub(super) fn garage(spaces: u32) -> String {
    if spaces == 0 {
        return String::new();
    }
    format!(
        r#"
[[garage]]
id = "a1dc1d9fccdc441fb6238fb43fab0001"
garage_code = "{GARAGE_CODE}"
operator = "演示物业"
garages_owner = "演示物业"
total_spaces = 60
garage_type = 3
"#
    )
}

/// Numbered spaces.
pub(super) fn spaces(count: u32) -> String {
    (1..=count).map(|number| space(number, "")).collect()
}

/// One numbered space; `more` are lines of its own.
pub(super) fn space(number: u32, more: &str) -> String {
    let space_no = space_no(number);
    let mechanical = i32::from(more.contains("garage_code"));
    format!(
        r#"
[[space]]
space_no = "{space_no}"
position_type = 2
material_type = {mechanical}
with_locker = 0
with_charging_pile = 0
{more}
"#
    )
}

/// The rest of the hardware: a serial bus, sensors and a garage.
pub(super) fn hardware(port: &Path, address: SocketAddr, plan: HardwarePlan) -> String {
    let port = port.display();
    let offline_after = plan.offline_after.as_millis();
    let (spaces, spaces_total) = (wired_spaces(), GARAGE_SPACES.len());
    let network = sensor_network();
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
equipment_type = "3000"
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

{network}
[[device]]
id = "a1dc1d9fccdc441fb6238fb43faba916"
equipment_code = "77775555001016"
name = "车库控制器"
equipment_type = "6014"
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

/// The spaces that sensors, the detector and the garage watch.
fn wired_spaces() -> String {
    let mut text = String::new();
    // Whose they are is settled (`manage_type`): bookings do not meet them.
    let mut add = |number: u32, more: &str| {
        text += &space(number, &format!("manage_type = 3\n{more}"));
    };
    for (at, number) in (0_u32..).zip(GARAGE_SPACES) {
        let plc_number = at + 1;
        let sensor = format!(r#"sensor = {{ device = "车库控制器", discrete = {at} }}"#);
        add(
            number,
            &format!("garage_code = \"{GARAGE_CODE}\"\nplc_number = {plc_number}\n{sensor}"),
        );
    }
    for (at, number) in (1_u32..).zip(SENSOR_SPACES) {
        let dev_eui = dev_eui(at);
        add(number, &format!(r#"sensor = {{ device = "地磁网络", dev_eui = "{dev_eui}" }}"#));
    }
    for (at, number) in (0_u32..).zip(DETECTOR_SPACES) {
        add(number, &format!(r#"sensor = {{ device = "车位探测器", discrete = {at} }}"#));
    }
    text
}
