//! How each way to others stands: the platform's two, brokers, buses.

use super::{StoreError, Transaction, millis};
use crate::model::another_gateway::{AnotherGateway, Stance};
use crate::model::input::ConnectionName;
use jiff::Timestamp;

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionState {
    /// Whether it is there.
    pub up: bool,
    /// Since when.
    pub since: Timestamp,
    /// Why it is not, as told last.
    pub error: String,
}

/// Commands whose timestamps were far off our clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandsOffTime {
    /// How many.
    pub count: u64,
    /// When the first came.
    pub since: Timestamp,
    /// The last one's interface.
    pub code: u16,
    /// How many seconds it was behind our clock; before it when negative.
    pub seconds: i64,
}

/// The row they are counted in.
const OFF_TIME: &str = "commands off time";

/// What begins the rows of what devices do not say as they should.
const SAID: &str = "said ";
const POINTER: &str = "pointer ";
const SENT_ONCE: &str = "once ";
const FORBIDDEN: &str = "other forbidden ";
const DELIVERED_ONCE: &str = "other once ";
const ODD_INPUT: &str = "other input ";
const UNREAD: &str = "other unread ";
const ANOTHER: &str = "other gateway";
const LINK_KEPT: &str = "other link";

/// What a device does not say as it should, and who does what is ours to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// Something whose meaning nobody knows: of what, and what it says.
    Said(String, String),
    /// Something of an input or a read whose meaning nobody knows: of what, and what it says.
    Input(String, String),
    /// Nothing stands where a key points: `DEVICE: KEY`, the pointer, the places that the message has.
    Pointer(String, String, String),
    /// The device's messages come and none can be read: the device and why.
    Unread(String, String),
    /// A broker's rules forbid our publishing: the broker and the topic.
    Forbidden(String, String),
    /// A broker hands over at QoS 0: the broker and the topics, nothing for all.
    DeliveredOnce(String, String),
    /// The camera's reads come at QoS 0.
    SentOnce(String),
    /// Another gateway drives the lot, too.
    AnotherGateway(AnotherGateway),
    /// The platform's long connection was taken over so often.
    LinkTaken(u32),
}

impl ConnectionName {
    fn key(&self) -> String {
        match self {
            Self::Https => "https".to_owned(),
            Self::Link => "link".to_owned(),
            Self::Web => "web".to_owned(),
            Self::Broker(name) => format!("broker {name}"),
            Self::Bus(name) => format!("bus {name}"),
            Self::Calls(name) => format!("camera {name}"),
            Self::Signs => "commands signed".to_owned(),
            Self::Messages(name) => format!("messages {name}"),
            Self::Said(device, what) => format!("{SAID}{device}: {what}"),
            Self::OddInput(device, what) => format!("{ODD_INPUT}{device}: {what}"),
            Self::Pointer(device, key) => format!("{POINTER}{device}: {key}"),
            Self::Unread(device) => format!("{UNREAD}{device}"),
            Self::Forbidden(broker, topic) => format!("{FORBIDDEN}{broker}: {topic}"),
            Self::DeliveredOnce(broker) => format!("{DELIVERED_ONCE}{broker}"),
            Self::SentOnce(device) => format!("{SENT_ONCE}{device}"),
            Self::Copies => "copies".to_owned(),
            Self::AnotherGateway => ANOTHER.to_owned(),
            Self::LinkKept => LINK_KEPT.to_owned(),
        }
    }
}

impl Transaction<'_> {
    /// Notes how a connection stands; `since` changes only with `up`.
    pub fn set_connection(
        &self,
        name: &ConnectionName,
        up: bool,
        error: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO connection (name, up, error, since) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (name) DO UPDATE SET up = ?2, error = ?3,
                   since = CASE WHEN up = ?2 THEN since ELSE ?4 END";
        let key = name.key();
        self.execute_of(Some(&key), sql, (&key, up, error, now.as_millisecond()))?;
        Ok(())
    }

    /// Counts a command of the platform whose timestamp was so many seconds behind our clock, before it when negative.
    pub fn count_off_time(
        &self,
        code: u16,
        seconds: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = self.off_time()?;
        let (count, since) = before.map_or((0, now), |before| (before.count, before.since));
        let sql =
            "INSERT OR REPLACE INTO connection (name, up, error, since) VALUES (?1, 0, ?2, ?3)";
        let words = format!("{} {code} {seconds}", count.saturating_add(1));
        self.execute(sql, (OFF_TIME, words, since.as_millisecond()))?;
        Ok(())
    }

    /// The commands since the start whose timestamps were far off our clock.
    pub fn off_time(&self) -> Result<Option<CommandsOffTime>, StoreError> {
        let sql = "SELECT up, since, error FROM connection WHERE name = ?1";
        let noted = self.row(sql, [OFF_TIME], state)?;
        Ok(noted.and_then(|ConnectionState { since, error, .. }| {
            let mut words = error.split(' ');
            Some(CommandsOffTime {
                count: words.next()?.parse().ok()?,
                code: words.next()?.parse().ok()?,
                seconds: words.next()?.parse().ok()?,
                since,
            })
        }))
    }

    /// How every connection stands, by its name here: `https`, `link`, `web`, `broker NAME`, `bus NAME`,
    /// `camera NAME`.
    pub fn connections(&self) -> Result<Vec<(String, ConnectionState)>, StoreError> {
        let sql = "SELECT up, since, error, name FROM connection
                   WHERE name NOT LIKE 'messages %' AND name NOT LIKE 'commands %'
                   AND name NOT LIKE 'said %' AND name NOT LIKE 'pointer %'
                   AND name NOT LIKE 'once %' AND name NOT LIKE 'other %' ORDER BY name";
        self.scan(sql, [], |row| Ok((row.get(3)?, state(row)?)))
    }

    /// What devices do not say as they should, since when.
    pub fn oddities(&self) -> Result<Vec<(Oddity, Timestamp)>, StoreError> {
        let sql = "SELECT up, since, error, name FROM connection WHERE NOT up
                   AND (name LIKE 'said %' OR name LIKE 'pointer %' OR name LIKE 'once %'
                   OR name LIKE 'other %')
                   ORDER BY name";
        let rows: Vec<(String, ConnectionState)> =
            self.scan(sql, [], |row| Ok((row.get(3)?, state(row)?)))?;
        let oddity = |name: &str, error: String| {
            if let Some(what) = name.strip_prefix(SAID) {
                return Some(Oddity::Said(what.to_owned(), error));
            }
            if let Some(what) = name.strip_prefix(ODD_INPUT) {
                return Some(Oddity::Input(what.to_owned(), error));
            }
            if let Some(key) = name.strip_prefix(POINTER) {
                let (pointer, has) = error.split_once('\n').unwrap_or((error.as_str(), "–"));
                return Some(Oddity::Pointer(key.to_owned(), pointer.to_owned(), has.to_owned()));
            }
            if let Some(device) = name.strip_prefix(UNREAD) {
                return Some(Oddity::Unread(device.to_owned(), error));
            }
            if let Some(what) = name.strip_prefix(FORBIDDEN) {
                let (broker, topic) = what.split_once(": ")?;
                return Some(Oddity::Forbidden(broker.to_owned(), topic.to_owned()));
            }
            if let Some(broker) = name.strip_prefix(DELIVERED_ONCE) {
                return Some(Oddity::DeliveredOnce(broker.to_owned(), error));
            }
            if name == ANOTHER {
                return AnotherGateway::of_note(&error).map(Oddity::AnotherGateway);
            }
            if name == LINK_KEPT {
                return Some(Oddity::LinkTaken(error.parse().ok()?));
            }
            name.strip_prefix(SENT_ONCE).map(|device| Oddity::SentOnce(device.to_owned()))
        };
        let found = rows.into_iter();
        Ok(found
            .filter_map(|(name, state)| Some((oddity(&name, state.error)?, state.since)))
            .collect())
    }

    /// How a connection stands; none while nothing was told of it since the start.
    pub fn connection(&self, name: &ConnectionName) -> Result<Option<ConnectionState>, StoreError> {
        let sql = "SELECT up, since, error FROM connection WHERE name = ?1";
        let key = name.key();
        self.kept.connections.or(&key, || self.row(sql, [&key], state))
    }

    /// Another gateway that is about.
    pub fn another_gateway(&self) -> Result<Option<AnotherGateway>, StoreError> {
        let noted = self.connection(&ConnectionName::AnotherGateway)?;
        let noted = noted.filter(|noted| !noted.up);
        Ok(noted.and_then(|noted| AnotherGateway::of_note(&noted.error)))
    }

    /// Whether another gateway drives the lot and this one commands no barrier by itself.
    pub fn stands_back(&self) -> Result<bool, StoreError> {
        let another = self.another_gateway()?;
        Ok(another.is_some_and(|another| another.stance == Stance::StandsBack))
    }

    /// What an earlier run noted says nothing about this one.
    pub fn forget_connections(&self) -> Result<(), StoreError> {
        self.execute("DELETE FROM connection", [])?;
        Ok(())
    }
}

fn state(row: &rusqlite::Row<'_>) -> rusqlite::Result<ConnectionState> {
    Ok(ConnectionState { up: row.get(0)?, since: millis(row.get(1)?), error: row.get(2)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_connection_keeps_the_moment_of_its_last_change() {
        let folder = tempfile::tempdir().unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let (mut store, _) = Store::open(&folder.path().join("lotgate.db"), at(0)).unwrap();
        let tx = store.begin().unwrap();
        let name = ConnectionName::Broker("lot".to_owned());
        assert_eq!(tx.connection(&name).unwrap(), None);
        let mut states = Vec::new();
        for (up, error, second) in [(false, "refused", 1), (false, "timed out", 2), (true, "", 3)] {
            tx.set_connection(&name, up, error, at(second)).unwrap();
            states.push(tx.connection(&name).unwrap().unwrap());
        }
        let state = |up, error: &str, second| ConnectionState {
            up,
            since: at(second),
            error: error.to_owned(),
        };
        assert_eq!(
            states,
            [state(false, "refused", 1), state(false, "timed out", 1), state(true, "", 3)]
        );
        tx.forget_connections().unwrap();
        assert_eq!(tx.connection(&name).unwrap(), None);
    }
}
