//! Modbus requests and their answers, bytes ⇄ meaning, the same over RTU and TCP. Pure.
//!
//! An answer is judged by the request it must belong to, so that one that is late or a neighbour's is
//! never taken for ours.

use crate::config::PointTable;
use std::time::{Duration, Instant};

/// Most registers one request may read (the protocol's own limit is 125).
pub const MOST_REGISTERS: u16 = 120;
/// Most bits one request may read.
pub const MOST_BITS: u16 = 1920;

/// What a unit is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitRequest {
    /// Values of one of the four tables.
    Read {
        /// Which.
        table: PointTable,
        /// The first address.
        address: u16,
        /// How many.
        count: u16,
    },
    /// A coil on or off.
    WriteCoil {
        /// Its address.
        address: u16,
        /// Whether on.
        on: bool,
    },
    /// A coil on for so many tenths of a second, timed by a Waveshare relay board itself.
    FlashCoil {
        /// Its address.
        address: u8,
        /// Tenths of a second.
        tenths: u16,
    },
    /// Holding registers.
    WriteRegisters {
        /// The first address.
        address: u16,
        /// What to write.
        words: Vec<u16>,
    },
}

/// What a unit answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitAnswer {
    /// Bits read.
    Bits(Vec<bool>),
    /// Registers read.
    Words(Vec<u16>),
    /// Written.
    Written,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// An answer later than this after the request is none.
    pub answer: Duration,
    /// The request must not leave later than this, however long its turn takes.
    pub until: Option<Instant>,
}

impl Wait {
    /// Whether it may leave no more.
    pub fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() > until)
    }
}

/// It may leave whenever it has its turn.
impl From<Duration> for Wait {
    fn from(answer: Duration) -> Self {
        Self { answer, until: None }
    }
}

/// A unit's refusal, by Modbus's exception code: 1 unknown function, 2 unknown address, 3 bad value,
/// 4 failure, 5 taken and not done yet, 6 busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception(pub u8);

/// Why a unit did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitFault {
    /// The bus is not there.
    #[error("{0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer")]
    Silent,
    /// Its time was over before it had its turn; it was not sent.
    #[error("too late to be sent")]
    TooLate,
    /// The other side of a TCP connection answers, with another transaction number.
    #[error("answered with transaction number {answered} instead of {asked}")]
    Misnumbered {
        /// Ours.
        asked: u16,
        /// Its.
        answered: u16,
    },
    /// It refused: 1 unknown function, 2 unknown address, 3 bad value, 4 failure, 5 taken and not done yet,
    /// 6 busy.
    #[error("exception {0}")]
    Exception(u8),
}

impl From<Exception> for UnitFault {
    fn from(exception: Exception) -> Self {
        Self::Exception(exception.0)
    }
}

/// A relay board's "flash on": function 5 with this in the address's high byte.
const FLASH_ON: u8 = 2;

impl UnitRequest {
    /// A read whose answer, if any comes, shows whether we hear ourselves on a line.
    pub const PROBE: Self = Self::Read { table: PointTable::Coil, address: 0, count: 1 };

    /// The function code.
    pub fn function(&self) -> u8 {
        match self {
            Self::Read { table: PointTable::Coil, .. } => 1,
            Self::Read { table: PointTable::Discrete, .. } => 2,
            Self::Read { table: PointTable::Holding, .. } => 3,
            Self::Read { table: PointTable::Input, .. } => 4,
            Self::WriteCoil { .. } | Self::FlashCoil { .. } => 5,
            Self::WriteRegisters { words, .. } if words.len() == 1 => 6,
            Self::WriteRegisters { .. } => 16,
        }
    }

    /// Function code and data.
    pub fn encode(&self) -> Vec<u8> {
        let mut pdu = vec![self.function()];
        match self {
            Self::Read { address, count, .. } => {
                pdu.extend(address.to_be_bytes());
                pdu.extend(count.to_be_bytes());
            }
            Self::WriteCoil { address, on } => {
                pdu.extend(address.to_be_bytes());
                pdu.extend(if *on { [0xFF, 0] } else { [0, 0] });
            }
            Self::FlashCoil { address, tenths } => {
                pdu.extend([FLASH_ON, *address]);
                pdu.extend(tenths.to_be_bytes());
            }
            Self::WriteRegisters { address, words } => {
                pdu.extend(address.to_be_bytes());
                if words.len() != 1 {
                    let count = u16::try_from(words.len()).unwrap_or(u16::MAX);
                    pdu.extend(count.to_be_bytes());
                    pdu.push(u8::try_from(words.len() * 2).unwrap_or(u8::MAX));
                }
                pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
            }
        }
        pdu
    }

    /// Whether it only reads: asked twice it does nothing twice.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Read { .. })
    }

    /// How many bytes function code and data of the answer have when nothing is wrong.
    pub fn answer_length(&self) -> usize {
        match self {
            Self::Read { table, count, .. } if table.has_words() => 2 + usize::from(*count) * 2,
            Self::Read { count, .. } => 2 + usize::from(*count).div_ceil(8),
            _ => 5,
        }
    }

    /// What an answer's function code and data mean; none when they answer something else.
    pub fn decode(&self, pdu: &[u8]) -> Option<Result<UnitAnswer, Exception>> {
        let (function, data) = pdu.split_first()?;
        if *function == self.function() | 0x80 {
            return match data {
                [code] => Some(Err(Exception(*code))),
                _ => None,
            };
        }
        if *function != self.function() || pdu.len() != self.answer_length() {
            return None;
        }
        let Self::Read { table, count, .. } = self else {
            // Writes are answered by what they began with.
            return (self.encode().get(..5) == Some(pdu)).then_some(Ok(UnitAnswer::Written));
        };
        let (bytes, values) = data.split_first()?;
        if usize::from(*bytes) != values.len() {
            return None;
        }
        Some(Ok(if table.has_words() {
            let word = |pair: &[u8]| pair.iter().fold(0, |word, byte| word << 8 | u16::from(*byte));
            UnitAnswer::Words(values.chunks_exact(2).map(word).collect())
        } else {
            let bit = |n: u16| {
                let byte = values.get(usize::from(n / 8)).copied().unwrap_or_default();
                byte >> (n % 8) & 1 == 1
            };
            UnitAnswer::Bits((0..*count).map(bit).collect())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(table: PointTable, count: u16) -> UnitRequest {
        UnitRequest::Read { table, address: 16, count }
    }

    #[test]
    fn bits_come_lowest_first_and_only_as_many_as_were_asked_for() {
        let answer = read(PointTable::Discrete, 10).decode(&[2, 2, 0b0000_0101, 0b10]);
        let bits = [true, false, true, false, false, false, false, false, false, true];
        assert_eq!(answer, Some(Ok(UnitAnswer::Bits(bits.to_vec()))));
    }

    #[test]
    fn an_answer_to_another_question_is_none() {
        let request = read(PointTable::Holding, 2);
        assert_eq!(request.decode(&[3, 4, 0, 1, 0, 2]), Some(Ok(UnitAnswer::Words(vec![1, 2]))));
        assert_eq!(request.decode(&[3, 2, 0, 1]), None);
        assert_eq!(request.decode(&[4, 4, 0, 1, 0, 2]), None);
        assert_eq!(request.decode(&[0x83, 2]), Some(Err(Exception(2))));
        assert_eq!(request.decode(&[0x84, 2]), None);
        let write = UnitRequest::WriteCoil { address: 3, on: true };
        assert_eq!(write.decode(&[5, 0, 3, 0xFF, 0]), Some(Ok(UnitAnswer::Written)));
        assert_eq!(write.decode(&[5, 0, 3, 0, 0]), None);
    }

    #[test]
    fn one_register_is_written_by_function_6_and_several_by_16() {
        let one = UnitRequest::WriteRegisters { address: 1, words: vec![0x0203] };
        assert_eq!(one.encode(), [6, 0, 1, 2, 3]);
        let two = UnitRequest::WriteRegisters { address: 1, words: vec![0x0203, 4] };
        assert_eq!(two.encode(), [16, 0, 1, 0, 2, 4, 2, 3, 0, 4]);
        assert_eq!(two.decode(&[16, 0, 1, 0, 2]), Some(Ok(UnitAnswer::Written)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..40), count in 1..20_u16) {
            for table in [PointTable::Coil, PointTable::Holding] {
                if let Some(Ok(answer)) = read(table, count).decode(&bytes) {
                    let values = match answer { UnitAnswer::Bits(bits) => bits.len(), UnitAnswer::Words(words) => words.len(), UnitAnswer::Written => 0 };
                    prop_assert_eq!(values, usize::from(count));
                }
            }
        }
    }
}
