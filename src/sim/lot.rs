//! A whole simulated lot in a folder: configuration, certificates, broker, platform and two cameras.

use super::authority::Authority;
use super::camera::Camera;
use super::hardware::{self, Hardware, HardwarePlan};
use super::platform::{Platform, Settings, User};
use super::{broker, free_address};
use crate::standard::datetime::DateTime;
use crate::standard::password::PasswordCipher;
use anyhow::Context as _;
use jiff::tz::TimeZone;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Serial number of the camera at the entry.
pub const ENTRY_CAMERA: &str = "265e1040-85e01fb7";
/// Serial number of the camera at the exit.
pub const EXIT_CAMERA: &str = "8fcd1c4e-20ca9ecb";
/// Code of the simulated lot's mechanical garage.
pub const GARAGE_CODE: &str = "4403040010010100001001";
/// Code of the simulated lot.
pub const PARK_CODE: &str = "44030400100101000010";

/// Everything around a gateway.
pub struct SimulatedLot {
    /// The city platform.
    pub platform: Platform,
    /// The certificate authority of its certificates.
    pub authority: Authority,
    /// The camera at the entry.
    pub entry: Camera,
    /// The camera at the exit.
    pub exit: Camera,
    /// Where the broker listens.
    pub broker: SocketAddr,
    /// Wired devices, sensors and a garage, where the plan has them.
    pub hardware: Option<Hardware>,
    folder: PathBuf,
    web: SocketAddr,
    callback: SocketAddr,
    settings: Settings,
    time_zone: TimeZone,
}

/// What differs between simulated lots.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `[lot] total_spaces`
    pub total_spaces: u32,
    /// `[lot] reservable_spaces`
    pub reservable_spaces: u32,
    /// Numbered spaces, `A001` and on, and a mechanical garage; none when 0.
    pub numbered_spaces: u32,
    /// Wired devices, sensors and a garage.
    pub hardware: Option<HardwarePlan>,
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
            hardware: None,
            free: "15m".to_owned(),
            broker: None,
            settings: Settings::local()?,
        })
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

impl SimulatedLot {
    /// Starts everything but the gateway and writes its configuration into `folder`.
    pub async fn start(folder: &Path, plan: Plan) -> anyhow::Result<Self> {
        let authority = Authority::new()?;
        std::fs::write(folder.join("ca.pem"), authority.ca_pem())?;
        let broker = match plan.broker {
            Some(broker) => broker,
            None => {
                let address = free_address()?;
                tokio::task::spawn_blocking(move || broker::start(address)).await??;
                address
            }
        };
        let platform = Platform::start(&authority, user()?, plan.settings).await?;
        let (web, callback) = (free_address()?, free_address()?);
        let own = authority.issue()?;
        std::fs::write(folder.join("callback.pem"), own.certificate_pem)?;
        std::fs::write(folder.join("callback.key"), own.key_pem)?;
        let mut text = config(&plan, broker, web, callback);
        let hardware = match plan.hardware {
            Some(hardware) => Some(Hardware::start(folder, broker, hardware).await?),
            None => None,
        };
        match (&hardware, plan.hardware) {
            (Some(hardware), Some(plan)) => text += &hardware.config(plan),
            _ => text += &garage(plan.numbered_spaces),
        }
        text += &spaces(plan.numbered_spaces);
        std::fs::write(folder.join("config.toml"), text).context("config.toml")?;
        let entry = Camera::start(broker, ENTRY_CAMERA);
        let exit = Camera::start(broker, EXIT_CAMERA);
        entry.connected().await;
        exit.connected().await;
        let (folder, settings) = (folder.to_owned(), plan.settings);
        let time_zone = TimeZone::get("Asia/Shanghai")?;
        Ok(Self {
            platform,
            authority,
            entry,
            exit,
            broker,
            hardware,
            folder,
            web,
            callback,
            settings,
            time_zone,
        })
    }

    /// The gateway's configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    /// Where the gateway's local HTTP server will listen.
    pub fn web(&self) -> SocketAddr {
        self.web
    }

    /// Where the gateway will listen for the platform's calls.
    pub fn callback(&self) -> SocketAddr {
        self.callback
    }

    /// A moment in the lot's own time, as the platform writes it.
    pub fn local(&self, moment: jiff::Timestamp) -> DateTime {
        DateTime::at(moment, &self.time_zone)
    }

    /// The platform's settings, to start it again where it was.
    pub fn platform_settings(&self) -> Settings {
        self.settings
    }
}

fn config(plan: &Plan, broker: SocketAddr, web: SocketAddr, callback: SocketAddr) -> String {
    let callback_port = callback.port();
    let Plan { total_spaces, reservable_spaces, free, settings, .. } = plan;
    let (https, tcp) = (settings.https.port(), settings.tcp.port());
    let (entry, exit) = match plan.hardware {
        Some(_) => (hardware::ENTRY, hardware::EXIT),
        None => (
            r#"barrier = { device = "入口相机", output = 0 }"#,
            r#"barrier = { device = "出口相机", output = 0 }"#,
        ),
    };
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

/// The number of the simulated lot's n-th numbered space.
pub fn space_no(number: u32) -> String {
    format!("{PARK_CODE}A{number:03}")
}

fn garage(spaces: u32) -> String {
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

fn spaces(count: u32) -> String {
    let mut text = String::new();
    for number in 1..=count {
        let space_no = space_no(number);
        let _ = write!(
            text,
            r#"
[[space]]
space_no = "{space_no}"
position_type = 1
material_type = 0
with_locker = 0
with_charging_pile = 0
"#
        );
    }
    text
}
