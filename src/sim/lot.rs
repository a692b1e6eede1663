//! A whole simulated lot in a folder: configuration, certificates, broker, platform and two cameras.

use super::authority::Authority;
use super::camera::Camera;
use super::configuration;
use super::hardware::{Hardware, HardwarePlan};
use super::platform::{Platform, Settings, User};
use super::{broker, free_address};
use crate::standard::datetime::DateTime;
use crate::standard::password::PasswordCipher;
use anyhow::Context as _;
use jiff::tz::TimeZone;
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
        let mut text = configuration::lot(&plan, web, callback);
        text += &configuration::cameras_and_lanes(broker, plan.hardware.is_some());
        let hardware = match plan.hardware {
            Some(hardware) => {
                Some(Hardware::start(folder, broker, free_address()?, hardware).await?)
            }
            None => None,
        };
        match (&hardware, plan.hardware) {
            (Some(hardware), Some(plan)) => text += &hardware.config(Path::new("rs485"), plan),
            _ => text += &configuration::garage(plan.numbered_spaces),
        }
        text += &configuration::spaces(plan.numbered_spaces);
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

/// The number of the simulated lot's n-th numbered space.
pub fn space_no(number: u32) -> String {
    format!("{PARK_CODE}A{number:03}")
}

/// The lines of a configuration that describe all simulated devices, for a gateway of one's own.
pub fn devices(broker: SocketAddr, port: &Path, hardware: &Hardware, plan: HardwarePlan) -> String {
    configuration::cameras_and_lanes(broker, true) + &hardware.config(port, plan)
}
