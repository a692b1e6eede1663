//! SZTC frames of the long connection (table 33): an encoder and an incremental decoder.
//!
//! Big endian, no padding: flag 4, version 2, packet number 4, length 4, direction 1, command 2,
//! data, CRC-16/XMODEM 2. The decoder takes any split of the bytes and never holds more than one frame.

use super::MAX_BYTES;
use crc::{CRC_16_XMODEM, Crc};

const FLAG: &[u8; 4] = b"SZTC";
const HEADER: usize = 17;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// Highest packet number before the sequence starts again at 1 (ambiguity 32).
pub const MAX_PACKET_NO: u32 = i32::MAX as u32;

/// Whether a frame asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameDirection {
    /// 0
    Request,
    /// 1
    Reply,
}

/// One message of the long connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Major and minor version; 1.0 unless a platform wants another.
    pub version: (u8, u8),
    /// Sender's sequence; a reply repeats the request's.
    pub packet_no: u32,
    /// Request or reply.
    pub direction: FrameDirection,
    /// Interface code.
    pub command: u16,
    /// The whole envelope as UTF-8 JSON.
    pub data: Vec<u8>,
}

/// What was wrong with received bytes. The decoder has already stepped over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Bytes that start no frame were skipped.
    #[error("{skipped} bytes that are no SZTC frame")]
    BadFlag {
        /// How many.
        skipped: usize,
    },
    /// The length field promises more than 10 MB.
    #[error("a frame of {length} bytes, more than the 10 MB allowed")]
    TooLong {
        /// What the field says.
        length: u32,
    },
    /// The check sum does not fit the bytes.
    #[error("frame {packet_no}: CRC {received:04X} received, {computed:04X} computed")]
    BadCrc {
        /// The frame's packet number, as far as it can be trusted.
        packet_no: u32,
        /// CRC in the frame.
        received: u16,
        /// CRC of its bytes.
        computed: u16,
    },
    /// The direction byte is neither 0 nor 1.
    #[error("frame {packet_no}: direction {value}, neither request (0) nor reply (1)")]
    BadDirection {
        /// The frame's packet number.
        packet_no: u32,
        /// The byte.
        value: u8,
    },
}

/// CRC-16/XMODEM (CCITT, start 0) of `bytes`.
pub fn crc16(bytes: &[u8]) -> u16 {
    CRC.checksum(bytes)
}

impl Frame {
    /// The frame's bytes.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] when the data exceeds 10 MB.
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        let length = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        if self.data.len() > MAX_BYTES {
            return Err(FrameError::TooLong { length });
        }
        let mut bytes = Vec::with_capacity(HEADER + self.data.len() + 2);
        bytes.extend_from_slice(FLAG);
        bytes.extend_from_slice(&[self.version.0, self.version.1]);
        bytes.extend_from_slice(&self.packet_no.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.push(match self.direction {
            FrameDirection::Request => 0,
            FrameDirection::Reply => 1,
        });
        bytes.extend_from_slice(&self.command.to_be_bytes());
        bytes.extend_from_slice(&self.data);
        let crc = crc16(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        Ok(bytes)
    }
}

/// Collects received bytes and hands out frames.
///
/// ```
/// use lotgate::standard::frame::{Frame, FrameDecoder, FrameDirection, FrameError};
///
/// let frame = Frame {
///     version: (1, 0),
///     packet_no: 7,
///     direction: FrameDirection::Request,
///     command: 6003,
///     data: b"{}".to_vec(),
/// };
/// let bytes = frame.encode()?;
/// assert_eq!(bytes[..4], *b"SZTC");
///
/// // However the connection splits it, it comes out whole and once; noise before it is named.
/// let mut decoder = FrameDecoder::default();
/// decoder.push(b"??");
/// assert_eq!(decoder.next_frame(), Some(Err(FrameError::BadFlag { skipped: 2 })));
/// let (first, rest) = bytes.split_at(9);
/// decoder.push(first);
/// assert_eq!(decoder.next_frame(), None);
/// decoder.push(rest);
/// assert_eq!(decoder.next_frame(), Some(Ok(frame)));
/// # Ok::<(), FrameError>(())
/// ```
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    start: usize,
}

impl FrameDecoder {
    /// Takes bytes as they came from the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame or fault, or `None` until more bytes come.
    pub fn next_frame(&mut self) -> Option<Result<Frame, FrameError>> {
        let rest = self.buffer.get(self.start..)?;
        if let Some(skipped) = bytes_before_flag(rest) {
            self.start += skipped;
            return Some(Err(FrameError::BadFlag { skipped }));
        }
        let header = Header::read(rest)?;
        if header.length as usize > MAX_BYTES {
            self.start += FLAG.len();
            return Some(Err(FrameError::TooLong { length: header.length }));
        }
        let body_end = HEADER + header.length as usize;
        let (covered, tail) = rest.split_at_checked(body_end)?;
        let received = u16::from_be_bytes(*tail.first_chunk()?);
        let data = covered.get(HEADER..)?;
        let computed = crc16(covered);
        let frame = if received == computed {
            header.frame(data)
        } else {
            Err(FrameError::BadCrc { packet_no: header.packet_no, received, computed })
        };
        self.start += body_end + 2;
        Some(frame)
    }

    /// Bytes held for an unfinished frame.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }
}

/// How many bytes stand before the next possible frame start; `None` when there is nothing to skip.
fn bytes_before_flag(bytes: &[u8]) -> Option<usize> {
    let could_start = |at: usize| bytes.iter().skip(at).zip(FLAG).all(|(have, want)| have == want);
    let first = (0..bytes.len()).find(|at| could_start(*at)).unwrap_or(bytes.len());
    (first > 0).then_some(first)
}

struct Header {
    version: (u8, u8),
    packet_no: u32,
    length: u32,
    direction: u8,
    command: u16,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [_, _, _, _, major, minor, p0, p1, p2, p3, l0, l1, l2, l3, direction, c0, c1] =
            *bytes.first_chunk::<HEADER>()?;
        Some(Self {
            version: (major, minor),
            packet_no: u32::from_be_bytes([p0, p1, p2, p3]),
            length: u32::from_be_bytes([l0, l1, l2, l3]),
            direction,
            command: u16::from_be_bytes([c0, c1]),
        })
    }

    fn frame(&self, data: &[u8]) -> Result<Frame, FrameError> {
        let direction = match self.direction {
            0 => FrameDirection::Request,
            1 => FrameDirection::Reply,
            value => {
                return Err(FrameError::BadDirection { packet_no: self.packet_no, value });
            }
        };
        Ok(Frame {
            version: self.version,
            packet_no: self.packet_no,
            direction,
            command: self.command,
            data: data.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(packet_no: u32, data: &[u8]) -> Frame {
        Frame {
            version: (1, 0),
            packet_no,
            direction: FrameDirection::Request,
            command: 6003,
            data: data.to_vec(),
        }
    }

    fn all(decoder: &mut FrameDecoder) -> Vec<Result<Frame, FrameError>> {
        std::iter::from_fn(|| decoder.next_frame()).collect()
    }

    #[test]
    fn the_check_value_of_crc16_xmodem_is_met() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn a_frame_has_the_bytes_of_table_33() {
        let bytes = frame(7, b"{}").encode().unwrap();
        assert_eq!(&bytes[..19], b"SZTC\x01\x00\x00\x00\x00\x07\x00\x00\x00\x02\x00\x17\x73{}");
        assert_eq!(&bytes[19..], &crc16(&bytes[..19]).to_be_bytes());
    }

    #[test]
    fn noise_before_a_frame_is_one_error_and_the_frame_still_arrives() {
        let mut decoder = FrameDecoder::default();
        decoder.push(b"noise SZ");
        decoder.push(&frame(1, b"[]").encode().unwrap());
        assert_eq!(
            all(&mut decoder),
            [Err(FrameError::BadFlag { skipped: 8 }), Ok(frame(1, b"[]"))]
        );
    }

    #[test]
    fn a_bad_check_sum_costs_that_frame_only() {
        let mut broken = frame(1, b"[1]").encode().unwrap();
        broken[18] ^= 1;
        let mut decoder = FrameDecoder::default();
        decoder.push(&broken);
        decoder.push(&frame(2, b"[2]").encode().unwrap());
        let out = all(&mut decoder);
        assert!(matches!(out[0], Err(FrameError::BadCrc { packet_no: 1, .. })));
        assert_eq!(out[1], Ok(frame(2, b"[2]")));
    }

    #[test]
    fn a_length_over_10_mb_is_refused_before_a_byte_of_it_is_awaited() {
        let mut header = frame(1, b"").encode().unwrap();
        header[10..14].copy_from_slice(&(10 * 1024 * 1024 + 1_u32).to_be_bytes());
        let mut decoder = FrameDecoder::default();
        decoder.push(&header);
        assert_eq!(
            decoder.next_frame(),
            Some(Err(FrameError::TooLong { length: 10 * 1024 * 1024 + 1 }))
        );
    }

    #[test]
    fn a_direction_that_is_neither_is_its_own_error() {
        let mut bytes = frame(5, b"").encode().unwrap();
        bytes[14] = 9;
        let crc = crc16(&bytes[..17]).to_be_bytes();
        bytes[17..].copy_from_slice(&crc);
        let mut decoder = FrameDecoder::default();
        decoder.push(&bytes);
        assert_eq!(
            decoder.next_frame(),
            Some(Err(FrameError::BadDirection { packet_no: 5, value: 9 }))
        );
    }

    proptest! {
        #[test]
        fn frames_survive_any_split_of_the_bytes(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..6),
            cuts in prop::collection::vec(1_usize..40, 1..40),
        ) {
            let frames: Vec<_> = bodies.iter().zip(1..).map(|(body, n)| frame(n, body)).collect();
            let stream: Vec<u8> = frames.iter().flat_map(|f| f.encode().unwrap()).collect();
            let mut decoder = FrameDecoder::default();
            let (mut seen, mut rest, mut cuts) = (Vec::new(), stream.as_slice(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                decoder.push(piece);
                seen.extend(all(&mut decoder).into_iter().map(|f| f.unwrap()));
                rest = later;
            }
            prop_assert_eq!(seen, frames);
            prop_assert_eq!(decoder.buffered(), 0);
        }

        #[test]
        fn hostile_bytes_never_panic_and_are_consumed(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut decoder = FrameDecoder::default();
            decoder.push(&bytes);
            let _ = all(&mut decoder);
            prop_assert!(decoder.buffered() <= bytes.len());
        }
    }
}
