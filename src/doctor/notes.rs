//! What the running gateway has noted of its connections and devices.

use super::reads;
use crate::config::{Config, Device};
use crate::connections;
use crate::devices::{self, mqtt};
use crate::lang::{PlatformFinding, WireFinding};
use crate::model::another_gateway::{AnotherGateway, LINK_LEFT};
use crate::model::camera_list::ListMode;
use crate::model::happening::CallFault;
use crate::model::input::ConnectionName;
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::store::{
    CommandsOffTime, ConnectionState, ListWork, Oddity, Store, StoreError, Transaction,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What the running gateway has noted, with times as the lot's clocks show them.
#[derive(Debug, Default)]
pub(super) struct Notes {
    connections: BTreeMap<ConnectionName, ConnectionNote>,
    /// By device id.
    devices: BTreeMap<String, DeviceNote>,
    /// What is wrong with cameras' own lists.
    lists: Vec<WireFinding>,
    /// Reads that were thrown away, and those that have stopped.
    reads: Vec<WireFinding>,
    /// Commands that were far off our clock, and those whose signs did not fit.
    commands: Vec<PlatformFinding>,
}

#[derive(Debug, Clone)]
struct ConnectionNote {
    up: bool,
    since: String,
    error: String,
}

/// Whether a device was heard, and since when that is so.
#[derive(Debug, Clone, Default)]
pub(super) struct DeviceNote {
    pub(super) online: Option<bool>,
    pub(super) since: Option<String>,
}

impl Notes {
    /// None where they cannot be read; the database's own findings say why.
    pub(super) fn read(config: &Config) -> Option<Self> {
        let mut reader = Store::open_reading(&config.store.path).ok()?;
        let tx = reader.snapshot().ok()?;
        let local = |moment| DateTime::at(moment, &config.lot.time_zone).to_string();
        let mut notes = Self::default();
        for name in connections::of(config) {
            if let Some(state) = tx.connection(&name).ok()? {
                let ConnectionState { up, since, error } = state;
                let note = ConnectionNote { up, since: local(since), error };
                notes.connections.insert(name, note);
            }
        }
        for device in &config.devices {
            let id = device.id.as_str();
            let (online, since) = (tx.device_online(id).ok()?, tx.device_since(id).ok()?);
            let note = DeviceNote { online, since: since.map(local) };
            notes.devices.insert(id.to_owned(), note);
            notes.lists.extend(camera_list(&tx, device, &local).ok()?);
        }
        for broker in &config.mqtt {
            let name = ConnectionName::Messages(broker.name.clone());
            if let Some(state) = tx.connection(&name).ok()? {
                let (broker, topic) = (broker.name.clone(), state.error);
                let device = whose(config, &broker, &topic);
                let since = local(state.since);
                notes.reads.push(WireFinding::TooLarge { broker, topic, device, since });
            }
        }
        for (oddity, since) in tx.oddities().ok()? {
            notes.reads.push(oddity_of(oddity, local(since)));
        }
        notes.commands.extend(tx.off_time().ok()?.map(|commands| {
            let CommandsOffTime { count, since, code, seconds } = commands;
            PlatformFinding::CommandsOffTime { count, since: local(since), code, seconds }
        }));
        let signs = tx.connection(&ConnectionName::Signs).ok()?;
        notes.commands.extend(signs.and_then(|ConnectionState { since, error, .. }| {
            let (code, wrong) = serde_json::from_str(&error).ok()?;
            Some(PlatformFinding::WrongSign { since: local(since), code, wrong })
        }));
        let lives = |id: &Id| notes.device(id).online == Some(true);
        let stopped = reads::stopped(&tx, config, Timestamp::now(), lives).ok()?;
        notes.reads.extend(stopped);
        Some(notes)
    }

    /// How a connection stands.
    pub(super) fn connection(&self, what: ConnectionName) -> WireFinding {
        match self.connections.get(&what).cloned() {
            Some(ConnectionNote { up: true, since, .. }) => WireFinding::Up { what, since },
            Some(ConnectionNote { since, error, .. }) if error == LINK_LEFT => {
                WireFinding::LinkLeft { since }
            }
            Some(ConnectionNote { since, error, .. }) => WireFinding::Down { what, since, error },
            None => WireFinding::NotTried { what },
        }
    }

    /// Why a camera cannot be called, where it cannot.
    pub(super) fn calls(&self, device: &str) -> Option<WireFinding> {
        let device = device.to_owned();
        let note = self.connections.get(&ConnectionName::Calls(device.clone()))?;
        let fault = (!note.up).then(|| CallFault::from_word(&note.error))?;
        Some(WireFinding::CallsFail { device, since: note.since.clone(), fault })
    }

    /// What is wrong with cameras' own lists.
    pub(super) fn camera_lists(&self) -> Vec<WireFinding> {
        self.lists.clone()
    }

    /// Reads that were thrown away, and cameras whose reads have stopped.
    pub(super) fn reads(&self) -> Vec<WireFinding> {
        self.reads.clone()
    }

    /// Commands that were far off our clock, or not signed as is wanted.
    pub(super) fn commands(&self) -> Vec<PlatformFinding> {
        self.commands.clone()
    }

    /// How a device stands.
    pub(super) fn device(&self, id: &Id) -> DeviceNote {
        self.devices.get(id.as_str()).cloned().unwrap_or_default()
    }
}

/// What a device does not say as it should, as a finding.
pub(crate) fn oddity_of(oddity: Oddity, since: String) -> WireFinding {
    match oddity {
        Oddity::Said(what, value) => WireFinding::MeansNothing { what, value, since },
        Oddity::Input(what, value) => WireFinding::InputMeansNothing { what, value, since },
        Oddity::Pointer(key, pointer, has) => {
            WireFinding::PointsNowhere { key, pointer, has, since }
        }
        Oddity::Unread(device, error) => WireFinding::NothingReadable { device, error, since },
        Oddity::Forbidden(broker, topic) => {
            WireFinding::PublishForbidden { broker, topic, since: Some(since) }
        }
        Oddity::DeliveredOnce(broker, topics) => {
            WireFinding::DeliveredOnce { broker, topics, since: Some(since) }
        }
        Oddity::SentOnce(device) => WireFinding::SentOnce { device, since },
        Oddity::AnotherGateway(AnotherGateway { stance, box_id: other, here }) => {
            WireFinding::AnotherGateway { stance, other, here, since }
        }
        Oddity::LinkTaken(times) => WireFinding::LinkTaken { times, since },
    }
}

/// Whose a topic is on that broker; nobody's where no device listens to it.
fn whose(config: &Config, broker: &str, topic: &str) -> Option<String> {
    let is_its = |device: &&Device| {
        devices::topics(device).is_some_and(|(on, topics)| {
            on == broker && topics.iter().any(|filter| mqtt::matches(filter, topic))
        })
    };
    config.devices.iter().find(is_its).map(|device| device.name.clone())
}

/// What is wrong with a camera's own list: plates that do not come off it, a mode that is not the lot's.
fn camera_list(
    tx: &Transaction<'_>,
    device: &Device,
    local: &impl Fn(Timestamp) -> String,
) -> Result<Vec<WireFinding>, StoreError> {
    let mut found = Vec::new();
    let name = || device.name.clone();
    let mut rows = tx.camera_list(&device.id)?;
    rows.retain(|row| row.work() == ListWork::Remove && row.attempts > 0);
    if let Some(first) = rows.iter().min_by_key(|row| row.since) {
        found.push(WireFinding::CameraListWaits {
            device: name(),
            removals: rows.len(),
            since: local(first.since),
            error: first.error.clone().unwrap_or_default(),
        });
    }
    if device.driver.keeps_list() {
        match tx.camera_list_mode(&device.id)? {
            Some(ListMode::Always) => {
                found.push(WireFinding::CameraListOpensAlways { device: name() });
            }
            Some(ListMode::Never) => {
                found.push(WireFinding::CameraListOpensNever { device: name() });
            }
            Some(ListMode::WhenOffline) | None => {}
        }
    }
    Ok(found)
}
