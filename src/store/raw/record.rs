//! Rows as SQLite's file format has them: a header of what each column holds, then their bytes. Pure; whatever is malformed
//! is none.

use rusqlite::types::Value;

/// What kind of value something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Null,
    Integer,
    Real,
    Text,
    Blob,
}

/// One column's entry in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SerialType {
    Null,
    /// Of so many bytes.
    Integer(usize),
    /// 0 or 1, without any bytes.
    Bit(bool),
    Real,
    Blob(usize),
    Text(usize),
}

impl SerialType {
    fn of(code: u64) -> Option<Self> {
        Some(match code {
            0 => Self::Null,
            1..=4 => Self::Integer(usize::try_from(code).ok()?),
            5 => Self::Integer(6),
            6 => Self::Integer(8),
            7 => Self::Real,
            8 | 9 => Self::Bit(code == 9),
            10 | 11 => return None,
            _ => {
                let length = usize::try_from(code.checked_sub(12)? / 2).ok()?;
                if code.is_multiple_of(2) { Self::Blob(length) } else { Self::Text(length) }
            }
        })
    }

    fn length(self) -> usize {
        match self {
            Self::Null | Self::Bit(_) => 0,
            Self::Real => 8,
            Self::Integer(length) | Self::Blob(length) | Self::Text(length) => length,
        }
    }

    pub(super) fn class(self) -> Class {
        match self {
            Self::Null => Class::Null,
            Self::Integer(_) | Self::Bit(_) => Class::Integer,
            Self::Real => Class::Real,
            Self::Blob(_) => Class::Blob,
            Self::Text(_) => Class::Text,
        }
    }

    fn value(self, bytes: &[u8]) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bit(set) => Value::Integer(i64::from(set)),
            Self::Integer(_) => {
                let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
                let start = if negative { -1_i64 } else { 0 };
                Value::Integer(
                    bytes
                        .iter()
                        .fold(start, |so_far, byte| so_far.wrapping_shl(8) | i64::from(*byte)),
                )
            }
            Self::Real => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
            Self::Blob(_) => Value::Blob(bytes.to_vec()),
            Self::Text(_) => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        })
    }
}

/// A number of one to nine bytes, and of how many.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((value.wrapping_shl(8) | u64::from(*byte), 9));
        }
        value = value.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at.checked_add(1)?));
        }
    }
    None
}

/// What the columns of a record of a certain length hold, and the length of its header; the beginning is enough.
pub(super) fn header(bytes: &[u8], length: u64) -> Option<(Vec<SerialType>, usize)> {
    let (size, mut at) = varint(bytes)?;
    let size = usize::try_from(size).ok()?;
    let mut columns = Vec::new();
    let mut whole = size;
    while at < size {
        let (code, used) = varint(bytes.get(at..size)?)?;
        let column = SerialType::of(code)?;
        whole = whole.checked_add(column.length())?;
        columns.push(column);
        at = at.checked_add(used)?;
    }
    let as_said = u64::try_from(whole).ok()? == length && at == size;
    (as_said && !columns.is_empty()).then_some((columns, size))
}

/// The values of a whole record.
pub(super) fn values(bytes: &[u8]) -> Option<Vec<Value>> {
    let (columns, mut at) = header(bytes, u64::try_from(bytes.len()).ok()?)?;
    let mut values = Vec::with_capacity(columns.len());
    for column in columns {
        let end = at.checked_add(column.length())?;
        values.push(column.value(bytes.get(at..end)?)?);
        at = end;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_is_read_as_the_file_format_says() {
        // Five columns: null, 1, a 16-bit -2, the text 粤B, a blob of one byte.
        let text = "粤B".as_bytes();
        let mut bytes = vec![6, 0, 9, 2, 13 + 2 * 4, 14, 0xff, 0xfe];
        bytes.extend_from_slice(text);
        bytes.push(0x5a);
        let wanted = vec![
            Value::Null,
            Value::Integer(1),
            Value::Integer(-2),
            Value::Text("粤B".to_owned()),
            Value::Blob(vec![0x5a]),
        ];
        assert_eq!(values(&bytes), Some(wanted));
        for cut in 0..bytes.len() {
            assert_eq!(values(&bytes[..cut]), None, "{cut}");
        }
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0xff; 8]), None);
    }

    proptest! {
        #[test]
        fn whatever_bytes_there_are_is_a_record_or_none(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
            length in any::<u64>(),
        ) {
            let _ = header(&bytes, length);
            let _ = values(&bytes);
        }
    }
}
