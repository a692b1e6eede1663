//! What a reply says about each element of a request. Pure.

use super::session::{refusal_words, words_of};
use crate::model::input::{Delivery, Fate};
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::{Reply, element_error};
use crate::standard::interface::Interface;
use crate::standard::report::key_of;
use crate::store::OutboxRow;
use serde_json::Value;
use std::collections::HashSet;

/// What to do after a reply.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Rows whose fate is known.
    pub settled: Vec<Delivery>,
    /// Rows that the platform would not have without naming a fault of theirs, with its words.
    pub refused: Vec<(i64, String)>,
    /// Rows that miss base data which are on their way: that says nothing of them. With the platform's words.
    pub waits: Vec<(i64, String)>,
    /// Rows to be sent again, each alone.
    pub alone: Vec<i64>,
    /// The interface's replies do not name every element: no more batches there.
    pub stop_batching: bool,
}

/// What the sender knows of rows and a reply does not say.
pub struct KnownRows<'k> {
    /// Whether the platform may have a row already, so that "exists already" means success.
    pub maybe_sent: &'k dyn Fn(&OutboxRow) -> bool,
    /// Interfaces whose base data the platform has not taken yet.
    pub base_data_waiting: &'k HashSet<u16>,
}

/// What a reply says of one row.
enum Says {
    Fate(Fate),
    /// Not taken, and no fault of it named.
    Refused(String),
    /// Not taken before its base data are.
    Waits(String),
    Nothing,
}

/// Judges each row of a request.
pub fn judge(rows: &[OutboxRow], reply: &Reply, known: &KnownRows<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut unnamed = Vec::new();
    for row in rows {
        match judge_row(row, reply, rows.len() == 1, known) {
            Says::Fate(fate) => verdict.settled.push(Delivery { seq: row.seq, fate }),
            Says::Refused(words) => verdict.refused.push((row.seq, words)),
            Says::Waits(words) => verdict.waits.push((row.seq, words)),
            Says::Nothing => unnamed.push(row.seq),
        }
    }
    if reply.succeeded() {
        verdict.stop_batching = !unnamed.is_empty();
        verdict.alone = unnamed;
    } else if verdict.settled.is_empty() {
        // The whole is refused: whoever is at fault, if anybody, is among them.
        let words = words_of(reply);
        verdict.refused.extend(unnamed.into_iter().map(|seq| (seq, words.clone())));
    } else {
        // Those named were; the others only shared their request.
        verdict.alone = unnamed;
    }
    verdict
}

fn judge_row(row: &OutboxRow, reply: &Reply, single: bool, known: &KnownRows<'_>) -> Says {
    let element = element_for(row, reply, single);
    let of_whole = || {
        let code = ErrorCode(reply.result_code);
        (single && code.names_a_fault()).then(|| (code, reply.result_msg.clone()))
    };
    let Some((code, message)) = element.and_then(element_error).or_else(of_whole) else {
        return match (element, reply.succeeded()) {
            (Some(_), true) => Says::Fate(Fate::Acknowledged),
            (None, true) if single => Says::Fate(Fate::Acknowledged),
            (_, false) if single => Says::Refused(words_of(reply)),
            _ => Says::Nothing,
        };
    };
    let words = refusal_words(code, &message);
    match misses(row, code) {
        _ if code == ErrorCode::EXISTS && (known.maybe_sent)(row) => Says::Fate(Fate::Acknowledged),
        // They are on their way already; until the platform has them this says nothing about the row.
        Some(base) if known.base_data_waiting.contains(&base) => Says::Waits(words),
        Some(base) if !row.rebased => Says::Fate(Fate::MissesBaseData(base)),
        _ if code.names_a_fault() => Says::Fate(Fate::Refused(words)),
        _ => Says::Refused(words),
    }
}

/// The base data whose lack a refusal speaks of: 1101 the lot, 1102 its spaces, 1105 its garages.
fn misses(row: &OutboxRow, code: ErrorCode) -> Option<u16> {
    let base = match code {
        ErrorCode::NO_PARK => 3001,
        ErrorCode::NO_SPACE => 3004,
        ErrorCode::NO_GARAGE => 8001,
        _ => return None,
    };
    (!is_base_data(row.code)).then_some(base)
}

/// Whether an interface tells of base data, without which the platform understands nothing else.
pub fn is_base_data(code: u16) -> bool {
    (3001..=3005).contains(&code) || code == 8001
}

/// The reply's element about a row: by its key, or for a single row the only one there is.
fn element_for<'r>(row: &OutboxRow, reply: &'r Reply, single: bool) -> Option<&'r Value> {
    let interface = Interface::find(row.code)?;
    let named = reply.data.iter().find(|element| {
        let key = key_of(interface, element);
        !key.is_empty() && key == row.key
    });
    named.or_else(|| if single { reply.data.first() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;

    fn row(seq: i64, key: &str) -> OutboxRow {
        OutboxRow {
            seq,
            code: 5004,
            subject: key.to_owned(),
            key: key.to_owned(),
            body: "{}".to_owned(),
            attempts: 0,
            created: Timestamp::UNIX_EPOCH,
            rebased: false,
            refused_for: std::time::Duration::ZERO,
        }
    }

    fn judge_new(rows: &[OutboxRow], reply: &Reply) -> Verdict {
        judge_knowing(rows, reply, false, &[])
    }

    fn judge_knowing(rows: &[OutboxRow], reply: &Reply, sent: bool, waiting: &[u16]) -> Verdict {
        let base_data_waiting = &waiting.iter().copied().collect();
        judge(rows, reply, &KnownRows { maybe_sent: &|_| sent, base_data_waiting })
    }

    fn acknowledged(seq: i64) -> Delivery {
        Delivery { seq, fate: Fate::Acknowledged }
    }

    #[test]
    fn elements_are_matched_by_key_and_not_by_position() {
        let reply =
            Reply::ok(vec![json!({"id": "B", "code": 1100, "message": "无"}), json!({"id": "a"})]);
        let verdict = judge_new(&[row(1, "a"), row(2, "b")], &reply);
        let refused = Delivery { seq: 2, fate: Fate::Refused("1100 无".to_owned()) };
        assert_eq!(verdict.settled, [acknowledged(1), refused]);
    }

    #[test]
    fn a_row_whose_lot_the_platform_lacks_is_tried_once_more_after_the_lot() {
        let reply = Reply::ok(vec![json!({"id": "a", "code": 1101})]);
        let mut row = row(1, "a");
        let missing = Delivery { seq: 1, fate: Fate::MissesBaseData(3001) };
        assert_eq!(judge_new(std::slice::from_ref(&row), &reply).settled, [missing]);
        row.rebased = true;
        assert!(matches!(judge_new(&[row], &reply).settled[0].fate, Fate::Refused(_)));
    }

    #[test]
    fn rows_a_reply_leaves_unnamed_go_again_alone_and_batching_ends() {
        let verdict = judge_new(&[row(1, "a"), row(2, "b")], &Reply::ok(vec![json!({"id": "a"})]));
        assert_eq!((verdict.settled, verdict.alone), (vec![acknowledged(1)], vec![2]));
        assert!(verdict.stop_batching);
    }

    #[test]
    fn a_single_row_is_acknowledged_by_success_without_data() {
        assert_eq!(judge_new(&[row(1, "a")], &Reply::ok(vec![])).settled, [acknowledged(1)]);
    }

    #[test]
    fn what_is_refused_without_a_fault_of_its_own_is_no_dead_letter() {
        let busy = judge_new(&[row(1, "a"), row(2, "b")], &Reply::failed("系统繁忙"));
        assert!(busy.settled.is_empty() && busy.alone.is_empty() && !busy.stop_batching);
        assert_eq!(busy.refused, [(1, "系统繁忙".to_owned()), (2, "系统繁忙".to_owned())]);
        let single = judge_new(&[row(1, "a")], &Reply::failed(" "));
        assert_eq!(single.refused, [(1, "resultCode 1".to_owned())]);
        for code in [3001, 1, 500, 5100, 9999] {
            let element = json!({"id": "a", "code": code, "message": "系统繁忙"});
            for reply in [
                Reply::ok(vec![element.clone()]),
                Reply { data: vec![element], ..Reply::failed("失败") },
            ] {
                let verdict = judge_new(&[row(1, "a")], &reply);
                assert_eq!(verdict.refused, [(1, format!("{code} 系统繁忙"))]);
            }
        }
    }

    #[test]
    fn a_fault_named_by_the_whole_reply_is_the_only_rows() {
        let reply = Reply { result_code: 1007, ..Reply::failed("超出") };
        let refused = Delivery { seq: 1, fate: Fate::Refused("1007 超出".to_owned()) };
        assert_eq!(judge_new(&[row(1, "a")], &reply).settled, [refused]);
        assert_eq!(judge_new(&[row(1, "a"), row(2, "b")], &reply).refused.len(), 2);
    }

    #[test]
    fn a_request_refused_for_one_element_goes_again_without_it() {
        let named = json!({"id": "a", "code": 1007});
        let reply = Reply { data: vec![named], ..Reply::failed("失败") };
        let verdict = judge_new(&[row(1, "a"), row(2, "b")], &reply);
        assert_eq!((verdict.settled.len(), verdict.alone), (1, vec![2]));
        assert!(verdict.refused.is_empty() && !verdict.stop_batching);
    }

    #[test]
    fn a_missing_lot_that_is_on_its_way_is_no_fault_of_a_record() {
        let reply = Reply::ok(vec![json!({"id": "a", "code": 1101})]);
        let rebased = OutboxRow { rebased: true, ..row(1, "a") };
        for row in [row(1, "a"), rebased] {
            let verdict = judge_knowing(&[row], &reply, false, &[3001]);
            assert_eq!((verdict.settled.len(), verdict.refused.len()), (0, 0));
            assert_eq!(verdict.waits.len(), 1);
        }
    }

    #[test]
    fn exists_already_is_success_only_for_what_may_have_been_sent_before() {
        let reply = Reply::ok(vec![json!({"id": "a", "code": 1200})]);
        let rows = [row(1, "a")];
        assert_eq!(judge_knowing(&rows, &reply, true, &[]).settled, [acknowledged(1)]);
        assert!(matches!(judge_new(&rows, &reply).settled[0].fate, Fate::Refused(_)));
    }
}
