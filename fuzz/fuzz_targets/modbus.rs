#![no_main]
//! What comes on a serial bus or a Modbus TCP connection while an answer is awaited.
use libfuzzer_sys::fuzz_target;
use lotgate::config::PointTable;
use lotgate::devices::modbus::pdu::UnitRequest;
use lotgate::devices::modbus::points::Registers;
use lotgate::devices::modbus::{rtu, tcp};

fuzz_target!(|received: &[u8]| {
    let Some((first, received)) = received.split_first() else { return };
    let count = u16::from(first % 9) + 1;
    let read = |table| UnitRequest::Read { table, address: u16::MAX - 3, count };
    let requests = [
        read(PointTable::Coil),
        read(PointTable::Holding),
        UnitRequest::WriteCoil { address: 1, on: true },
        UnitRequest::FlashCoil { address: 1, tenths: 7 },
        UnitRequest::WriteRegisters { address: 1, words: vec![1, 2] },
    ];
    let mut buffer = received.to_vec();
    while let Ok(Some((_, _, pdu))) = tcp::next_frame(&mut buffer) {
        for request in &requests {
            let _ = request.decode(&pdu);
        }
    }
    for request in &requests {
        if let Some(Ok(answer)) = rtu::find_answer(received, 1, request) {
            Registers::default().take(request, &answer);
        }
    }
});
