//! What is kept of a plate goes when its owner wants it.

use crate::prelude::*;
use lotgate::store::Lease;

fn forget(lot: &mut Lot, id: &str) -> StaffAnswer {
    let reason = format!("{PLATE}本人要求");
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

/// Columns of text that nobody writes freely into, or whose rows do not outlive what they tell: `table.column`, or all of a table.
const WRITTEN_BY_NOBODY: &[&str] = &[
    // What the platform is still to be told goes with its answer.
    "outbox",
    "image.place",
    "image.file_name",
    "image.dest_path",
    // The configuration's own.
    "base_data",
    "guidance",
    "coupon.merchant",
    "coupon.org_code",
    "connection.name",
    "store_loss.aside",
    // Cars that are here; who is is not forgotten. And what of them is undecided for some seconds.
    "passing",
    "waiting",
    "early_exit.car",
    "undecided_read",
    "awaited_images",
    "seen",
    // A plate in our own print, alone: one that is forgotten goes.
    "unseen_passage.read_as",
    // The deed itself.
    "forgetting",
    // Words of our own.
    "trail.act",
    "command.action",
    "parking_order.form",
    "parking_record.plate_color",
    "parking_record.enter_lane",
    "parking_record.leave_lane",
    "unseen_passage.heading",
    "vehicle_class.class",
    "record_class.class",
    "stock_stay",
    "boot",
    "camera_list_round",
    "lease_day",
    "staff_command.said",
];

/// Whether it is an id, a number, a date or a digest by its name.
fn is_no_words(column: &str) -> bool {
    let ends =
        ["_id", "_no", "_key", "_code", "_date", "_day", "_time", "_fee", "_money", "digest"];
    let is = ["value", "at_most", "amount", "money", "fee", "payable", "receivables", "discount"];
    let is_more = ["received", "day", "asked_space", "place", "id"];
    (ends.iter().any(|end| column.ends_with(end))
        && !["plate_no", "feature_code"].contains(&column))
        || is.contains(&column)
        || is_more.contains(&column)
}

/// A column of a table: its name, its type, whether it may be absent, and whether it is of the key.
type Column = (String, String, bool, bool);

fn tables(database: &rusqlite::Connection) -> Vec<(String, Vec<Column>)> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = database.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let columns = |table: &str| {
        let sql = format!("PRAGMA table_info({table})");
        let mut statement = database.prepare(&sql).unwrap();
        let read = |row: &rusqlite::Row<'_>| {
            let key: i64 = row.get(5)?;
            Ok((row.get(1)?, row.get(2)?, row.get::<_, i64>(3)? == 0, key > 0))
        };
        statement.query_map([], read).unwrap().collect::<Result<Vec<Column>, _>>().unwrap()
    };
    names.map(Result::unwrap).map(|name| (columns(&name), name)).map(|(c, n)| (n, c)).collect()
}

/// Writes a row of a table in which a text stands in one column; what else it needs is made up. Whether the table takes it.
fn write_into(
    database: &rusqlite::Connection,
    table: &str,
    columns: &[Column],
    (column, text): (&str, &str),
    number: i64,
) -> bool {
    let value = |(name, kind, may_be_absent, is_key): &Column| match (name.as_str(), kind.as_str())
    {
        (name, "TEXT") if name == column => text.to_owned().into(),
        ("state", "TEXT") => {
            ["open", "done", "held", "sent"][usize::from(table == "mission")].to_owned().into()
        }
        ("kind", "TEXT") => if table == "coupon" { "amount" } else { "read" }.to_owned().into(),
        ("why", "TEXT") => "out-of-time".to_owned().into(),
        ("loop_use", _) => "counted".to_owned().into(),
        ("only_row", _) => rusqlite::types::Value::Integer(1),
        ("leave_time", _) => rusqlite::types::Value::Integer(number),
        ("work" | "told" | "void" | "ready", _) => rusqlite::types::Value::Integer(0),
        (_, _) if *may_be_absent && !is_key => rusqlite::types::Value::Null,
        (name, "TEXT") if name.ends_with("date") || name == "day" => "2020-01-01".to_owned().into(),
        (_, "TEXT") => format!("x{number}").into(),
        _ => rusqlite::types::Value::Integer(number),
    };
    let names: Vec<_> = columns.iter().map(|column| column.0.as_str()).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", names.join(", "));
    let row: Vec<_> = columns.iter().map(value).collect();
    if columns.iter().any(|column| column.0 == "only_row") {
        database.execute(&format!("DELETE FROM {table}"), []).unwrap();
    }
    database.execute(&sql, rusqlite::params_from_iter(row)).is_ok()
}

#[test]
fn a_plate_is_taken_out_of_every_text_that_anybody_can_have_written() {
    for print in [PLATE, "粤B·88888", "粤b88888", "粤Ｂ８８８８８", "粤 B888-88"] {
        let mut lot = Lot::new();
        let database = rusqlite::Connection::open(lot.folder.path().join("lotgate.db")).unwrap();
        database.pragma_update(None, "foreign_keys", false).unwrap();
        let free: Vec<(String, String)> = tables(&database)
            .iter()
            .flat_map(|(table, columns)| {
                columns.iter().map(move |one| (table.clone(), one.clone()))
            })
            .filter(|(table, (column, kind, ..))| {
                let whole = format!("{table}.{column}");
                kind == "TEXT"
                    && column != "plate_no"
                    && !is_no_words(column)
                    && !WRITTEN_BY_NOBODY.iter().any(|one| *one == table || *one == whole)
            })
            .map(|(table, column)| (table, column.0))
            .collect();
        let mut written = Vec::new();
        for (number, (table, column)) in free.iter().enumerate() {
            let columns = &tables(&database).into_iter().find(|one| one.0 == *table).unwrap().1;
            let text = format!("为{print}走");
            let number = 1_000 + i64::try_from(number).unwrap();
            if write_into(&database, table, columns, (column, &text), number) {
                written.push(format!("{table}.{column}"));
            }
        }
        for named in [
            "visitor_pass.reason",
            "stock_taking.reason",
            "trail.reason",
            "charge.pay_from",
            "staff_command.operator",
            "connection.error",
            "vehicle_class.reason",
            "vehicle_lock.feature_code",
            "control_list.strategy_from",
            "garage.comment",
        ] {
            assert!(written.iter().any(|one| one == named), "{named}: {written:?}");
        }
        // What a table does not take is of the words that it has itself.
        let own_words = ["state", "kind", "why", "loop_use"];
        for (table, column) in &free {
            let is_written = written.contains(&format!("{table}.{column}"));
            assert!(is_written || own_words.contains(&column.as_str()), "{table}.{column}");
        }
        assert_eq!(forget(&mut lot, "1"), StaffAnswer::Done(json!({ "status": "forgotten" })));
        let mut still = Vec::new();
        for (table, columns) in tables(&database) {
            for (column, ..) in columns.iter().filter(|column| column.1 == "TEXT") {
                let sql = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
                let mut statement = database.prepare(&sql).unwrap();
                let mut rows = statement.query([]).unwrap();
                while let Some(row) = rows.next().unwrap() {
                    let text: String = row.get(0).unwrap();
                    if lotgate::standard::plate::normalise(&text).contains(PLATE) {
                        still.push(format!("{table}.{column}: {text}"));
                    }
                }
            }
        }
        assert_eq!(still, Vec::<String>::new(), "{print}");
    }
}
