#![no_main]
//! A list of an office: whatever bytes it is, it is read or named with a place in it, and the lines that can be taken are the
//! same whatever the file is saved as.
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use lotgate::papers::{leases, plates};

fuzz_target!(|bytes: &[u8]| {
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let read = leases(bytes, &zone);
    if let Ok(list) = plates(bytes) {
        assert!(list.lines.iter().all(|(_, plates)| !plates.is_empty()));
    }
    if let Ok(paper) = &read {
        assert!(paper.misprints.iter().all(|one| one.line >= 1 && one.column >= 1));
        assert!(paper.lines.iter().all(|(_, lease)| !lease.plates.is_empty() && !lease.spaces.is_empty()));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.contains('\0') || text.starts_with('\u{feff}') {
        return;
    }
    let marked = [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let (Ok(plain), Ok(wide)) = (read, leases(&marked, &zone)) else { return };
    assert_eq!((plain.lines, plain.misprints), (wide.lines, wide.misprints));
});
