//! What is kept of a plate goes when its owner wants it.

use crate::prelude::*;

fn forget(lot: &mut Lot, id: &str) -> StaffAnswer {
    let reason = "本人要求".to_owned();
    lot.staff(id, StaffAction::Forget { plate_no: PLATE.parse().unwrap(), reason }).0
}

#[test]
fn a_car_that_is_here_is_not_forgotten_and_one_that_was_leaves_its_sums_alone() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    assert_eq!(forget(&mut lot, "1"), StaffAnswer::Refused(Refusal::StillHere));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    let notice = paid(&lot, "1", 12);
    lot.ok(6007, &notice);
    // A while after it has left nobody waits for it to be read there again.
    lot.pass_time(5);
    let record = lot.look(|tx| tx.records_of(PLATE, 1).unwrap().remove(0));
    assert!(record.leave_time.is_some());
    let waiting = lot.look(|tx| tx.queue_counts().unwrap().pending);
    assert_eq!(forget(&mut lot, "2"), StaffAnswer::Done(json!({ "status": "forgotten" })));
    assert_eq!(lot.look(|tx| tx.records_of(PLATE, 1).unwrap()), []);
    let kept = lot.look(|tx| tx.record(&record.id).unwrap().unwrap());
    assert_eq!((kept.plate_no, kept.received), (None, Money::yuan(12)), "sums stay");
    assert_eq!(
        lot.look(|tx| tx.queue_counts().unwrap().pending),
        waiting,
        "reports go as they were"
    );
    let path = lot.folder.path().join("lotgate.db");
    let database = rusqlite::Connection::open(path).unwrap();
    let tables: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    // What the platform is still to be told goes with its answer, what cameras said twice within two days.
    for table in tables.iter().filter(|name| !["outbox", "seen"].contains(&name.as_str())) {
        let mut rows = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let shown = format!("{:?}", row.get_ref(column).unwrap().as_str());
                assert!(!shown.contains(PLATE), "{table}: {shown}");
            }
        }
    }
    let told: String = database
        .query_row("SELECT by || reason || what FROM trail WHERE act = 'forget'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(told, "张三本人要求{\"records\":1}");
}

#[test]
fn who_has_something_in_force_is_not_forgotten_before_it_has_ended() {
    let mut lot = Lot::new();
    let from = lot.now + SignedDuration::from_hours(1);
    lot.ok(6001, &book("YD1", PLATE, from, 180));
    assert_eq!(forget(&mut lot, "1"), StaffAnswer::Refused(Refusal::InForce));
    lot.pass_time(24 * 60);
    assert_eq!(forget(&mut lot, "2"), StaffAnswer::Done(json!({ "status": "forgotten" })));
}
