//! What a broker says, out of the bytes as they come, by MQTT 5 and by 3.1.1. Pure; whatever comes, it ends in a value or
//! an error. A message that is larger than a packet may be is thrown away while it comes and never kept; one that cannot
//! be read costs itself, not the connection: it would come again on the next, for ever.

use super::wire::{MAX_PACKET, Version};
use bytes::{Buf as _, Bytes, BytesMut};
use rumqttc::QoS;

/// A packet larger than this leaves no memory behind.
const LARGE: usize = 64 * 1024;

/// What a broker said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// CONNACK
    Welcome(Welcome),
    /// PUBLISH
    Message(Arrived),
    /// A message that was thrown away while it came.
    TooLarge {
        /// Where it was published.
        topic: String,
        /// By which it is acknowledged, where it is to be.
        number: Option<u16>,
        /// Its whole length in bytes.
        length: usize,
    },
    /// A message that cannot be read.
    Unreadable {
        /// By which it is acknowledged, where that could be read.
        number: Option<u16>,
        /// What is wrong with it.
        error: &'static str,
    },
    /// SUBACK: whether a topic was granted.
    Answered {
        /// Of the request for it.
        number: u16,
        /// At which QoS, or, from 0x80 on, why not.
        reason: u8,
    },
    /// The same where the connection knows what was asked for: it was granted.
    Granted,
    /// It was, but only at QoS 0, where more was asked for.
    GrantedOnce {
        /// What was asked for.
        topic: String,
    },
    /// It was not.
    TopicRefused {
        /// What was asked for.
        topic: String,
        /// The broker's reason.
        reason: u8,
    },
    /// PUBACK: what became of a message of ours.
    Taken {
        /// Its number.
        number: u16,
        /// From 0x80 on it was not taken.
        reason: u8,
    },
    /// The same where the connection knows what was said: the broker takes what we publish there.
    MayPublish {
        /// The topic.
        topic: String,
    },
    /// It does not.
    PublishRefused {
        /// The topic.
        topic: String,
        /// The broker's reason.
        reason: u8,
    },
    /// PINGRESP
    Pong,
    /// DISCONNECT, by its reason.
    Goodbye(u8),
    /// What a gateway asks for never comes to this.
    Other,
}

/// An answer to a hello.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Welcome {
    /// 0 where we are welcome.
    pub answer: u8,
    /// Whether the broker had kept our session.
    pub session_present: bool,
    /// How many messages of ours may be on their way to it.
    pub receive_maximum: Option<u16>,
    /// The keep-alive that it wants instead, in seconds.
    pub keep_alive: Option<u16>,
    /// It takes nothing but QoS 0.
    pub only_once: bool,
    /// It keeps nothing for whoever comes.
    pub keeps_nothing: bool,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Where it was published.
    pub topic: String,
    /// How surely it is delivered.
    pub qos: QoS,
    /// By which it is acknowledged, where it is to be.
    pub number: Option<u16>,
    /// The broker kept it for whoever comes.
    pub retained: bool,
    /// The broker has sent it before.
    pub redelivered: bool,
    /// The bytes.
    pub payload: Bytes,
}

/// Bytes that are no packets: nothing after them can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMqtt {
    /// A length of more than four bytes.
    #[error("not MQTT: a length has no end")]
    Length,
    /// What is no message is never so long.
    #[error("not MQTT: a packet of kind {kind} has {length} bytes")]
    TooLong {
        /// The packet's kind.
        kind: u8,
        /// Its length.
        length: usize,
    },
}

/// The bytes that came and are not taken yet.
#[derive(Debug)]
pub struct Frames {
    version: Version,
    largest: usize,
    bytes: BytesMut,
    /// What is thrown away while it comes: how much is to come yet, and what is said of it at its end.
    skipped: Option<(usize, Incoming)>,
}

/// The first bytes of a packet.
#[derive(Debug, Clone, Copy)]
struct Head {
    kind: u8,
    flags: u8,
    /// Of these bytes themselves.
    length: usize,
    /// Of what follows them.
    rest: usize,
}

const PUBLISH: u8 = 3;
/// From this reason on a topic is not granted, or a message not taken.
pub(super) const REFUSED: u8 = 0x80;

impl Frames {
    /// Nothing has come.
    pub fn new(version: Version) -> Self {
        Self::with_bound(version, MAX_PACKET as usize)
    }

    /// The same with another bound of a packet's length.
    pub fn with_bound(version: Version, largest: usize) -> Self {
        Self { version, largest, bytes: BytesMut::new(), skipped: None }
    }

    /// Where to put what comes; it is never emptied but by [`Self::take`].
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    /// How many bytes of a packet that has not come whole have come and are here, or were thrown away.
    pub fn of_the_next(&self) -> usize {
        match &self.skipped {
            Some((rest, Incoming::TooLarge { length, .. })) => length.saturating_sub(*rest),
            _ => self.bytes.len(),
        }
    }

    /// The next packet that has come whole.
    pub fn take(&mut self) -> Result<Option<Incoming>, NotMqtt> {
        loop {
            if let Some((rest, incoming)) = self.skipped.take() {
                let here = rest.min(self.bytes.len());
                self.bytes.advance(here);
                if here == rest {
                    return Ok(Some(incoming));
                }
                self.skipped = Some((rest - here, incoming));
                return Ok(None);
            }
            let Some(head) = head(&self.bytes)? else { return Ok(None) };
            let whole = head.length + head.rest;
            if whole > self.largest {
                if head.kind != PUBLISH {
                    return Err(NotMqtt::TooLong { kind: head.kind, length: whole });
                }
                if !self.skip(head) {
                    return Ok(None);
                }
                continue;
            }
            if self.bytes.len() < whole {
                self.bytes.reserve(whole - self.bytes.len());
                return Ok(None);
            }
            let mut packet = self.bytes.split_to(whole).freeze();
            if whole > LARGE {
                self.bytes = BytesMut::from(self.bytes.as_ref());
            }
            packet.advance(head.length);
            return Ok(Some(read(self.version, head, packet)));
        }
    }

    /// Begins to throw a message away, once its topic has come; false while it has not.
    fn skip(&mut self, head: Head) -> bool {
        let length = head.length + head.rest;
        let here = self.bytes.len().min(length);
        let mut reader = Reader(self.bytes.get(head.length..here).unwrap_or_default());
        let before = reader.0.len();
        let topic = reader.text();
        let numbered = head.flags & 0x06 != 0;
        let number = if numbered { reader.u16() } else { None };
        let incomplete = topic.is_none() || (numbered && number.is_none());
        // Both fit into 64 KB and a little.
        if incomplete && here < length && before < LARGE + 16 {
            return false;
        }
        let taken = head.length + before - reader.0.len();
        let topic = topic.unwrap_or_default();
        self.bytes.advance(taken);
        self.skipped = Some((length - taken, Incoming::TooLarge { topic, number, length }));
        true
    }
}

/// What a packet begins with, once it has come.
fn head(bytes: &[u8]) -> Result<Option<Head>, NotMqtt> {
    let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
    let mut length = 0_usize;
    for (at, byte) in rest.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let (kind, flags) = (first >> 4, first & 0x0f);
            return Ok(Some(Head { kind, flags, length: at + 2, rest: length }));
        }
    }
    if rest.len() >= 4 { Err(NotMqtt::Length) } else { Ok(None) }
}

/// What a whole packet says.
fn read(version: Version, head: Head, packet: Bytes) -> Incoming {
    if head.kind == PUBLISH {
        return message(version, head.flags, packet);
    }
    let mut reader = Reader(&packet);
    match head.kind {
        2 => welcome(version, &mut reader).map_or(Incoming::Other, Incoming::Welcome),
        4 => taken(&mut reader).unwrap_or(Incoming::Other),
        9 => answered(version, &mut reader).unwrap_or(Incoming::Other),
        13 => Incoming::Pong,
        14 => Incoming::Goodbye(reader.u8().unwrap_or_default()),
        _ => Incoming::Other,
    }
}

fn welcome(version: Version, reader: &mut Reader<'_>) -> Option<Welcome> {
    let session_present = reader.u8()? & 1 != 0;
    let mut welcome = Welcome { answer: reader.u8()?, session_present, ..Welcome::default() };
    if version == Version::V5 {
        // A broker that refuses by 3.1.1 has none.
        let length = reader.length().unwrap_or_default();
        let mut properties = Reader(reader.bytes(length).unwrap_or_default());
        while let Some((id, value)) = properties.property() {
            let short = || u16::try_from(value).ok();
            match id {
                0x13 => welcome.keep_alive = short(),
                0x21 => welcome.receive_maximum = short(),
                0x24 => welcome.only_once = value == 0,
                0x25 => welcome.keeps_nothing = value == 0,
                _ => {}
            }
        }
    }
    Some(welcome)
}

/// One topic is asked for at a time.
fn answered(version: Version, reader: &mut Reader<'_>) -> Option<Incoming> {
    let number = reader.u16()?;
    if version == Version::V5 {
        let properties = reader.length()?;
        reader.bytes(properties)?;
    }
    let reason = reader.u8()?;
    Some(Incoming::Answered { number, reason })
}

/// A reason stands there by MQTT 5 alone, and not even then where all is well.
fn taken(reader: &mut Reader<'_>) -> Option<Incoming> {
    Some(Incoming::Taken { number: reader.u16()?, reason: reader.u8().unwrap_or_default() })
}

fn message(version: Version, flags: u8, mut packet: Bytes) -> Incoming {
    let mut reader = Reader(&packet);
    let qos = match flags >> 1 & 3 {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        2 => QoS::ExactlyOnce,
        _ => return Incoming::Unreadable { number: None, error: "its QoS is none" },
    };
    let Some(topic) = reader.u16().and_then(|length| reader.bytes(length.into())) else {
        return Incoming::Unreadable { number: None, error: "it ends within its topic" };
    };
    let number = if qos == QoS::AtMostOnce { None } else { reader.u16().filter(|one| *one > 0) };
    if qos != QoS::AtMostOnce && number.is_none() {
        return Incoming::Unreadable { number, error: "it has no number" };
    }
    let Ok(topic) = std::str::from_utf8(topic).map(str::to_owned) else {
        return Incoming::Unreadable { number, error: "its topic is no text" };
    };
    if version == Version::V5 {
        // Whoever published it may have put anything there; nothing of it is ours.
        let properties = reader.length().and_then(|length| reader.bytes(length));
        if properties.is_none() {
            return Incoming::Unreadable { number, error: "it ends within its properties" };
        }
    }
    let taken = packet.len() - reader.0.len();
    packet.advance(taken);
    let (retained, redelivered) = (flags & 1 != 0, flags & 8 != 0);
    Incoming::Message(Arrived { topic, qos, number, retained, redelivered, payload: packet })
}

/// Reads from the front of some bytes.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn u8(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// A length of up to four bytes.
    fn length(&mut self) -> Option<usize> {
        let mut length = 0;
        for at in 0..4 {
            let byte = self.u8()?;
            length |= usize::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                return Some(length);
            }
        }
        None
    }

    /// A text, whatever of it can be read; untouched where it has not come whole.
    fn text(&mut self) -> Option<String> {
        let mut ahead = Reader(self.0);
        let length = ahead.u16()?;
        let bytes = ahead.bytes(length.into())?;
        self.0 = ahead.0;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// A property's number and its value, where that is a number (0 else); none at the end or where one is unknown.
    fn property(&mut self) -> Option<(u8, u32)> {
        let id = self.u8()?;
        let value = match id {
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2a => u32::from(self.u8()?),
            0x13 | 0x21..=0x23 => u32::from(self.u16()?),
            0x02 | 0x11 | 0x18 | 0x27 => self.u32()?,
            0x0b => u32::try_from(self.length()?).ok()?,
            0x03 | 0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1a | 0x1c | 0x1f => {
                let length = self.u16()?;
                self.bytes(length.into()).map(|_| 0)?
            }
            0x26 => {
                for _ in 0..2 {
                    let length = self.u16()?;
                    self.bytes(length.into())?;
                }
                0
            }
            _ => return None,
        };
        Some((id, value))
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Publishing, publish};
    use super::*;
    use proptest::prelude::*;

    fn of(version: Version, bytes: &[u8]) -> Vec<Incoming> {
        let mut frames = Frames::with_bound(version, 1000);
        frames.buffer().extend_from_slice(bytes);
        std::iter::from_fn(|| frames.take().unwrap()).collect()
    }

    fn published(version: Version, topic: &str, number: Option<u16>, length: usize) -> Vec<u8> {
        let (qos, payload) = (QoS::AtLeastOnce, vec![b'x'; length]);
        let what = Publishing { topic: topic.to_owned(), qos, retain: false, payload };
        let mut out = BytesMut::new();
        publish(&mut out, version, number, &what);
        out.to_vec()
    }

    fn arrived(topic: &str, number: u16, length: usize) -> Incoming {
        Incoming::Message(Arrived {
            topic: topic.to_owned(),
            qos: QoS::AtLeastOnce,
            number: Some(number),
            retained: false,
            redelivered: false,
            payload: vec![b'x'; length].into(),
        })
    }

    fn too_large(topic: &str, number: u16, length: usize) -> Incoming {
        Incoming::TooLarge { topic: topic.to_owned(), number: Some(number), length }
    }

    #[test]
    fn what_is_too_large_is_thrown_away_while_it_comes_and_its_neighbours_arrive() {
        for version in [Version::V311, Version::V5] {
            let all = [
                published(version, "a", Some(1), 10),
                published(version, "b/中", Some(2), 90_000),
                published(version, "c", Some(3), 20),
            ]
            .concat();
            let length = all.len()
                - published(version, "a", Some(1), 10).len()
                - published(version, "c", Some(3), 20).len();
            let wanted = [arrived("a", 1, 10), too_large("b/中", 2, length), arrived("c", 3, 20)];
            assert_eq!(of(version, &all), wanted);
            // Byte by byte it is the same, and little of it is ever kept.
            let (mut frames, mut came) = (Frames::with_bound(version, 1000), Vec::new());
            for byte in &all {
                frames.buffer().extend_from_slice(&[*byte]);
                came.extend(frames.take().unwrap());
                assert!(frames.buffer().len() <= 1000);
            }
            assert_eq!(came, wanted);
        }
    }

    #[test]
    fn a_message_that_cannot_be_read_costs_itself_alone() {
        let unreadable = |number, error| Incoming::Unreadable { number, error };
        for (version, bytes, wanted) in [
            (Version::V311, b"\x36\x03\x00\x01a".as_slice(), unreadable(None, "its QoS is none")),
            (Version::V311, b"\x32\x02\x00\x09", unreadable(None, "it ends within its topic")),
            (Version::V311, b"\x32\x05\x00\x01a\x00\x00", unreadable(None, "it has no number")),
            (
                Version::V311,
                b"\x32\x05\x00\x01\xff\x00\x07",
                unreadable(Some(7), "its topic is no text"),
            ),
            (
                Version::V5,
                b"\x32\x06\x00\x01a\x00\x07\x05",
                unreadable(Some(7), "it ends within its properties"),
            ),
        ] {
            let all = [bytes, &published(version, "c", Some(3), 20)].concat();
            assert_eq!(of(version, &all), [wanted, arrived("c", 3, 20)]);
        }
    }

    #[test]
    fn whatever_properties_a_message_has_its_payload_is_read() {
        // A format, a user's property and two identifiers of subscriptions.
        let message =
            b"\x3b\x17\x00\x01a\x00\x07\x0f\x01\x01\x26\x00\x01k\x00\x02vv\x0b\x80\x01\x0b\x02xy";
        let Some(Incoming::Message(one)) = of(Version::V5, message).pop() else { panic!() };
        assert_eq!((one.number, one.retained, one.redelivered), (Some(7), true, true));
        assert_eq!(one.payload.as_ref(), b"xy");
    }

    #[test]
    fn a_welcome_tells_what_the_broker_wants_and_a_refusal_is_one_in_either_form() {
        let five = b"\x20\x11\x01\x00\x0e\x21\x00\x14\x11\x00\x00\x0e\x10\x13\x00\x3c\x22\x00\x0a";
        let wanted = Welcome {
            answer: 0,
            session_present: true,
            receive_maximum: Some(20),
            keep_alive: Some(60),
            ..Welcome::default()
        };
        assert_eq!(of(Version::V5, five), [Incoming::Welcome(wanted)]);
        for (version, bytes) in [
            (Version::V5, b"\x20\x02\x00\x01".as_slice()),
            (Version::V5, b"\x20\x03\x00\x84\x00"),
            (Version::V311, b"\x20\x02\x00\x01"),
        ] {
            let Some(Incoming::Welcome(one)) = of(version, bytes).pop() else { panic!() };
            assert!(one.answer == 1 || one.answer == 0x84);
        }
    }

    #[test]
    fn a_topic_is_granted_by_a_reason_that_is_no_error() {
        for (version, bytes, number, reason) in [
            (Version::V311, b"\x90\x03\x00\x07\x01".as_slice(), 7, 1),
            (Version::V311, b"\x90\x03\x01\x00\x80", 256, 0x80),
            (Version::V5, b"\x90\x04\x00\x07\x00\x00", 7, 0),
            (Version::V5, b"\x90\x04\x00\x07\x00\x87", 7, 0x87),
            (Version::V5, b"\x90\x08\x00\x07\x04\x1f\x00\x01x\x8f", 7, 0x8f),
        ] {
            assert_eq!(of(version, bytes), [Incoming::Answered { number, reason }]);
        }
        assert_eq!(of(Version::V5, b"\x90\x02\x00\x07"), [Incoming::Other]);
    }

    #[test]
    fn a_broker_says_what_it_does_not_take_and_knows_no_better_than_qos_0() {
        for (version, bytes, reason) in [
            (Version::V311, b"\x40\x02\x00\x07".as_slice(), 0),
            (Version::V5, b"\x40\x02\x00\x07", 0),
            (Version::V5, b"\x40\x03\x00\x07\x87", 0x87),
            (Version::V5, b"\x40\x04\x00\x07\x10\x00", 0x10),
        ] {
            assert_eq!(of(version, bytes), [Incoming::Taken { number: 7, reason }]);
        }
        let welcome = b"\x20\x09\x00\x00\x06\x24\x00\x25\x00\x2a\x01";
        let [Incoming::Welcome(welcome)] = of(Version::V5, welcome)[..] else { panic!() };
        assert!(welcome.only_once && welcome.keeps_nothing);
    }

    #[test]
    fn what_is_no_packet_ends_the_connection() {
        let next = |bytes: &[u8]| {
            let mut frames = Frames::with_bound(Version::V5, 1000);
            frames.buffer().extend_from_slice(bytes);
            frames.take()
        };
        assert_eq!(next(b"\x30\xff\xff\xff\xff\x01"), Err(NotMqtt::Length));
        assert_eq!(next(b"\x90\xff\x7f"), Err(NotMqtt::TooLong { kind: 9, length: 16_386 }));
        assert_eq!(next(b"\x30\xff\xff"), Ok(None));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_the_same_however_it_is_cut(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 0..300_usize,
            five in any::<bool>(),
        ) {
            let version = if five { Version::V5 } else { Version::V311 };
            let all = |parts: &[&[u8]]| {
                let (mut frames, mut came) = (Frames::with_bound(version, 100), Vec::new());
                for part in parts {
                    frames.buffer().extend_from_slice(part);
                    loop {
                        match frames.take() {
                            Ok(Some(one)) => came.push(Ok(one)),
                            Ok(None) => break,
                            Err(error) => { came.push(Err(error)); return came; }
                        }
                    }
                }
                came
            };
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(all(&[&bytes]), all(&[first, second]));
        }
    }
}
