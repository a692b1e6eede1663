//! Parking records (table 13): one stay of one car.

use super::sparse::SparseTable;
use super::{StoreError, Transaction, column, millis};
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::standard::years::{earlier, later};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// More cars than pass a lane within the ten seconds in which readings may be of one car.
const PASSED_AT_ONCE: u32 = 8;

/// Table 13's `recordType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    /// 0
    Normal,
    /// 1: something about it is not as it should be.
    Abnormal,
    /// 2: left although its lock was not taken away.
    LeftLocked,
}

impl RecordType {
    /// The number on the wire.
    pub fn number(self) -> i64 {
        match self {
            Self::Normal => 0,
            Self::Abnormal => 1,
            Self::LeftLocked => 2,
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Normal),
            1 => Some(Self::Abnormal),
            2 => Some(Self::LeftLocked),
            _ => None,
        }
    }
}

/// One stay of one car.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkingRecord {
    /// 32 characters, fixed when the car entered.
    pub id: Id,
    /// Its plate; none where only a space was seen.
    pub plate_no: Option<PlateNo>,
    /// As the standard writes it, e.g. 蓝色.
    pub plate_color: Option<String>,
    /// 1 permanent, 2 temporary plate.
    pub license_plate_type: Option<i64>,
    /// 1 large, 2 medium, 3 small.
    pub car_model: Option<i64>,
    /// The vehicle's colour as the standard writes it.
    pub car_color: Option<String>,
    /// Its brand.
    pub car_logo: Option<String>,
    /// When it entered.
    pub enter_time: Timestamp,
    /// Through which lane; absent where it was seen at a space only.
    pub enter_lane: Option<Id>,
    /// Seen by which device.
    pub in_equipment_id: Option<Id>,
    /// When it left; absent while inside.
    pub leave_time: Option<Timestamp>,
    /// Through which lane it left.
    pub leave_lane: Option<Id>,
    /// Seen leaving by which device.
    pub out_equipment_id: Option<Id>,
    /// What it costs at the least, where nobody saw its beginning.
    pub least_fee: Option<Money>,
    /// Due in all.
    pub receivables: Money,
    /// Let off in all.
    pub discount: Money,
    /// Received in all.
    pub received: Money,
    /// Whether all went as it should.
    pub record_type: RecordType,
    /// The numbered space it stands in, where that is known.
    pub space_no: Option<String>,
    /// The mechanical garage it was put into.
    pub garage_code: Option<String>,
    /// The share (6004) it used last.
    pub share_id: Option<String>,
    /// The lease on a space of which it stands; follows from its lease uses.
    pub lease_key: Option<String>,
    /// Whether its payments are deducted automatically, where the platform has answered that (5010).
    pub contract: Option<bool>,
    /// Where the platform keeps the picture of its entry, once uploaded.
    pub image_url: Option<String>,
    /// Whether another gateway of the lot told the platform of its beginning, and this one has not; changes only by
    /// [`Transaction::set_told`].
    pub is_untold: bool,
}

impl ParkingRecord {
    /// A stay that begins at `enter_time`, with nothing known of it but its car.
    pub fn begun(id: Id, plate_no: Option<PlateNo>, enter_time: Timestamp) -> Self {
        Self {
            id,
            plate_no,
            plate_color: None,
            license_plate_type: None,
            car_model: None,
            car_color: None,
            car_logo: None,
            enter_time,
            enter_lane: None,
            in_equipment_id: None,
            leave_time: None,
            leave_lane: None,
            out_equipment_id: None,
            least_fee: None,
            receivables: Money::ZERO,
            discount: Money::ZERO,
            received: Money::ZERO,
            record_type: RecordType::Normal,
            space_no: None,
            garage_code: None,
            share_id: None,
            lease_key: None,
            contract: None,
            image_url: None,
            is_untold: false,
        }
    }

    /// Its plate as text; empty where it has none.
    pub fn plate_text(&self) -> &str {
        self.plate_no.as_ref().map_or("", PlateNo::as_str)
    }
}

const COLUMNS: &str = "id, plate_no, plate_color, license_plate_type, car_model, enter_time,
    enter_lane, in_equipment_id, leave_time, leave_lane, out_equipment_id, receivables, discount,
    received, record_type, space_no, share_id, lease_key,
    contract, image_url, garage_code, car_color, car_logo, least_fee, untold";

/// How many cars are inside, as long as nothing is written.
#[derive(Debug)]
pub(super) struct CountedInside {
    /// How much had been written by then.
    pub(super) written: u64,
    /// The day whose leases count.
    pub(super) day: String,
    /// Cars.
    pub(super) used: i64,
    /// Those of them that stand for a lease.
    pub(super) leased: i64,
}

/// How many cars inside stand for a lease that is in force on a day.
const COUNT_LEASED: &str = "SELECT count(*) FROM parking_record INDEXED BY parking_record_lease
    JOIN lease USING (lease_key) WHERE lease_key IS NOT NULL AND leave_time IS NULL
    AND begin_date <= ?1 AND end_date >= ?1";

/// Sums that do not meet; written as in the index of such stays.
const UNSETTLED: &str = "round(receivables * 100) <> round((received + discount) * 100)";

/// Records that ended before a moment, the oldest first.
pub(super) const PRUNE: &str =
    "DELETE FROM parking_record WHERE rowid IN (SELECT rowid FROM parking_record
    WHERE leave_time < ?1 ORDER BY leave_time LIMIT ?2)";

impl Transaction<'_> {
    /// The record of a plate that is inside.
    pub fn open_record_of(&self, plate_no: &str) -> Result<Option<ParkingRecord>, StoreError> {
        self.kept.open_records.or(plate_no, || {
            let sql = format!(
                "SELECT {COLUMNS} FROM parking_record
                 WHERE plate_no = ?1 AND leave_time IS NULL AND plate_no <> ''"
            );
            self.row(&sql, [plate_no], record)
        })
    }

    /// The record of the car that stands in a numbered space.
    pub fn open_record_at(&self, space_no: &str) -> Result<Option<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE space_no = ?1 AND leave_time IS NULL"
        );
        self.row(&sql, [space_no], record)
    }

    /// The records of cars inside of whose plates one contains `part`, the longest stay first.
    pub fn open_records_like(&self, part: &str) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record INDEXED BY parking_record_inside
             WHERE leave_time IS NULL AND plate_no <> '' AND (instr(plate_no, ?1) > 0
                 OR EXISTS (SELECT 1 FROM record_alias
                            WHERE record_id = id AND instr(record_alias.plate_no, ?1) > 0))
             ORDER BY enter_time, rowid"
        );
        self.scan(&sql, [part], record)
    }

    /// The records of all cars inside that have a plate, the longest stay first.
    pub fn records_inside(&self) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record INDEXED BY parking_record_inside
             WHERE leave_time IS NULL AND plate_no <> '' ORDER BY enter_time, rowid"
        );
        self.scan(&sql, [], record)
    }

    /// Every car inside that has a plate, as the number and the plate of its record.
    pub fn plates_inside(&self) -> Result<Vec<(i64, String)>, StoreError> {
        // Their index holds both: of many cars no record is read.
        let sql = "SELECT rowid, plate_no FROM parking_record INDEXED BY parking_record_inside
                   WHERE leave_time IS NULL AND plate_no <> ''";
        self.scan(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The id of the record of that number.
    pub fn numbered_record(&self, number: i64) -> Result<Option<Id>, StoreError> {
        let sql = "SELECT id FROM parking_record WHERE rowid = ?1";
        self.row(sql, [number], |row| row.get(0))
    }

    /// The newest records of a plate, the open one first.
    pub fn records_of(&self, plate_no: &str, limit: u32) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE plate_no = ?1 AND leave_time IS NOT NULL
             ORDER BY leave_time DESC LIMIT ?2"
        );
        let ended = self.scan(&sql, (plate_no, limit), record)?;
        Ok(self
            .open_record_by_any_plate(plate_no)?
            .into_iter()
            .chain(ended)
            .take(limit as usize)
            .collect())
    }

    /// A plate's stays that ended after one moment and by another, the newest first.
    pub fn visits_of(
        &self,
        plate_no: &str,
        from: Timestamp,
        by: Timestamp,
        limit: u32,
    ) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE plate_no = ?1 AND leave_time IS NOT NULL
             AND leave_time > ?2 AND leave_time <= ?3 ORDER BY leave_time DESC LIMIT ?4"
        );
        let (from, by) = (from.as_millisecond(), by.as_millisecond());
        self.scan(&sql, (plate_no, from, by, limit), record)
    }

    /// A plate's stays that ended with sums that do not meet, the newest first.
    pub fn unsettled_of(&self, plate_no: &str) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE plate_no = ?1 AND leave_time IS NOT NULL
             AND {UNSETTLED} ORDER BY leave_time DESC"
        );
        self.scan(&sql, [plate_no], record)
    }

    /// The plates of stays that began or ended in a lane about a moment, not longer than `within` from it: of so many on each
    /// side the nearest, for what waited long comes all at once.
    pub fn passed_about(
        &self,
        lane_id: &Id,
        at: Timestamp,
        within: SignedDuration,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "
            SELECT * FROM (SELECT plate_no FROM parking_record WHERE enter_lane = ?1
                AND enter_time BETWEEN ?2 AND ?3 AND plate_no <> '' ORDER BY enter_time DESC LIMIT ?5)
            UNION ALL SELECT * FROM (SELECT plate_no FROM parking_record WHERE enter_lane = ?1
                AND enter_time > ?3 AND enter_time <= ?4 AND plate_no <> '' ORDER BY enter_time LIMIT ?5)
            UNION ALL SELECT * FROM (SELECT plate_no FROM parking_record WHERE leave_lane = ?1
                AND leave_time IS NOT NULL AND leave_time BETWEEN ?2 AND ?3 AND plate_no <> ''
                ORDER BY leave_time DESC LIMIT ?5)
            UNION ALL SELECT * FROM (SELECT plate_no FROM parking_record WHERE leave_lane = ?1
                AND leave_time IS NOT NULL AND leave_time > ?3 AND leave_time <= ?4 AND plate_no <> ''
                ORDER BY leave_time LIMIT ?5)";
        let (from, to) = (earlier(at, within), later(at, within));
        let [from, at, to] = [from, at, to].map(Timestamp::as_millisecond);
        self.rows(sql, (lane_id, from, at, to, PASSED_AT_ONCE), |row| row.get(0))
    }

    /// Whether a stay under a plate began or ended in a lane between two moments. One that began there and had ended `by` a
    /// moment, or had ended and was followed by another, counts no more: who was read then came, or left, anew.
    pub fn has_passed(
        &self,
        lane_id: &Id,
        plate_no: &str,
        (from, to): (Timestamp, Timestamp),
        by: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "
            SELECT 1 FROM parking_record WHERE plate_no = ?4 AND plate_no <> '' AND leave_time IS NULL
                AND enter_lane = ?1 AND enter_time BETWEEN ?2 AND ?3
            UNION ALL SELECT 1 FROM parking_record WHERE plate_no = ?4 AND leave_time IS NOT NULL
                AND leave_time >= ?2
                AND ((enter_lane = ?1 AND enter_time BETWEEN ?2 AND ?3 AND leave_time >= ?5)
                OR (leave_lane = ?1 AND leave_time <= ?3
                    AND NOT EXISTS (SELECT 1 FROM parking_record newer WHERE newer.plate_no = ?4
                        AND newer.leave_time IS NULL AND newer.enter_time > parking_record.leave_time
                        AND newer.enter_time <= ?5)))
            LIMIT 1";
        let [from, to, by] = [from, to, by].map(Timestamp::as_millisecond);
        let row = (lane_id, from, to, plate_no, by);
        Ok(self.row(sql, row, |_| Ok(()))?.is_some())
    }

    /// How many cars inside a lease covers.
    pub fn covered_by_lease(&self, lease_key: &str) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM parking_record WHERE lease_key = ?1 AND leave_time IS NULL";
        Ok(self.row(sql, [lease_key], |row| row.get(0))?.unwrap_or_default())
    }

    /// The record of a plate that left last.
    pub fn last_closed_record_of(
        &self,
        plate_no: &str,
    ) -> Result<Option<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE plate_no = ?1 AND leave_time IS NOT NULL
             ORDER BY leave_time DESC LIMIT 1"
        );
        self.row(&sql, [plate_no], record)
    }

    /// The record of the car that left a numbered space last.
    pub fn last_closed_record_at(
        &self,
        space_no: &str,
    ) -> Result<Option<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE space_no = ?1 AND leave_time IS NOT NULL
             ORDER BY leave_time DESC LIMIT 1"
        );
        self.row(&sql, [space_no], record)
    }

    /// Stays that ended with sums that do not meet, the newest first, after `offset` of them.
    pub fn unsettled_records(
        &self,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM parking_record WHERE leave_time IS NOT NULL AND {UNSETTLED}
             ORDER BY leave_time DESC LIMIT ?1 OFFSET ?2"
        );
        self.scan(&sql, (limit, offset), record)
    }

    /// How many cars are inside, one perhaps left out, and how many of them stand for a lease that is in force that day.
    pub fn stays_inside(&self, day: Date, without: Option<&Id>) -> Result<(i64, i64), StoreError> {
        let day = day.to_string();
        let (used, leased) = self.counted_inside(&day)?;
        let Some(without) = without else { return Ok((used, leased)) };
        let sql = "SELECT 1 FROM parking_record JOIN lease USING (lease_key)
                   WHERE id = ?2 AND leave_time IS NULL AND begin_date <= ?1 AND end_date >= ?1";
        let is_one = self.row(sql, (&day, without), |_| Ok(()))?.is_some();
        Ok((used.saturating_sub(1), leased.saturating_sub(i64::from(is_one))))
    }

    /// How many cars are inside, and how many of them stand for a lease; counted once while nothing is written.
    fn counted_inside(&self, day: &str) -> Result<(i64, i64), StoreError> {
        let written = self.writes();
        if let Some(kept) = &*self.kept.inside.borrow()
            && kept.written == written
            && kept.day == day
        {
            return Ok((kept.used, kept.leased));
        }
        let sql = "SELECT used, CASE leased_day WHEN ?1 THEN leased END FROM tally";
        let counted: Option<(i64, Option<i64>)> =
            self.row(sql, [day], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (used, leased) = counted.unwrap_or_default();
        let leased = match leased {
            Some(leased) => leased,
            None => self
                .row_of(SparseTable::Lease, COUNT_LEASED, [day], |row| row.get(0))?
                .unwrap_or_default(),
        };
        let day = day.to_owned();
        self.kept.inside.replace(Some(CountedInside { written, day, used, leased }));
        Ok((used, leased))
    }

    /// Counts them where that day's are not known; from then on they are kept.
    pub fn count_leased_stays(&self, day: Date) -> Result<(), StoreError> {
        let day = day.to_string();
        let sql = "SELECT 1 FROM tally WHERE leased_day = ?1";
        if self.row(sql, [&day], |_| Ok(()))?.is_none() {
            let sql = format!("UPDATE tally SET leased = ({COUNT_LEASED}), leased_day = ?1");
            self.execute(&sql, [&day])?;
        }
        Ok(())
    }

    /// The record of that id, whatever its case.
    pub fn record(&self, id: &Id) -> Result<Option<ParkingRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM parking_record WHERE id = ?1");
        self.row(&sql, [id], record)
    }

    /// The record of that id, if its stay has not ended.
    pub fn open_record(&self, id: &Id) -> Result<Option<ParkingRecord>, StoreError> {
        Ok(self.record(id)?.filter(|record| record.leave_time.is_none()))
    }

    /// Writes a new record.
    pub fn insert_record(&self, record: &ParkingRecord) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO parking_record ({COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
                     ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)"
        );
        self.write_record(&sql, record)
    }

    /// Writes a changed record; its lease follows from what is written of leases.
    pub fn update_record(&self, record: &ParkingRecord) -> Result<(), StoreError> {
        let sql =
            "UPDATE parking_record SET plate_no = ?2, plate_color = ?3, license_plate_type = ?4,
            car_model = ?5, enter_time = ?6, enter_lane = ?7, in_equipment_id = ?8, leave_time = ?9,
            leave_lane = ?10, out_equipment_id = ?11, receivables = ?12, discount = ?13,
            received = ?14, record_type = ?15, space_no = ?16, share_id = ?17,
            contract = ?19, image_url = ?20, garage_code = ?21, car_color = ?22, car_logo = ?23,
            least_fee = ?24, untold = untold AND ?25,
            enter_boot = iif(enter_time = ?6, enter_boot, NULL),
            leave_boot = iif(leave_time IS ?9, leave_boot, NULL)
            WHERE id = ?1";
        self.write_record(sql, record)
    }

    /// The platform hears of a stay now: whether it had not from this gateway.
    pub fn set_told(&self, id: &Id) -> Result<bool, StoreError> {
        let sql = "UPDATE parking_record SET untold = 0 WHERE id = ?1 AND untold";
        Ok(self.execute(sql, [id])? > 0)
    }

    fn write_record(&self, sql: &str, record: &ParkingRecord) -> Result<(), StoreError> {
        self.execute(
            sql,
            rusqlite::params![
                record.id,
                record.plate_text(),
                record.plate_color,
                record.license_plate_type,
                record.car_model,
                record.enter_time.as_millisecond(),
                record.enter_lane.as_ref().map(Id::as_str),
                record.in_equipment_id.as_ref().map(Id::as_str),
                record.leave_time.map(Timestamp::as_millisecond),
                record.leave_lane.as_ref().map(Id::as_str),
                record.out_equipment_id.as_ref().map(Id::as_str),
                record.receivables.to_string(),
                record.discount.to_string(),
                record.received.to_string(),
                record.record_type.number(),
                record.space_no,
                record.share_id,
                record.lease_key,
                record.contract,
                record.image_url,
                record.garage_code,
                record.car_color,
                record.car_logo,
                record.least_fee.map(|fee| fee.to_string()),
                record.is_untold,
            ],
        )?;
        Ok(())
    }

    /// How many cars are inside.
    pub fn used_spaces(&self) -> Result<i64, StoreError> {
        let used = self.row("SELECT used FROM tally", [], |row| row.get(0))?;
        Ok(used.unwrap_or_default())
    }
}

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<ParkingRecord> {
    Ok(ParkingRecord {
        id: row.get(0)?,
        plate_no: plate(row, 1)?,
        plate_color: row.get(2)?,
        license_plate_type: row.get(3)?,
        car_model: row.get(4)?,
        enter_time: millis(row.get(5)?),
        enter_lane: row.get(6)?,
        in_equipment_id: row.get(7)?,
        leave_time: row.get::<_, Option<i64>>(8)?.map(millis),
        leave_lane: row.get(9)?,
        out_equipment_id: row.get(10)?,
        receivables: money(row, 11)?,
        discount: money(row, 12)?,
        received: money(row, 13)?,
        record_type: column::number(row, 14, "a type of parking records", RecordType::from_number)?,
        space_no: row.get(15)?,
        share_id: row.get(16)?,
        lease_key: row.get(17)?,
        contract: row.get(18)?,
        image_url: row.get(19)?,
        garage_code: row.get(20)?,
        car_color: row.get(21)?,
        car_logo: row.get(22)?,
        least_fee: column::optional(row, 23, money)?,
        is_untold: row.get(24)?,
    })
}

/// A plate, none where the text is empty.
fn plate(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Option<PlateNo>> {
    column::text(row, index, "a plate", |text| {
        if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    })
}

pub(super) fn money(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Money> {
    // An earlier version added up without an end.
    let sum = |text: &str| text.parse().ok().and_then(Money::at_most);
    column::text(row, index, "an amount of money", |text| text.parse().ok().or_else(|| sum(text)))
}
