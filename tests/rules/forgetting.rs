//! What is kept of a plate goes when its owner wants it.

use crate::prelude::*;
use lotgate::store::Lease;

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

/// As it was begun, with everything yet to be done: a large lot needs many ticks.
fn begun(lot: &mut Lot) {
    let tx = lot.store.begin().unwrap();
    tx.begin_forgetting(PLATE, "张三", "本人要求").unwrap();
    tx.commit().unwrap();
}

fn ticks(lot: &mut Lot) {
    for _ in 0..9 {
        lot.now += SignedDuration::from_secs(1);
        lot.tick();
    }
}

#[test]
fn a_lease_of_five_that_came_since_it_was_begun_stands_until_it_ends() {
    let mut lot = Lot::new();
    begun(&mut lot);
    let day = |day: &str| day.parse().unwrap();
    let lease = Lease {
        key: "five".to_owned(),
        plates: [PLATE, "粤A00001", "粤A00002", "粤A00003", "粤A00004"].map(str::to_owned).to_vec(),
        body: "{}".to_owned(),
        spaces: 1,
        begin_date: day("2026-03-01"),
        end_date: day("2026-03-31"),
        moment: 0,
    };
    let tx = lot.store.begin().unwrap();
    tx.set_lease(&lease).unwrap();
    tx.begin_forgetting("粤A00009", "张三", "本人要求").unwrap();
    tx.commit().unwrap();
    ticks(&mut lot);
    assert_eq!(lot.look(|tx| tx.lease("five").unwrap()).unwrap().plates.len(), 5);
    let waits = lot.look(|tx| tx.all_forgetting().unwrap());
    assert_eq!(waits.len(), 1, "others do not wait for it: {waits:?}");
    lot.now = at("2026-04-01T08:00");
    ticks(&mut lot);
    assert_eq!(lot.look(|tx| tx.lease("five").unwrap()), None);
    assert_eq!(lot.look(|tx| tx.all_forgetting().unwrap()), []);
}

#[test]
fn a_car_that_comes_back_while_it_is_forgotten_is_forgotten_when_it_has_gone() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    begun(&mut lot);
    ticks(&mut lot);
    assert_eq!(lot.look(|tx| tx.all_forgetting().unwrap()).len(), 1);
    lot.pass_time(5);
    assert!(lot.leave(PLATE), "within the free time");
    lot.pass_time(5);
    ticks(&mut lot);
    assert_eq!(lot.look(|tx| tx.all_forgetting().unwrap()), []);
    assert_eq!(lot.look(|tx| tx.records_of(PLATE, 9).unwrap()), []);
}
