//! Moves a Dahua barrier: by CGI, or by RPC2 where it has none. Pure.

use super::Dahua;
use super::cgi::by_ok;
use crate::devices::cameras::makes::codec::{self, number, word};
use crate::devices::cameras::makes::http::{
    CameraAnswer, Conversation, Ended, Learned, Question, Talk, TalkTurn, by_status,
};
use crate::standard::sign::hex;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

/// RPC2's codes of logins, and the one among them that only asks for the second turn.
const LOGIN_ERRORS: std::ops::RangeInclusive<i64> = 0x1003_0000..=0x1003_ffff;
const LOGIN_CHALLENGE: i64 = 0x1003_000f;
/// The ways to its barrier.
const CGI: u8 = 0;
const RPC2: u8 = 1;

/// One movement of the barrier.
pub(super) struct StrobeTalk {
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
    /// A movement by that call, by the way that worked last.
    pub(super) fn new(camera: Dahua, action: &'static str, talk: &Talk<'_>) -> Self {
        let login = talk.login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let stage = if talk.known == Some(RPC2) { Stage::Rpc2 } else { Stage::Cgi };
        Self { camera, action, login, stage, session: Value::Null }
    }

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
    use crate::devices::cameras::makes::codec::Now;
    use crate::devices::cameras::makes::http::{CameraTask, PushCodec};
    use crate::model::barrier::Act;
    use jiff::{Timestamp, tz::TimeZone};

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
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
}
