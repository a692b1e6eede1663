//! The queue of reports and its bounds.

use crate::prelude::*;
use lotgate::model::input::{Answer, Delivery, Fate};
use lotgate::model::queue::{QueueCommand, QueueRefusal, SaidAt, ThrowAway};

#[test]
fn at_its_bound_the_queue_loses_states_only_says_so_and_the_lanes_go_on() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let keep = |lot: &mut Lot, free| lot.tick_with(Some(free));
    keep(&mut lot, 2000);
    assert_eq!((lot.reports(5003).len(), lot.reports(2002).len()), (1, 0));
    for _ in 0..3 {
        keep(&mut lot, 999);
    }
    assert_eq!((lot.reports(5003).len(), lot.reports(5004).len()), (0, 1));
    let events = lot.reports(2002);
    assert_eq!(events.len(), 1, "said once");
    assert_eq!(events[0]["equipmentId"], "a1dc1d9fccdc441fb6238fb43faba900");
    assert!(lot.enter("粤A00001"));
    assert_eq!(lot.reports(5004).len(), 2);
    keep(&mut lot, 2000);
    keep(&mut lot, 999);
    assert_eq!(lot.reports(2002).len(), 2, "and again when it happens again");
}

#[test]
fn what_has_left_the_configuration_is_taken_back_once() {
    let mut lot = Lot::new();
    let entrance = |state: i64| {
        json!({ "state": state, "entranceExitInfo": {
        "id": "90731c48a7ea4c27bd4d57ff0e13d001", "name": "东入口", "parkCode": PARK_CODE, "type": 1,
    } })
    };
    let report = |element: &Value| {
        lotgate::standard::report::Report::new(3002, element, MoneyStyle::Shortest).unwrap()
    };
    let announce = |lot: &mut Lot| {
        lot.apply(&Input::RulesChanged);
    };
    let acknowledge = |lot: &mut Lot| {
        let reader = lot.reader();
        for row in reader.pending(Urgency::BaseData, 0, 100).unwrap() {
            lot.acknowledged(row.seq);
        }
    };
    lot.rules.base_data = vec![report(&entrance(1))];
    announce(&mut lot);
    assert_eq!(lot.reports(3002), [entrance(1)]);
    acknowledge(&mut lot);
    announce(&mut lot);
    assert_eq!(lot.reports(3002), Vec::<Value>::new(), "known already");
    lot.rules.base_data.clear();
    announce(&mut lot);
    assert_eq!(lot.reports(3002), [entrance(2)]);
    acknowledge(&mut lot);
    announce(&mut lot);
    assert_eq!(lot.reports(3002), Vec::<Value>::new(), "taken back");
}

#[test]
fn base_data_is_known_by_its_form_and_not_by_its_moment() {
    let mut lot = Lot::new();
    let device = |moment: &str| {
        json!({ "state": 1, "equipment": {
            "id": ENTRY, "name": "入口相机", "parkCode": PARK_CODE, "equipmentType": "1001",
            "equipmentCode": format!("{PARK_CODE}0001"), "state": 1, "moment": moment,
        } })
    };
    let report = |moment: &str| {
        let body = lotgate::foreign::json::canonical(&device(moment));
        lotgate::standard::report::Report { code: 3003, key: ENTRY.to_owned(), body }
    };
    lot.rules.base_data = vec![report("2026-03-02 08:00:00")];
    lot.apply(&Input::RulesChanged);
    let row = lot.reader().pending(Urgency::BaseData, 0, 1).unwrap().remove(0);
    lot.acknowledged(row.seq);
    lot.rules.base_data = vec![report("2026-03-03 09:00:00")];
    lot.apply(&Input::RulesChanged);
    assert_eq!(lot.reports(3003), Vec::<Value>::new(), "nothing but the moment is new");
}

/// A row of the queue, refused by the platform.
fn refused_row(lot: &mut Lot, code: u16) -> i64 {
    let row = row_of(lot, code);
    let fate = Fate::Refused("1007 不合规定".to_owned());
    lot.apply(&Input::Delivered(vec![Delivery { seq: row, fate }]));
    row
}

/// The number of the oldest row that waits, of an interface.
fn row_of(lot: &Lot, code: u16) -> i64 {
    lot.look(|tx| tx.listed(0, false, Some(code), 1).unwrap().remove(0).seq)
}

fn throw_away(lot: &mut Lot, rows: &[i64], said: SaidAt) -> (Result<usize, QueueRefusal>, Outcome) {
    let (by, reason) = ("张三".to_owned(), "测试车辆".to_owned());
    let wanted = ThrowAway { rows: rows.to_vec(), by, reason, said };
    match lot.apply(&Input::Queue(QueueCommand::Drop(wanted))) {
        (Answer::Queue(count), out) => (Ok(count), out),
        (Answer::QueueRefused(refusal), out) => (Err(refusal), out),
        (other, _) => panic!("{other:?}"),
    }
}

#[test]
fn only_what_was_refused_is_thrown_away_and_who_did_it_and_why_is_kept() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let row = row_of(&lot, 5004);
    let refused = throw_away(&mut lot, &[row], SaidAt::TheBox).0;
    assert_eq!(refused, Err(QueueRefusal::Waits { row }));
    assert_eq!(refused_row(&mut lot, 5004), row);
    let (none, nothing) = throw_away(&mut lot, &[row, 999], SaidAt::Network);
    assert_eq!((none, nothing.happenings), (Err(QueueRefusal::NoRow { row: 999 }), vec![]));
    assert_eq!(lot.look(|tx| tx.queue_counts().unwrap().dead), 1, "all of them or none");
    let (done, out) = throw_away(&mut lot, &[row, row], SaidAt::Network);
    assert_eq!(done, Ok(1));
    let [Happening::ReportDropped { row: told, code: 5004, by, .. }] = &out.happenings[..] else {
        panic!("{:?}", out.happenings)
    };
    assert_eq!((*told, by.as_str()), (row, "张三"));
    let dropped = lot.look(|tx| tx.dropped(10).unwrap());
    let [(deed, report)] = &dropped[..] else { panic!("{dropped:?}") };
    let at = lot.now;
    assert_eq!((deed.at, deed.by.as_str(), deed.reason.as_str()), (at, "张三", "测试车辆"));
    assert_eq!((report.row, report.code), (row, 5004));
    assert_eq!(lot.look(|tx| tx.queue_counts().unwrap().dead), 0);
}

#[test]
fn what_tells_of_money_is_thrown_away_on_the_box_only() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    let asked = refused_row(&mut lot, 5007);
    let notice = paid(&lot, "1", 12);
    // The car that waits leaves at once.
    lot.ok(6007, &notice);
    let (told, left) = (refused_row(&mut lot, 5008), refused_row(&mut lot, 5005));
    for (row, code) in [(asked, 5007), (told, 5008), (left, 5005)] {
        let (refused, _) = throw_away(&mut lot, &[row], SaidAt::Network);
        assert_eq!(refused, Err(QueueRefusal::Money { row, code }));
    }
    assert_eq!(lot.look(|tx| tx.dropped(10).unwrap()), []);
    assert_eq!(throw_away(&mut lot, &[told], SaidAt::TheBox).0, Ok(1));
    assert_eq!(lot.look(|tx| tx.dropped(10).unwrap()[0].1.code), 5008);
}

#[test]
fn what_a_table_cannot_hold_of_the_books_is_kept_with_what_is_wrong_in_it_and_the_lane_goes_on() {
    let mut lot = Lot::new();
    lot.rules.park_code = "4".repeat(40);
    lot.enter(PLATE);
    assert!(lot.reports(5004).is_empty());
    let kept = lot.look(|tx| tx.listed(0, true, Some(5004), 9).unwrap());
    assert_eq!(kept.len(), 1);
    assert!(kept[0].refusal.as_deref().is_some_and(|words| words.contains("parkCode")));
    assert!(kept[0].body.contains(PLATE));
    assert!(kept[0].body.contains(&kept[0].key) && kept[0].key.len() == 32);
}
