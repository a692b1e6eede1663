//! Looks at everything a box needs, from the box itself, and says what is wrong and what to do.
//!
//! For the technician in front of it; changes nothing. While a gateway runs, what only one can have (a
//! serial port, the platform's session) is left to it, and its own notes are read instead.

mod account;
mod asking;
mod broker_files;
mod broker_queue;
mod brokers;
mod certificates;
mod clock;
mod database;
mod disk;
mod handshake;
mod log_file;
mod medium;
mod notes;
mod platform;
mod ports;
mod reads;
mod rights;
mod strangers;
mod units;

use crate::away;
use crate::config::{CameraWay, Config, Device};
use crate::devices;
use crate::lang::{BoxFinding, Diagnosis, DoctorVerdict, PlatformFinding, WireFinding};
use crate::model::input::ConnectionName;
use crate::standard::datetime::DateTime;
use crate::store::Store;
use account::Account;
use jiff::Timestamp;
pub(crate) use notes::oddity_of;
use notes::{DeviceNote, Notes};
use platform::Logins;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to look.
#[derive(Debug, Clone)]
pub struct Examination<'c> {
    /// Where the configuration stands.
    pub path: &'c Path,
    /// The configuration.
    pub config: &'c Config,
    /// The files its secrets were read from.
    pub secret_files: &'c [PathBuf],
    /// How long devices behind brokers are listened for.
    pub listen: Duration,
    /// The time server to ask; the box's own where absent.
    pub time_server: Option<String>,
}

impl Examination<'_> {
    /// Looks at everything, handing findings over as they come.
    pub async fn run(&self, mut tell: impl FnMut(Diagnosis)) {
        let (config, now) = (self.config, Timestamp::now());
        let account = Account::of_service();
        let runs = Store::in_use(&config.store.path);
        let notes = if runs { Notes::read(config) } else { None };
        let gateway = if runs { BoxFinding::GatewayRuns } else { BoxFinding::GatewayRests };
        tell(Diagnosis::Box(gateway));
        local_api(config, runs).await.into_iter().map(Diagnosis::Box).for_each(&mut tell);
        if !comes_back(Path::new("/run/systemd/system"), Path::new("/etc/systemd/system")) {
            tell(Diagnosis::Box(BoxFinding::NotEnabled));
        }
        let folder = config.store.path.parent().unwrap_or(Path::new("/"));
        if let Some(away) = away::of_running(config) {
            let since = DateTime::at(away.since, &config.lot.time_zone).to_string();
            tell(Diagnosis::Box(BoxFinding::StoreAway { since, fault: away.fault }));
        }
        let on_disk = rights::examine(self.path, config, self.secret_files, &account)
            .into_iter()
            .chain(disk::examine(folder, config.store.min_free_disk))
            .chain(database::examine(config, now));
        on_disk.map(Diagnosis::Box).for_each(&mut tell);
        let clocks = clock::examine(self.time_server.as_deref()).await;
        let kept = if runs { clock::kept(config) } else { Vec::new() };
        kept.into_iter().chain(clocks).map(Diagnosis::Box).for_each(&mut tell);
        let today = config.lot.time_zone.to_datetime(now).date();
        let missing = config.tariff.as_ref().and_then(|tariff| tariff.year_missing(today));
        if let Some(year) = missing {
            tell(Diagnosis::Box(BoxFinding::YearMissing { year }));
        }
        let mut tell_wires = |found| tell(Diagnosis::Wires(found));
        match &notes {
            Some(notes) => {
                self.wires_by(notes, &account).into_iter().for_each(&mut tell_wires);
                // Nothing is taken from a gateway that does not hear them.
                let is_offline = |device: &Device| notes.device(&device.id).online != Some(true);
                let unheard = units::unheard_on_tcp(config, is_offline).await;
                unheard.into_iter().for_each(&mut tell_wires);
            }
            None => {
                self.wires(&account, &mut tell_wires).await;
                let pushing =
                    config.devices.iter().filter(|device| pushes_to(config, device).is_some());
                for device in pushing {
                    tell_wires(WireFinding::PushesUnheard { device: device.name.clone() });
                }
            }
        }
        let online = |device: &Device| {
            notes.as_ref().is_some_and(|notes| notes.device(&device.id).online == Some(true))
        };
        for broker in &config.mqtt {
            brokers::examine(config, broker, self.listen, &online, &mut tell_wires).await;
        }
        let logins = if runs { Logins::Left } else { Logins::Tried };
        let platform = platform::examine(config, logins).await;
        platform.into_iter().map(Diagnosis::Platform).for_each(&mut tell);
        if !runs {
            let listening = listening(config).await;
            listening.into_iter().map(Diagnosis::Platform).for_each(&mut tell);
        }
        if let Some(notes) = &notes {
            let link = config.platform.tcp.iter().map(|_| ConnectionName::Link);
            let web = config.web.iter().map(|_| ConnectionName::Web);
            for what in std::iter::once(ConnectionName::Https).chain(link).chain(web) {
                tell(Diagnosis::Wires(notes.connection(what)));
            }
            notes.commands().into_iter().map(Diagnosis::Platform).for_each(&mut tell);
        }
    }

    /// Serial ports and the units on wires, tried.
    async fn wires(&self, account: &Account, tell: &mut impl FnMut(WireFinding)) {
        for serial in &self.config.buses.serial {
            let found = ports::examine(serial, account);
            let opens = matches!(found.last(), Some(WireFinding::PortOpens { .. }));
            found.into_iter().for_each(&mut *tell);
            if opens {
                units::on_serial(self.config, serial).await.into_iter().for_each(&mut *tell);
            }
        }
        units::on_tcp(self.config).await.into_iter().for_each(tell);
    }

    /// The same as the running gateway knows them, and whichever device it has heard.
    fn wires_by(&self, notes: &Notes, account: &Account) -> Vec<WireFinding> {
        let mut found = Vec::new();
        for serial in &self.config.buses.serial {
            let known = notes.connection(ConnectionName::Bus(serial.name.clone()));
            // A port that the gateway has not got can be looked at.
            let why = match &known {
                WireFinding::Up { .. } => Vec::new(),
                _ => ports::examine(serial, account),
            };
            found.push(known);
            found.extend(why.into_iter().filter(|one| one.verdict() != DoctorVerdict::Ok));
        }
        let tcp = self.config.buses.modbus_tcp.iter();
        found.extend(tcp.map(|bus| notes.connection(ConnectionName::Bus(bus.name.clone()))));
        let heard = self.config.devices.iter().filter(|device| device.driver.is_heard());
        for device in heard {
            let DeviceNote { online, since } = notes.device(&device.id);
            if online != Some(true) && devices::topics(device).is_some() {
                // It is listened for, below.
                continue;
            }
            let pushes_to = pushes_to(self.config, device);
            found.extend(notes.calls(&device.name));
            let device = device.name.clone();
            found.push(match online {
                None if let Some(listen) = pushes_to => WireFinding::NeverPushed { device, listen },
                Some(true) => WireFinding::DeviceOnline { device, since },
                Some(false) => WireFinding::DeviceOffline { device, since },
                None => WireFinding::DeviceUnheard { device },
            });
        }
        found.extend(notes.camera_lists());
        found.extend(notes.reads());
        found
    }
}

/// Where a camera pushes to, if it does.
fn pushes_to(config: &Config, device: &Device) -> Option<String> {
    let CameraWay::Http(way) = &device.driver.camera()?.way else { return None };
    let push = config.http_push.iter().find(|push| push.name == way.http)?;
    Some(push.listen.to_string())
}

/// By what people of the box and the booth's software reach the gateway.
async fn local_api(config: &Config, runs: bool) -> Vec<BoxFinding> {
    let mut found = Vec::new();
    let socket = config.store.socket();
    if runs && let Err(error) = tokio::net::UnixStream::connect(&socket).await {
        let (path, error) = (socket.display().to_string(), error.to_string());
        found.push(BoxFinding::SocketSilent { path, error });
    }
    let shut = config.web.iter().filter(|web| web.token.is_none());
    found.extend(shut.map(|web| BoxFinding::NoToken { listen: web.listen.to_string() }));
    found
}

/// Whether the gateway could listen where it is to.
async fn listening(config: &Config) -> Vec<PlatformFinding> {
    let web = config.web.iter().map(|web| ("[web]", web.listen));
    let callback = config.platform.callback.iter();
    let callback = callback.map(|callback| ("[platform.callback]", callback.listen));
    let mut found = Vec::new();
    let push = config.http_push.iter().map(|push| ("[[http_push]]", push.listen));
    for (section, address) in web.chain(callback).chain(push) {
        let listen = address.to_string();
        found.push(match tokio::net::TcpListener::bind(address).await {
            Ok(_) => PlatformFinding::ListenFree { section, listen },
            Err(error) => {
                PlatformFinding::ListenTaken { section, listen, error: error.to_string() }
            }
        });
    }
    found
}

/// Whether systemd, where there is one, starts a unit of ours with the box.
fn comes_back(running: &Path, units: &Path) -> bool {
    let wanted = std::fs::read_dir(units.join("multi-user.target.wants"));
    let wanted = wanted.into_iter().flatten().flatten();
    let ours = |name: &str| name == "lotgate.service" || name.starts_with("lotgate@");
    !running.exists() || wanted.into_iter().any(|unit| unit.file_name().to_str().is_some_and(ours))
}
