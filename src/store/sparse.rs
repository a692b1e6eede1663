//! Tables in which nothing stands at many lots: what every car would look for there is not looked for then.

use super::{StoreError, Transaction};

/// How a statement ends that looks at one row, whichever.
pub(super) const FIRST: &str = " LIMIT 1";

/// A table in which nothing stands at many lots, or little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SparseTable {
    Contract,
    ControlList,
    Coupon,
    CouponDiscount,
    Lease,
    LeasePlate,
    LeaseUse,
    RecordAlias,
    RecordClass,
    Refund,
    Share,
    VehicleClass,
    VehicleLock,
    VisitorPassPlate,
}

impl SparseTable {
    pub(super) const ALL: [(Self, &'static str); 14] = [
        (Self::Contract, "contract"),
        (Self::ControlList, "control_list"),
        (Self::Coupon, "coupon"),
        (Self::CouponDiscount, "coupon_discount"),
        (Self::Lease, "lease"),
        (Self::LeasePlate, "lease_plate"),
        (Self::LeaseUse, "lease_use"),
        (Self::RecordAlias, "record_alias"),
        (Self::RecordClass, "record_class"),
        (Self::Refund, "refund"),
        (Self::Share, "share"),
        (Self::VehicleClass, "vehicle_class"),
        (Self::VehicleLock, "vehicle_lock"),
        (Self::VisitorPassPlate, "visitor_pass_plate"),
    ];
}

impl Transaction<'_> {
    /// Whether nothing stands in a table.
    pub(super) fn is_empty(&self, table: SparseTable) -> Result<bool, StoreError> {
        let found = SparseTable::ALL.iter().zip(&self.kept.empty);
        let Some(((_, name), empty)) = found.into_iter().find(|((one, _), _)| *one == table) else {
            return Ok(false);
        };
        let ask = || {
            let sql = format!("SELECT 1 FROM {name}{FIRST}");
            Ok::<_, StoreError>(self.row(&sql, [], |_| Ok(()))?.is_none())
        };
        if empty.get().is_none() {
            empty.set(Some(ask()?));
        }
        let is_empty = empty.get() == Some(true);
        #[cfg(debug_assertions)]
        if is_empty {
            super::held_against(&true, ask)?;
        }
        Ok(is_empty)
    }

    /// The rows of a statement that finds none where nothing stands in a table.
    pub(super) fn rows_of<T>(
        &self,
        table: SparseTable,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        if self.is_empty(table)? { Ok(Vec::new()) } else { self.rows(sql, params, read) }
    }

    /// The row of such a statement.
    pub(super) fn row_of<T>(
        &self,
        table: SparseTable,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        if self.is_empty(table)? { Ok(None) } else { self.row(sql, params, read) }
    }
}
