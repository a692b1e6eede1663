//! Modbus RTU: a unit's address before, a CRC behind, and asking over a serial bus. The framing is pure.
//!
//! The length of the answer is known from the request, so it is found wherever it stands among noise
//! and frames of others. Some adapters hear themselves: writes are answered by what they began with, so on such
//! a bus the first time is an echo and the second the answer. A read tells which kind a bus is.

use super::pdu::{Exception, UnitAnswer, UnitFault, UnitRequest, Wait};
use crate::devices::serial::{BusFault, Exchange, SerialBus};
use crc::{CRC_16_MODBUS, Crc};

/// The CRC of Modbus, also used by displays.
pub const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// Asks a unit on a serial bus.
pub async fn ask(
    bus: &SerialBus,
    unit: u8,
    request: &UnitRequest,
    wait: impl Into<Wait>,
) -> Result<UnitAnswer, UnitFault> {
    let wait = wait.into();
    if !request.is_read() && bus.echoes().await.is_none() {
        // Whatever comes of it tells whether the bus hears itself.
        exchange(bus, unit, &UnitRequest::PROBE, wait).await.or_else(|fault| match fault {
            UnitFault::Exception(_) | UnitFault::Silent => Ok(UnitAnswer::Written),
            fault => Err(fault),
        })?;
    }
    exchange(bus, unit, request, wait).await
}

async fn exchange(
    bus: &SerialBus,
    unit: u8,
    request: &UnitRequest,
    wait: Wait,
) -> Result<UnitAnswer, UnitFault> {
    let find = |received: &[u8]| find_answer(received, unit, request);
    let frame = frame(unit, request);
    let exchange = Exchange {
        frame: &frame,
        timeout: wait.answer,
        until: wait.until,
        reads: request.is_read(),
    };
    match bus.exchange(exchange, find).await {
        Ok(answer) => answer.map_err(UnitFault::from),
        Err(BusFault::Port(error)) => Err(UnitFault::Unreachable(error.to_string())),
        Err(BusFault::Silent) => Err(UnitFault::Silent),
        Err(BusFault::TooLate) => Err(UnitFault::TooLate),
    }
}

/// A request as a frame.
pub fn frame(unit: u8, request: &UnitRequest) -> Vec<u8> {
    let mut frame = vec![unit];
    frame.extend(request.encode());
    let crc = CRC.checksum(&frame);
    frame.extend(crc.to_le_bytes());
    frame
}

/// The answer to `request` within what was received, once it is whole.
pub fn find_answer(
    received: &[u8],
    unit: u8,
    request: &UnitRequest,
) -> Option<Result<UnitAnswer, Exception>> {
    let exception = request.function() | 0x80;
    (0..received.len()).find_map(|start| {
        let rest = received.get(start..)?;
        let length = match rest {
            [address, function, ..] if *address == unit && *function == exception => 2,
            [address, function, ..] if *address == unit && *function == request.function() => {
                request.answer_length()
            }
            _ => return None,
        };
        let (framed, tail) = rest.split_at_checked(1 + length)?;
        let crc = CRC.checksum(framed).to_le_bytes();
        if !tail.starts_with(&crc) {
            return None;
        }
        request.decode(framed.get(1..)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PointTable;
    use proptest::prelude::*;

    fn read(table: PointTable, count: u16) -> UnitRequest {
        UnitRequest::Read { table, address: 0, count }
    }

    #[test]
    fn frames_are_those_a_relay_boards_maker_prints() {
        let on = UnitRequest::WriteCoil { address: 0, on: true };
        assert_eq!(frame(1, &on), [1, 5, 0, 0, 0xFF, 0, 0x8C, 0x3A]);
        let off = UnitRequest::WriteCoil { address: 0, on: false };
        assert_eq!(frame(1, &off), [1, 5, 0, 0, 0, 0, 0xCD, 0xCA]);
        let flash = UnitRequest::FlashCoil { address: 0, tenths: 7 };
        assert_eq!(frame(1, &flash), [1, 5, 2, 0, 0, 7, 0x8D, 0xB0]);
        assert_eq!(frame(1, &read(PointTable::Coil, 8)), [1, 1, 0, 0, 0, 8, 0x3D, 0xCC]);
        assert_eq!(frame(1, &read(PointTable::Discrete, 8)), [1, 2, 0, 0, 0, 8, 0x79, 0xCC]);
    }

    /// What unit `unit` answers when asked for two registers.
    fn answer(unit: u8, first: u16, second: u16) -> Vec<u8> {
        let mut frame = vec![unit, 3, 4];
        frame.extend(first.to_be_bytes());
        frame.extend(second.to_be_bytes());
        frame.extend(CRC.checksum(&frame).to_le_bytes());
        frame
    }

    #[test]
    fn an_answer_is_found_behind_noise_and_a_neighbours_late_frame() {
        let mut received = vec![0xFF, 0, 5, 3, 4];
        received.extend(answer(4, 9, 9));
        received.extend([0, 0x55]);
        received.extend(answer(5, 1, 2));
        let found = find_answer(&received, 5, &read(PointTable::Holding, 2));
        assert_eq!(found, Some(Ok(UnitAnswer::Words(vec![1, 2]))));
    }

    #[test]
    fn half_a_frame_or_a_broken_one_is_no_answer_yet() {
        let whole = answer(5, 1, 2);
        let request = read(PointTable::Holding, 2);
        for length in 0..whole.len() {
            assert_eq!(find_answer(&whole[..length], 5, &request), None);
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x10;
            assert_eq!(find_answer(&broken, 5, &request), None);
        }
    }

    proptest! {
        #[test]
        fn noise_before_an_answer_never_hides_it(noise in prop::collection::vec(any::<u8>(), 0..60), first: u16, second: u16) {
            let mut received = noise;
            received.extend(answer(7, first, second));
            let found = find_answer(&received, 7, &read(PointTable::Holding, 2));
            prop_assert!(matches!(found, Some(Ok(UnitAnswer::Words(words))) if words.len() == 2));
        }
    }
}
