//! Everything the engine may be handed, and what it answers, in types. Nothing here decides.

use super::event::{DeviceEvent, ImageFate};
use super::put_aside::{AsideCommand, AsideRefusal};
use super::queue::{PutOff, QueueCommand, QueueRefusal};
use super::staff::{StaffAnswer, StaffCommand};
use super::without_store::{Mended, Note, StoreAway};
use crate::standard::envelope::Reply;
use crate::standard::id::Id;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What arrives.
#[derive(Debug, Clone)]
pub enum Input {
    /// A device told something.
    Device(DeviceEvent),
    /// The platform commands something.
    Command(Command),
    /// The platform answered reports.
    Delivered(Vec<Delivery>),
    /// Staff do something.
    Staff(StaffCommand),
    /// The platform answered whether a car's payments are deducted automatically (5010).
    ContractAnswered {
        /// The car's parking record.
        record_id: Id,
        /// Whether they are.
        open: bool,
    },
    /// The gateway has started: take up what a crash left.
    Started,
    /// The database has been put together anew while the gateway runs: what it says may be older than what was done.
    Mended,
    /// An image was sent.
    Image {
        /// Its number.
        id: i64,
        /// What became of it.
        fate: ImageFate,
    },
    /// The configuration was read again; the rules are new from here on.
    RulesChanged,
    /// Time has passed: end what ends by itself.
    Tick {
        /// Bytes free on the disk, where that is known.
        free_disk: Option<u64>,
    },
    /// Somebody looks after dead letters.
    Queue(QueueCommand),
    /// Something that was done while nothing could be written down.
    Noted(Box<Note>),
    /// The database can be written again, and all of that was.
    StoreBack(Box<StoreBack>),
    /// Somebody looks after what was put aside.
    Aside(AsideCommand),
    /// Something that was put aside is done again.
    Again {
        /// Its number.
        number: i64,
    },
    /// A connection came or went.
    Connection {
        /// Which.
        name: ConnectionName,
        /// Whether it is there.
        up: bool,
        /// Why it is not.
        error: String,
    },
}

/// The end of a time in which nothing could be written down.
#[derive(Debug, Clone)]
pub struct StoreBack {
    /// What is known of that time.
    pub away: StoreAway,
    /// Of a database that was damaged: what became of it.
    pub mended: Option<Mended>,
    /// Contacts as they are now: the device, which of its inputs, whether it is closed.
    pub contacts: Vec<(Id, u16, bool)>,
}

/// What an input was answered, after its commit.
#[derive(Debug)]
pub enum Answer {
    /// Done.
    Done,
    /// So much is done; the same again does more, and others have their turn between.
    GoesOn(usize),
    /// A command's reply.
    Reply(Reply),
    /// A command's reply as far as it is known; the same command again tells more once something has
    /// settled (`EngineHandle::settled`).
    Unsettled(Reply),
    /// How many rows of the queue it was about.
    Queue(usize),
    /// Why nothing was done with the queue.
    QueueRefused(QueueRefusal),
    /// How much of what was put aside it was about, and what of that is to be done again.
    Aside {
        /// How many.
        count: usize,
        /// Numbers, for [`Input::Again`].
        again: Vec<i64>,
    },
    /// Why nothing was done with what was put aside.
    AsideRefused(AsideRefusal),
    /// What a staff command came to.
    Staff(StaffAnswer),
}

/// A command as it came through either door, its sign already checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Command {
    /// Interface code.
    pub code: u16,
    /// The envelope's timestamp, by which an exact repetition is known.
    pub timestamp: i64,
    /// Its elements.
    pub data: Vec<Value>,
    /// One that was never seen before and is further off our clock is refused; none is when absent.
    pub max_age: Option<SignedDuration>,
}

/// What became of a row that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The row.
    pub seq: i64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a sent row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The platform has it.
    Acknowledged,
    /// The platform will not have it, in its own words: a dead letter.
    Refused(String),
    /// The platform lacks the base data of this interface; they and then the row are sent again.
    MissesBaseData(u16),
    /// Neither; it stays and is tried again.
    PutOff(PutOff),
    /// The platform would not have it for long, in its own words, while it took others: a dead letter.
    PutAside(String),
}

/// A way to others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionName {
    /// The platform over HTTPS: logged in.
    Https,
    /// The platform's long connection: logged in.
    Link,
    /// The booth's door, `[web]`: it listens.
    Web,
    /// The broker of that name.
    Broker(String),
    /// The serial bus or Modbus TCP connection of that name.
    Bus(String),
    /// The calls to the camera of that name.
    Calls(String),
    /// Signs of the platform's commands that are not of their data: no connection, but what comes over one.
    Signs,
    /// Messages on the broker of that name that are too large: no connection, but what comes over one.
    Messages(String),
    /// What a sensor or a PLC says of something, which nobody can tell the meaning of: the device's name and what of.
    Said(String, String),
    /// What a camera says of an input or a read, which nobody can tell the meaning of: the device's name and what of.
    OddInput(String, String),
    /// Where a device's key points, where nothing is: the device's name and the key.
    Pointer(String, String),
    /// The messages of the device of that name, of which none can be read: its error is why.
    Unread(String),
    /// Where the broker of that name does not take what we publish: the broker and the topic.
    Forbidden(String, String),
    /// What the broker of that name hands over at QoS 0: its error is the topics, nothing for all.
    DeliveredOnce(String),
    /// The reads of the camera of that name, which come at QoS 0.
    SentOnce(String),
    /// Copies of the database: no connection, but what is made for the day it is lost.
    Copies,
    /// Another gateway that drives the lot: up while there is none, else its error is an
    /// [`AnotherGateway`](super::another_gateway::AnotherGateway).
    AnotherGateway,
    /// Whether the platform's long connection stays ours: its error is how often it was taken over.
    LinkKept,
}
