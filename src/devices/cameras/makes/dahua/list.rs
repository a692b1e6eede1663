//! A Dahua camera's own list (`TrafficRedList`): a plate is looked for, then put there, changed or taken off. Pure.
//!
//! It names each entry by a number of its own, which may come only later (-1): so it is asked for each time, and kept
//! nowhere.

use super::cgi::by_words;
use crate::devices::cameras::makes::http::{
    CameraAnswer, Conversation, Ended, Learned, ListTask, Question, TalkTurn,
};
use crate::devices::cameras::makes::text;
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

/// Entries that are asked for at once.
const MOST: usize = 10;
/// An entry that is queued is looked for so often, this long apart.
const LOOKS: u8 = 4;
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// One change of the list.
pub(super) struct DahuaListTalk {
    plate_no: String,
    /// What is put on, as the query has it; nothing where it is taken off.
    put: Option<String>,
    stage: Stage,
    /// Entries that are to be taken off yet.
    left: Vec<i64>,
    /// Looks for an entry that is queued, or may be.
    looks: u8,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Begin,
    Found,
    Written,
    /// It is queued, and looked for.
    Queued,
    /// It is not there; one that was queued a moment ago would be by the next look.
    Doubted,
    Removed,
    /// It is looked for once more: what is gone is not found.
    Checked,
}

/// What was found.
struct Listing {
    /// The numbers of the entries of that plate.
    own: Vec<i64>,
    /// Whether everything that was found is shown.
    whole: bool,
}

impl DahuaListTalk {
    /// The change of the list.
    pub(super) fn new(task: ListTask<'_>) -> Self {
        let plate_no = task.plate_no.to_owned();
        let put = task.put.map(|(from, last)| written(&plate_no, from, last));
        let (stage, left) = (Stage::Begin, Vec::new());
        let looks = if put.is_some() { LOOKS } else { 1 };
        Self { plate_no, put, stage, left, looks }
    }

    fn find(&mut self, stage: Stage) -> TalkTurn {
        self.stage = stage;
        let plate = escaped(&self.plate_no);
        TalkTurn::Ask(Question::get(format!(
            "/cgi-bin/recordFinder.cgi?action=find&name=TrafficRedList&condition.PlateNumber={plate}&count={MOST}"
        )))
    }

    fn update(&self, action: &str) -> Question {
        Question::get(format!(
            "/cgi-bin/recordUpdater.cgi?action={action}&name=TrafficRedList{}",
            self.put.as_deref().unwrap_or_default()
        ))
    }

    fn look_again(&mut self, stage: Stage) -> TalkTurn {
        self.looks -= 1;
        self.stage = stage;
        TalkTurn::Wait(LOOK_AGAIN)
    }

    /// It was looked for: put on, changed, or taken off.
    fn found(&mut self, listing: Listing) -> TalkTurn {
        if self.put.is_some() {
            self.stage = Stage::Written;
            return TalkTurn::Ask(match listing.own.first() {
                Some(number) => self.update(&format!("update&recno={number}")),
                None => self.update("insert"),
            });
        }
        match listing {
            Listing { own, whole: false } if own.is_empty() => {
                // Others were found, and not all of them shown: it may be among the rest.
                TalkTurn::Over(Ended::Refused(0))
            }
            Listing { own, .. } if own.is_empty() && self.looks > 0 => {
                self.look_again(Stage::Doubted)
            }
            Listing { own, .. } => {
                self.left = own;
                self.remove_next(false)
            }
        }
    }

    fn remove_next(&mut self, any: bool) -> TalkTurn {
        if let Some(number) = self.left.pop() {
            self.stage = Stage::Removed;
            return TalkTurn::Ask(self.update(&format!("remove&recno={number}")));
        }
        if any { self.find(Stage::Checked) } else { done() }
    }

    /// It was put on; one that is queued is not there yet.
    fn written(&mut self, body: &[u8]) -> TalkTurn {
        let queued = text::of_message(body).lines().any(|line| line.trim() == "RecNo=-1");
        if queued { self.look_again(Stage::Queued) } else { done() }
    }

    /// What the answer to a search leads to.
    fn looked(&mut self, body: &[u8]) -> TalkTurn {
        let Some(listing) = listing(body, &self.plate_no) else {
            // An answer that names no number of entries tells nothing of them.
            return TalkTurn::Over(Ended::Refused(0));
        };
        let there = !listing.own.is_empty();
        match self.stage {
            Stage::Found => self.found(listing),
            Stage::Queued if there => done(),
            Stage::Queued if self.looks > 0 => self.look_again(Stage::Queued),
            Stage::Queued => TalkTurn::Over(Ended::Refused(QUEUED)),
            // It stands there yet, whatever was answered.
            _ if there => TalkTurn::Over(Ended::Refused(0)),
            _ => done(),
        }
    }
}

/// The number of an entry that is queued; as a refusal: it is not there yet.
const QUEUED: i64 = -1;

fn done() -> TalkTurn {
    TalkTurn::Over(Ended::Done(Learned::default()))
}

impl Conversation for DahuaListTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        match (self.stage, heard) {
            (Stage::Begin, _) => return self.find(Stage::Found),
            (Stage::Queued, Some(CameraAnswer::Waited)) => return self.find(Stage::Queued),
            (Stage::Doubted, Some(CameraAnswer::Waited)) => return self.find(Stage::Found),
            _ => {}
        }
        let Some(CameraAnswer::Http { status, body }) = heard else {
            return TalkTurn::Over(Ended::Unanswered);
        };
        match (by_words(*status, body), self.stage) {
            (Ended::Done(_), Stage::Removed) => self.remove_next(true),
            (Ended::Done(_), Stage::Written) => self.written(body),
            (Ended::Done(_), _) => self.looked(body),
            (ended, _) => TalkTurn::Over(ended),
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

/// What was found of that plate: `records[0].RecNo=12345`, `records[0].PlateNumber=…`. Some firmware does not look at the
/// condition, or finds plates that are alike. None where it is no answer to a search.
fn listing(body: &[u8], plate_no: &str) -> Option<Listing> {
    let text = text::of_message(body);
    let pairs = || text.lines().filter_map(|line| line.trim().split_once('='));
    let count = |name: &str| {
        let (_, value) = pairs().find(|(key, _)| *key == name)?;
        value.trim().parse::<usize>().ok()
    };
    let counted = count("totalCount").max(count("found"))?;
    let (mut numbers, mut own) = (BTreeMap::new(), BTreeSet::new());
    let mut shown = BTreeSet::new();
    for (key, value) in pairs() {
        let Some((place, name)) =
            key.strip_prefix("records[").and_then(|rest| rest.split_once("]."))
        else {
            continue;
        };
        shown.insert(place);
        match name {
            "RecNo" => drop(numbers.insert(place, value.trim().parse::<i64>().ok())),
            "PlateNumber" if value.trim() == plate_no => drop(own.insert(place)),
            _ => {}
        }
    }
    let own = own.iter().filter_map(|place| *numbers.get(place)?);
    let own = own.filter(|number| *number >= 0).take(MOST).collect();
    Some(Listing { own, whole: shown.len() >= counted })
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
        let (mut asked, mut answers) = (Vec::new(), answers.iter());
        let mut turn = talk.next(None);
        loop {
            turn = match turn {
                TalkTurn::Over(ended) => {
                    assert_eq!(answers.next(), None, "{asked:?}");
                    return (asked, ended);
                }
                TalkTurn::Wait(_) => talk.next(Some(&CameraAnswer::Waited)),
                TalkTurn::Ask(question) => {
                    asked.push(question.target);
                    let (status, body) = answers.next().unwrap();
                    let body = body.as_bytes();
                    talk.next(Some(&CameraAnswer::Http { status: *status, body }))
                }
            };
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
        let (asked, ended) = held(task(true), &[(200, NONE), (200, "RecNo=12345")]);
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
        assert_eq!(
            held(task(false), &[(200, NONE), (200, NONE)]).1,
            done(),
            "it does not stand there"
        );
        let (asked, ended) = held(task(false), &[(200, ONE), (200, "OK"), (200, NONE)]);
        assert_eq!(ended, done());
        let wanted = "/cgi-bin/recordUpdater.cgi?action=remove&recno=12345&name=TrafficRedList";
        assert_eq!(asked[1], wanted);
        let (_, ended) = held(task(false), &[(200, ONE), (200, "OK"), (200, ONE)]);
        assert_eq!(ended, Ended::Refused(0), "it stands there yet");
    }

    #[test]
    fn only_entries_of_the_very_plate_are_touched() {
        let other = "records[0].RecNo=7\nrecords[0].PlateNumber=粤B99999\n";
        let alike = format!("totalCount=1\nfound=1\n{other}");
        let (asked, ended) = held(task(true), &[(200, &alike), (200, "RecNo=8")]);
        assert!(asked[1].contains("action=insert&") && ended == done(), "{asked:?}");
        let (asked, ended) = held(task(false), &[(200, &alike), (200, &alike)]);
        assert_eq!((asked.len(), ended), (2, done()), "another's stays");
        let both = format!(
            "totalCount=2\nfound=2\n{other}records[1].RecNo=8\nrecords[1].PlateNumber=粤B12345\n"
        );
        let (asked, _) = held(task(false), &[(200, &both), (200, "OK"), (200, &alike)]);
        assert!(asked[1].contains("action=remove&recno=8&"), "{asked:?}");
        // The condition was not looked at, and more stand there than are shown.
        let many = format!("totalCount=300\nfound=1\n{other}");
        assert_eq!(held(task(false), &[(200, &many)]).1, Ended::Refused(0));
    }

    #[test]
    fn an_answer_that_counts_nothing_is_no_proof_that_nothing_is_there() {
        for body in ["", "OK", "{}", "records[0].RecNo=1"] {
            assert_eq!(held(task(false), &[(200, body)]).1, Ended::Refused(0), "{body}");
        }
        assert_eq!(held(task(false), &[(200, "<html></html>")]).1, Ended::Unable);
    }

    #[test]
    fn what_is_queued_is_looked_for_until_it_is_there() {
        let queued = (200, "RecNo=-1");
        let (asked, ended) = held(task(true), &[(200, NONE), queued, (200, NONE), (200, ONE)]);
        assert_eq!((asked.len(), ended), (4, done()));
        let never = [(200, NONE), queued, (200, NONE), (200, NONE), (200, NONE), (200, NONE)];
        assert_eq!(held(task(true), &never).1, Ended::Refused(-1), "it is not known to be there");
        // Taken off soon after: it comes late, and is found by the second look.
        let (asked, ended) =
            held(task(false), &[(200, NONE), (200, ONE), (200, "OK"), (200, NONE)]);
        assert!(asked[2].contains("action=remove&recno=12345") && ended == done(), "{asked:?}");
    }

    #[test]
    fn what_the_camera_has_no_words_for_it_cannot() {
        assert_eq!(held(task(true), &[(501, "Not Implemented")]).1, Ended::Unable);
        assert_eq!(held(task(true), &[(200, NONE), (400, "Error")]).1, Ended::Refused(400));
    }
}
