//! What a car asks of the database stays as it was, however much has gathered there: counted are the steps of SQLite's
//! machine, some for each row that a statement visits (`just rules growth -- --nocapture` shows what grows).

#![cfg(debug_assertions)]

use crate::prelude::*;
use lotgate::model::event::Arrival;
use lotgate::store::{StatementCost, statements};
use std::collections::BTreeMap;

/// How much of everything there is.
#[derive(Debug, Clone, Copy)]
struct Size {
    closed: u32,
    inside: u32,
    leases: u32,
    passed_unseen: u32,
    lanes: u32,
}

const SMALL: Size = Size { closed: 40, inside: 10, leases: 10, passed_unseen: 0, lanes: 4 };

/// A lot with that much in it; half of those inside stand for leases.
fn lot_of(size: Size) -> Lot {
    let Size { closed, inside, leases, passed_unseen, lanes } = size;
    let mut lot = Lot::with(|rules| {
        rules.total_spaces = 1_000_000;
        for number in 2..lanes {
            let (lane_id, camera) = (format!("{number:0>32}"), format!("{:0>32}", 1000 + number));
            rules.lanes.push(lane(&lane_id, LaneDirection::Entry, &camera));
        }
    });
    lot.enter("粤A00001");
    let entry = lot.rules.lanes[0].id.clone();
    let exit = lot.rules.lanes[1].id.clone();
    let now = lot.now.as_millisecond();
    let store = rusqlite::Connection::open(lot.folder.path().join("lotgate.db")).unwrap();
    let insert = |to: u32, into: &str, select: &str| {
        if to > 0 {
            let numbers = format!(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {to})"
            );
            let sql = format!("INSERT INTO {into} {numbers} SELECT {select} FROM n");
            store.execute_batch(&sql).unwrap();
        }
    };
    // One a second until an hour ago.
    insert(
        closed,
        "parking_record (id, plate_no, enter_time, enter_lane, leave_time, leave_lane)",
        &format!(
            "printf('c%031d', n), printf('粤B%06d', n % 20000), {now} - 7200000 - n * 1000, '{entry}',
             {now} - 3600000 - n * 1000, '{exit}'"
        ),
    );
    insert(
        leases,
        "lease (lease_key, body, spaces, begin_date, end_date, moment)",
        "printf('粤C%06d', n), '{}', 1, '2026-01-01', '2026-12-31', 1",
    );
    insert(
        leases,
        "lease_plate (plate_no, lease_key)",
        "printf('粤C%06d', n), printf('粤C%06d', n)",
    );
    insert(
        inside,
        "parking_record (id, plate_no, enter_time, enter_lane)",
        &format!(
            "printf('i%031d', n), printf('%s%06d', iif(n % 2, '粤C', '粤D'), n), {now} - 3600000 - n * 1000,
             '{entry}'"
        ),
    );
    store
        .execute_batch(
            "INSERT INTO lease_use (record_id, lease_key, since)
             SELECT id, plate_no, enter_time FROM parking_record JOIN lease ON lease.lease_key = plate_no
             WHERE leave_time IS NULL",
        )
        .unwrap();
    insert(
        passed_unseen,
        "unseen_passage (plate_no, lane_id, record_id, leaves, by_hand, at)",
        &format!("printf('粤E%06d', n), '{entry}', printf('i%031d', n), 0, 0, {now} - n"),
    );
    drop(store);
    statements();
    lot
}

/// What is done with a lot, one thing after the other, and by whose steps.
fn done(size: Size) -> BTreeMap<&'static str, BTreeMap<String, u64>> {
    let mut lot = lot_of(size);
    // What is looked up once.
    lot.enter("粤B99998");
    lot.leave("粤B99998");
    lot.tick();
    statements();
    let mut done = BTreeMap::new();
    let mut note = |what| {
        let asked = statements().into_iter().map(|(sql, StatementCost { steps, .. })| (sql, steps));
        done.insert(what, asked.collect());
    };
    lot.pass_time(1);
    note("a tick");
    assert!(lot.enter("粤B99999"));
    note("a car in");
    lot.now += SignedDuration::from_secs(90);
    assert!(lot.leave("粤B99999"));
    note("a car out");
    lot.enter("粤C000003");
    note("a lease's second car in");
    lot.leave("粤C000003");
    note("a lease's car out");
    lot.leave("粤F12345");
    note("a stranger at the exit");
    lot.enter("粤B00007");
    note("a car that was here before in");
    lot.read_late(ENTRY, "粤B77777", lot.now - SignedDuration::from_mins(30));
    note("a read sent late");
    for car in 0..20 {
        let arrival = Arrival::BeforeMarker { broker: "lot".to_owned() };
        let read = lot.sight(ENTRY, &format!("粤G{car:05}"), ReadMoment::Live);
        lot.device(DeviceEvent::PlateRead(Box::new(PlateRead { arrival, ..read })));
    }
    note("20 reads laid");
    let broker = "lot".to_owned();
    lot.device(DeviceEvent::MarkerBack { broker, away: None, decided: 0 });
    note("20 reads decided");
    done
}

/// Steps that a car may cost more for what there is more of: a reading that is nobody inside is compared with everybody
/// inside, from their index alone, as often as somebody has to be found; each second looks over the lanes, each tenth over
/// what passed unseen lately.
fn may_grow(what: &str, size: Size) -> u64 {
    let rows = match what {
        "a stranger at the exit" => 10 * size.inside,
        "a tick" => 15 * size.lanes + 4 * size.passed_unseen,
        _ => 0,
    };
    50 + u64::from(rows)
}

#[test]
fn what_has_gathered_costs_a_car_no_more() {
    let size =
        Size { closed: 20_000, inside: 2_000, leases: 2_000, passed_unseen: 2_000, lanes: 40 };
    let (small, large) = (done(SMALL), done(size));
    let sum = |steps: &BTreeMap<String, u64>| steps.values().sum::<u64>();
    let mut grown = Vec::new();
    for (what, after) in &large {
        let before = &small[what];
        println!("{what}: {} steps, {} of a large lot", sum(before), sum(after));
        for (sql, after) in after {
            let before = before.get(sql).copied().unwrap_or_default();
            if *after > before * 2 + 50 {
                let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                println!("    {before} -> {after}: {sql}");
            }
        }
        if sum(after) > sum(before) * 105 / 100 + may_grow(what, size) {
            grown.push(what);
        }
    }
    assert!(grown.is_empty(), "{grown:?}");
}

#[test]
fn a_start_asks_no_more_often_for_many_spaces_that_stand_as_they_were_told() {
    let asked = [10, 300].map(|spaces| {
        let mut lot = Lot::with(|rules| {
            let space = |number| Space { space_no: format!("A{number:04}"), ..Space::default() };
            rules.spaces = (0..spaces).map(space).collect();
        });
        lot.apply(&Input::Started);
        assert_eq!(lot.reports(5001).len(), spaces);
        statements();
        lot.apply(&Input::Started);
        assert_eq!(lot.reports(5001).len(), spaces, "nothing is told again");
        statements().into_values().map(|asked| asked.times).sum::<u32>()
    });
    assert_eq!(asked[0], asked[1]);
}

/// How many of those inside stand for leases in force today, as it is kept, and counted.
fn leased(lot: &Lot) -> (i64, i64) {
    let today = zone().to_datetime(lot.now).date();
    let kept = lot.look(|tx| tx.stays_inside(today, None).unwrap().1);
    let store = rusqlite::Connection::open(lot.folder.path().join("lotgate.db")).unwrap();
    let sql = "SELECT count(*) FROM parking_record JOIN lease USING (lease_key)
               WHERE leave_time IS NULL AND ?1 BETWEEN begin_date AND end_date";
    let counted = store.query_row(sql, [today.to_string()], |row| row.get(0)).unwrap();
    let known: Option<String> =
        store.query_row("SELECT leased_day FROM tally", [], |row| row.get(0)).unwrap();
    assert_eq!(known, Some(today.to_string()), "it is kept, not counted anew for each car");
    (kept, counted)
}

#[test]
fn who_stands_for_a_lease_in_force_is_kept_as_it_would_be_counted() {
    let mut lot = Lot::new();
    lot.rules.total_spaces = 100;
    lot.tick();
    let mut kept = Vec::new();
    let mut note = |lot: &Lot| {
        let (is, wanted) = leased(lot);
        assert_eq!(is, wanted, "after {kept:?}");
        kept.push(is);
    };
    let plates = ["粤B11111", "粤B22222", "粤B33333"];
    note(&lot);
    lot.ok(6010, &lease(&plates, 2, "2026-03-01", "2026-03-31", 1));
    note(&lot);
    for plate in plates {
        lot.enter(plate);
        note(&lot);
    }
    // Who leaves gives its space to who waits.
    lot.pass_time(5);
    lot.leave(plates[0]);
    note(&lot);
    lot.ok(6010, &lease(&plates, 1, "2026-03-01", "2026-03-31", 2));
    note(&lot);
    lot.ok(6010, &lease(&plates, 3, "2026-03-05", "2026-03-31", 3));
    note(&lot);
    lot.pass_time(4 * 24 * 60);
    note(&lot);
    lot.ok(6010, &lease(&plates, 3, "2026-03-01", "2026-03-06", 4));
    note(&lot);
    lot.pass_time(24 * 60);
    note(&lot);
    lot.ok(6010, &lease(&plates, 3, "2026-03-01", "2026-03-31", 5));
    note(&lot);
    // A record that is written over with the same is counted once.
    lot.open_exit("1");
    lot.leave(plates[1]);
    lot.open_exit("2");
    note(&lot);
    assert_eq!(kept.iter().max(), Some(&2), "{kept:?}");
    assert!(kept.windows(2).filter(|two| two[0] != two[1]).count() >= 4, "{kept:?}");
}
