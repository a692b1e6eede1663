//! What a gateway says to a broker, as bytes, by MQTT 5 and by 3.1.1. Pure.

use bytes::{BufMut, BytesMut};
use rumqttc::QoS;

/// The largest packet that is taken, its header included. Brokers that speak MQTT 5 are told, and leave larger ones out.
pub const MAX_PACKET: u32 = 64 << 20;
/// A session of ours never ends by itself: there may be reads in it.
const FOR_EVER: u32 = u32::MAX;
/// The longest text that fits into a packet.
const LONGEST_TEXT: usize = u16::MAX as usize;

/// Which MQTT a broker speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.1.1
    V311,
    /// 5
    V5,
}

/// How a gateway introduces itself.
#[derive(Debug, Clone, Copy)]
pub struct Hello<'h> {
    /// Its name.
    pub client_id: &'h str,
    /// User and password.
    pub login: Option<(&'h str, &'h str)>,
    /// In seconds.
    pub keep_alive: u16,
    /// Whether the broker keeps its session, and what comes for it meanwhile.
    pub lasting: bool,
    /// How many messages may be on their way to it at once; by 3.1.1 nobody can say.
    pub window: Option<u16>,
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publishing {
    /// Where.
    pub topic: String,
    /// How surely.
    pub qos: QoS,
    /// Whether the broker keeps it for whoever comes.
    pub retain: bool,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// CONNECT
pub(super) fn connect(out: &mut BytesMut, version: Version, hello: Hello<'_>) {
    const CLEAN: u8 = 0x02;
    const LOGIN: u8 = 0xc0;
    let mut body = BytesMut::new();
    put_text(&mut body, "MQTT");
    body.put_u8(if version == Version::V5 { 5 } else { 4 });
    let clean = if hello.lasting { 0 } else { CLEAN };
    body.put_u8(clean | hello.login.map_or(0, |_| LOGIN));
    body.put_u16(hello.keep_alive);
    if version == Version::V5 {
        let mut properties = BytesMut::new();
        if hello.lasting {
            properties.put_u8(0x11);
            properties.put_u32(FOR_EVER);
        }
        if let Some(window) = hello.window {
            properties.put_u8(0x21);
            properties.put_u16(window);
        }
        properties.put_u8(0x27);
        properties.put_u32(MAX_PACKET);
        put_length(&mut body, properties.len());
        body.extend_from_slice(&properties);
    }
    put_text(&mut body, hello.client_id);
    if let Some((user, password)) = hello.login {
        put_text(&mut body, user);
        put_text(&mut body, password);
    }
    put_packet(out, 0x10, &body);
}

/// SUBSCRIBE to one topic.
pub(super) fn subscribe(out: &mut BytesMut, version: Version, number: u16, topic: &str, qos: QoS) {
    let mut body = BytesMut::new();
    body.put_u16(number);
    if version == Version::V5 {
        put_length(&mut body, 0);
    }
    put_text(&mut body, topic);
    body.put_u8(qos as u8);
    put_packet(out, 0x82, &body);
}

/// UNSUBSCRIBE from one topic.
pub(super) fn unsubscribe(out: &mut BytesMut, version: Version, number: u16, topic: &str) {
    let mut body = BytesMut::new();
    body.put_u16(number);
    if version == Version::V5 {
        put_length(&mut body, 0);
    }
    put_text(&mut body, topic);
    put_packet(out, 0xa2, &body);
}

/// In seconds: what is said at QoS 0 and asked about, as in [`publish`], is of no use later, and comes to nobody then.
const ASKED_ABOUT: u32 = 2;

/// PUBLISH; the number belongs to what is to be acknowledged. By MQTT 5 that may be something of QoS 0, too, whose broker is
/// asked in this way whether it takes what we say there: it says nothing of QoS 0. It keeps that for a moment at most.
pub(super) fn publish(
    out: &mut BytesMut,
    version: Version,
    number: Option<u16>,
    what: &Publishing,
) {
    let mut body = BytesMut::with_capacity(what.topic.len() + what.payload.len() + 16);
    put_text(&mut body, &what.topic);
    if let Some(number) = number {
        body.put_u16(number);
    }
    match version {
        Version::V5 if number.is_some() && what.qos == QoS::AtMostOnce => {
            put_length(&mut body, 5);
            body.put_u8(0x02);
            body.put_u32(ASKED_ABOUT);
        }
        Version::V5 => put_length(&mut body, 0),
        Version::V311 => {}
    }
    body.extend_from_slice(&what.payload);
    let qos = if number.is_some() { 0x02 } else { 0 };
    put_packet(out, 0x30 | qos | u8::from(what.retain), &body);
}

/// PUBACK: it is stored.
pub(super) fn acknowledge(out: &mut BytesMut, number: u16) {
    put_packet(out, 0x40, &number.to_be_bytes());
}

/// PINGREQ
pub(super) fn ping(out: &mut BytesMut) {
    put_packet(out, 0xc0, &[]);
}

/// DISCONNECT, on purpose; the session stays.
pub(super) fn goodbye(out: &mut BytesMut) {
    put_packet(out, 0xe0, &[]);
}

fn put_packet(out: &mut BytesMut, first: u8, body: &[u8]) {
    out.put_u8(first);
    put_length(out, body.len());
    out.extend_from_slice(body);
}

/// Seven bits a byte, the lowest first.
fn put_length(out: &mut BytesMut, length: usize) {
    let mut rest = length;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        out.put_u8(if rest > 0 { low | 0x80 } else { low });
        if rest == 0 {
            return;
        }
    }
}

/// What is longer than MQTT knows (64 KB) is cut: nothing of ours is.
fn put_text(out: &mut BytesMut, text: &str) {
    let bytes = text.as_bytes();
    let bytes = bytes.get(..LONGEST_TEXT).unwrap_or(bytes);
    out.put_u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: Hello<'static> = Hello {
        client_id: "gate",
        login: Some(("lot", "pw")),
        keep_alive: 15,
        lasting: true,
        window: Some(2048),
    };

    fn written(write: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
        let mut out = BytesMut::new();
        write(&mut out);
        out.to_vec()
    }

    #[test]
    fn a_hello_by_mqtt_5_keeps_the_session_for_ever_and_says_how_much_may_come_at_once() {
        let five = written(|out| connect(out, Version::V5, HELLO));
        let head = b"\x10\x27\x00\x04MQTT\x05\xc0\x00\x0f";
        let properties = b"\x0d\x11\xff\xff\xff\xff\x21\x08\x00\x27\x04\x00\x00\x00";
        let names = b"\x00\x04gate\x00\x03lot\x00\x02pw";
        assert_eq!(five, [head.as_slice(), properties, names].concat());
        let older = written(|out| connect(out, Version::V311, HELLO));
        assert_eq!(older, [b"\x10\x19\x00\x04MQTT\x04\xc0\x00\x0f".as_slice(), names].concat());
        let guest = Hello { login: None, lasting: false, ..HELLO };
        let guest = written(|out| connect(out, Version::V311, guest));
        assert_eq!(guest, b"\x10\x10\x00\x04MQTT\x04\x02\x00\x0f\x00\x04gate");
    }

    #[test]
    fn topics_are_asked_for_and_messages_published_in_both() {
        let mut out = written(|out| subscribe(out, Version::V5, 7, "a/+", QoS::AtLeastOnce));
        assert_eq!(out, b"\x82\x09\x00\x07\x00\x00\x03a/+\x01");
        out = written(|out| subscribe(out, Version::V311, 7, "a/+", QoS::AtMostOnce));
        assert_eq!(out, b"\x82\x08\x00\x07\x00\x03a/+\x00");
        out = written(|out| unsubscribe(out, Version::V5, 7, "a/+"));
        assert_eq!(out, b"\xa2\x08\x00\x07\x00\x00\x03a/+");
        out = written(|out| unsubscribe(out, Version::V311, 7, "a/+"));
        assert_eq!(out, b"\xa2\x07\x00\x07\x00\x03a/+");
        let (topic, payload) = ("a".to_owned(), b"xy".to_vec());
        let what = Publishing { topic, qos: QoS::AtLeastOnce, retain: true, payload };
        out = written(|out| publish(out, Version::V5, Some(258), &what));
        assert_eq!(out, b"\x33\x08\x00\x01a\x01\x02\x00xy");
        let once = Publishing { qos: QoS::AtMostOnce, retain: false, ..what.clone() };
        out = written(|out| publish(out, Version::V5, Some(258), &once));
        assert_eq!(out, b"\x32\x0d\x00\x01a\x01\x02\x05\x02\x00\x00\x00\x02xy");
        out = written(|out| publish(out, Version::V311, None, &what));
        assert_eq!(out, b"\x31\x05\x00\x01axy");
        assert_eq!(written(|out| acknowledge(out, 258)), b"\x40\x02\x01\x02");
        assert_eq!(written(ping), b"\xc0\x00");
        assert_eq!(written(goodbye), b"\xe0\x00");
    }

    #[test]
    fn lengths_take_seven_bits_a_byte() {
        for (length, bytes) in [
            (0, b"\x00".as_slice()),
            (127, b"\x7f"),
            (128, b"\x80\x01"),
            (16_384, b"\x80\x80\x01"),
            (268_435_455, b"\xff\xff\xff\x7f"),
        ] {
            assert_eq!(written(|out| put_length(out, length)), bytes);
        }
    }
}
