//! The frames of OLM-M1D displays with voice. Pure.
//!
//! `DA VR=0x64 PN=FFFF CMD DL DATA CRC`: the CRC is Modbus's over all before it, low byte first; texts
//! are GBK; one byte of length, so 255 bytes of data at most.

use crate::devices::modbus::rtu::CRC;
use encoding_rs::GBK;
use jiff::civil::DateTime;

const VERSION: u8 = 0x64;
const SINGLE_PACKET: [u8; 2] = [0xFF, 0xFF];
const SEVERAL_LINES: u8 = 0x6F;
const BRIGHTNESS: u8 = 0x0C;
const VOLUME: u8 = 0x0D;
const TIME: u8 = 0x05;
const VOICE_FLAG: u8 = 0x0A;
/// Seconds a line stays before the next picture of it.
const STAY: u8 = 5;
/// What one line takes besides its text, its separator included.
const LINE: usize = 13;
/// What is before the lines and behind them.
const AROUND: usize = 3 + 2;

/// One line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Red, green, blue.
    pub color: [u8; 3],
}

/// Shows lines at once and says something, without writing to the display's memory. What does not fit
/// is cut: the voice first, then lines from the last.
pub fn show(address: u8, font: u8, lines: &[Line], voice: &str) -> Vec<u8> {
    let mut room = 255 - AROUND;
    let mut texts = Vec::new();
    for line in lines.iter().take(4) {
        let Some(left) = room.checked_sub(LINE) else { break };
        let text = gbk(&line.text, left);
        room = left - text.len();
        texts.push((text, line.color));
    }
    let voice = gbk(voice, room);
    let mut data = vec![0, 0, byte(texts.len())];
    let last = texts.len().saturating_sub(1);
    for (number, (text, [red, green, blue])) in texts.iter().enumerate() {
        data.extend([
            byte(number),
            0,
            0,
            STAY,
            0,
            font,
            0,
            *red,
            *green,
            *blue,
            0,
            byte(text.len()),
        ]);
        data.extend(text);
        data.push(if number < last { 0x0D } else { 0 });
    }
    data.extend([VOICE_FLAG, byte(voice.len())]);
    data.extend(voice);
    frame(address, SEVERAL_LINES, &data)
}

/// Brightness in percent, 10 to 100.
pub fn brightness(address: u8, percent: u8) -> Vec<u8> {
    frame(address, BRIGHTNESS, &[percent.clamp(10, 100)])
}

/// Volume in percent, 0 to 100.
pub fn volume(address: u8, percent: u8) -> Vec<u8> {
    frame(address, VOLUME, &[percent.min(100)])
}

/// Sets its clock.
pub fn time(address: u8, now: DateTime) -> Vec<u8> {
    let small = |part: i8| part.cast_unsigned();
    let year = u8::try_from(now.year().rem_euclid(100)).unwrap_or(0);
    let week = now.weekday().to_sunday_zero_offset();
    let parts = [now.month(), now.day(), now.hour(), now.minute(), now.second(), week].map(small);
    let mut data = vec![year];
    data.extend(parts);
    frame(address, TIME, &data)
}

fn frame(address: u8, command: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![address, VERSION];
    frame.extend(SINGLE_PACKET);
    frame.extend([command, byte(data.len())]);
    frame.extend(data);
    let crc = CRC.checksum(&frame);
    frame.extend(crc.to_le_bytes());
    frame
}

/// As many whole characters as fit; what GBK does not have is left out.
fn gbk(text: &str, room: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in text.chars() {
        let mut buffer = [0; 4];
        let (encoded, _, unknown) = GBK.encode(character.encode_utf8(&mut buffer));
        if bytes.len() + encoded.len() > room {
            break;
        }
        if !unknown {
            bytes.extend_from_slice(&encoded);
        }
    }
    bytes
}

fn byte(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str, color: [u8; 3]) -> Line {
        Line { text: text.to_owned(), color }
    }

    #[test]
    fn frames_are_those_the_maker_prints() {
        assert_eq!(brightness(0, 50), [0, 0x64, 0xFF, 0xFF, 0x0C, 1, 0x32, 0x77, 0x62]);
        let lines = [line("粤B12345", [255, 255, 0]), line("5元", [255, 0, 0])];
        let printed = "00 64 FF FF 6F 2A 00 00 02 00 00 00 05 00 03 00 FF FF 00 00 08 D4 C1 42 31 32 \
                       33 34 35 0D 01 00 00 05 00 03 00 FF 00 00 00 03 35 D4 AA 00 0A 00 F4 EA";
        let printed: Vec<u8> =
            printed.split_whitespace().map(|hex| u8::from_str_radix(hex, 16).unwrap()).collect();
        assert_eq!(show(0, 3, &lines, ""), printed);
    }

    #[test]
    fn its_clock_is_set_with_sunday_as_0() {
        let now: DateTime = "2026-07-19T14:47:05".parse().unwrap();
        assert_eq!(time(0, now)[5..13], [7, 26, 7, 19, 14, 47, 5, 0]);
    }

    proptest! {
        #[test]
        fn whatever_the_texts_a_frame_is_whole_and_its_length_is_true(texts in prop::collection::vec("\\PC{0,80}", 0..6), voice in "\\PC{0,200}") {
            let lines: Vec<_> = texts.iter().map(|text| line(text, [1, 2, 3])).collect();
            let frame = show(1, 3, &lines, &voice);
            prop_assert_eq!(frame.len(), 6 + usize::from(frame[5]) + 2);
            let (framed, crc) = frame.split_at(frame.len() - 2);
            prop_assert_eq!(CRC.checksum(framed).to_le_bytes().to_vec(), crc.to_vec());
        }
    }
}
