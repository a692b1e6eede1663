//! A Hikvision camera's own list: how a plate is put on it and taken off, by the older form of its interface or the newer.
//! Pure.
//!
//! The documents at hand are of working code, not of the vendor: firmware differs in how a plate is named when it is taken
//! off and in the word for the list, so forms are tried in order. A yes proves little: some firmware answers it to forms
//! it does not read. So the list is read back, where it can be, and what it shows counts.

use super::isapi::{judge, put};
use super::listing::{Page, page, search};
use crate::devices::cameras::makes::codec::digest;
use crate::devices::cameras::makes::http::{
    CameraAnswer, Conversation, Ended, Learned, ListTask, Question, TalkTurn, by_status,
};
use jiff::{Timestamp, civil::DateTime};
use serde_json::json;

/// Words for the list, in the order they are tried.
const LISTS: [&str; 2] = ["allowList", "whiteList"];
/// Forms in which a plate to be taken off is named.
const FORMS: usize = 3;
/// Pages that one change reads at most; what stands further back nobody knows.
const MOST_PAGES: u8 = 40;

/// One change of the list.
pub(super) struct HikvisionListTalk {
    channel: u16,
    plate_no: String,
    /// What is put on; nothing where it is taken off.
    put: Option<Written>,
    stage: Stage,
    /// The first refusal, which tells most.
    refused: Option<i64>,
    /// A form to take it off was said yes to.
    taken_off: bool,
    /// The list is being read, from that plate on.
    reading: Option<usize>,
    /// Pages that may be read yet.
    pages: u8,
    /// Of this moment: a camera keeps what a search of one name has found.
    begun: Timestamp,
}

/// Whether a plate stands on the list.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    There,
    Absent,
    /// The list cannot be read.
    Unknown,
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
    pub(super) fn new(channel: u16, task: ListTask<'_>, begun: Timestamp) -> Self {
        let local = |time: DateTime| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let put = task.put.map(|(from, last)| Written { from: local(from), until: local(last) });
        let plate_no = task.plate_no.to_owned();
        Self {
            channel,
            plate_no,
            put,
            stage: Stage::Begin,
            refused: None,
            taken_off: false,
            reading: None,
            pages: MOST_PAGES,
            begun,
        }
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
            Stage::Putting { word, cleared: true } => self.next_word(word, ended),
            Stage::Removing { form } if form + 1 < FORMS => self.next_form(form),
            // It may never have stood there.
            Stage::Removing { .. } => self.read_from(0),
            _ => self.over(ended),
        }
    }

    fn next_word(&mut self, word: usize, ended: Ended) -> TalkTurn {
        match self.add(word + 1) {
            Some(add) => {
                self.stage = Stage::Putting { word: word + 1, cleared: true };
                TalkTurn::Ask(add)
            }
            None => self.over(ended),
        }
    }

    fn next_form(&mut self, form: usize) -> TalkTurn {
        self.stage = Stage::Removing { form: form + 1 };
        TalkTurn::Ask(self.remove(form + 1))
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

    /// A page of the list. No condition is sent: in which words it takes one is not documented.
    fn read_from(&mut self, position: usize) -> TalkTurn {
        if self.pages == 0 {
            return self.found(Standing::Unknown);
        }
        self.pages -= 1;
        self.reading = Some(position);
        let pages = MOST_PAGES - self.pages;
        let name = digest(format!("{}{}{pages}", self.plate_no, self.begun).as_bytes());
        TalkTurn::Ask(search(self.channel, &name, position))
    }

    fn read(&mut self, position: usize, status: u16, body: &[u8]) -> TalkTurn {
        let Some(page) = page(body, &self.plate_no).filter(|_| status == 200) else {
            return self.found(Standing::Unknown);
        };
        let read = position + page.plates;
        match page {
            Page { there: true, .. } => self.found(Standing::There),
            Page { all, .. } if read >= all => self.found(Standing::Absent),
            Page { plates: 0, .. } => self.found(Standing::Unknown),
            _ => self.read_from(read),
        }
    }

    /// The list was read, or cannot be.
    fn found(&mut self, standing: Standing) -> TalkTurn {
        let done = TalkTurn::Over(Ended::Done(Learned::default()));
        match (self.stage, standing) {
            (Stage::Putting { word, .. }, Standing::Absent) => {
                self.next_word(word, Ended::Refused(NOT_TAKEN))
            }
            (Stage::Removing { .. }, Standing::Absent) => self.add_cleared(),
            // Where nothing can be seen, each form is said.
            (Stage::Removing { form }, _) if form + 1 < FORMS => self.next_form(form),
            (Stage::Removing { .. }, Standing::Unknown) if self.taken_off || self.put.is_some() => {
                self.add_cleared()
            }
            (Stage::Removing { .. }, _) => self.over(Ended::Refused(NOT_TAKEN)),
            _ => done,
        }
    }
}

/// The code of what was said yes to and not done.
const NOT_TAKEN: i64 = 0;

impl Conversation for HikvisionListTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        if self.stage == Stage::Begin {
            self.stage = Stage::Probed;
            return TalkTurn::Ask(Question::get("/ISAPI/ITC/Entrance/VCL/capabilities"));
        }
        let Some(CameraAnswer::Http { status, body }) = heard else {
            return TalkTurn::Over(Ended::Unanswered);
        };
        if let Some(position) = self.reading.take() {
            return self.read(position, *status, body);
        }
        if self.stage == Stage::Probed {
            if *status == 200 {
                self.stage = Stage::Older;
                return TalkTurn::Ask(self.older());
            }
            // One that cannot say it now has said nothing of its form.
            let unsure = *status >= 500 && !String::from_utf8_lossy(body).contains("notSupport");
            return if unsure { TalkTurn::Over(Ended::Busy) } else { self.begin_newer() };
        }
        match (judge(*status, body).unwrap_or_else(|| by_status(*status, body)), self.stage) {
            (Ended::Busy, _) => TalkTurn::Over(Ended::Busy),
            (Ended::Done(learned), Stage::Older) => TalkTurn::Over(Ended::Done(learned)),
            (Ended::Done(_), stage) => {
                self.taken_off |= matches!(stage, Stage::Removing { .. });
                self.read_from(0)
            }
            (ended, _) => self.refused(ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::{PAGE, shown as page};
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
        let mut talk = HikvisionListTalk::new(1, task, Timestamp::UNIX_EPOCH);
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
        let (asked, ended) =
            held(task(true), &[(404, b""), (200, YES), (200, &page(1, &["蓝粤B12345"]))]);
        assert_eq!(
            (asked[2].method, asked[2].target.as_str()),
            ("POST", "/ISAPI/Traffic/channels/1/searchLPListAudit")
        );
        assert!(asked[2].body.contains("<searchResultPosition>0</searchResultPosition>"));
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
        let (gone, there) = (page(0, &[]), page(1, &["粤B12345"]));
        let (gone, there) = ((200, gone.as_slice()), (200, there.as_slice()));
        let answers = [(404, b"".as_slice()), (200, BAD), (200, YES), gone, (200, YES), there];
        let (asked, ended) = held(task(true), &answers);
        assert_eq!(ended, done());
        assert!(asked[2].target.contains("DelLicensePlateAuditData"));
        assert_eq!(asked[2].body, r#"{"licensePlate":["粤B12345"]}"#);
        assert_eq!(asked[4].body, asked[1].body);
    }

    #[test]
    fn each_form_is_tried_before_a_plate_is_said_to_stay() {
        let answers = [(404, b"".as_slice()), (200, BAD), (200, BAD), (200, BAD), (404, b"")];
        let (asked, ended) = held(task(false), &answers);
        assert_eq!(ended, Ended::Refused(6));
        assert!(asked[2].body.contains("CompoundCond") && asked[3].body.contains("\"id\""));
        let put = [
            (404, b"".as_slice()),
            (200, BAD),
            (200, BAD),
            (200, BAD),
            (200, BAD),
            (404, b""),
            (200, BAD),
            (200, BAD),
        ];
        let (asked, ended) = held(task(true), &put);
        assert_eq!(ended, Ended::Refused(6));
        assert!(asked[7].body.contains("whiteList"));
        let never_there = page(1, &["粤B99999"]);
        let answers =
            [(404, b"".as_slice()), (200, BAD), (200, BAD), (200, BAD), (200, &never_there)];
        assert_eq!(held(task(false), &answers).1, done(), "it is not there, whatever was said");
    }

    #[test]
    fn a_yes_to_a_form_that_is_not_read_takes_nothing_off() {
        let (there, gone) = (page(2, &["粤B99999", "粤B12345"]), page(1, &["粤B99999"]));
        let (there, gone) = ((200, there.as_slice()), (200, gone.as_slice()));
        let begin = (404, b"".as_slice());
        let yes = (200, YES);
        let (asked, ended) = held(task(false), &[begin, yes, there, yes, there, yes, gone]);
        assert_eq!((asked.len(), ended), (7, done()), "the third form did it");
        let (_, ended) = held(task(false), &[begin, yes, there, yes, there, yes, there]);
        assert_eq!(ended, Ended::Refused(0), "it stands there yet");
        // Where the list cannot be read, each form is said.
        let unread = (404, b"".as_slice());
        let (asked, ended) =
            held(task(false), &[begin, yes, unread, yes, unread, (200, BAD), unread]);
        assert_eq!((asked.len(), ended), (7, done()));
    }

    #[test]
    fn what_was_said_yes_to_and_is_not_there_was_not_put_on() {
        let (begin, yes, gone) = ((404, b"".as_slice()), (200, YES), page(0, &[]));
        let gone = (200, gone.as_slice());
        let (asked, ended) = held(task(true), &[begin, yes, gone, yes, gone]);
        assert!(asked[3].body.contains("whiteList"), "{asked:?}");
        assert_eq!(ended, Ended::Refused(0));
    }

    #[test]
    fn a_long_list_is_read_page_by_page_and_not_for_ever() {
        let others: Vec<String> = (0..PAGE).map(|number| format!("粤B{number:05}")).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let (first, last) = (page(51, &others), page(51, &["粤B12345"]));
        let answers = [(404, b"".as_slice()), (200, YES), (200, &first), (200, &last)];
        let (asked, ended) = held(task(true), &answers);
        assert!(asked[3].body.contains("<searchResultPosition>50<"), "{:?}", asked[3]);
        assert_eq!(ended, done());
        let endless = page(1_000_000, &others);
        let mut answers = vec![(404, b"".as_slice()), (200, YES)];
        answers.extend(std::iter::repeat_n((200, endless.as_slice()), usize::from(MOST_PAGES)));
        assert_eq!(held(task(true), &answers).1, done());
    }

    #[test]
    fn a_busy_camera_is_left_alone() {
        let busy = br#"{"statusCode":2,"statusString":"Device Busy"}"#;
        assert_eq!(held(task(true), &[(404, b""), (200, busy)]).1, Ended::Busy);
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
    fn a_camera_that_cannot_tell_its_form_now_is_asked_again_later() {
        assert_eq!(held(task(false), &[(503, b"")]).1, Ended::Busy);
        let answers: [(u16, &[u8]); 2] = [(500, BAD), (500, br#"{"subStatusCode":"notSupport"}"#)];
        let ends = answers.map(|(status, body)| {
            let mut talk = HikvisionListTalk::new(1, task(false), Timestamp::UNIX_EPOCH);
            talk.next(None);
            matches!(talk.next(Some(&CameraAnswer::Http { status, body })), TalkTurn::Over(_))
        });
        assert_eq!(ends, [true, false]);
    }

    #[test]
    fn a_camera_that_does_not_answer_is_silent() {
        let mut talk = HikvisionListTalk::new(1, task(true), Timestamp::UNIX_EPOCH);
        talk.next(None);
        assert_eq!(talk.next(Some(&CameraAnswer::Nothing)), TalkTurn::Over(Ended::Unanswered));
    }
}
