//! Hikvision ITC and ANPR cameras, over ISAPI. Pure.
//!
//! They push multipart bodies with an XML document and JPEGs, or that document alone, or an older private form with
//! the event in the query. The barrier is moved by a PUT; which of three there is differs by model.

use super::codec::{self, CameraMessage, CodecError, Identity, MessageNames, Now, Plate};
use super::hikvision_list::HikvisionListTalk;
use super::http::{
    CameraAnswer, CameraTask, CommandWay, Conversation, Ended, Learned, OneQuestion, PushAnswer,
    PushCodec, Question, Talk, TalkTurn, by_status, picture,
};
use super::isapi::{answered_number, judge, put, without_color};
use super::push::{Answering, Claim, PartKind, Push, Pushed, pictures, unreadable};
use super::xml::{self, Element};
use super::{Ability, Make, ReadKeys, text};
use crate::config::reader::Section;
use crate::model::barrier::Act;
use crate::model::event::Heading;
use crate::standard::datetime::DateTime;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The make.
pub static MAKE: Make = Make {
    name: "hikvision-isapi",
    abilities: &[
        Ability::Outputs,
        Ability::Inputs,
        Ability::Clock,
        Ability::List,
        Ability::LogsIn,
        Ability::IsCalled,
    ],
    offline_after: SignedDuration::from_secs(90),
    read: ReadKeys::Http(|section| Arc::new(Hikvision::read(section))),
};

/// One camera's language.
#[derive(Debug, Clone, PartialEq)]
pub struct Hikvision {
    channel: u16,
    forward: Option<Heading>,
}

/// The routes to a barrier, in the order they are tried.
const GATE: u8 = 0;
const ENTRANCE: u8 = 1;
const OUTPUT: u8 = 2;
const ROUTES: u8 = 3;
/// How long an output is on to press a barrier's button.
const PRESS: Duration = Duration::from_secs(3);
/// The arm is looked at so far apart, and so often at most, until its lane's time is over.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const MOST_LOOKS: u32 = 24;
/// A dropped output is tried again so often: it must not stay on.
const DROPS: u32 = 5;

impl Hikvision {
    /// The camera of that channel; `forward` is which way cars drive that it says drive forward.
    pub fn new(channel: u16, forward: Option<Heading>) -> Self {
        Self { channel, forward }
    }

    fn read(section: &Section<'_>) -> Self {
        let channel = section.int("channel", 1, 64).unwrap_or(1);
        let headings = [("approaching", Heading::Approaching), ("receding", Heading::Receding)];
        Self::new(u16::try_from(channel).unwrap_or(1), section.choice("forward", &headings))
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
        let taken = event.get("dateTime").and_then(|text| moment(&text, zone));
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
        let yes =
            |value: Option<String>| value.is_some_and(|value| value == "true" || value == "1");
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

/// A moment with its offset, or the lot's own time.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local = || {
        let bare = text.replace('T', " ");
        bare.get(..19)?.parse::<DateTime>().ok()?.moment(zone)
    };
    text.parse().ok().or_else(local)
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

impl PushCodec for Hikvision {
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError> {
        let parts = push.parts();
        let of = |kind| parts.iter().find(|part| part.kind == kind).map(|part| part.bytes);
        if let Some(document) = of(PartKind::Xml) {
            return xml::with_root(document, |root| {
                self.event(push, &Event::Xml(root), now.time_zone)
            });
        }
        if let Some(document) = of(PartKind::Json) {
            let document: Value = codec::json(document)?;
            let root = document.get("EventNotificationAlert").unwrap_or(&document);
            return Ok(self.event(push, &Event::Json(root), now.time_zone));
        }
        if push.queried("eventType").or_else(|| push.queried("licensePlate")).is_some() {
            return Ok(self.event(push, &Event::Query(push), now.time_zone));
        }
        Err(unreadable("neither an event nor a heartbeat"))
    }

    fn answer(&self, _push: &Push, _carried: &[Value]) -> PushAnswer {
        PushAnswer::empty()
    }

    fn way(&self) -> CommandWay {
        CommandWay::Called
    }

    fn conversation(&self, task: CameraTask<'_>, talk: &Talk<'_>) -> Option<Box<dyn Conversation>> {
        let channel = self.channel;
        let route = talk.known.unwrap_or(GATE);
        Some(match task {
            CameraTask::Barrier(act) => {
                let (tried, stage, left) = (0, Stage::Begin, 0);
                let up_within = talk.up_within;
                Box::new(BarrierTalk { channel, act, route, tried, stage, left, up_within })
            }
            CameraTask::Snapshot => {
                let target = format!("/ISAPI/Streaming/channels/{channel}/picture");
                Box::new(OneQuestion::new(Question::get(target), picture))
            }
            CameraTask::SetTime => Box::new(OneQuestion::new(time(talk.now), |status, body| {
                judge(status, body).unwrap_or_else(|| by_status(status, body))
            })),
            CameraTask::Probe => Box::new(ProbeTalk { channel, stage: Probed::Begin }),
            CameraTask::Look if route == GATE => {
                Box::new(OneQuestion::new(gate_status(channel), looked))
            }
            CameraTask::Look => {
                Box::new(OneQuestion::new(Question::get("/ISAPI/System/deviceInfo"), by_status))
            }
            CameraTask::List(task) => {
                Box::new(HikvisionListTalk::new(channel, task, talk.now.moment))
            }
            CameraTask::Serial { .. } => return None,
        })
    }
}

fn gate_status(channel: u16) -> Question {
    Question::get(format!("/ISAPI/Parking/channels/{channel}/barrierGate/barrierGateStatus"))
}

/// Its zone has the sign of POSIX: minus is east.
fn time(now: Now<'_>) -> Question {
    let local = now.time_zone.to_datetime(now.moment);
    let seconds = now.time_zone.to_offset(now.moment).seconds();
    let (sign, posix) = (if seconds < 0 { '-' } else { '+' }, if seconds < 0 { '+' } else { '-' });
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    let written = local.strftime("%Y-%m-%dT%H:%M:%S");
    put(
        "/ISAPI/System/time".to_owned(),
        &format!(
            "<Time><timeMode>manual</timeMode><localTime>{written}{sign}{hours:02}:{minutes:02}</localTime>\
             <timeZone>CST{posix}{hours}:{minutes:02}:00</timeZone></Time>"
        ),
    )
}

/// How the barrier stands: whether its arm is up, where it knows.
fn arm(body: &[u8]) -> Option<bool> {
    match answered_number(body, &["barrierGateStatus", "gateStatus", "status"])? {
        1 => Some(false),
        2 => Some(true),
        // No signal.
        _ => None,
    }
}

/// The state of the barrier, where it has one on the first route.
fn looked(status: u16, body: &[u8]) -> Ended {
    match judge(status, body).unwrap_or_else(|| by_status(status, body)) {
        Ended::Done(_) => {
            Ended::Done(Learned { route: Some(GATE), arm_up: arm(body), ..Learned::default() })
        }
        ended => ended,
    }
}

/// One movement of the barrier.
struct BarrierTalk {
    channel: u16,
    act: Act,
    route: u8,
    /// Routes that have turned out to be none.
    tried: u8,
    stage: Stage,
    /// Looks, or attempts to drop an output, that are left.
    left: u32,
    /// How long the arm may take.
    up_within: Duration,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Begin,
    /// The word of that number was sent.
    Commanded(usize),
    /// The arm is waited for, or was asked for.
    Watching,
    /// The output is on.
    Pressed,
    Released,
}

impl BarrierTalk {
    /// The words of this movement on this route; none where it has none.
    fn words(&self) -> &'static [&'static str] {
        match (self.route, self.act) {
            (GATE, Act::Open { .. }) => &["open"],
            (GATE, Act::Close { .. }) => &["close"],
            // Locked, it obeys no other word until it is unlocked: so it stays as it is, open.
            (GATE, Act::Hold { .. }) => &["open", "lock"],
            (GATE, Act::Release { .. }) => &["unlock"],
            (ENTRANCE, Act::Open { .. }) => &["on"],
            (ENTRANCE, Act::Close { .. }) => &["off"],
            (ENTRANCE, Act::Stop { .. }) => &["stop"],
            (OUTPUT, Act::Open { .. } | Act::Close { .. } | Act::Stop { .. }) => &["high"],
            _ => &[],
        }
    }

    fn output(&self) -> u16 {
        match self.act {
            Act::Open { output } | Act::Close { output } | Act::Stop { output } => {
                u16::from(output) + 1
            }
            Act::Hold { .. } | Act::Release { .. } => 1,
        }
    }

    fn question(&self, word: &str) -> Question {
        let channel = self.channel;
        match self.route {
            GATE => put(
                format!("/ISAPI/Parking/channels/{channel}/barrierGate"),
                &format!("<BarrierGate><ctrlMode>{word}</ctrlMode></BarrierGate>"),
            ),
            ENTRANCE => put(
                "/ISAPI/ITC/Entrance/barrierGateCtrl".to_owned(),
                &format!(
                    "<BarrierGateCtrl version=\"2.0\"><barrietGateNum>{channel}</barrietGateNum>\
                     <BarrierGateCtrlList><barrietGateOper>{word}</barrietGateOper></BarrierGateCtrlList>\
                     </BarrierGateCtrl>"
                ),
            ),
            _ => trigger(self.output(), word),
        }
    }

    /// The next route, or the end where there is none.
    fn next_route(&mut self) -> TalkTurn {
        self.tried += 1;
        if self.tried >= ROUTES {
            return TalkTurn::Over(Ended::Unable);
        }
        self.route = (self.route + 1) % ROUTES;
        self.begin()
    }

    fn begin(&mut self) -> TalkTurn {
        match self.words().first() {
            Some(word) => {
                self.stage = Stage::Commanded(0);
                TalkTurn::Ask(self.question(word))
            }
            None => self.next_route(),
        }
    }

    fn done(&self, arm_up: Option<bool>) -> TalkTurn {
        let route = Some(self.route);
        TalkTurn::Over(Ended::Done(Learned { route, arm_up, ..Learned::default() }))
    }

    /// A word was carried out.
    fn obeyed(&mut self, number: usize) -> TalkTurn {
        if let Some(word) = self.words().get(number + 1) {
            self.stage = Stage::Commanded(number + 1);
            return TalkTurn::Ask(self.question(word));
        }
        match (self.route, self.act) {
            (OUTPUT, _) => {
                self.stage = Stage::Pressed;
                self.left = DROPS;
                TalkTurn::Wait(PRESS)
            }
            (GATE, Act::Open { .. } | Act::Hold { .. }) => {
                self.stage = Stage::Watching;
                let looks = self.up_within.as_millis().div_ceil(self.look_again().as_millis());
                // The first look is at once, the last when the time is over.
                self.left = u32::try_from(looks).unwrap_or(MOST_LOOKS) + 1;
                TalkTurn::Ask(gate_status(self.channel))
            }
            _ => self.done(None),
        }
    }

    /// The arm was looked at: locked, a barrier says yes to everything and stays where it is.
    fn watched(&mut self, status: u16, body: &[u8]) -> TalkTurn {
        match arm(body).filter(|_| status == 200) {
            Some(false) if self.left <= 1 => TalkTurn::Over(Ended::StaysDown),
            Some(false) => {
                self.left -= 1;
                TalkTurn::Wait(self.look_again())
            }
            up => self.done(up),
        }
    }

    /// A conversation has an end: an arm that may take long is looked at less often.
    fn look_again(&self) -> Duration {
        LOOK_AGAIN.max(self.up_within / MOST_LOOKS)
    }
}

fn trigger(output: u16, state: &str) -> Question {
    put(
        format!("/ISAPI/System/IO/outputs/{output}/trigger"),
        &format!("<IOPortData><outputState>{state}</outputState></IOPortData>"),
    )
}

impl Conversation for BarrierTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        match (self.stage, heard) {
            (Stage::Begin, _) => self.begin(),
            (Stage::Commanded(number), Some(CameraAnswer::Http { status, body })) => {
                match judge(*status, body).unwrap_or_else(|| by_status(*status, body)) {
                    Ended::Done(_) => self.obeyed(number),
                    Ended::Unable => self.next_route(),
                    ended => TalkTurn::Over(ended),
                }
            }
            (Stage::Watching, Some(CameraAnswer::Http { status, body })) => {
                self.watched(*status, body)
            }
            (Stage::Watching, Some(CameraAnswer::Waited)) => {
                TalkTurn::Ask(gate_status(self.channel))
            }
            // It took the command; how the arm stands it does not say.
            (Stage::Watching, _) => self.done(None),
            (Stage::Pressed, _) => {
                self.stage = Stage::Released;
                TalkTurn::Ask(trigger(self.output(), "low"))
            }
            (Stage::Released, Some(CameraAnswer::Http { status: 200..=299, .. })) => {
                self.done(None)
            }
            (Stage::Released, _) if self.left > 0 => {
                self.left -= 1;
                self.stage = Stage::Pressed;
                TalkTurn::Wait(LOOK_AGAIN)
            }
            (Stage::Released, _) => self.done(None),
            (Stage::Commanded(_), _) => TalkTurn::Over(Ended::Unanswered),
        }
    }
}

/// What the camera can do: the first route whose state can be read; that another is there only a command shows. Where the
/// barrier may hang on an output, that is dropped: a process before this one may have been stopped while it was on.
struct ProbeTalk {
    channel: u16,
    stage: Probed,
}

enum Probed {
    Begin,
    Gate,
    Entrance(Learned),
    Output(Learned),
}

impl Conversation for ProbeTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        let answer = match heard {
            Some(CameraAnswer::Http { status, body }) => Some((*status, *body)),
            _ => None,
        };
        match (std::mem::replace(&mut self.stage, Probed::Begin), answer) {
            (Probed::Begin, _) => {
                self.stage = Probed::Gate;
                TalkTurn::Ask(gate_status(self.channel))
            }
            (_, None) => TalkTurn::Over(Ended::Unanswered),
            (Probed::Gate, Some((status, body))) => {
                self.stage = Probed::Entrance(match looked(status, body) {
                    Ended::Done(learned) => learned,
                    _ => Learned::default(),
                });
                TalkTurn::Ask(Question::get("/ISAPI/ITC/Entrance/entranceParam"))
            }
            (Probed::Entrance(learned), Some((status, body))) => {
                // 0 the camera decides, 1 we do, 2 both.
                let decides = answered_number(body, &["ctrlMod"]).filter(|_| status == 200);
                let opens_itself = matches!(decides, Some(0 | 2));
                let learned = Learned { opens_itself, ..learned };
                if learned.route.is_some() {
                    return TalkTurn::Over(Ended::Done(learned));
                }
                self.stage = Probed::Output(learned);
                TalkTurn::Ask(trigger(1, "low"))
            }
            (Probed::Output(learned), Some(_)) => TalkTurn::Over(Ended::Done(learned)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::codec::Picture;
    use super::*;
    use crate::model::event::ImageShows;
    use proptest::prelude::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn decode(push: &Push) -> Result<Pushed, CodecError> {
        let moment = Timestamp::from_second(1_784_080_800).unwrap();
        let camera = Hikvision::new(1, Some(Heading::Approaching));
        camera.decode(push, Now { moment, time_zone: &zone() })
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

    /// Holds a conversation with a camera that answers so; what it was asked, and how it ended.
    fn held(
        task: CameraTask<'_>,
        known: Option<u8>,
        answers: &[(u16, &str)],
    ) -> (Vec<String>, Ended) {
        let (asked, _, ended) = watched(task, known, Duration::from_secs(2), answers);
        (asked, ended)
    }

    /// The same with how long the arm may take, and how long was waited.
    fn watched(
        task: CameraTask<'_>,
        known: Option<u8>,
        up_within: Duration,
        answers: &[(u16, &str)],
    ) -> (Vec<String>, Duration, Ended) {
        let zone = zone();
        let now = Now { moment: Timestamp::from_second(1_784_080_800).unwrap(), time_zone: &zone };
        let talk = Talk { now, known, login: None, up_within };
        let mut conversation = Hikvision::new(1, None).conversation(task, &talk).unwrap();
        let (mut asked, mut answers) = (Vec::new(), answers.iter());
        let (mut turn, mut waited) = (conversation.next(None), Duration::ZERO);
        for _ in 0..64 {
            let heard = match turn {
                TalkTurn::Over(ended) => return (asked, waited, ended),
                TalkTurn::Wait(so_long) => {
                    waited += so_long;
                    CameraAnswer::Waited
                }
                TalkTurn::Ask(question) => {
                    asked
                        .push(format!("{} {} {}", question.method, question.target, question.body));
                    match answers.next() {
                        Some((status, body)) => {
                            CameraAnswer::Http { status: *status, body: body.as_bytes() }
                        }
                        None => CameraAnswer::Nothing,
                    }
                }
            };
            turn = conversation.next(Some(&heard));
        }
        panic!("no end: {asked:?}");
    }

    const OK: &str = "<ResponseStatus xmlns=\"http://www.std-cgi.com/ver20/XMLSchema\"><statusCode>1</statusCode>\
        <statusString>OK</statusString><subStatusCode>ok</subStatusCode></ResponseStatus>";
    const OPEN: CameraTask<'static> = CameraTask::Barrier(Act::Open { output: 0 });

    fn status(code: i64) -> String {
        format!("<ResponseStatus><statusCode>{code}</statusCode></ResponseStatus>")
    }

    fn gate(state: i64) -> String {
        format!("<BarrierGate><barrierGateStatus>{state}</barrierGateStatus></BarrierGate>")
    }

    fn done(ended: &Ended) -> (Option<u8>, Option<bool>) {
        match ended {
            Ended::Done(learned) => (learned.route, learned.arm_up),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_barrier_is_opened_and_its_arm_watched() {
        let (asked, ended) = held(OPEN, None, &[(200, OK), (200, &gate(1)), (200, &gate(2))]);
        assert_eq!(done(&ended), (Some(GATE), Some(true)));
        assert_eq!(
            asked[0],
            "PUT /ISAPI/Parking/channels/1/barrierGate <?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <BarrierGate><ctrlMode>open</ctrlMode></BarrierGate>"
        );
        let (_, ended) = held(OPEN, None, &[(200, OK), (404, "")]);
        assert_eq!(done(&ended), (Some(GATE), None));
        let (asked, ended) = held(OPEN, None, &[(200, OK)]);
        assert_eq!(
            (asked.len(), done(&ended)),
            (2, (Some(GATE), None)),
            "a silent state is no fault"
        );
    }

    #[test]
    fn a_barrier_that_was_locked_says_yes_and_stays_down_which_is_a_fault() {
        let mut answers = vec![(200, OK.to_owned())];
        answers.extend((0..20).map(|_| (200, gate(1))));
        let answers: Vec<_> = answers.iter().map(|(code, body)| (*code, body.as_str())).collect();
        let (asked, ended) = held(OPEN, None, &answers);
        assert_eq!(ended, Ended::StaysDown);
        assert_eq!(asked.iter().filter(|one| one.contains("ctrlMode>open")).count(), 1);
    }

    #[test]
    fn an_arm_may_take_as_long_as_its_lane_says() {
        let down = gate(1);
        let mut answers = vec![(200, OK)];
        answers.extend((0..60).map(|_| (200, down.as_str())));
        for seconds in [1, 2, 8, 20, 60] {
            let within = Duration::from_secs(seconds);
            let (_, waited, ended) = watched(OPEN, None, within, &answers);
            assert_eq!(ended, Ended::StaysDown);
            assert!(
                (within..within + LOOK_AGAIN * 2).contains(&waited),
                "{waited:?} of {within:?}"
            );
        }
        let up = gate(2);
        let slow: Vec<_> = answers.iter().copied().take(13).chain([(200, up.as_str())]).collect();
        let (_, waited, ended) = watched(OPEN, None, Duration::from_secs(8), &slow);
        assert_eq!((waited, done(&ended)), (Duration::from_secs(6), (Some(GATE), Some(true))));
    }

    #[test]
    fn each_movement_has_its_words() {
        let words = |act| {
            let answers = [(200, OK), (200, OK), (404, "")];
            let (asked, _) = held(CameraTask::Barrier(act), None, &answers);
            let word =
                |one: &String| Some(one.split_once("<ctrlMode>")?.1.split('<').next()?.to_owned());
            asked.iter().filter_map(word).collect::<Vec<_>>()
        };
        assert_eq!(words(Act::Close { output: 0 }), ["close"]);
        assert_eq!(words(Act::Hold { output: 0 }), ["open", "lock"]);
        assert_eq!(words(Act::Release { output: 0 }), ["unlock"]);
        let (asked, ended) = held(CameraTask::Barrier(Act::Stop { output: 0 }), None, &[(200, OK)]);
        assert!(
            asked[0].contains("barrierGateCtrl") && asked[0].contains("<barrietGateOper>stop<")
        );
        assert_eq!(done(&ended), (Some(ENTRANCE), None));
    }

    #[test]
    fn the_next_route_is_tried_where_one_is_not_supported_and_the_one_that_worked_is_known() {
        let unable = "<ResponseStatus><statusCode>4</statusCode><subStatusCode>notSupport</subStatusCode></ResponseStatus>";
        let (asked, ended) = held(OPEN, None, &[(403, unable), (200, OK)]);
        assert!(
            asked[1].contains("/ISAPI/ITC/Entrance/barrierGateCtrl") && asked[1].contains(">on<")
        );
        assert_eq!(done(&ended), (Some(ENTRANCE), None));
        let (asked, ended) =
            held(OPEN, None, &[(404, ""), (200, unable), (200, OK), (500, ""), (200, OK)]);
        let outputs: Vec<_> = asked
            .iter()
            .skip(2)
            .map(|one| (one.contains("/outputs/1/trigger"), one.contains(">low<")))
            .collect();
        assert_eq!(
            outputs,
            [(true, false), (true, true), (true, true)],
            "it is dropped, and again"
        );
        assert_eq!(done(&ended), (Some(OUTPUT), None));
        let (asked, _) = held(OPEN, Some(OUTPUT), &[(200, OK), (200, OK)]);
        assert_eq!(asked.len(), 2);
        let (asked, ended) = held(OPEN, None, &[(404, ""), (404, ""), (501, "")]);
        assert_eq!((asked.len(), ended), (3, Ended::Unable));
        // One that is known and no longer there leads round to those before it.
        let (asked, ended) =
            held(OPEN, Some(ENTRANCE), &[(404, ""), (404, ""), (200, OK), (404, "")]);
        assert!(asked[1].contains("/outputs/1/trigger"), "{asked:?}");
        assert!(asked[2].contains("/barrierGate <?xml"), "{asked:?}");
        assert_eq!(done(&ended), (Some(GATE), None));
    }

    #[test]
    fn a_refused_or_unanswered_command_is_not_repeated() {
        for code in [3, 5, 6, 7] {
            let (asked, ended) = held(OPEN, None, &[(200, &status(code)), (200, OK)]);
            assert_eq!((asked.len(), ended), (1, Ended::Refused(code)));
        }
        // Whether it is told again the lot decides, which knows who stands there.
        let (asked, ended) = held(OPEN, None, &[(200, &status(2)), (200, OK)]);
        assert_eq!((asked.len(), ended), (1, Ended::Busy));
        assert_eq!(held(OPEN, None, &[(403, "")]).1, Ended::Refused(403));
        let (asked, ended) = held(OPEN, None, &[]);
        assert_eq!((asked.len(), ended), (1, Ended::Unanswered));
    }

    #[test]
    fn a_probe_finds_the_barrier_and_whether_the_camera_opens_by_itself() {
        let decides = |who: i64| format!("<EntranceParam><ctrlMod>{who}</ctrlMod></EntranceParam>");
        let (_, ended) = held(CameraTask::Probe, None, &[(200, &gate(1)), (200, &decides(0))]);
        let Ended::Done(learned) = ended else { panic!("{ended:?}") };
        assert_eq!(
            (learned.route, learned.arm_up, learned.opens_itself),
            (Some(GATE), Some(false), true)
        );
        let (asked, ended) = held(CameraTask::Probe, None, &[(404, ""), (404, ""), (200, OK)]);
        assert!(asked[2].contains("outputs/1/trigger") && asked[2].contains(">low<"), "{asked:?}");
        assert_eq!(done(&ended), (None, None));
        // Without a state nobody knows the route yet, and the first one is tried.
        let unable = "<ResponseStatus><statusCode>4</statusCode></ResponseStatus>";
        for no_state in [(404, ""), (403, ""), (200, unable)] {
            let answers = [no_state, (200, decides(2).leak() as &str), (200, OK)];
            let (asked, ended) = held(CameraTask::Probe, None, &answers);
            let Ended::Done(learned) = ended else { panic!("{ended:?}") };
            assert_eq!((asked.len(), learned.route, learned.opens_itself), (3, None, true));
        }
        assert_eq!(
            done(&held(CameraTask::Look, Some(GATE), &[(200, &gate(2))]).1),
            (Some(GATE), Some(true))
        );
        assert_eq!(done(&held(CameraTask::Look, None, &[(200, &gate(0))]).1), (Some(GATE), None));
    }

    #[test]
    fn its_clock_is_set_with_the_sign_that_posix_gives_the_zone() {
        let (asked, ended) = held(CameraTask::SetTime, None, &[(200, OK)]);
        assert!(asked[0].starts_with("PUT /ISAPI/System/time "), "{asked:?}");
        assert!(asked[0].contains("<localTime>2026-07-15T10:00:00+08:00</localTime>"), "{asked:?}");
        assert!(asked[0].contains("<timeZone>CST-8:00:00</timeZone>"), "{asked:?}");
        assert!(matches!(ended, Ended::Done(_)));
        let (_, ended) = held(CameraTask::Snapshot, None, &[(200, "no picture")]);
        assert_eq!(ended, Ended::Unable);
    }

    proptest! {
        #[test]
        fn hostile_pushes_are_errors_and_never_panics(body in prop::collection::vec(any::<u8>(), 0..300), query in "\\PC{0,40}") {
            let _ = decode(&Push { body, query, content_type: "multipart/form-data; boundary=b".to_owned(), ..Push::default() });
        }

        #[test]
        fn whatever_a_camera_answers_a_conversation_ends(status in 100_u16..600, body in "\\PC{0,60}") {
            let answers = vec![(status, body.as_str()); 60];
            for task in [OPEN, CameraTask::Probe, CameraTask::Look, CameraTask::SetTime, CameraTask::Snapshot] {
                let _ = held(task, None, &answers);
            }
        }
    }
}
