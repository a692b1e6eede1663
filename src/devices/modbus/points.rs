//! Points of a register map: which requests read them and what the read values mean. Pure.

use super::pdu::{MOST_BITS, MOST_REGISTERS, UnitAnswer, UnitRequest};
use crate::config::{Point, PointKind, PointTable, WordOrder};
use std::collections::BTreeMap;

/// A number this near to a whole one is that: PLCs reckon in single precision.
const INEXACT: f64 = 0.001;

/// What was read of a device, by table and address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registers {
    values: BTreeMap<(PointTable, u16), u16>,
}

/// The fewest requests that read all of `points`. Addresses between them are not read: many devices
/// refuse a request that touches one they do not have.
pub fn plan<'p>(points: impl IntoIterator<Item = &'p Point>) -> Vec<UnitRequest> {
    let mut places: Vec<(PointTable, u16)> = points
        .into_iter()
        .flat_map(|point| {
            (0..point.width()).map(|n| (point.table, point.address.saturating_add(n)))
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut requests: Vec<UnitRequest> = Vec::new();
    for (place, address) in places {
        let most = if place.has_words() { MOST_REGISTERS } else { MOST_BITS };
        match requests.last_mut() {
            Some(UnitRequest::Read { table, address: first, count })
                if *table == place
                    && *count < most
                    && first.checked_add(*count) == Some(address) =>
            {
                *count += 1;
            }
            _ => requests.push(UnitRequest::Read { table: place, address, count: 1 }),
        }
    }
    requests
}

impl Registers {
    /// Takes what a request read.
    pub fn take(&mut self, request: &UnitRequest, answer: &UnitAnswer) {
        let UnitRequest::Read { table, address, .. } = request else { return };
        let words: Vec<u16> = match answer {
            UnitAnswer::Bits(bits) => bits.iter().map(|bit| u16::from(*bit)).collect(),
            UnitAnswer::Words(words) => words.clone(),
            UnitAnswer::Written => return,
        };
        for (address, word) in (*address..=u16::MAX).zip(words) {
            self.values.insert((*table, address), word);
        }
    }

    /// A point's value; none while it was not read, or is no whole number: a state between two is neither, and the nearest
    /// may be "free".
    pub fn value(&self, point: &Point) -> Option<i64> {
        let raw = self.raw(point)?;
        let mapped = whole(raw).and_then(|raw| point.map.get(&raw).copied());
        mapped.or_else(|| whole(raw * point.scale))
    }

    fn raw(&self, point: &Point) -> Option<f64> {
        let word =
            |offset| self.values.get(&(point.table, point.address.checked_add(offset)?)).copied();
        let first = word(0)?;
        if let Some(bit) = point.bit {
            return Some(f64::from(first >> bit & 1));
        }
        if point.width() == 1 {
            return Some(match point.kind {
                PointKind::I16 => f64::from(first.cast_signed()),
                _ => f64::from(first),
            });
        }
        let second = word(1)?;
        let (high, low) = match point.word_order {
            WordOrder::HighFirst => (first, second),
            WordOrder::LowFirst => (second, first),
        };
        let long = u32::from(high) << 16 | u32::from(low);
        Some(match point.kind {
            PointKind::I32 => f64::from(long.cast_signed()),
            PointKind::F32 => f64::from(f32::from_bits(long)),
            _ => f64::from(long),
        })
    }
}

/// A whole number, as exact as a PLC reckons; what is no number says nothing, and not 0.
fn whole(value: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation, reason = "a cast from float saturates")]
    let nearest = value.round() as i64;
    (value.is_finite() && (value - value.round()).abs() < INEXACT).then_some(nearest)
}

/// The request that writes a value to a point; none when it does not fit there.
pub fn write(point: &Point, value: i64) -> Option<UnitRequest> {
    let address = point.address;
    match point.table {
        PointTable::Coil => Some(UnitRequest::WriteCoil { address, on: value != 0 }),
        PointTable::Holding => {
            Some(UnitRequest::WriteRegisters { address, words: words(point, value)? })
        }
        PointTable::Discrete | PointTable::Input => None,
    }
}

fn words(point: &Point, value: i64) -> Option<Vec<u16>> {
    let long = match point.kind {
        PointKind::U16 => return Some(vec![u16::try_from(value).ok()?]),
        PointKind::I16 => return Some(vec![i16::try_from(value).ok()?.cast_unsigned()]),
        PointKind::U32 => u32::try_from(value).ok()?,
        PointKind::I32 => i32::try_from(value).ok()?.cast_unsigned(),
        #[allow(clippy::cast_precision_loss, reason = "whole numbers up to 2^24 are exact")]
        PointKind::F32 => (value as f32).to_bits(),
    };
    let (high, low) = (long >> 16, long & 0xFFFF);
    let words = match point.word_order {
        WordOrder::HighFirst => [high, low],
        WordOrder::LowFirst => [low, high],
    };
    words.iter().map(|word| u16::try_from(*word).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(table: PointTable, address: u16, kind: PointKind) -> Point {
        let word_order = WordOrder::HighFirst;
        Point { table, address, bit: None, kind, word_order, scale: 1.0, map: BTreeMap::new() }
    }

    fn holding(address: u16, kind: PointKind) -> Point {
        point(PointTable::Holding, address, kind)
    }

    fn with(first: u16, words: &[u16]) -> Registers {
        let mut registers = Registers::default();
        let count = u16::try_from(words.len()).unwrap();
        let request = UnitRequest::Read { table: PointTable::Holding, address: first, count };
        registers.take(&request, &UnitAnswer::Words(words.to_vec()));
        registers
    }

    #[test]
    fn neighbours_are_read_together_and_what_lies_between_is_not_touched() {
        let points = [
            holding(10, PointKind::U32),
            holding(12, PointKind::U16),
            holding(11, PointKind::U16),
            holding(20, PointKind::U16),
            point(PointTable::Coil, 3, PointKind::U16),
        ];
        let reads: Vec<_> = plan(&points);
        let read = |table, address, count| UnitRequest::Read { table, address, count };
        let holding = PointTable::Holding;
        let wanted = [read(PointTable::Coil, 3, 1), read(holding, 10, 3), read(holding, 20, 1)];
        assert_eq!(reads, wanted);
        let many: Vec<_> = (0..300).map(|n| point(holding, n, PointKind::U16)).collect();
        assert_eq!(plan(&many).len(), 3);
    }

    #[test]
    fn values_are_read_as_their_point_says() {
        let registers = with(0, &[0xFFFF, 0x0001, 0x0002, 0x4248, 0x0000]);
        assert_eq!(registers.value(&holding(0, PointKind::I16)), Some(-1));
        assert_eq!(registers.value(&holding(1, PointKind::U32)), Some(0x1_0002));
        let swapped = Point { word_order: WordOrder::LowFirst, ..holding(1, PointKind::U32) };
        assert_eq!(registers.value(&swapped), Some(0x2_0001));
        assert_eq!(registers.value(&holding(3, PointKind::F32)), Some(50));
        let bit = Point { bit: Some(1), ..holding(2, PointKind::U16) };
        assert_eq!(registers.value(&bit), Some(1));
        let scaled = Point { scale: 0.1, ..holding(2, PointKind::U16) };
        assert_eq!(registers.value(&scaled), None, "a fifth is neither free nor taken");
        let tenths = Point { scale: 0.1, ..holding(0, PointKind::U16) };
        assert_eq!(with(0, &[30]).value(&tenths), Some(3));
        assert_eq!(with(0, &[0x3ECC, 0xCCCD]).value(&holding(0, PointKind::F32)), None, "0.4");
        assert_eq!(with(0, &[0x3F80, 0x0001]).value(&holding(0, PointKind::F32)), Some(1));
        let mapped = Point { map: BTreeMap::from([(2, 7)]), ..holding(2, PointKind::U16) };
        assert_eq!(registers.value(&mapped), Some(7));
        assert_eq!(with(0, &[0x7FC0, 0]).value(&holding(0, PointKind::F32)), None, "NaN");
        assert_eq!(registers.value(&holding(9, PointKind::U16)), None);
        assert_eq!(registers.value(&holding(u16::MAX, PointKind::U32)), None);
    }

    #[test]
    fn what_does_not_fit_a_register_is_not_written() {
        assert_eq!(write(&holding(0, PointKind::U16), 65_536), None);
        assert_eq!(write(&holding(0, PointKind::U16), -1), None);
        assert_eq!(write(&point(PointTable::Input, 0, PointKind::U16), 1), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in i64::from(i32::MIN)..=i64::from(i32::MAX), low_first: bool) {
            let word_order = if low_first { WordOrder::LowFirst } else { WordOrder::HighFirst };
            let point = Point { word_order, ..holding(4, PointKind::I32) };
            let Some(UnitRequest::WriteRegisters { address, words }) = write(&point, value) else { panic!() };
            prop_assert_eq!(with(address, &words).value(&point), Some(value));
        }
    }
}
