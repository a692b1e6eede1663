//! What has been kept for its time goes, however much there is of it.

use crate::prelude::*;

/// What a lot of 50,000 passages writes in a day, a thousandth of a second and more between each.
const A_DAY: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
    INSERT INTO parking_record (id, plate_no, enter_time, leave_time)
        SELECT 'r' || i, '粤B' || i, 0, i * 1728 FROM n;
    INSERT INTO charge (id, record_id, pay_time, receivables, discount, received, pay_type, pay_from)
        SELECT 'c' || id, id, leave_time, '5', '0', '5', 1, 'x' FROM parking_record;
    INSERT INTO command (digest, code, identity, action, reply, received)
        SELECT 'd' || id, 6007, id, 'paid', '[]', leave_time FROM parking_record;
    INSERT INTO seen (message, at) SELECT 'in' || id, leave_time FROM parking_record;
    INSERT INTO seen (message, at) SELECT 'out' || id, leave_time FROM parking_record;";

#[test]
fn of_fifty_thousand_passages_a_day_nothing_is_kept_beyond_its_time_and_no_commit_is_long() {
    let mut lot = Lot::new();
    rusqlite::Connection::open(lot.folder.path().join("lotgate.db"))
        .unwrap()
        .execute_batch(A_DAY)
        .unwrap();
    let tx = lot.store.begin().unwrap();
    // The day after: every few seconds a slice, of which each row has had its time by then.
    let (mut gone, mut commits, mut longest) = (0_u64, 0, 0);
    for second in (0..=86_400 + 600_i64).step_by(5) {
        let before = Timestamp::from_second(second).unwrap();
        let slice = tx.prune(before, before, 64).unwrap();
        gone += u64::from(slice);
        commits += u32::from(slice > 0);
        longest = longest.max(slice);
    }
    assert_eq!(gone, 200_000, "records, commands and messages; charges go with their records");
    assert_eq!(tx.records_of("粤B1", 1).unwrap(), []);
    assert!(longest <= 64, "{longest}");
    assert!(commits < 12_000, "few commits write for it: {commits}");
}
