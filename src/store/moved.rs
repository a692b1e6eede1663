//! The lot's clock has stepped: every moment that was written by it since then moves with it, so that nothing becomes
//! longer or shorter. Moments that somebody else told (a lease's days, a booking, a late read) stay what they are.

use super::{StoreError, Transaction};
use jiff::{SignedDuration, Timestamp};

/// Stays that may have moments of ours since `?1`.
const STAYS: &str = "(SELECT id FROM parking_record WHERE leave_time >= ?1
    UNION SELECT id FROM parking_record INDEXED BY parking_record_inside
        WHERE leave_time IS NULL AND plate_no <> ''
    UNION SELECT id FROM parking_record INDEXED BY parking_record_space
        WHERE leave_time IS NULL AND space_no IS NOT NULL)";

/// Columns of tables that stay small, or that are found by that very column.
const MOMENTS: [(&str, &[&str]); 29] = [
    ("seen", &["at"]),
    ("command", &["received"]),
    ("staff_command", &["received"]),
    ("lane", &["up_by", "passed_at", "opened_for_anybody", "loop_taken_at"]),
    ("passing", &["decided_at", "last_read", "opened_at"]),
    ("waiting", &["since", "last_read"]),
    ("unseen_passage", &["at"]),
    ("left_to_another", &["at"]),
    ("other_gateway", &["about", "drove"]),
    ("actuation", &["decided_at"]),
    ("undecided_read", &["at"]),
    ("tail", &["at"]),
    ("trail", &["at"]),
    ("put_aside", &["at", "last"]),
    ("store_loss", &["since", "until"]),
    ("stock_taking", &["done_at", "taken_back_at"]),
    ("all_up", &["since"]),
    ("vehicle_lock", &["locked_at"]),
    ("contract", &["changed"]),
    ("tally", &["counts_reported"]),
    ("garages_reported", &["reported"]),
    ("image", &["pick_time"]),
    ("connection", &["since"]),
    ("device", &["since"]),
    ("camera_list", &["since", "due"]),
    ("camera_list_order", &["sent"]),
    ("camera_list_mode", &["at"]),
    ("camera_list_round", &["begun"]),
    ("vehicle_class", &["at"]),
];

/// Columns of tables that are found by their stay.
const OF_STAYS: [(&str, &[&str]); 5] = [
    ("charge", &["pay_time", "leave_from", "restored"]),
    ("refund", &["refunded"]),
    ("parking_order", &["moment"]),
    ("record_class", &["at"]),
    ("coupon", &["used_since", "given_at"]),
];

/// The same where a late read's own moment may stand, which is not ours.
const OF_READS: [(&str, &[&str]); 2] =
    [("lease_use", &["since", "until"]), ("visits_as_one", &["since"])];

impl Transaction<'_> {
    /// Moves what was written since `since` by our own clock, which was that far behind. Stays are counted anew from
    /// the starts as they stand now.
    pub fn move_moments(&self, since: Timestamp, by: SignedDuration) -> Result<(), StoreError> {
        let from = since.as_millisecond();
        let by = i64::try_from(by.as_millis()).unwrap_or(0);
        let shift = |table: &str, column: &str, which: &str| {
            let sql =
                format!("UPDATE {table} SET {column} = {column} + ?2 WHERE {column} >= ?1{which}");
            self.execute(&sql, (from, by))
        };
        for (table, columns) in MOMENTS {
            for column in columns {
                shift(table, column, "")?;
            }
        }
        let of_stays = format!(" AND record_id IN {STAYS}");
        for (table, columns) in OF_STAYS {
            for column in columns {
                shift(table, column, &of_stays)?;
            }
        }
        for (table, columns) in OF_READS {
            for column in columns {
                let ours = format!(
                    "{of_stays} AND NOT EXISTS (SELECT 1 FROM parking_record WHERE id = record_id
                     AND enter_boot IS NULL AND enter_time = {table}.{column})"
                );
                shift(table, column, &ours)?;
            }
        }
        // A coupon that nobody has used yet is good for as long as it was said to be.
        let unused = " AND given_at >= ?1 AND state = 'open' AND record_id IS NULL";
        shift("coupon", "valid_until", unused)?;
        shift(
            "mission",
            "ends",
            " AND state IN ('booked', 'waiting', 'sent', 'commanding', 'running')
            AND garage_code IN (SELECT garage_code FROM garage)",
        )?;
        self.move_keys(from, by)?;
        self.count_stays(from)
    }

    /// Moments that are part of a key go by a way on which no two meet.
    fn move_keys(&self, from: i64, by: i64) -> Result<(), StoreError> {
        self.execute("UPDATE early_exit SET at = -(at + ?2) WHERE at >= ?1", (from, by))?;
        self.execute("UPDATE early_exit SET at = -at WHERE at < 0", [])?;
        let held = format!("record_id IN {STAYS}");
        let away = format!("UPDATE exit_read SET at = -(at + ?2) WHERE at >= ?1 AND {held}");
        self.execute(&away, (from, by))?;
        self.execute(&format!("UPDATE exit_read SET at = -at WHERE at < 0 AND {held}"), [from])?;
        Ok(())
    }

    fn count_stays(&self, from: i64) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE parking_record SET
                 enter_time = coalesce((SELECT starts FROM boot WHERE number = enter_boot)
                     + enter_since, enter_time),
                 leave_time = iif(leave_time IS NULL, NULL, coalesce(
                     (SELECT starts FROM boot WHERE number = leave_boot) + leave_since, leave_time))
             WHERE id IN {STAYS}"
        );
        self.execute(&sql, [from])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use std::collections::BTreeSet;

    /// Columns whose numbers are no moments of ours, by the words they contain or their whole name.
    const OTHERS: [&str; 48] = [
        "parking_record.enter_time",
        "parking_record.leave_time",
        "parking_record.enter_boot",
        "parking_record.leave_boot",
        "parking_record.enter_since",
        "parking_record.leave_since",
        "boot.starts",
        "boot.since",
        "boot.last",
        "boot.lower_bound",
        "boot.held_from",
        // What waits is written anew when somebody vouches.
        "outbox.created",
        "early_exit.at",
        "exit_read.at",
        "lease_use.since",
        "lease_use.until",
        "visits_as_one.since",
        "coupon.valid_from",
        "coupon.valid_until",
        "mission.due",
        "mission.ends",
        // The platform's, staff's and shops' own moments.
        "control_list.begin_at",
        "control_list.end_at",
        "booking.book_time",
        "booking.over_time",
        "booking.keep_until",
        "share.cancelled_at",
        "lease.moment",
        "stock_taking.counted_at",
        "visitor_pass.begins",
        "visitor_pass.ends",
        "visitor_pass.given_at",
        "visitor_pass.withdrawn_at",
        "vehicle_class.until",
        "camera_list.wanted_until",
        "camera_list.held_until",
        "camera_list_order.until",
        "parking_record.reported",
        "lane.reported",
        "space.reported",
        "lane.passed_leaving",
        "lane.held_open",
        "share.buffer_minutes",
        "tally.counts_due",
        "visitor_pass.free_seconds",
        "ticket.last",
        "outbox.attempts",
        "camera_list.attempts",
    ];

    #[test]
    fn of_every_column_of_numbers_somebody_has_said_whether_it_is_a_moment_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        let connection = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables
                   JOIN pragma_table_info(tables.name) AS columns
                   WHERE tables.type = 'table' AND columns.type = 'INTEGER'";
        let mut columns = connection.prepare(sql).unwrap();
        let columns = columns.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let moved: BTreeSet<String> = MOMENTS
            .into_iter()
            .chain(OF_STAYS)
            .chain(OF_READS)
            .flat_map(|(table, columns)| columns.iter().map(move |one| format!("{table}.{one}")))
            .collect();
        let sounds = |name: &str| {
            let words = [
                "at", "since", "time", "until", "due", "last", "moment", "begun", "ends", "begins",
            ];
            let column = name.split('.').nth(1).unwrap();
            column.split('_').any(|word| words.contains(&word))
        };
        let known = |name: &String| {
            moved.contains(name) || OTHERS.contains(&name.as_str()) || !sounds(name)
        };
        let unsaid: Vec<String> = columns.map(Result::unwrap).filter(|one| !known(one)).collect();
        assert_eq!(unsaid, Vec::<String>::new());
    }
}
