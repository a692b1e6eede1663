//! A Dahua camera's own list (`TrafficRedList`): a plate is looked for, then put there, changed or taken off. Pure.
//!
//! It names each entry by a number of its own, which may come only later (-1): so it is asked for each time, and kept
//! nowhere.

use super::dahua_cgi::by_words;
use super::http::{CameraAnswer, Conversation, Ended, Learned, ListTask, Question, TalkTurn};
use jiff::civil::DateTime;
use std::fmt::Write as _;

/// Entries of one plate that are taken off in one conversation.
const MOST: usize = 10;

/// One change of the list.
pub(super) struct DahuaListTalk {
    plate_no: String,
    /// What is put on, as the query has it; nothing where it is taken off.
    put: Option<String>,
    stage: Stage,
    /// Entries that are to be taken off yet.
    left: Vec<i64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Begin,
    Found,
    Written,
    Removed,
    /// It is looked for once more: what is gone is not found.
    Checked,
}

impl DahuaListTalk {
    /// The change of the list.
    pub(super) fn new(task: ListTask<'_>) -> Self {
        let plate_no = task.plate_no.to_owned();
        let put = task.put.map(|(from, last)| written(&plate_no, from, last));
        Self { plate_no, put, stage: Stage::Begin, left: Vec::new() }
    }

    fn find(&self) -> Question {
        let plate = escaped(&self.plate_no);
        Question::get(format!(
            "/cgi-bin/recordFinder.cgi?action=find&name=TrafficRedList&condition.PlateNumber={plate}&count={MOST}"
        ))
    }

    fn update(&self, action: &str) -> Question {
        Question::get(format!(
            "/cgi-bin/recordUpdater.cgi?action={action}&name=TrafficRedList{}",
            self.put.as_deref().unwrap_or_default()
        ))
    }

    /// It was looked for: put on, changed, or taken off.
    fn found(&mut self, entries: Vec<i64>) -> TalkTurn {
        if self.put.is_some() {
            self.stage = Stage::Written;
            return TalkTurn::Ask(match entries.first() {
                Some(number) => self.update(&format!("update&recno={number}")),
                None => self.update("insert"),
            });
        }
        self.left = entries;
        self.remove_next(false)
    }

    fn remove_next(&mut self, any: bool) -> TalkTurn {
        if let Some(number) = self.left.pop() {
            self.stage = Stage::Removed;
            return TalkTurn::Ask(self.update(&format!("remove&recno={number}")));
        }
        if any {
            self.stage = Stage::Checked;
            return TalkTurn::Ask(self.find());
        }
        TalkTurn::Over(Ended::Done(Learned::default()))
    }
}

impl Conversation for DahuaListTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        if self.stage == Stage::Begin {
            self.stage = Stage::Found;
            return TalkTurn::Ask(self.find());
        }
        let Some(CameraAnswer::Http { status, body }) = heard else {
            return TalkTurn::Over(Ended::Unanswered);
        };
        let ended = by_words(*status, body);
        if !matches!(ended, Ended::Done(_)) {
            return TalkTurn::Over(ended);
        }
        match self.stage {
            Stage::Found => self.found(entries(body)),
            Stage::Removed => self.remove_next(true),
            // It stands there yet, whatever was answered.
            Stage::Checked if !entries(body).is_empty() => TalkTurn::Over(Ended::Refused(0)),
            Stage::Begin | Stage::Written | Stage::Checked => {
                TalkTurn::Over(Ended::Done(Learned::default()))
            }
        }
    }
}

/// The query of an entry: the plate, from when to when, and that it opens.
fn written(plate_no: &str, from: DateTime, last: DateTime) -> String {
    let local = |time: DateTime| time.strftime("%Y-%m-%d%%20%H:%M:%S").to_string();
    format!(
        "&PlateNumber={}&MasterOfCar=lotgate&BeginTime={}&CancelTime={}&AuthorityList.OpenGate=true",
        escaped(plate_no),
        local(from),
        local(last)
    )
}

/// The numbers of the entries that were found: `records[0].RecNo=12345`.
fn entries(body: &[u8]) -> Vec<i64> {
    let text = String::from_utf8_lossy(body);
    let numbers = text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once('=')?;
        (name.starts_with("records[") && name.ends_with("].RecNo"))
            .then(|| value.trim().parse().ok())?
    });
    numbers.filter(|number| *number >= 0).take(MOST).collect()
}

/// Text within a query.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(put: bool) -> ListTask<'static> {
        let at = |text: &str| text.parse().unwrap();
        let times = (at("2026-07-15T10:00:00"), at("2026-12-31T23:59:59"));
        ListTask { plate_no: "粤B12345", put: put.then_some(times) }
    }

    /// What is asked, where each question is answered so, and how it ends.
    fn held(task: ListTask<'_>, answers: &[(u16, &str)]) -> (Vec<String>, Ended) {
        let mut talk = DahuaListTalk::new(task);
        let mut asked = Vec::new();
        let mut turn = talk.next(None);
        for (status, body) in answers {
            let TalkTurn::Ask(question) = turn else { panic!("{turn:?}") };
            asked.push(question.target);
            let body = body.as_bytes();
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

    const NONE: &str = "totalCount=0\nfound=0\n";
    const ONE: &str =
        "totalCount=1\nfound=1\nrecords[0].PlateNumber=粤B12345\nrecords[0].RecNo=12345\n";

    #[test]
    fn a_plate_is_put_on_once_and_changed_where_it_stands_already() {
        let (asked, ended) = held(task(true), &[(200, NONE), (200, "RecNo=-1")]);
        assert_eq!(ended, done());
        let plate = "%E7%B2%A4B12345";
        assert_eq!(
            asked[0],
            format!(
                "/cgi-bin/recordFinder.cgi?action=find&name=TrafficRedList&condition.PlateNumber={plate}&count=10"
            )
        );
        assert_eq!(
            asked[1],
            format!(
                "/cgi-bin/recordUpdater.cgi?action=insert&name=TrafficRedList&PlateNumber={plate}\
             &MasterOfCar=lotgate&BeginTime=2026-07-15%2010:00:00&CancelTime=2026-12-31%2023:59:59\
             &AuthorityList.OpenGate=true"
            )
        );
        let (asked, _) = held(task(true), &[(200, ONE), (200, "OK")]);
        assert!(asked[1].contains("action=update&recno=12345&name=TrafficRedList&PlateNumber="));
    }

    #[test]
    fn a_plate_is_taken_off_by_its_number_and_looked_for_once_more() {
        assert_eq!(held(task(false), &[(200, NONE)]).1, done(), "it does not stand there");
        let (asked, ended) = held(task(false), &[(200, ONE), (200, "OK"), (200, NONE)]);
        assert_eq!(ended, done());
        let wanted = "/cgi-bin/recordUpdater.cgi?action=remove&recno=12345&name=TrafficRedList";
        assert_eq!(asked[1], wanted);
        let (_, ended) = held(task(false), &[(200, ONE), (200, "OK"), (200, ONE)]);
        assert_eq!(ended, Ended::Refused(0), "it stands there yet");
    }

    #[test]
    fn what_the_camera_has_no_words_for_it_cannot() {
        assert_eq!(held(task(true), &[(501, "Not Implemented")]).1, Ended::Unable);
        assert_eq!(held(task(true), &[(200, NONE), (400, "Error")]).1, Ended::Refused(400));
    }
}
