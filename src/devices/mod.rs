//! The lot's hardware: transports that carry bytes, drivers that know what they mean.
//!
//! A driver is a pure codec and a small task. It may know its configuration, the lot's event types and
//! the way to the engine; it never decides whether a car may pass.

pub mod alive;
pub mod cameras;
mod claims;
mod context;
pub mod digest;
pub mod displays;
pub mod http_push;
mod liveness;
pub mod modbus;
pub mod modbus_relay;
pub mod mqtt;
mod odd_values;
mod picture_folder;
pub mod plc;
pub mod pointing;
pub mod sensors;
pub mod serial;
mod unread;

pub use claims::CLAIMS;
pub use context::{DeviceContext, WithdrawnOpenings};
pub use picture_folder::PictureFolder;

use crate::config::{Bus, CameraWay, Config, Device, DisplayWay, Driver, ModbusUnit, SensorPlace};
use crate::model::barrier::BarrierFault;
use crate::model::happening::Happening;
use crate::model::outcome::{DeviceCommand, Publication};
use crate::standard::id::Id;
use cameras::SerialBytes;
use cameras::makes::Language;
use context::answer_barrier;
use modbus::ModbusBus;
use modbus::pdu::UnitRequest;
use mqtt::{ClientName, ClientNames};
use serial::SerialBus;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Commands one device may have waiting; more means its task is stuck.
const COMMANDS: usize = 1024;
/// Frames for displays that may wait for their camera; what is older is of no use.
const SERIAL_FRAMES: usize = 32;

/// The transports, while drivers are given theirs.
struct Transports {
    brokers: BTreeMap<String, mqtt::BrokerConnection>,
    pushes: BTreeMap<String, http_push::PushListener>,
    serial: BTreeMap<String, Arc<SerialBus>>,
    modbus_tcp: BTreeMap<String, Arc<modbus::tcp::ModbusConnection>>,
    /// The way through each camera's RS-485 port, and its other end until the camera is started.
    through: BTreeMap<String, (mpsc::Sender<SerialBytes>, Option<mpsc::Receiver<SerialBytes>>)>,
}

/// Starts all transports and drivers and the task that hands commands to them.
pub fn start(
    config: &Config,
    context: &DeviceContext,
    commands: mpsc::Receiver<DeviceCommand>,
    publications: mpsc::Receiver<Publication>,
    tasks: &TaskTracker,
) {
    let mut transports = Transports::new(config, context);
    let mut drivers = BTreeMap::new();
    for device in &config.devices {
        let (sender, receiver) = mpsc::channel(COMMANDS);
        start_driver(config, device, &mut transports, context, receiver, tasks);
        drivers.insert(device.id.clone(), sender);
    }
    let mut publishers = Vec::new();
    for connection in transports.brokers.into_values() {
        publishers.push(connection.publisher());
        tasks.spawn(connection.run(context.clone()));
    }
    for listener in transports.pushes.into_values() {
        tasks.spawn(listener.run(context.clone()));
    }
    claims::start(config, context, tasks);
    tasks.spawn(publish(publications, publishers, context.stop.clone()));
    tasks.spawn(dispatch(commands, drivers, context.clone()));
}

/// The one table of drivers' tasks. What a checked configuration names is there.
fn start_driver(
    config: &Config,
    device: &Device,
    transports: &mut Transports,
    context: &DeviceContext,
    commands: mpsc::Receiver<DeviceCommand>,
    tasks: &TaskTracker,
) {
    let (context, zone) = (context.clone(), &config.lot.time_zone);
    match &device.driver {
        // Filed and nothing more.
        Driver::None => {}
        Driver::Camera(camera) => {
            let serial = transports.through.get_mut(&device.name).and_then(|(_, end)| end.take());
            let Some(serial) = serial else { return };
            match (&camera.language, &camera.way) {
                (Language::Mqtt(codec), CameraWay::Mqtt(broker)) => {
                    let Some(connection) = transports.brokers.get_mut(broker) else { return };
                    let codec = Arc::clone(codec);
                    let camera = cameras::Camera::new(
                        device,
                        codec,
                        camera.set_time,
                        zone,
                        connection,
                        told_to_others(config, device, broker),
                    );
                    tasks.spawn(camera.run(context, commands, serial));
                }
                (Language::Http(codec), CameraWay::Http(way)) => {
                    let Some(listener) = transports.pushes.get_mut(&way.http) else { return };
                    let keys = (&**camera, Arc::clone(codec), &**way);
                    let outputs = outputs_of(config, device).into_iter().collect();
                    let about = (others_of(config, device), outputs);
                    let camera = cameras::PushedCamera::new(device, keys, zone, about, listener);
                    tasks.spawn(camera.run(context, commands, serial));
                }
                (Language::Mqtt(_), CameraWay::Http(_))
                | (Language::Http(_), CameraWay::Mqtt(_)) => {}
            }
        }
        Driver::Chirpstack(keys) => {
            let Some(connection) = transports.brokers.get_mut(&keys.mqtt) else { return };
            let sensors = sensors_of(config, device);
            let network = sensors::SensorNetwork::new(device, keys, sensors, zone, connection);
            tasks.spawn(network.run(context));
        }
        Driver::ModbusRelay(keys) => {
            let Some(bus) = transports.bus(&keys.unit.bus) else { return };
            let board =
                modbus_relay::RelayBoard::new(device, keys, bus, outputs_of(config, device));
            tasks.spawn(board.run(context, commands));
        }
        Driver::OlmM1d(keys) => {
            let Some(way) = transports.way(&keys.way) else { return };
            let display = displays::Display::new(device, keys, way, zone);
            tasks.spawn(display.run(context, commands));
        }
        Driver::ModbusDetector(keys) | Driver::ModbusPlc(keys) => {
            let Some(bus) = transports.bus(&keys.unit.bus) else { return };
            let registers = plc::RegisterDevice::new(config, device, keys, bus);
            tasks.spawn(registers.run(context, commands));
        }
    }
}

impl Transports {
    fn new(config: &Config, context: &DeviceContext) -> Self {
        let names = if config.mqtt.is_empty() { None } else { client_names(config, context) };
        let room = mqtt::MessageRoom::default();
        let brokers = config.mqtt.iter().map(|broker| {
            let alive = alive::Alive::of(config, &broker.name);
            let park_code = &config.lot.park_code;
            let known = || ClientName::known(mqtt::client_id(broker, park_code));
            let name = names.as_ref().map_or_else(known, |names| names.name(broker, park_code));
            (broker.name.clone(), mqtt::BrokerConnection::new(broker, name, alive, room.beside()))
        });
        let pushes = config.http_push.iter().map(|push| {
            let alive = alive::Alive::of(config, &format!("http {}", push.name));
            (push.name.clone(), http_push::PushListener::new(push, alive))
        });
        let teller = &context.teller;
        let serial = config.buses.serial.iter();
        let serial =
            serial.map(|bus| (bus.name.clone(), Arc::new(SerialBus::new(bus, teller.clone()))));
        let modbus_tcp = config.buses.modbus_tcp.iter().map(|bus| {
            (bus.name.clone(), Arc::new(modbus::tcp::ModbusConnection::new(bus, teller.clone())))
        });
        let cameras = config.devices.iter().filter(|device| device.driver.is_camera());
        let through = cameras.map(|camera| {
            let (sender, receiver) = mpsc::channel(SERIAL_FRAMES);
            (camera.name.clone(), (sender, Some(receiver)))
        });
        Self {
            brokers: brokers.collect(),
            pushes: pushes.collect(),
            serial: serial.collect(),
            modbus_tcp: modbus_tcp.collect(),
            through: through.collect(),
        }
    }

    fn bus(&self, bus: &Bus) -> Option<ModbusBus> {
        Some(match bus {
            Bus::Serial(name) => ModbusBus::Serial(Arc::clone(self.serial.get(name)?)),
            Bus::Tcp(name) => ModbusBus::Tcp(Arc::clone(self.modbus_tcp.get(name)?)),
        })
    }

    fn way(&self, way: &DisplayWay) -> Option<displays::Way> {
        Some(match way {
            DisplayWay::Serial(name) => displays::Way::Serial(Arc::clone(self.serial.get(name)?)),
            DisplayWay::Camera { camera, channel } => {
                displays::Way::Camera(self.through.get(camera)?.0.clone(), *channel)
            }
        })
    }
}

/// The names at brokers that nobody can guess; where they cannot be kept, the gateway goes by those that follow from
/// the configuration.
fn client_names(config: &Config, context: &DeviceContext) -> Option<Arc<ClientNames>> {
    match ClientNames::of(config) {
        Ok(names) => Some(names),
        Err(error) => {
            context.teller.tell(Happening::ClientIdKnown { error: error.to_string() });
            None
        }
    }
}

/// What a device says and hears on its broker, as filters of topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The broker.
    pub broker: String,
    /// On which it publishes.
    pub says: Vec<String>,
    /// On which it is spoken to.
    pub hears: Vec<String>,
}

/// What a device says and hears on its broker; none for others.
pub fn spoken(device: &Device) -> Option<Spoken> {
    let (broker, mut says) = topics(device)?;
    let hears = match &device.driver {
        Driver::Camera(camera) => match &camera.language {
            Language::Mqtt(codec) => {
                says.extend(codec.common_topics().into_iter().map(|(topic, _)| topic));
                codec.hears()
            }
            Language::Http(_) => Vec::new(),
        },
        _ => Vec::new(),
    };
    Some(Spoken { broker, says, hears })
}

/// The broker a device is heard over and its topics there; none for devices on wires.
pub fn topics(device: &Device) -> Option<(String, Vec<String>)> {
    let (broker, topics) = match &device.driver {
        Driver::Chirpstack(keys) => (keys.mqtt.clone(), sensors::topics(keys)),
        Driver::Camera(camera) => match (&camera.language, &camera.way) {
            (Language::Mqtt(codec), CameraWay::Mqtt(broker)) => (broker.clone(), codec.topics()),
            _ => return None,
        },
        _ => return None,
    };
    Some((broker, topics.into_iter().map(|(topic, _)| topic).collect()))
}

/// The unit a device is on a Modbus bus and what it is read by; none for others.
pub fn reads<'c>(
    config: &Config,
    device: &'c Device,
) -> Option<(&'c ModbusUnit, Vec<UnitRequest>)> {
    Some(match &device.driver {
        Driver::ModbusRelay(keys) => (&keys.unit, vec![modbus_relay::read_of(keys.inputs)]),
        Driver::ModbusDetector(keys) | Driver::ModbusPlc(keys) => {
            (&keys.unit, plc::reads_of(config, device))
        }
        _ => return None,
    })
}

/// The topics of a broker on which other devices are told what to do.
fn told_to_others(config: &Config, device: &Device, broker: &str) -> Vec<String> {
    let others = config.devices.iter().filter(|other| other.id != device.id);
    let spoken = others.filter_map(spoken).filter(|spoken| spoken.broker == broker);
    spoken.flat_map(|spoken| spoken.hears).collect()
}

/// What a body of this camera's must not claim: to be one of the others.
fn others_of(config: &Config, device: &Device) -> Vec<cameras::OtherCamera> {
    let others = config.devices.iter().filter(|other| other.id != device.id);
    let other = |other: &Device| match &other.driver.camera()?.way {
        CameraWay::Http(way) => {
            Some(cameras::OtherCamera { address: way.address, sn: way.sn.clone() })
        }
        CameraWay::Mqtt(_) => None,
    };
    others.filter_map(other).collect()
}

/// The spaces a network of sensors watches, by EUI.
fn sensors_of(config: &Config, device: &Device) -> BTreeMap<String, String> {
    let of_this = |space: &crate::config::SpaceConfig| {
        let sensor = space.sensor.as_ref().filter(|sensor| sensor.device == device.id)?;
        match &sensor.place {
            SensorPlace::DevEui(dev_eui) => Some((dev_eui.clone(), space.space_no.clone())),
            SensorPlace::Point { .. } => None,
        }
    };
    config.spaces.iter().filter_map(of_this).collect()
}

/// The outputs of a device that drive barriers.
fn outputs_of(config: &Config, device: &Device) -> BTreeSet<u8> {
    let barriers = config.lanes.iter().filter_map(|lane| lane.barrier.as_ref());
    let of_this = barriers.filter(|barrier| barrier.device == device.id);
    of_this.flat_map(|one| [Some(one.output), one.close, one.stop]).flatten().collect()
}

/// Hands what brokers shall keep for others to each of them.
async fn publish(
    mut publications: mpsc::Receiver<Publication>,
    publishers: Vec<mqtt::Publisher>,
    stop: CancellationToken,
) {
    loop {
        let publication = tokio::select! {
            () = stop.cancelled() => return,
            publication = publications.recv() => publication,
        };
        let Some(publication) = publication else { return };
        for publisher in &publishers {
            publisher.keep(&publication);
        }
    }
}

/// Hands each command to the driver of its device. A barrier command that it cannot take is a fault at
/// once; of the rest, missions are handed over again and texts are stale.
async fn dispatch(
    mut commands: mpsc::Receiver<DeviceCommand>,
    drivers: BTreeMap<Id, mpsc::Sender<DeviceCommand>>,
    context: DeviceContext,
) {
    loop {
        let command = tokio::select! {
            () = context.stop.cancelled() => return,
            command = commands.recv() => command,
        };
        let Some(command) = command else { return };
        if let DeviceCommand::Withdraw(withdrawn) = command {
            context.withdrawn.add(withdrawn.actuation);
            continue;
        }
        let refused = match drivers.get(command.device_id()) {
            Some(driver) => driver.try_send(command).err().map(|error| match error {
                // It is behind with what it was told, and is asked again.
                mpsc::error::TrySendError::Full(back) => (back, BarrierFault::Busy),
                mpsc::error::TrySendError::Closed(back) => (back, BarrierFault::Unreachable),
            }),
            None => Some((command, BarrierFault::Unreachable)),
        };
        if let Some((DeviceCommand::Barrier(actuation), fault)) = refused {
            answer_barrier(&context, actuation, Err(fault)).await;
        }
    }
}
