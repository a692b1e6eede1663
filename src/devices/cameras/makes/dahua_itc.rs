//! Dahua ITC cameras: they push JSON (ITSAPI) and are called by CGI, or by RPC2 where they have no CGI. Pure.
//!
//! An event that is not answered with a true result comes again. Nothing marks one that comes late; its own time
//! tells.

use super::codec::{
    self, CameraMessage, CodecError, Identity, MessageNames, Now, Plate, number, word,
};
use super::dahua_cgi::{by_ok, by_words};
use super::dahua_list::DahuaListTalk;
use super::http::{
    CameraAnswer, CameraTask, CommandWay, Conversation, Ended, Learned, OneQuestion, PushAnswer,
    PushCodec, Question, Talk, TalkTurn, by_status, picture,
};
use super::push::{Answering, Claim, PartKind, Push, Pushed, unreadable};
use super::{Ability, Make, ReadKeys, text};
use crate::config::reader::Section;
use crate::model::barrier::Act;
use crate::model::event::{Heading, ImageShows};
use crate::standard::datetime::DateTime;
use crate::standard::sign::hex;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use std::sync::Arc;

/// The make.
pub static MAKE: Make = Make {
    name: "dahua-itc",
    abilities: &[Ability::Outputs, Ability::Clock, Ability::List, Ability::IsCalled],
    offline_after: SignedDuration::from_secs(180),
    read: ReadKeys::Http(|section| Arc::new(Dahua::read(section))),
};

/// One camera's language.
#[derive(Debug, Clone, PartialEq)]
pub struct Dahua {
    channel: u16,
}

/// RPC2's codes of logins, and the one among them that only asks for the second turn.
const LOGIN_ERRORS: std::ops::RangeInclusive<i64> = 0x1003_0000..=0x1003_ffff;
const LOGIN_CHALLENGE: i64 = 0x1003_000f;
/// The ways to its barrier.
const CGI: u8 = 0;
const RPC2: u8 = 1;

impl Dahua {
    /// The camera of that channel.
    pub fn new(channel: u16) -> Self {
        Self { channel }
    }

    fn read(section: &Section<'_>) -> Self {
        let channel = section.int("channel", 1, 64).unwrap_or(1);
        Self::new(u16::try_from(channel).unwrap_or(1))
    }

    fn cgi(&self, target: &str) -> Question {
        Question::get(format!("/cgi-bin/{target}&channel={}", self.channel))
    }
}

/// An event at the gate.
fn event(message: &Value, body: &[u8], zone: &TimeZone) -> CameraMessage {
    let at = |pointer: &str| message.pointer(pointer).unwrap_or(&Value::Null);
    let category = codec::only_text(at("/Picture/SnapInfo/SnapCategory"));
    if category.eq_ignore_ascii_case("NonMotor") {
        return CameraMessage::Other;
    }
    let shown = codec::only_text(at("/Picture/Plate/PlateNumber"));
    let is_there = at("/Picture/Plate/IsExist").as_bool() != Some(false);
    let none = !is_there || shown.eq_ignore_ascii_case("unlicensed") || shown == "--";
    let (plate, aliases) = if none { (None, Vec::new()) } else { text::plates(shown) };
    let color = plate_color(codec::only_text(at("/Picture/Plate/PlateColor")));
    let time = at("/Picture/SnapInfo/AccurateTime");
    let taken = moment(codec::only_text(time), zone);
    let (device, ids) = ([at("/Picture/SnapInfo/DeviceID")], [at("/Picture/Plate/UploadNum")]);
    let names = MessageNames { device: &device, ids: &ids, moments: &[time] };
    CameraMessage::Plate(Box::new(Plate {
        identity: Identity::new(names, shown, body),
        plate,
        aliases,
        confidence: codec::confidence(at("/Picture/Plate/Confidence")),
        heading: match codec::only_text(at("/Picture/SnapInfo/Direction")) {
            "Obverse" => Some(Heading::Approaching),
            "Reverse" => Some(Heading::Receding),
            _ => None,
        },
        car_model: color.and_then(codec::car_model),
        plate_color: color.map(str::to_owned),
        car_color: car_color(codec::only_text(at("/Picture/Vehicle/VehicleColor"))),
        car_logo: codec::car_logo(codec::only_text(at("/Picture/Vehicle/VehicleSign"))),
        taken,
        sent: taken,
        pictures: pictures(message),
        ..Plate::default()
    }))
}

/// Its time has no offset and is the lot's. The zone that it names is a setting nobody looks at.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let time: DateTime = text.get(..19)?.replace('T', " ").parse().ok()?;
    time.moment(zone)
}

fn pictures(message: &Value) -> Vec<(ImageShows, codec::Picture)> {
    let content = |name: &str| {
        let picture = message.pointer("/Picture")?.get(name)?;
        ["Content", "Data", "PicData"]
            .iter()
            .find_map(|key| codec::inside(codec::only_text(picture.get(*key)?)))
    };
    let plate = content("CutoutPic").map(|one| (ImageShows::Plate, one));
    let vehicle = content("NormalPic").or_else(|| content("VehiclePic"));
    plate.into_iter().chain(vehicle.map(|one| (ImageShows::Vehicle, one))).collect()
}

fn plate_color(word: &str) -> Option<&'static str> {
    Some(match word {
        "Blue" | "BluebottomWhiteText" => "蓝色",
        "Yellow" | "YellowbottomBlackText" => "黄色",
        "White" => "白色",
        "Black" | "BlackBottomWhiteText" => "黑色",
        // Small and large new energy.
        "Green" | "ShadowGreen" => "绿色",
        "YellowGreen" => "黄绿色",
        _ => return None,
    })
}

fn car_color(word: &str) -> Option<String> {
    let color = match word {
        "White" => "白色",
        "Black" => "黑色",
        "Red" => "红色",
        "Yellow" => "黄色",
        "Gray" | "Grey" => "灰色",
        "Silver" => "银色",
        "Blue" => "蓝色",
        "Green" => "绿色",
        "Brown" => "棕色",
        "Pink" => "粉色",
        "Purple" => "紫色",
        _ => return None,
    };
    Some(color.to_owned())
}

impl PushCodec for Dahua {
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError> {
        let parts = push.parts();
        let document = parts.iter().find(|part| part.kind == PartKind::Json);
        let document = document.ok_or_else(|| unreadable("no JSON"))?.bytes;
        let message: Value = codec::json(document)?;
        let serials = ["/DeviceID", "/Picture/SnapInfo/DeviceID"];
        let serials = serials.iter().filter_map(|pointer| message.pointer(pointer)).map(word);
        let claims: Vec<_> = serials.filter(|one| !one.is_empty()).map(Claim::Serial).collect();
        let message = if message.get("Picture").is_some() {
            event(&message, document, now.time_zone)
        } else {
            CameraMessage::KeepAlive(None)
        };
        Ok(Pushed { message, claims, answering: Answering::Receipt })
    }

    fn answer(&self, _push: &Push, _carried: &[Value]) -> PushAnswer {
        // Firmware differs in which of the two it reads.
        PushAnswer::json(&json!({ "Result": true, "result": "true", "Message": "Success" }))
    }

    fn way(&self) -> CommandWay {
        CommandWay::Called
    }

    fn conversation(&self, task: CameraTask<'_>, talk: &Talk<'_>) -> Option<Box<dyn Conversation>> {
        Some(match task {
            CameraTask::Barrier(act) => {
                let action = match act {
                    Act::Open { .. } => "openStrobe",
                    Act::Close { .. } => "closeStrobe",
                    Act::Stop { .. } | Act::Hold { .. } | Act::Release { .. } => return None,
                };
                let login =
                    talk.login.map(|(user, password)| (user.to_owned(), password.to_owned()));
                let stage = if talk.known == Some(RPC2) { Stage::Rpc2 } else { Stage::Cgi };
                Box::new(StrobeTalk {
                    camera: self.clone(),
                    action,
                    login,
                    stage,
                    session: Value::Null,
                })
            }
            CameraTask::Snapshot => {
                let target = format!("/cgi-bin/snapshot.cgi?channel={}", self.channel);
                Box::new(OneQuestion::new(Question::get(target), picture))
            }
            CameraTask::SetTime => {
                let local = talk.now.time_zone.to_datetime(talk.now.moment);
                let time = local.strftime("%Y-%m-%d%%20%H:%M:%S");
                let target = format!("/cgi-bin/global.cgi?action=setCurrentTime&time={time}");
                Box::new(OneQuestion::new(Question::get(target), by_words))
            }
            CameraTask::Look => {
                let target = "/cgi-bin/magicBox.cgi?action=getDeviceType";
                Box::new(OneQuestion::new(Question::get(target), by_words))
            }
            CameraTask::List(task) => Box::new(DahuaListTalk::new(task)),
            CameraTask::Probe | CameraTask::Serial { .. } => return None,
        })
    }
}

/// One movement of the barrier.
struct StrobeTalk {
    camera: Dahua,
    action: &'static str,
    login: Option<(String, String)>,
    stage: Stage,
    session: Value,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Cgi,
    CgiAsked,
    Rpc2,
    Challenged,
    LoggedIn,
    Instanced,
    Commanded,
}

impl StrobeTalk {
    /// A login in two turns, the instance, the command.
    fn rpc2(
        &self,
        path: &str,
        id: u8,
        method: &str,
        params: &Value,
        object: Option<&Value>,
    ) -> TalkTurn {
        let mut body = json!({ "method": method, "params": params, "id": id });
        let mut headers = Vec::new();
        if let (Some(session), Some(fields)) = (told(&self.session), body.as_object_mut()) {
            fields.insert("session".to_owned(), self.session.clone());
            headers.push(("Cookie", format!("WebClientHttpSessionID={session}")));
            headers.push(("x-api-session", session));
        }
        if let (Some(object), Some(fields)) = (object, body.as_object_mut()) {
            fields.insert("object".to_owned(), object.clone());
        }
        let kind = "application/json";
        let (target, body) = (path.to_owned(), body.to_string());
        TalkTurn::Ask(Question { method: "POST", target, kind, body, headers })
    }

    fn user(&self) -> &str {
        self.login.as_ref().map_or("", |(user, _)| user)
    }

    fn log_in(&mut self) -> TalkTurn {
        if self.login.is_none() {
            return TalkTurn::Over(Ended::Unable);
        }
        self.stage = Stage::Challenged;
        let params = json!({ "userName": self.user(), "password": "", "clientType": "Web3.0" });
        self.rpc2("/RPC2_Login", 1, "global.login", &params, None)
    }

    fn challenged(&mut self, answer: &Value) -> TalkTurn {
        let params = answer.get("params").unwrap_or(&Value::Null);
        let text = |name: &str| params.get(name).map(word).unwrap_or_default();
        self.session = answer.get("session").cloned().unwrap_or_default();
        let (realm, random) = (text("realm"), text("random"));
        if realm.is_empty() || random.is_empty() {
            return TalkTurn::Over(Ended::Refused(0));
        }
        let password = self.login.as_ref().map_or("", |(_, password)| password);
        let password = hashed(self.user(), password, &realm, &random);
        self.stage = Stage::LoggedIn;
        let params = json!({
            "userName": self.user(), "password": password, "clientType": "Web3.0",
            "authorityType": "Default", "passwordType": "Default",
        });
        self.rpc2("/RPC2_Login", 2, "global.login", &params, None)
    }
}

fn told(value: &Value) -> Option<String> {
    Some(word(value)).filter(|text| !text.is_empty())
}

/// `MD5(user:random:MD5(user:realm:password))`, both in capitals.
fn hashed(user: &str, password: &str, realm: &str, random: &str) -> String {
    let md5 = |text: String| hex(&Md5::digest(text.as_bytes())).to_uppercase();
    let inner = md5(format!("{user}:{realm}:{password}"));
    md5(format!("{user}:{random}:{inner}"))
}

fn error_code(answer: &Value) -> Option<i64> {
    answer.pointer("/error/code").and_then(number)
}

fn refusal(answer: &Value) -> Ended {
    Ended::Refused(error_code(answer).unwrap_or(0))
}

/// Whether an answer says that user or password are wrong, or the account is locked: after one of these nothing more
/// is sent, so nothing else may pass for one.
fn is_wrong_login(answer: &Value) -> bool {
    let is_login_error = |code: i64| LOGIN_ERRORS.contains(&code) && code != LOGIN_CHALLENGE;
    let counts_down = answer.pointer("/params/remainLoginTimes").is_some();
    answer.get("result").and_then(Value::as_bool) == Some(false)
        && (counts_down || error_code(answer).is_some_and(is_login_error))
}

impl Conversation for StrobeTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        if self.stage == Stage::Cgi {
            self.stage = Stage::CgiAsked;
            let action = format!("trafficSnap.cgi?action={}&info.openType=Normal", self.action);
            return TalkTurn::Ask(self.camera.cgi(&action));
        }
        if self.stage == Stage::Rpc2 {
            return self.log_in();
        }
        let Some(CameraAnswer::Http { status, body }) = heard else {
            return TalkTurn::Over(Ended::Unanswered);
        };
        if self.stage == Stage::CgiAsked {
            return match by_ok(*status, body) {
                Ended::Unable => self.log_in(),
                Ended::Done(_) => {
                    TalkTurn::Over(Ended::Done(Learned { route: Some(CGI), ..Learned::default() }))
                }
                ended => TalkTurn::Over(ended),
            };
        }
        let answer: Option<Value> = codec::json(body).ok().filter(Value::is_object);
        if self.stage == Stage::LoggedIn && answer.as_ref().is_some_and(is_wrong_login) {
            return TalkTurn::Over(Ended::WrongLogin);
        }
        let answer = match (by_status(*status, body), answer) {
            (Ended::Done(_), Some(answer)) => answer,
            (Ended::Done(_), None) => return TalkTurn::Over(Ended::Refused(i64::from(*status))),
            (ended, _) => return TalkTurn::Over(ended),
        };
        let yes = answer.get("result").and_then(Value::as_bool).unwrap_or(false);
        match self.stage {
            Stage::Challenged => self.challenged(&answer),
            Stage::LoggedIn if !yes => {
                let code = error_code(&answer).unwrap_or(i64::from(*status));
                TalkTurn::Over(Ended::Refused(code))
            }
            Stage::LoggedIn => {
                self.stage = Stage::Instanced;
                // Here channels count from 0.
                let params = json!({ "channel": self.camera.channel.saturating_sub(1) });
                self.rpc2("/RPC2", 3, "trafficSnap.factory.instance", &params, None)
            }
            Stage::Instanced => {
                let Some(object) = answer.get("result").filter(|one| number(one).is_some()) else {
                    return TalkTurn::Over(refusal(&answer));
                };
                self.stage = Stage::Commanded;
                let params = json!({ "info": { "openType": "Normal", "plateNumber": "" } });
                let method = format!("trafficSnap.{}", self.action);
                self.rpc2("/RPC2", 4, &method, &params, Some(object))
            }
            _ if yes => {
                TalkTurn::Over(Ended::Done(Learned { route: Some(RPC2), ..Learned::default() }))
            }
            _ => TalkTurn::Over(refusal(&answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn decode(body: &[u8]) -> Result<Pushed, CodecError> {
        let moment = Timestamp::from_second(1_784_080_800).unwrap();
        let push = Push { body: body.to_vec(), ..Push::default() };
        Dahua::new(1).decode(&push, Now { moment, time_zone: &zone() })
    }

    fn event(change: impl Fn(&mut Value)) -> Value {
        let mut event = json!({ "Picture": {
            "Plate": { "IsExist": true, "PlateNumber": "粤B12345", "PlateColor": "Blue", "Confidence": 96, "UploadNum": 1 },
            "Vehicle": { "VehicleColor": "White", "VehicleSign": "Toyota" },
            "SnapInfo": { "AccurateTime": "2026-07-15 10:00:00.120", "DeviceID": "D1", "Direction": "Obverse" },
            "NormalPic": { "Content": STANDARD.encode(b"\xff\xd8\xffn") },
            "CutoutPic": { "PicData": STANDARD.encode(b"\xff\xd8\xffc") },
        } });
        change(&mut event);
        event
    }

    fn read(change: impl Fn(&mut Value)) -> Plate {
        match decode(event(change).to_string().as_bytes()).unwrap().message {
            CameraMessage::Plate(plate) => *plate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_event_carries_its_plate_its_lots_time_and_its_pictures() {
        let read = read(|_| {});
        assert_eq!(read.plate, Some("粤B12345".parse().unwrap()));
        assert_eq!((read.plate_color.as_deref(), read.car_model), (Some("蓝色"), Some(3)));
        assert_eq!(
            (read.car_color.as_deref(), read.car_logo.as_deref()),
            (Some("白色"), Some("Toyota"))
        );
        assert_eq!((read.confidence, read.heading), (Some(96), Some(Heading::Approaching)));
        assert_eq!(read.taken.map(Timestamp::as_second), Some(1_784_080_800));
        let shows: Vec<_> = read.pictures.iter().map(|(shows, _)| *shows).collect();
        assert_eq!(shows, [ImageShows::Plate, ImageShows::Vehicle]);
        assert!(!read.late, "nothing marks one that is late");
        let west = self::read(|event| event["Picture"]["SnapInfo"]["TimeZone"] = json!(-7));
        assert_eq!(
            west.taken, read.taken,
            "its clock shows the lot's time, whatever its zone is set to"
        );
    }

    #[test]
    fn an_event_is_known_by_its_camera_its_time_and_its_plate() {
        let first = read(|_| {}).identity;
        assert!(first.told_apart && first == read(|_| {}).identity);
        for pointer in [
            "/Picture/Plate/PlateNumber",
            "/Picture/SnapInfo/AccurateTime",
            "/Picture/Plate/UploadNum",
        ] {
            let other = read(|event| *event.pointer_mut(pointer).unwrap() = json!("粤B54321"));
            assert_ne!(other.identity, first, "{pointer}");
        }
        let serial =
            |event: &mut Value| event["Picture"]["SnapInfo"]["DeviceID"] = json!("2A01B7C4PAG0001");
        let nameless = |event: &mut Value| {
            serial(event);
            event["Picture"]["SnapInfo"]["AccurateTime"] = json!("");
        };
        assert!(read(serial).identity.told_apart);
        assert!(!read(nameless).identity.told_apart, "its camera's name is no event's");
    }

    #[test]
    fn a_car_without_a_plate_and_a_cyclist_are_told_apart() {
        for none in ["", "--", "unlicensed", "Unlicensed"] {
            assert_eq!(
                read(|event| event["Picture"]["Plate"]["PlateNumber"] = json!(none)).plate,
                None
            );
        }
        assert_eq!(read(|event| event["Picture"]["Plate"]["IsExist"] = json!(false)).plate, None);
        let cyclist =
            event(|event| event["Picture"]["SnapInfo"]["SnapCategory"] = json!("NonMotor"));
        assert_eq!(decode(cyclist.to_string().as_bytes()).unwrap().message, CameraMessage::Other);
    }

    #[test]
    fn keepalives_and_starts_show_that_it_lives_and_every_answer_is_a_true_result() {
        for body in [r#"{"Active":true,"DeviceID":"D1"}"#, r#"{"DeviceName":"x","DeviceID":"D1"}"#]
        {
            let pushed = decode(body.as_bytes()).unwrap();
            assert_eq!(pushed.message, CameraMessage::KeepAlive(None));
            assert_eq!(pushed.claims, [Claim::Serial("D1".to_owned())]);
        }
        let answer: Value =
            serde_json::from_str(&Dahua::new(1).answer(&Push::default(), &[]).body).unwrap();
        assert_eq!((&answer["Result"], &answer["result"]), (&json!(true), &json!("true")));
        assert!(decode(b"<xml/>").is_err() && decode(b"{").is_err());
    }

    /// Holds the conversation that opens; what was asked, and how it ended.
    fn opened(known: Option<u8>, answers: &[(u16, &str)]) -> (Vec<Question>, Ended) {
        let zone = zone();
        let now = Now { moment: Timestamp::from_second(1_784_080_800).unwrap(), time_zone: &zone };
        let talk =
            Talk { now, known, login: Some(("admin", "pw")), up_within: std::time::Duration::ZERO };
        let task = CameraTask::Barrier(Act::Open { output: 0 });
        let mut conversation = Dahua::new(1).conversation(task, &talk).unwrap();
        let (mut asked, mut answers) = (Vec::new(), answers.iter());
        let mut turn = conversation.next(None);
        loop {
            let heard = match turn {
                TalkTurn::Over(ended) => return (asked, ended),
                TalkTurn::Wait(_) => CameraAnswer::Waited,
                TalkTurn::Ask(question) => {
                    asked.push(question);
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
    }

    #[test]
    fn it_opens_by_cgi_once() {
        let (asked, ended) = opened(None, &[(200, "OK\r\n")]);
        let target = "/cgi-bin/trafficSnap.cgi?action=openStrobe&info.openType=Normal&channel=1";
        assert_eq!((asked.len(), asked[0].method, asked[0].target.as_str()), (1, "GET", target));
        assert!(matches!(ended, Ended::Done(Learned { route: Some(CGI), .. })));
        for (answers, wanted) in [
            (vec![(200, "Error\r\nBad Request!")], Ended::Refused(0)),
            (vec![(200, "")], Ended::Refused(0)),
            (vec![(200, "result=0")], Ended::Refused(0)),
            (vec![(403, "")], Ended::Refused(403)),
            (vec![], Ended::Unanswered),
        ] {
            let (asked, ended) = opened(None, &answers);
            assert_eq!((asked.len(), ended), (1, wanted), "a call that opens is not repeated");
        }
    }

    #[test]
    fn where_cgi_is_not_implemented_it_opens_by_rpc2() {
        let challenge = r#"{"id":1,"params":{"encryption":"Default","random":"42","realm":"Login to X"},"result":false,"session":"s1"}"#;
        let rpc = [
            (200, challenge),
            (200, r#"{"id":2,"result":true,"session":"s1"}"#),
            (200, r#"{"id":3,"result":7,"session":"s1"}"#),
            (200, r#"{"id":4,"result":true,"session":"s1"}"#),
        ];
        let whole: Vec<_> = std::iter::once((501, "Not Implemented!")).chain(rpc).collect();
        let (asked, ended) = opened(None, &whole);
        assert!(matches!(ended, Ended::Done(Learned { route: Some(RPC2), .. })), "{ended:?}");
        let login: Value = serde_json::from_str(&asked[2].body).unwrap();
        assert_eq!(login["params"]["password"], hashed("admin", "pw", "Login to X", "42"));
        assert_eq!(login["session"], "s1");
        let command: Value = serde_json::from_str(&asked[4].body).unwrap();
        assert_eq!(
            (&command["method"], &command["object"]),
            (&json!("trafficSnap.openStrobe"), &json!(7))
        );
        assert_eq!(asked[4].headers[0], ("Cookie", "WebClientHttpSessionID=s1".to_owned()));
        assert_eq!(opened(Some(RPC2), &rpc).0.len(), 4, "the way that worked is known");
        let wrong = [
            (200, challenge),
            (200, r#"{"result":false,"error":{"code":268632085},"params":{"remainLoginTimes":3}}"#),
        ];
        assert_eq!(opened(Some(RPC2), &wrong).1, Ended::WrongLogin);
        // A page for an unknown path opened nothing.
        let page: Vec<_> =
            std::iter::once((200, "<!DOCTYPE html><title>WEB</title>")).chain(rpc).collect();
        let (asked, ended) = opened(None, &page);
        assert!(matches!(ended, Ended::Done(Learned { route: Some(RPC2), .. })), "{ended:?}");
        assert_eq!(asked.len(), 5);
    }

    #[test]
    fn only_words_about_the_login_stop_logins() {
        let challenge = r#"{"params":{"random":"42","realm":"R"},"result":false,"session":"s1"}"#;
        let after =
            |status: u16, answer: &str| opened(Some(RPC2), &[(200, challenge), (status, answer)]).1;
        for locked in [
            r#"{"result":false,"error":{"code":268632085,"message":"User or password not valid!"}}"#,
            r#"{"result":false,"params":{"remainLoginTimes":4}}"#,
        ] {
            assert_eq!(after(200, locked), Ended::WrongLogin);
        }
        assert_eq!(after(500, ""), Ended::Refused(500));
        assert_eq!(after(503, "<html>busy</html>"), Ended::Refused(503));
        assert_eq!(after(200, "<html>busy</html>"), Ended::Refused(200));
        assert_eq!(
            after(200, r#"{"result":false,"error":{"code":285409409}}"#),
            Ended::Refused(285_409_409)
        );
        assert_eq!(
            after(200, r#"{"result":false,"error":{"code":268632079}}"#),
            Ended::Refused(268_632_079)
        );
        assert_eq!(after(200, r#"{"result":false}"#), Ended::Refused(200));
        assert_eq!(after(200, "null"), Ended::Refused(200));
    }

    #[test]
    fn a_password_is_hashed_as_its_camera_does() {
        // Reckoned elsewhere (md5sum).
        assert_eq!(hashed("admin", "pw", "Login to X", "42"), "AD3C236FD1B631C3E047DADFC426D761");
    }

    proptest! {
        #[test]
        fn hostile_pushes_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), time in "\\PC{0,30}") {
            let _ = decode(&bytes);
            let _ = read(|event| {
                event["Picture"]["SnapInfo"]["AccurateTime"] = json!(time);
            });
        }
    }
}
