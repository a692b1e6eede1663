//! Hikvision's pushes: an event, however it is written, as what it says. Pure.

use super::Hikvision;
use super::isapi::without_color;
use crate::devices::cameras::makes::codec::{
    self, CameraMessage, CodecError, Identity, MessageNames, Plate,
};
use crate::devices::cameras::makes::push::{
    Answering, Claim, PartKind, Push, Pushed, pictures, unreadable,
};
use crate::devices::cameras::makes::text;
use crate::devices::cameras::makes::xml::{self, Element};
use crate::model::event::Heading;
use jiff::tz::TimeZone;
use serde_json::Value;

impl Hikvision {
    /// Reads what was pushed, in whichever form.
    pub(super) fn pushed(&self, push: &Push, zone: &TimeZone) -> Result<Pushed, CodecError> {
        let parts = push.parts();
        let of = |kind| parts.iter().find(|part| part.kind == kind).map(|part| part.bytes);
        if let Some(document) = of(PartKind::Xml) {
            return xml::with_root(document, |root| self.event(push, &Event::Xml(root), zone));
        }
        if let Some(document) = of(PartKind::Json) {
            let document: Value = codec::json(document)?;
            let root = document.get("EventNotificationAlert").unwrap_or(&document);
            return Ok(self.event(push, &Event::Json(root), zone));
        }
        if push.queried("eventType").or_else(|| push.queried("licensePlate")).is_some() {
            return Ok(self.event(push, &Event::Query(push), zone));
        }
        Err(unreadable("neither an event nor a heartbeat"))
    }

    fn heading(&self, direction: &str) -> Option<Heading> {
        match (direction, self.forward?) {
            ("forward", heading) => Some(heading),
            ("reverse", Heading::Approaching) => Some(Heading::Receding),
            ("reverse", Heading::Receding) => Some(Heading::Approaching),
            _ => None,
        }
    }

    fn event(&self, push: &Push, event: &Event<'_>, zone: &TimeZone) -> Pushed {
        let claims = claims(event);
        let taken = event.get("dateTime").and_then(|text| codec::moment(&text.into(), zone));
        // Some firmware leaves out the kind: that it has read something says enough.
        let is_read = match event.get("eventType") {
            Some(kind) => kind.eq_ignore_ascii_case("ANPR"),
            None => event.has_read(),
        };
        if !is_read {
            // Heartbeats and whatever else it has to say.
            return Pushed { claims, ..Pushed::of(CameraMessage::KeepAlive(taken)) };
        }
        let shown = event.anpr("licensePlate").or_else(|| event.anpr("originalLicensePlate"));
        let shown = shown.unwrap_or_default();
        let (painted, bare) = without_color(&shown);
        let none = matches!(bare.to_ascii_lowercase().as_str(), "noplate" | "unknown" | "无车牌");
        let (plate, aliases) = if none { (None, Vec::new()) } else { text::plates(bare) };
        let word = event.anpr("plateColor");
        let color = word.as_deref().and_then(plate_color).or(painted).map(str::to_owned);
        let yes = |value: Option<String>| value.is_some_and(|value| codec::is_yes(&value.into()));
        let late = yes(event.get("isDataRetransmission")) || yes(event.anpr("alarmDataType"));
        let confidence = event.anpr("confidenceLevel").map(Value::from);
        let message = CameraMessage::Plate(Box::new(Plate {
            identity: identity(event, &shown, &push.body),
            plate,
            aliases,
            confidence: confidence.as_ref().and_then(codec::confidence),
            heading: event.anpr("direction").and_then(|word| self.heading(&word)),
            car_model: car_model(event).or_else(|| codec::car_model(color.as_deref()?)),
            plate_color: color,
            license_plate_type: event.anpr("plateType").and_then(|kind| plate_type(&kind)),
            late,
            taken,
            sent: taken,
            pictures: pictures(&push.parts()),
            ..Plate::default()
        }));
        Pushed { message, claims, answering: Answering::Receipt }
    }
}

/// An event, however it is written.
enum Event<'e> {
    Xml(Element<'e, 'e>),
    Json(&'e Value),
    Query(&'e Push),
}

impl Event<'_> {
    /// A value of the event's own.
    fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Xml(root) => root.text(name).map(str::to_owned),
            Self::Json(root) => told(root.get(name)?),
            Self::Query(push) => push.queried(name).filter(|text| !text.is_empty()),
        }
    }

    /// Whether there is a reading in it.
    fn has_read(&self) -> bool {
        match self {
            Self::Xml(root) => root.at("ANPR").is_some(),
            Self::Json(root) => root.get("ANPR").is_some(),
            Self::Query(_) => self.get("licensePlate").is_some(),
        }
    }

    /// A value of its reading, by its path there.
    fn anpr(&self, path: &str) -> Option<String> {
        match self {
            Self::Xml(root) => root.at("ANPR")?.text(path).map(str::to_owned),
            Self::Json(root) => {
                let inside = root.get("ANPR")?;
                told(path.split('/').try_fold(inside, |value, name| value.get(name))?)
            }
            Self::Query(_) => self.get(path),
        }
    }
}

fn told(value: &Value) -> Option<String> {
    let text = match value {
        Value::Bool(yes) => yes.to_string(),
        value => codec::word(value),
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn claims(event: &Event<'_>) -> Vec<Claim> {
    let serials = ["deviceUUID", "deviceID"].map(|name| event.get(name).map(Claim::Serial));
    let hardware = event.get("macAddress").map(Claim::Hardware);
    let address = event.get("ipAddress").and_then(|text| text.parse().ok()).map(Claim::Address);
    serials.into_iter().chain([hardware, address]).flatten().collect()
}

fn identity(event: &Event<'_>, shown: &str, body: &[u8]) -> Identity {
    let text = |name: &str| Value::from(event.get(name).unwrap_or_default());
    // Sent again it keeps its name, and its moment perhaps not.
    let names = MessageNames { ids: &[&text("UUID")], ..MessageNames::default() };
    let named = Identity::new(names, shown, body);
    if named.told_apart {
        return named;
    }
    let (device, moments) = ([&text("deviceUUID")], [&text("dateTime")]);
    Identity::new(MessageNames { device: &device, moments: &moments, ids: &[] }, shown, body)
}

fn plate_color(word: &str) -> Option<&'static str> {
    Some(match word {
        "blue" => "蓝色",
        "yellow" => "黄色",
        "white" => "白色",
        "black" | "civilAviationBlack" => "黑色",
        "green" | "newEnergyGreen" | "civilAviationGreen" => "绿色",
        "newEnergyYellowGreen" => "黄绿色",
        _ => return None,
    })
}

/// Table 11's `licensePlateType`; the words are the vendor's.
fn plate_type(kind: &str) -> Option<i64> {
    match kind {
        "unknown" | "other" => None,
        "tempTravl" | "tempEntry" => Some(2),
        _ => Some(1),
    }
}

/// Table 11's `carModel`, where the camera tells more than `vehicle`.
fn car_model(event: &Event<'_>) -> Option<i64> {
    const LARGE: i64 = 1;
    const MEDIUM: i64 = 2;
    const SMALL: i64 = 3;
    match event.anpr("vehicleType").as_deref() {
        Some("largeBus" | "truck" | "mediumHeavyTruck") => return Some(LARGE),
        Some("mediumBus") => return Some(MEDIUM),
        Some(
            "minibus" | "lightTruck" | "van" | "buggy" | "SUVMPV" | "pickupTruck" | "smallCar"
            | "miniCar",
        ) => return Some(SMALL),
        _ => {}
    }
    match event.anpr("vehicleInfo/vehicleType").as_deref() {
        Some("1") => Some(SMALL),
        Some("2") => Some(LARGE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::held::zone;
    use super::*;
    use crate::devices::cameras::makes::codec::Picture;
    use crate::model::event::ImageShows;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn decode(push: &Push) -> Result<Pushed, CodecError> {
        Hikvision::new(1, Some(Heading::Approaching)).pushed(push, &zone())
    }

    /// The document of an event, with more in it or other words.
    fn document(replaced: &[(&str, &str)]) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
            <EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">\
            <ipAddress>192.0.2.64</ipAddress><macAddress>02:00:00:00:00:01</macAddress>\
            <dateTime>2026-07-15T10:00:00.120+08:00</dateTime><eventType>ANPR</eventType>\
            <ANPR><licensePlate>蓝粤B12345</licensePlate><line>1</line><direction>forward</direction>\
            <confidenceLevel>97</confidenceLevel><plateType>92TypeCivil</plateType>\
            <plateColor>blue</plateColor><vehicleType>vehicle</vehicleType>\
            <vehicleInfo><vehicleType>1</vehicleType></vehicleInfo>\
            <alarmDataType>0</alarmDataType></ANPR><UUID>5f0c-1</UUID>\
            <isDataRetransmission>false</isDataRetransmission></EventNotificationAlert>"
            .to_owned();
        for (what, with) in replaced {
            assert!(text.contains(what), "{what}");
            text = text.replace(what, with);
        }
        text
    }

    fn pushed(body: &str) -> Pushed {
        let body = body.as_bytes().to_vec();
        decode(&Push { content_type: "application/xml".to_owned(), body, ..Push::default() })
            .unwrap()
    }

    fn plate(pushed: Pushed) -> Plate {
        match pushed.message {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    fn read(replaced: &[(&str, &str)]) -> Plate {
        plate(pushed(&document(replaced)))
    }

    #[test]
    fn a_read_carries_its_plate_without_the_colour_that_is_written_before_it() {
        let read = read(&[]);
        assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
        assert_eq!((read.plate_color.as_deref(), read.car_model), (Some("蓝色"), Some(3)));
        assert_eq!((read.confidence, read.heading), (Some(97), Some(Heading::Approaching)));
        assert_eq!((read.late, read.license_plate_type), (false, Some(1)));
        assert_eq!(read.taken.map(Timestamp::as_millisecond), Some(1_784_080_800_120));
        let of = |shown: &str, color: &str| {
            let color = format!("<plateColor>{color}</plateColor>");
            let read =
                self::read(&[("蓝粤B12345", shown), ("<plateColor>blue</plateColor>", &color)]);
            (read.plate.map(|plate| plate.to_string()), read.plate_color)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of("黄绿粤BD12345", "unknown"), (text("粤BD12345"), text("黄绿色")));
        assert_eq!(of("绿粤BD12345", "newEnergyGreen"), (text("粤BD12345"), text("绿色")));
        assert_eq!(of("粤B12345", "other"), (text("粤B12345"), None));
        assert_eq!(
            of("黑A12345", "blue"),
            (text("黑A12345"), text("蓝色")),
            "a province of that name"
        );
        for none in ["noPlate", "unknown", "无车牌", "NOPLATE"] {
            assert_eq!(of(none, "blue").0, None, "{none}");
        }
    }

    #[test]
    fn a_read_that_is_sent_again_late_says_so_and_keeps_its_name() {
        let first = read(&[]);
        let again = read(&[("Retransmission>false", "Retransmission>true")]);
        assert!(again.late && again.identity == first.identity);
        assert!(read(&[("alarmDataType>0", "alarmDataType>1")]).late);
        assert_ne!(read(&[("5f0c-1", "5f0c-2")]).identity, first.identity);
        let nameless = [("<UUID>5f0c-1</UUID>", "")];
        assert!(read(&nameless).identity.told_apart, "its moment tells it apart");
        assert_eq!(read(&nameless).identity, read(&nameless).identity);
        let later = read(&[nameless[0], ("10:00:00", "10:00:09")]);
        assert_ne!(read(&nameless).identity, later.identity);
    }

    #[test]
    fn a_name_of_zeros_or_its_cameras_own_name_tells_no_events_apart() {
        let zero = ("<UUID>5f0c-1</UUID>", "<UUID>00000000-0000-0000-0000-000000000000</UUID>");
        let later = read(&[zero, ("10:00:00", "10:00:09")]);
        assert_ne!(read(&[zero]).identity, later.identity);
        let no_moment = ("<dateTime>2026-07-15T10:00:00.120+08:00</dateTime>", "<dateTime/>");
        let own = ("<UUID>5f0c-1</UUID>", "<deviceUUID>DS-TCG405-E0123456789</deviceUUID>");
        assert!(!read(&[own, no_moment]).identity.told_apart);
    }

    #[test]
    fn what_was_read_is_read_also_where_its_kind_is_left_out() {
        let read = read(&[("<eventType>ANPR</eventType>", "")]);
        assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
        let json = r#"{"EventNotificationAlert":{"ANPR":{"licensePlate":"粤B12345"}}}"#;
        assert_eq!(plate(pushed(json)).plate, Some("粤B12345".parse().unwrap()));
        let query = "licensePlate=%E7%B2%A4B12345".to_owned();
        let read = plate(decode(&Push { query, ..Push::default() }).unwrap());
        assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
        let beat = pushed(
            "<EventNotificationAlert><ipAddress>1.2.3.4</ipAddress></EventNotificationAlert>",
        );
        assert_eq!(beat.message, CameraMessage::KeepAlive(None));
    }

    #[test]
    fn whatever_its_form_an_event_is_read() {
        let document = document(&[]);
        let jpeg = b"\xff\xd8\xff\xe01234";
        let parts = |head: &str| {
            let head = format!("--boundary\r\n{head}\r\n\r\n");
            let head =
                if head.ends_with("y\r\n\r\n\r\n") { "--boundary\r\n".to_owned() } else { head };
            let parts = [
                head.as_bytes(),
                document.as_bytes(),
                b"\r\n--boundary\r\n\r\n",
                jpeg,
                b"\r\n--boundary--\r\n",
            ];
            parts.concat()
        };
        let named =
            "Content-Disposition: form-data; name=\"anpr.xml\"\r\nContent-Type: application/xml";
        for (content_type, head) in [
            ("multipart/form-data; boundary=boundary", named),
            ("multipart/mixed;boundary=boundary", ""),
        ] {
            let push = Push {
                content_type: content_type.to_owned(),
                body: parts(head),
                ..Push::default()
            };
            let read = plate(decode(&push).unwrap());
            assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
            assert_eq!(read.pictures, [(ImageShows::Vehicle, Picture::Bytes(jpeg.to_vec()))]);
        }
        let json = r#"{"EventNotificationAlert":{"eventType":"ANPR","dateTime":"2026-07-15T10:00:00+08:00",
            "ANPR":{"licensePlate":"粤B12345","confidenceLevel":97,"alarmDataType":0},"isDataRetransmission":true}}"#;
        let read = plate(pushed(json));
        assert_eq!((read.plate.is_some(), read.late, read.confidence), (true, true, Some(97)));
        let query = "channelID=1&dateTime=2026-07-15T10:00:00%2B08:00&eventType=ANPR\
            &licensePlate=%E8%93%9D%E7%B2%A4B12345&lane=1&direction=reverse&confidenceLevel=97";
        let push = Push { query: query.to_owned(), body: jpeg.to_vec(), ..Push::default() };
        let read = plate(decode(&push).unwrap());
        assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
        assert_eq!((read.heading, read.pictures.len()), (Some(Heading::Receding), 1));
        assert_eq!(read.taken.map(Timestamp::as_second), Some(1_784_080_800));
    }

    #[test]
    fn everything_else_it_pushes_shows_that_it_lives_and_who_it_says_it_is() {
        let pushed = pushed(&document(&[(">ANPR<", ">videoloss<")]));
        assert!(matches!(pushed.message, CameraMessage::KeepAlive(Some(_))));
        let address = Claim::Address("192.0.2.64".parse().unwrap());
        let mac = Claim::Hardware("02:00:00:00:00:01".to_owned());
        assert_eq!(pushed.claims, [mac, address]);
        let bomb =
            "<!DOCTYPE x [<!ENTITY a \"b\">]><EventNotificationAlert>&a;</EventNotificationAlert>";
        for body in [bomb, "", "\0", "{", "<a"] {
            let push = Push { body: body.as_bytes().to_vec(), ..Push::default() };
            assert!(decode(&push).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn hostile_pushes_are_errors_and_never_panics(body in prop::collection::vec(any::<u8>(), 0..300), query in "\\PC{0,40}") {
            let _ = decode(&Push { body, query, content_type: "multipart/form-data; boundary=b".to_owned(), ..Push::default() });
        }
    }
}
