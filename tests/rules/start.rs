//! What a start takes up: the whole of it, as the gateway does it.

use crate::prelude::*;
use lotgate::model::without_store::Mended;
use lotgate::standard::report::Report;

fn started(lot: &mut Lot) -> Outcome {
    lot.apply(&Input::Started).1
}

#[test]
fn a_start_hands_a_garage_what_it_was_about() {
    let mut lot = Lot::with(|rules| {
        let takes = SignedDuration::from_secs(60);
        rules.garages[0].plc = Some(GaragePlc {
            device_id: PLC.into(),
            takes_space: false,
            store_takes: takes,
            retrieve_takes: takes,
        });
    });
    let store = json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "plateNo": PLATE });
    lot.order_at(1, 8004, &[store]);
    let out = started(&mut lot);
    assert_eq!(
        (out.jobs.len(), out.jobs[0].store, out.jobs[0].progress),
        (1, true, Progress::Nothing)
    );
}

#[test]
fn a_start_takes_up_everything_that_a_crash_left() {
    let mut lot = Lot::with(|rules| rules.lanes[0].display = Some(DISPLAY.into()));
    let entrance = json!({ "state": 1, "entranceExitInfo": {
        "id": "90731c48a7ea4c27bd4d57ff0e13d001", "name": "东入口", "parkCode": PARK_CODE, "type": 1,
    } });
    lot.rules.base_data = vec![Report::new(3002, &entrance, MoneyStyle::Shortest).unwrap()];
    lot.ok(6001, &book("YD1", "粤A00001", lot.now, 10));
    let guidance = json!({
        "parkCode": PARK_CODE, "parkName": "甲", "districtCode": "440304001",
        "totalSpaces": 300, "remainingSpace": 30, "listEntranceInfo": [],
    });
    lot.ok(9001, &guidance);
    lot.deaf = true;
    assert!(lot.enter(PLATE), "a barrier command that nobody has answered");
    let up = Input::Connection {
        name: lotgate::model::input::ConnectionName::Https,
        up: true,
        error: String::new(),
    };
    lot.apply(&up);
    // A second later, in a new process; the booking runs out in an hour.
    lot.now += SignedDuration::from_secs(1);
    let out = started(&mut lot);
    assert!(out.reported && lot.reports(3002) == [entrance], "what the platform does not know");
    assert_eq!(out.publications.len(), 1, "what brokers may have lost");
    assert_eq!(out.shows.len(), 1, "what displays have lost");
    assert_eq!(lot.look(|tx| tx.connections().unwrap()), [], "what an earlier run knew");
    assert_eq!(out.actuations.len(), 0, "nothing moves before its device is there");
    let out = lot.device(DeviceEvent::Reachable(ENTRY.into()));
    assert_eq!(out.actuations.len(), 1, "the car that was let pass still stands there");
    assert_eq!(lot.reports(2002), Vec::<Value>::new());
}

#[test]
fn a_start_repeats_no_command_that_left_longer_ago_or_that_a_contact_may_answer() {
    for (after, contacts, opens) in
        [(1, None, 1), (3, None, 0), (1, Some((true, false)), 0), (1, Some((false, false)), 0)]
    {
        let mut lot = Lot::with(|rules| {
            let wire = |input| Contact { device_id: BOARD.into(), input, inverted: false };
            rules.lanes[0].passing_loop = contacts.map(|_| wire(0));
            rules.lanes[0].barrier_up = contacts.map(|_| wire(1));
        });
        lot.deaf = true;
        assert!(lot.enter(PLATE));
        lot.now += SignedDuration::from_secs(after);
        started(&mut lot);
        lot.device(DeviceEvent::Online(BOARD.into()));
        let mut sent = lot.device(DeviceEvent::Reachable(ENTRY.into())).actuations.len();
        for (input, closed) in contacts.into_iter().flat_map(|(a, b)| [(0, a), (1, b)]) {
            let device_id = BOARD.into();
            let told = DeviceEvent::Contact { device_id, input, closed, just_now: false };
            sent += lot.device(told).actuations.len();
        }
        assert_eq!(sent, opens, "{after} s, {contacts:?}");
    }
}

#[test]
fn a_row_that_cannot_be_read_stops_nobody_and_is_told_once() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 3));
    assert!(!lot.enter(PLATE));
    let database = rusqlite::Connection::open(lot.folder.path().join("lotgate.db")).unwrap();
    let poison = "INSERT INTO waiting (lane_id, plate_no, car, reason, since, last_read)
         VALUES ('other', '粤A00001', '{oops', 'listed', 0, 9000000000000);
         INSERT INTO booking VALUES ('YD9', '粤A00001', 0, 1, 2, 'much', NULL, 'held', 'YD9');";
    database.execute_batch(poison).unwrap();
    let told = |out: &Outcome| {
        let unreadable = |one: &&Happening| matches!(one, Happening::UnreadableRow { .. });
        out.happenings.iter().filter(unreadable).count()
    };
    assert_eq!(told(&started(&mut lot)), 1, "the booking");
    let delete = json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{:0>32}", 1) } });
    let (_, out) = lot.command_at(1, 4001, &[delete]);
    assert_eq!((out.actuations.len(), told(&out)), (1, 1), "the waiting car");
    assert_eq!(told(&lot.tick()), 0, "once");
}

#[test]
fn one_cell_that_cannot_be_read_stops_no_lane_before_a_start_or_behind_it() {
    let no_text = "CAST(x'ff80' AS TEXT)";
    let cells = [
        ("passing", "car", "'garbage'"),
        ("passing", "car", no_text),
        ("passing", "record_id", no_text),
        ("passing", "plate_no", no_text),
        ("waiting", "car", no_text),
        ("waiting", "candidates", no_text),
        ("waiting", "reason", no_text),
        ("lane", "stopped_by", no_text),
        ("boot", "starts", "(-9223372036854775807 - 1)"),
        ("boot", "id", no_text),
        ("base_data", "key", no_text),
        ("base_data", "form", no_text),
        ("base_data", "code", "9223372036854775807"),
        ("actuation", "id", no_text),
        ("device", "id", no_text),
        ("unseen_passage", "lane_id", no_text),
    ];
    for (table, column, value) in cells {
        let mut lot = Lot::new();
        lot.rules.base_data = Vec::new();
        started(&mut lot);
        assert!(lot.enter("粤B00001"));
        lot.ok(4001, &control("1", 3));
        assert!(!lot.enter(PLATE), "it waits, listed");
        let database = rusqlite::Connection::open(lot.folder.path().join("lotgate.db")).unwrap();
        let fill = "INSERT INTO base_data (code, key, form, body) VALUES (3001, 'a', 'b', '{}')";
        database.execute_batch(fill).unwrap();
        database.execute_batch(&format!("UPDATE {table} SET {column} = {value}")).unwrap();
        drop(database);
        for what in ["running", "started again"] {
            lot.pass_time(1);
            let plate = if what == "running" { "粤B00002" } else { "粤B00003" };
            assert!(lot.enter(plate), "{table}.{column}, {what}");
            started(&mut lot);
        }
        assert!(lot.leave("粤B00002"), "{table}.{column}");
    }
}

#[test]
fn what_is_too_old_at_a_start_is_not_taken_up() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", "粤A00001", lot.now, 10));
    assert!(lot.enter(PLATE));
    lot.now += SignedDuration::from_hours(2);
    let out = started(&mut lot);
    let expired = |one: &Happening| matches!(one, Happening::BookingExpired { .. });
    assert!(out.happenings.iter().any(expired), "{:?}", out.happenings);
    let out = lot.device(DeviceEvent::Reachable(ENTRY.into()));
    assert_eq!(out.actuations.len(), 0, "nobody stands there any more");
}

#[test]
fn a_database_that_was_put_together_anew_is_an_event_that_says_what_may_be_missing() {
    let mut lot = Lot::new();
    let aside = Some("/var/lib/lotgate/lotgate.db.damaged-77".to_owned());
    let mended = Mended { aside, copied: Some(lot.now), taken: 12, unread: 7 };
    lot.apply(&store_back(lot.now, Some(mended)));
    let events = lot.reports(2002);
    let remarks: Vec<_> = events.iter().map(|event| event["remark"].as_str().unwrap()).collect();
    assert!(events.iter().all(|event| event["eventLevel"] == json!(2)), "{events:?}");
    assert!(remarks[0].contains("补记 2 条") && remarks[1].contains("约 7 行"), "{remarks:?}");
}
