//! A whole simulated lot in a folder: configuration, certificates, broker, platform and two cameras.

use super::authority::Authority;
use super::camera::SimulatedCamera;
use super::configuration;
use super::hardware::Hardware;
use super::plan::{ENTRY_CAMERA, EXIT_CAMERA, Plan, user};
use super::platform::{Settings, SimulatedPlatform};
use super::sensors::SimulatedSensorNetwork;
use super::{broker, free_address};
use crate::standard::datetime::DateTime;
use anyhow::Context as _;
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything around a gateway.
pub struct SimulatedLot {
    /// The city platform.
    pub platform: SimulatedPlatform,
    /// The certificate authority of its certificates.
    pub authority: Authority,
    /// The camera at the entry.
    pub entry: SimulatedCamera,
    /// The camera at the exit.
    pub exit: SimulatedCamera,
    /// Where the broker listens.
    pub broker: SocketAddr,
    /// Wired devices, sensors and a garage, where the plan has them.
    pub hardware: Option<Hardware>,
    /// The sensors of a street.
    pub sensors: Option<SimulatedSensorNetwork>,
    folder: PathBuf,
    web: SocketAddr,
    callback: SocketAddr,
    settings: Settings,
    time_zone: TimeZone,
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
        let platform = SimulatedPlatform::start(&authority, user()?, plan.settings).await?;
        let (web, callback) = (free_address()?, free_address()?);
        let own = authority.issue()?;
        std::fs::write(folder.join("callback.pem"), own.certificate_pem)?;
        std::fs::write(folder.join("callback.key"), own.key_pem)?;
        let mut text = configuration::lot(&plan, web, callback);
        let sensors = plan.on_street.then(|| SimulatedSensorNetwork::start(broker));
        text += &if plan.on_street {
            configuration::street(broker)
        } else {
            configuration::cameras_and_lanes(broker, plan.hardware.is_some())
        };
        let hardware = match plan.hardware {
            Some(hardware) => {
                let garage = free_address()?;
                Some(Hardware::start(folder, broker, garage, hardware, plan.mishaps).await?)
            }
            None => None,
        };
        match (&hardware, plan.hardware) {
            (Some(hardware), Some(plan)) => {
                let garage = hardware.garage.address();
                text += &configuration::hardware(Path::new("rs485"), garage, plan);
            }
            _ => text += &configuration::garage(plan.numbered_spaces),
        }
        text += &configuration::spaces(plan.numbered_spaces);
        std::fs::write(folder.join("config.toml"), text).context("config.toml")?;
        let entry = SimulatedCamera::start_with(broker, ENTRY_CAMERA, plan.mishaps);
        let exit = SimulatedCamera::start_with(broker, EXIT_CAMERA, plan.mishaps);
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
            sensors,
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
