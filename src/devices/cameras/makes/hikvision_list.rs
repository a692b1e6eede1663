//! A Hikvision camera's own list: how a plate is put on it and taken off, by the older form of its interface or the newer.
//! Pure.
//!
//! The documents at hand are of working code, not of the vendor: firmware differs in how a plate is named when it is taken
//! off and in the word for the list, so forms are tried in order until one is taken.

use super::codec::digest;
use super::http::{
    CameraAnswer, Conversation, Ended, Learned, ListTask, Question, TalkTurn, by_status,
};
use super::isapi::{judge, put};
use jiff::civil::DateTime;
use serde_json::json;

/// Words for the list, in the order they are tried.
const LISTS: [&str; 2] = ["allowList", "whiteList"];
/// Forms in which a plate to be taken off is named.
const FORMS: usize = 3;

/// One change of the list.
pub(super) struct HikvisionListTalk {
    channel: u16,
    plate_no: String,
    /// What is put on; nothing where it is taken off.
    put: Option<Written>,
    stage: Stage,
    /// The first refusal, which tells most.
    refused: Option<i64>,
}

/// A plate as the list has it.
struct Written {
    from: String,
    until: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Begin,
    /// Whether it has the older form was asked.
    Probed,
    Older,
    /// It is put on under the list's word of that number; for the second time where it stood there already.
    Putting {
        word: usize,
        cleared: bool,
    },
    /// It is taken off in the form of that number, to be put on then or not.
    Removing {
        form: usize,
    },
}

impl HikvisionListTalk {
    /// The change of the list of a camera's channel.
    pub(super) fn new(channel: u16, task: ListTask<'_>) -> Self {
        let local = |time: DateTime| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let put = task.put.map(|(from, last)| Written { from: local(from), until: local(last) });
        let plate_no = task.plate_no.to_owned();
        Self { channel, plate_no, put, stage: Stage::Begin, refused: None }
    }

    /// The older form: one document to put a plate on, another to take it off.
    fn older(&self) -> Question {
        let plate = &self.plate_no;
        let target = "/ISAPI/ITC/Entrance/VCL".to_owned();
        match &self.put {
            Some(Written { from, until }) => put(
                target,
                &format!(
                    "<SetVCLData><VCLDataList><singleVCLData><id>0</id><runNum>0</runNum>\
                     <listType>0</listType><plateNum>{plate}</plateNum><cardNo></cardNo>\
                     <startTime>{from}</startTime><endTime>{until}</endTime>\
                     </singleVCLData></VCLDataList></SetVCLData>"
                ),
            ),
            None => Question {
                method: "DELETE",
                ..put(
                    target,
                    &format!(
                        "<VCLDelCond><delVCLCond>1</delVCLCond><plateNum>{plate}</plateNum></VCLDelCond>"
                    ),
                )
            },
        }
    }

    fn newer(&self, path: &str, body: &serde_json::Value) -> Question {
        let channel = self.channel;
        Question {
            method: "PUT",
            target: format!("/ISAPI/Traffic/channels/{channel}/{path}?format=json"),
            kind: "application/json",
            body: body.to_string(),
            headers: Vec::new(),
        }
    }

    /// A number of its own for each plate, the same each time.
    fn number(&self) -> String {
        let digest = digest(self.plate_no.as_bytes());
        let digits = digest.get(..7).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        digits.unwrap_or_default().saturating_add(1).to_string()
    }

    fn add(&self, word: usize) -> Option<Question> {
        let Written { from, until } = self.put.as_ref()?;
        // What is not told is empty: some firmware misses keys that are left out.
        let record = json!({
            "id": self.number(), "LicensePlate": self.plate_no, "listType": LISTS.get(word)?,
            "plateColor": "", "plateType": "", "operationType": "add", "createTime": from,
            "effectiveTime": until, "cardNo": "",
        });
        let body = json!({ "LicensePlateInfoList": [record] });
        Some(self.newer("licensePlateAuditData/record", &body))
    }

    fn remove(&self, form: usize) -> Question {
        let plate = &self.plate_no;
        let body = match form {
            0 => json!({ "licensePlate": [plate] }),
            1 => json!({ "deleteAllEnabled": false,
                "CompoundCond": { "licensePlate": plate, "plateColor": "" } }),
            _ => json!({ "id": [self.number()] }),
        };
        self.newer("DelLicensePlateAuditData", &body)
    }

    fn begin_newer(&mut self) -> TalkTurn {
        match self.add(0) {
            Some(add) => {
                self.stage = Stage::Putting { word: 0, cleared: false };
                TalkTurn::Ask(add)
            }
            None => self.begin_removing(),
        }
    }

    fn begin_removing(&mut self) -> TalkTurn {
        self.stage = Stage::Removing { form: 0 };
        TalkTurn::Ask(self.remove(0))
    }

    /// An answer that is no yes: the next form, or the end.
    fn refused(&mut self, ended: Ended) -> TalkTurn {
        if let Ended::Refused(code) = ended {
            self.refused = self.refused.or(Some(code));
        }
        match self.stage {
            // It may stand there already.
            Stage::Putting { cleared: false, .. } => self.begin_removing(),
            Stage::Putting { word, cleared: true } => match self.add(word + 1) {
                Some(add) => {
                    self.stage = Stage::Putting { word: word + 1, cleared: true };
                    TalkTurn::Ask(add)
                }
                None => self.over(ended),
            },
            Stage::Removing { form } if form + 1 < FORMS => {
                self.stage = Stage::Removing { form: form + 1 };
                TalkTurn::Ask(self.remove(form + 1))
            }
            // It did not stand there; that what is to come is taken says so.
            Stage::Removing { .. } if self.put.is_some() => self.add_cleared(),
            _ => self.over(ended),
        }
    }

    fn over(&self, ended: Ended) -> TalkTurn {
        TalkTurn::Over(self.refused.map_or(ended, Ended::Refused))
    }

    fn add_cleared(&mut self) -> TalkTurn {
        match self.add(0) {
            Some(add) => {
                self.stage = Stage::Putting { word: 0, cleared: true };
                TalkTurn::Ask(add)
            }
            None => TalkTurn::Over(Ended::Done(Learned::default())),
        }
    }
}

impl Conversation for HikvisionListTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        if self.stage == Stage::Begin {
            self.stage = Stage::Probed;
            return TalkTurn::Ask(Question::get("/ISAPI/ITC/Entrance/VCL/capabilities"));
        }
        let Some(CameraAnswer::Http { status, body }) = heard else {
            return TalkTurn::Over(Ended::Unanswered);
        };
        if self.stage == Stage::Probed {
            if *status == 200 {
                self.stage = Stage::Older;
                return TalkTurn::Ask(self.older());
            }
            return self.begin_newer();
        }
        match judge(*status, body).unwrap_or_else(|| by_status(*status, body)) {
            Ended::Done(_) => match self.stage {
                Stage::Removing { .. } => self.add_cleared(),
                _ => TalkTurn::Over(Ended::Done(Learned::default())),
            },
            ended => self.refused(ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(put: bool) -> ListTask<'static> {
        let at = |text: &str| text.parse().unwrap();
        let times = (at("2026-07-15T00:00:00"), at("2026-12-31T23:59:59"));
        ListTask { plate_no: "粤B12345", put: put.then_some(times) }
    }

    const YES: &[u8] = br#"{"statusCode":1,"statusString":"OK","subStatusCode":"ok"}"#;
    const BAD: &[u8] = br#"{"statusCode":6,"subStatusCode":"badParameters"}"#;

    /// What is asked, where each question is answered so, and how it ends.
    fn held(task: ListTask<'_>, answers: &[(u16, &[u8])]) -> (Vec<Question>, Ended) {
        let mut talk = HikvisionListTalk::new(1, task);
        let mut asked = Vec::new();
        let mut turn = talk.next(None);
        for (status, body) in answers {
            let TalkTurn::Ask(question) = turn else { panic!("{turn:?}") };
            asked.push(question);
            turn = talk.next(Some(&CameraAnswer::Http { status: *status, body }));
        }
        match turn {
            TalkTurn::Over(ended) => (asked, ended),
            other => panic!("{other:?}"),
        }
    }

    fn done() -> Ended {
        Ended::Done(Learned::default())
    }

    #[test]
    fn the_newer_form_is_written_where_the_older_is_not_known() {
        let (asked, ended) = held(task(true), &[(404, b""), (200, YES)]);
        assert_eq!(ended, done());
        assert_eq!(asked[0].target, "/ISAPI/ITC/Entrance/VCL/capabilities");
        assert_eq!(
            (asked[1].method, asked[1].target.as_str()),
            ("PUT", "/ISAPI/Traffic/channels/1/licensePlateAuditData/record?format=json",)
        );
        let body: serde_json::Value = serde_json::from_str(&asked[1].body).unwrap();
        let record = &body["LicensePlateInfoList"][0];
        assert_eq!(record["LicensePlate"], "粤B12345");
        assert_eq!(
            (&record["listType"], &record["operationType"]),
            (&json!("allowList"), &json!("add"))
        );
        assert_eq!(record["effectiveTime"], "2026-12-31T23:59:59");
        assert!(record["id"].as_str().unwrap().parse::<u32>().is_ok());
    }

    #[test]
    fn what_stands_there_already_is_taken_off_and_put_on_again() {
        let answers = [(404, b"".as_slice()), (200, BAD), (200, YES), (200, YES)];
        let (asked, ended) = held(task(true), &answers);
        assert_eq!(ended, done());
        assert!(asked[2].target.contains("DelLicensePlateAuditData"));
        assert_eq!(asked[2].body, r#"{"licensePlate":["粤B12345"]}"#);
        assert_eq!(asked[3].body, asked[1].body);
    }

    #[test]
    fn each_form_is_tried_before_a_plate_is_said_to_stay() {
        let answers = [(404, b"".as_slice()), (200, BAD), (200, BAD), (200, BAD)];
        let (asked, ended) = held(task(false), &answers);
        assert_eq!(ended, Ended::Refused(6));
        assert!(asked[2].body.contains("CompoundCond") && asked[3].body.contains("\"id\""));
        let (_, ended) = held(task(false), &[(404, b""), (200, BAD), (200, YES)]);
        assert_eq!(ended, done());
        let put = [
            (404, b"".as_slice()),
            (200, BAD),
            (200, BAD),
            (200, BAD),
            (200, BAD),
            (200, BAD),
            (200, BAD),
        ];
        let (asked, ended) = held(task(true), &put);
        assert_eq!(ended, Ended::Refused(6));
        assert!(asked[6].body.contains("whiteList"));
    }

    #[test]
    fn the_older_form_has_a_document_for_each() {
        let xml = b"<ResponseStatus><statusCode>1</statusCode></ResponseStatus>";
        let (asked, ended) = held(task(true), &[(200, b"<VCLCap/>"), (200, xml)]);
        assert_eq!((asked[1].method, ended), ("PUT", done()));
        assert!(asked[1].body.contains("<plateNum>粤B12345</plateNum>"));
        let (asked, ended) = held(task(false), &[(200, b"<VCLCap/>"), (200, xml)]);
        assert_eq!((asked[1].method, ended), ("DELETE", done()));
    }

    #[test]
    fn a_camera_that_does_not_answer_is_silent() {
        let mut talk = HikvisionListTalk::new(1, task(true));
        talk.next(None);
        assert_eq!(talk.next(Some(&CameraAnswer::Nothing)), TalkTurn::Over(Ended::Unanswered));
    }
}
