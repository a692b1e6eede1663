//! How often a car asks the database, so that it does not become more without anybody seeing it: the table in
//! `docs/performance.md` is printed here (`just rules statements -- --nocapture`).

#![cfg(debug_assertions)]

use crate::prelude::*;
use lotgate::store::{StatementCost, statements};
use std::collections::BTreeMap;

/// The table that a statement is about.
fn table_of(sql: &str) -> &str {
    let mut words = sql.split_whitespace();
    while let Some(word) = words.next() {
        if matches!(word, "FROM" | "INTO" | "UPDATE") {
            return words.next().unwrap_or_default().trim_matches(['(', ',']);
        }
    }
    sql
}

/// How often each table was asked, and written.
fn asked() -> (BTreeMap<String, [u32; 2]>, u32) {
    let (mut tables, mut all) = (BTreeMap::<String, [u32; 2]>::new(), 0);
    for (sql, StatementCost { times, .. }) in statements() {
        let writes = !sql.trim_start().starts_with("SELECT") && !sql.starts_with("WITH");
        tables.entry(table_of(&sql).to_owned()).or_default()[usize::from(writes)] += times;
        all += times;
    }
    (tables, all)
}

#[test]
fn a_car_in_and_out_asks_the_database_no_more_often_than_it_did() {
    let mut lot = Lot::new();
    // The first has everything looked up that is looked up once.
    assert!(lot.enter("粤B00001") && lot.leave("粤B00001"));
    statements();
    for (what, most) in [("in", 26), ("told", 6), ("out", 31), ("told", 6)] {
        match what {
            "in" => assert!(lot.enter(PLATE)),
            "out" => assert!(lot.leave(PLATE)),
            _ => {
                let row = lot.reader().pending(Urgency::Record, 0, 10).unwrap().pop().unwrap();
                statements();
                lot.acknowledged(row.seq);
            }
        }
        let (tables, all) = asked();
        println!("{what}: {all} statements of at most {most}");
        for (table, [read, written]) in tables {
            println!("| {table} | {read} | {written} |");
        }
        assert!(all <= most, "{what}: {all} statements");
    }
}
