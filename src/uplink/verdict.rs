//! What a reply says about each element of a request. Pure.

use super::session::refusal_words;
use crate::model::input::{Delivery, Fate};
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::{Reply, element_error};
use crate::standard::interface::Interface;
use crate::standard::report::key_of;
use crate::store::OutboxRow;
use serde_json::Value;

/// What to do after a reply.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Rows whose fate is known.
    pub settled: Vec<Delivery>,
    /// Rows to be sent again, each alone.
    pub alone: Vec<i64>,
    /// The interface's replies do not name every element: no more batches there.
    pub stop_batching: bool,
}

/// Judges each row of a request. `maybe_known` says whether the platform may have a row already, so
/// that "exists already" means success.
pub fn judge(
    rows: &[OutboxRow],
    reply: &Reply,
    maybe_known: impl Fn(&OutboxRow) -> bool,
) -> Verdict {
    let mut verdict = Verdict::default();
    let single = rows.len() == 1;
    for row in rows {
        let element = element_for(row, reply, single);
        let error = element.and_then(element_error);
        let fate = match (element, error, reply.succeeded()) {
            (_, Some((ErrorCode::EXISTS, _)), _) if maybe_known(row) => Some(Fate::Acknowledged),
            (_, Some((code, _)), _) if misses(row, code).is_some() => {
                misses(row, code).map(Fate::MissesBaseData)
            }
            (_, Some((code, message)), _) => Some(Fate::Refused(refusal_words(code, &message))),
            (Some(_), None, true) => Some(Fate::Acknowledged),
            (None, None, true) if single => Some(Fate::Acknowledged),
            (_, None, false) if single => Some(Fate::Refused(reply.result_msg.clone())),
            _ => None,
        };
        match fate {
            Some(fate) => verdict.settled.push(Delivery { seq: row.seq, fate }),
            None => {
                verdict.alone.push(row.seq);
                verdict.stop_batching |= reply.succeeded();
            }
        }
    }
    verdict
}

/// The base data whose lack a refusal speaks of: 1101 the lot, 1102 its spaces, 1105 its garages. A row
/// for which they were sent again already is simply refused.
fn misses(row: &OutboxRow, code: ErrorCode) -> Option<u16> {
    let base = match code {
        ErrorCode::NO_PARK => 3001,
        ErrorCode::NO_SPACE => 3004,
        ErrorCode::NO_GARAGE => 8001,
        _ => return None,
    };
    let is_base_data = (3001..=3005).contains(&row.code) || row.code == 8001;
    (!row.rebased && !is_base_data).then_some(base)
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
        }
    }

    fn judge_new(rows: &[OutboxRow], reply: &Reply) -> Verdict {
        judge(rows, reply, |_| false)
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
    fn a_batch_refused_as_a_whole_is_sent_one_by_one_to_find_the_bad_one() {
        let verdict = judge_new(&[row(1, "a"), row(2, "b")], &Reply::failed("失败"));
        assert_eq!(
            (verdict.settled.len(), verdict.alone, verdict.stop_batching),
            (0, vec![1, 2], false)
        );
        let single = judge_new(&[row(1, "a")], &Reply::failed("失败"));
        assert_eq!(single.settled[0].fate, Fate::Refused("失败".to_owned()));
    }

    #[test]
    fn exists_already_is_success_only_for_what_may_have_been_sent_before() {
        let reply = Reply::ok(vec![json!({"id": "a", "code": 1200})]);
        let rows = [row(1, "a")];
        assert_eq!(judge(&rows, &reply, |_| true).settled, [acknowledged(1)]);
        assert!(matches!(judge_new(&rows, &reply).settled[0].fate, Fate::Refused(_)));
    }
}
