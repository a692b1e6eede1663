//! The configuration of a simulated lot, in pieces.

use super::hardware;
use super::lot::{ENTRY_CAMERA, EXIT_CAMERA, GARAGE_CODE, PARK_CODE, Plan, space_no};
use std::net::SocketAddr;

/// Everything but its devices, lanes and spaces.
pub(super) fn lot(plan: &Plan, web: SocketAddr, callback: SocketAddr) -> String {
    let callback_port = callback.port();
    let Plan { total_spaces, reservable_spaces, free, settings, .. } = plan;
    let (https, tcp) = (settings.https.port(), settings.tcp.port());
    format!(
        r#"
[lot]
park_code = "{PARK_CODE}"
park_name = "演示停车场"
park_type = 2
district_code = "440304001"
road_name = "演示路"
operator_id = "B76238DF08"
owner = "演示物业"
service_type = 1
public_info = "00:00~24:00"
total_spaces = {total_spaces}
reservable_spaces = {reservable_spaces}

[platform]
base_url = "https://localhost:{https}/api/1.0"
user_id = "b38080814d9be81f014d9beb8109033a"
password = "lot-password"
des_key = "12345678"
ca_file = "ca.pem"

[platform.tcp]
address = "localhost:{tcp}"

[platform.callback]
listen = "{callback}"
url = "https://localhost:{callback_port}/callback"
cert_file = "callback.pem"
key_file = "callback.key"

[store]
path = "lotgate.db"

[web]
listen = "{web}"

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
        (hardware::ENTRY, hardware::EXIT)
    } else {
        (
            r#"barrier = { device = "入口相机", output = 0 }"#,
            r#"barrier = { device = "出口相机", output = 0 }"#,
        )
    };
    format!(
        r#"
[[mqtt]]
name = "lot"
url = "mqtt://{broker}"

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
id = "90731c48a7ea4c27bd4d57ff0e13d001"
name = "东入口"
direction = "entry"
camera = "入口相机"
{entry}

[[lane]]
id = "90731c48a7ea4c27bd4d57ff0e13d002"
name = "东出口"
direction = "exit"
camera = "出口相机"
{exit}
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
    format!(
        r#"
[[space]]
space_no = "{space_no}"
position_type = 1
material_type = 0
with_locker = 0
with_charging_pile = 0
{more}
"#
    )
}
