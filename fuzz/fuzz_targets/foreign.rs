#![no_main]
//! Whatever comes from other programs: bytes as text, JSON in its own print, numbers, moments. What is read means the same once it
//! is written as we write it.
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use lotgate::foreign::json::{canonical, members, mended, parsed, unquoted};
use lotgate::foreign::moment::{self, Said};
use lotgate::foreign::number;
use lotgate::foreign::text::{charset, decoded, of_address, of_bytes, unpacked_as};
use serde_json::Value;

const MOST: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    // The first line stands for a header.
    let (header, body) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (&bytes[..0], bytes),
    };
    let header = String::from_utf8_lossy(header);
    if let Ok(plain) = unpacked_as(body, &header, MOST) {
        assert!(plain.len() <= MOST.max(body.len()));
    }
    let address = of_address(&header);
    // NULs, letters of two bytes and what was damaged may be other letters in another encoding, as below.
    let may_be_other = ["\0", "%0", "%C", "%D", "%EF%BF%BD"];
    if !may_be_other.iter().any(|part| address.contains(part)) {
        assert_eq!(of_address(&address), address, "what is UTF-8 stays so");
    }
    let Ok(read) = decoded(body, charset(&header), MOST) else { return };
    assert!(read.text.len() <= 3 * MOST.max(body.len()));
    // With NULs between its letters it may be UTF-16 once more; letters of two bytes (accents, Greek) may be Chinese ones in
    // GBK, which is what people here mean.
    let may_be_other = |letter: char| letter == '\0' || letter.len_utf8() == 2;
    if !read.text.contains(may_be_other) {
        assert_eq!(of_bytes(read.text.as_bytes(), None).as_deref(), Ok(&*read.text));
    }
    // Without what stood before it, it may begin as if it were packed (so no `decoded`) or with what is a mark there.
    let is_unmarked = |bytes: &Vec<u8>| !bytes.starts_with(b"\xef\xbb\xbf");
    if let Some(as_it_came) = read.as_it_came(&read.text).filter(is_unmarked) {
        assert!(of_bytes(&as_it_came, charset(&header)).is_ok());
    }
    value(&Value::from(&*read.text));
    let _ = unquoted(&read.text);
    if let Some(mended) = mended(&read.text)
        && let Ok(value) = serde_json::from_str::<Value>(&mended)
    {
        assert_eq!(parsed::<Value>(&read.text).unwrap(), value);
    }
    if let Ok(found) = members(&read.text) {
        for sent in found.values() {
            let text = sent.canonical();
            let back: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(back, sent.value, "the canonical text says the same");
            assert_eq!(canonical(&back), canonical(&sent.value));
            value(&sent.value);
        }
    }
});

/// What a number or a moment says does not depend on how it is printed.
fn value(value: &Value) {
    if let Some(exact) = number::text(value).and_then(number::decimal) {
        assert_eq!(number::decimal(&exact.to_string()), Some(exact));
        assert_eq!(number::decimal(&format!("{exact}e0")), Some(exact));
    }
    if let Some(exact) = number::text(value).and_then(number::amount) {
        assert_eq!(number::amount(&format!("￥{exact} 元")), Some(exact));
    }
    if let Some(whole) = number::whole(value) {
        assert_eq!(number::whole_of(&format!(" {whole}.0 ")), Some(whole));
    }
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let _ = (moment::day(value), moment::time_of_value(value, &zone));
    let Some(said) = moment::of_value(value) else { return };
    let local = said.local(&zone);
    if (1..=9999).contains(&local.year()) {
        assert_eq!(moment::of_text(&local.to_string()), Some(Said::Local(local)));
    }
    // Fewer digits may be a date's.
    if let Some(exact) = said.exact(&zone)
        && (1_000_000_000..i64::from(u32::MAX)).contains(&exact.as_second())
    {
        let second = exact.as_second();
        let again = moment::of_value(&second.into()).and_then(|said| said.exact(&zone));
        assert_eq!(again.map(|moment| moment.as_second()), Some(second));
    }
}
