//! Points of a register map: where a value stands in a Modbus device and how it is written there.

use super::reader::Section;
use crate::lang::Problem;
use std::collections::BTreeMap;

/// One value in a Modbus device.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Which of the four tables.
    pub table: PointTable,
    /// Its address on the wire, from 0.
    pub address: u16,
    /// The bit of a register that holds it, 0 the lowest.
    pub bit: Option<u8>,
    /// How a register value is written.
    pub kind: PointKind,
    /// Which word of a 32-bit value stands first.
    pub word_order: WordOrder,
    /// What the raw value is multiplied by.
    pub scale: f64,
    /// Raw values and what they stand for; a value that is not named stands for itself.
    pub map: BTreeMap<i64, i64>,
}

/// Modbus's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointTable {
    /// Coils: bits to read and write.
    Coil,
    /// Discrete inputs: bits to read.
    Discrete,
    /// Holding registers: words to read and write.
    Holding,
    /// Input registers: words to read.
    Input,
}

/// How a value fills its registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the configuration")]
pub enum PointKind {
    U16,
    I16,
    U32,
    I32,
    F32,
}

/// `word_order`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WordOrder {
    /// The high word at the lower address.
    #[default]
    HighFirst,
    /// The low word at the lower address.
    LowFirst,
}

/// `addresses`: how a device's manual prints addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// As on the wire, from 0.
    FromZero,
    /// From 1 in each table.
    FromOne,
    /// 1, 10001, 30001 and 40001 are the first of each table (6 digits possible, too).
    Modicon,
}

/// What a map's points have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convention {
    /// How addresses are printed.
    pub addresses: Addresses,
    /// How 32-bit values are ordered where a point does not say otherwise.
    pub word_order: WordOrder,
}

const TABLES: [(&str, PointTable); 4] = [
    ("coil", PointTable::Coil),
    ("discrete", PointTable::Discrete),
    ("holding", PointTable::Holding),
    ("input", PointTable::Input),
];
const KINDS: [(&str, PointKind); 5] = [
    ("u16", PointKind::U16),
    ("i16", PointKind::I16),
    ("u32", PointKind::U32),
    ("i32", PointKind::I32),
    ("f32", PointKind::F32),
];
pub(super) const WORD_ORDERS: [(&str, WordOrder); 2] =
    [("high-first", WordOrder::HighFirst), ("low-first", WordOrder::LowFirst)];
pub(super) const ADDRESSES: [(&str, Addresses); 3] = [
    ("0-based", Addresses::FromZero),
    ("1-based", Addresses::FromOne),
    ("40001", Addresses::Modicon),
];

impl Point {
    /// Whether it can be written.
    pub fn is_writable(&self) -> bool {
        matches!(self.table, PointTable::Coil | PointTable::Holding)
    }

    /// How many addresses it takes.
    pub fn width(&self) -> u16 {
        let wide = matches!(self.kind, PointKind::U32 | PointKind::I32 | PointKind::F32);
        if wide && self.table.has_words() { 2 } else { 1 }
    }
}

impl PointTable {
    /// Whether it holds words rather than bits.
    pub fn has_words(self) -> bool {
        matches!(self, Self::Holding | Self::Input)
    }

    /// The number its first address is printed as with five digits.
    fn modicon(self) -> i64 {
        match self {
            Self::Coil => 1,
            Self::Discrete => 10_001,
            Self::Input => 30_001,
            Self::Holding => 40_001,
        }
    }
}

/// Reads `key = { holding = 10, bit = 3, … }`.
pub(super) fn read_point(
    section: &Section<'_>,
    key: &str,
    convention: Convention,
) -> Option<Point> {
    let place = section.section(key)?;
    let point = read_keys(&place, convention);
    place.finish();
    point
}

/// Reads a point that something will be written to.
pub(super) fn read_target(
    section: &Section<'_>,
    key: &str,
    convention: Convention,
) -> Option<Point> {
    let point = read_point(section, key, convention)?;
    if !point.is_writable() || point.bit.is_some() {
        section.problem(key, Problem::NotWritable { key: key.to_owned() });
    }
    Some(point)
}

/// Reads a point's keys out of a table that may have others, too.
pub(super) fn read_keys(place: &Section<'_>, convention: Convention) -> Option<Point> {
    let mut named = None;
    for (name, table) in TABLES {
        if let Some(printed) = place.int(name, 0, 465_536) {
            if named.is_some() {
                place.problem(name, Problem::TwoTables);
            }
            named = Some((name, table, printed));
        }
    }
    let bit = place.int("bit", 0, 15).and_then(|bit| u8::try_from(bit).ok());
    let kind = place.choice("type", &KINDS).unwrap_or(PointKind::U16);
    let word_order = place.choice("word_order", &WORD_ORDERS).unwrap_or(convention.word_order);
    let scale = place.number("scale").unwrap_or(1.0);
    let map = read_map(place);
    let Some((name, table, printed)) = named else {
        place.problem("", Problem::NoTable);
        return None;
    };
    if bit.is_some() && !table.has_words() {
        place.problem("bit", Problem::BitOfBit);
    }
    let Some(address) = on_the_wire(table, printed, convention.addresses) else {
        place.problem(name, Problem::BadPointAddress { address: printed });
        return None;
    };
    Some(Point { table, address, bit, kind, word_order, scale, map })
}

fn read_map(place: &Section<'_>) -> BTreeMap<i64, i64> {
    let Some(section) = place.section("map") else { return BTreeMap::new() };
    let mut map = BTreeMap::new();
    for key in section.keys() {
        let value = section.int(&key, i64::from(i32::MIN), i64::from(i32::MAX));
        match (key.parse(), value) {
            (Ok(raw), Some(value)) => drop(map.insert(raw, value)),
            (Err(_), _) => section.problem(&key, Problem::NotANumber { key: key.clone() }),
            (Ok(_), None) => {}
        }
    }
    section.finish();
    map
}

fn on_the_wire(table: PointTable, printed: i64, addresses: Addresses) -> Option<u16> {
    let address = match addresses {
        Addresses::FromZero => printed,
        Addresses::FromOne => printed - 1,
        Addresses::Modicon => {
            let first = table.modicon();
            // 400001 instead of 40001: the same with six digits.
            let long = (first - 1) * 10 + 1;
            if first > 1 && printed >= long { printed - long } else { printed - first }
        }
    };
    let in_range =
        addresses != Addresses::Modicon || table == PointTable::Coil || address <= 65_535;
    u16::try_from(address).ok().filter(|_| in_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_addresses_become_those_of_the_wire() {
        use Addresses::{FromOne, FromZero, Modicon};
        let holding = PointTable::Holding;
        assert_eq!(on_the_wire(holding, 0, FromZero), Some(0));
        assert_eq!(on_the_wire(holding, 0, FromOne), None);
        assert_eq!(on_the_wire(holding, 1, FromOne), Some(0));
        assert_eq!(on_the_wire(holding, 40_001, Modicon), Some(0));
        assert_eq!(on_the_wire(holding, 40_100, Modicon), Some(99));
        assert_eq!(on_the_wire(holding, 400_001, Modicon), Some(0));
        assert_eq!(on_the_wire(holding, 5, Modicon), None);
        assert_eq!(on_the_wire(PointTable::Input, 30_011, Modicon), Some(10));
        assert_eq!(on_the_wire(PointTable::Discrete, 10_001, Modicon), Some(0));
        assert_eq!(on_the_wire(PointTable::Coil, 1, Modicon), Some(0));
        assert_eq!(on_the_wire(holding, 70_000, FromZero), None);
    }
}
