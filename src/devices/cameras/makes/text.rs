//! Texts as cameras send them: GBK or UTF-8, raw or in base64, with NULs and byte order marks, several plates
//! in one. Pure. Whatever cannot be read is no plate; the car stands there all the same.

use crate::foreign;
use crate::standard::hidden::is_hidden;
use crate::standard::plate::PlateNo;
use crate::standard::plate_kind::is_province;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::{GB18030, GBK};
use std::borrow::Cow;

/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// More plates than these no car has.
const MOST_PLATES: usize = 4;

/// A message as text: as all foreign text is read, and where it is none, its letters as far as they are some.
pub fn of_message(payload: &[u8]) -> Cow<'_, str> {
    foreign::text::of_bytes(payload, None).unwrap_or_else(|_| lossy(payload))
}

/// A message that is GBK.
pub fn of_gbk(payload: &[u8]) -> Cow<'_, str> {
    foreign::text::of_bytes(payload, Some("gbk")).unwrap_or_else(|_| lossy(payload))
}

/// One broken letter must not cost a car.
fn lossy(payload: &[u8]) -> Cow<'_, str> {
    let bare = payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(payload);
    GB18030.decode_without_bom_handling(bare.trim_ascii_end()).0
}

/// Base64 of UTF-8 or of GBK; none when it is neither.
pub fn of_base64(text: &str) -> Option<String> {
    let bytes = BASE64.decode(text.trim_matches(is_padding)).ok()?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let utf8 = std::str::from_utf8(bytes).ok().map(str::to_owned);
    let (gbk, faulty) = GBK.decode_without_bom_handling(bytes);
    let gbk = Some(gbk.into_owned()).filter(|_| !faulty).filter(|text| is_known(text));
    // A few GBK plates are valid UTF-8 and mean nothing there.
    let known = utf8.clone().filter(|text| is_known(text)).or(gbk);
    known.or(utf8).filter(|text| is_readable(text))
}

/// What stands between two plates of one car.
const SEPARATORS: [char; 9] = ['|', ',', ';', '/', '｜', '，', '；', '、', '／'];

/// Characters of the longest plate in a text.
pub fn longest(text: &str) -> usize {
    let length =
        |part: &str| before_nul(part).chars().filter(|letter| !is_padding(*letter)).count();
    text.split(SEPARATORS).map(length).max().unwrap_or_default()
}

/// What stands behind a NUL is what the camera's memory held.
fn before_nul(text: &str) -> &str {
    text.trim_start_matches('\0').split('\0').next().unwrap_or_default()
}

/// The plates in a text: the one the car goes by, and others on it.
pub fn plates(text: &str) -> (Option<PlateNo>, Vec<PlateNo>) {
    let parts = text.split(SEPARATORS);
    let mut plates: Vec<PlateNo> = Vec::new();
    for plate in parts.filter_map(plate).take(MOST_PLATES) {
        if !plates.contains(&plate) {
            plates.push(plate);
        }
    }
    let first = plates.iter().position(|plate| is_mainland(plate.as_str())).unwrap_or_default();
    let plate = (!plates.is_empty()).then(|| plates.remove(first));
    (plate, plates)
}

/// One plate; nothing, a word for nothing and what cannot be read mean none.
fn plate(text: &str) -> Option<PlateNo> {
    let plain: String = before_nul(text).chars().filter(|letter| !is_padding(*letter)).collect();
    let plate: PlateNo = plain.parse().ok().filter(|_| !is_no_plate(&plain))?;
    if is_no_plate(plate.as_str()) {
        return None;
    }
    plate.as_str().chars().all(char::is_alphanumeric).then_some(plate)
}

fn is_no_plate(text: &str) -> bool {
    let bare = text.trim_matches('_');
    matches!(bare, "" | "无" | "无牌" | "无牌车" | "无车牌" | "未识别" | "未知")
        || ["null", "none", "unknown"].iter().any(|word| bare.eq_ignore_ascii_case(word))
}

/// What mainland plates begin with: a province's character or the mark of embassies.
fn begins_plates(first: char) -> bool {
    is_province(first) || first == '使'
}

/// Whether its first character is what mainland plates begin with.
pub fn begins_with_province(text: &str) -> bool {
    text.chars().next().is_some_and(begins_plates)
}

/// Whether it begins as plates of the mainland do.
fn is_mainland(text: &str) -> bool {
    let mut letters = text.chars();
    let province = letters.next().is_some_and(begins_plates);
    province && (7..=8).contains(&text.chars().count()) && letters.all(char::is_alphanumeric)
}

/// Whether a text decoded by a guess is what was meant.
fn is_known(text: &str) -> bool {
    let plain: String = text.chars().filter(|letter| !is_padding(*letter)).collect();
    begins_with_province(&plain) || is_no_plate(&plain) && !plain.is_empty()
}

fn is_readable(text: &str) -> bool {
    let mut letters = text.chars().filter(|letter| !is_padding(*letter)).peekable();
    letters.peek().is_some() && !letters.any(char::is_control)
}

/// What stands around texts and between their letters, and is nothing.
fn is_padding(letter: char) -> bool {
    // Another control than NUL tells that the text is none.
    letter.is_whitespace()
        || matches!(letter, '\0' | '-')
        || is_hidden(letter) && !letter.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::plate_kind::PROVINCES;
    use base64::engine::general_purpose::STANDARD as PADDED;
    use proptest::prelude::*;

    fn read(text: &str) -> (Option<String>, Vec<String>) {
        let (plate, aliases) = plates(text);
        let text = |plate: PlateNo| plate.to_string();
        (plate.map(text), aliases.into_iter().map(text).collect())
    }

    #[test]
    fn several_plates_on_one_car_are_one_and_its_aliases() {
        let both = (Some("粤Z1234港".to_owned()), vec!["AB1234".to_owned()]);
        for text in
            ["粤Z1234港|AB1234", "AB1234|粤Z1234港", "粤Z1234港,AB1234", "粤Z1234港 / AB1234"]
        {
            assert_eq!(read(text), both, "{text}");
        }
        let three = vec!["MX7742".to_owned(), "ZM127".to_owned()];
        assert_eq!(read("粤ZJ068澳|MX7742|ZM127"), (Some("粤ZJ068澳".to_owned()), three));
        assert_eq!(read("AB1234|AB1234"), (Some("AB1234".to_owned()), Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_no_plate() {
        let long = ["临时入境粤Z1234港", "粤B123456789"];
        let none =
            ["", "\0\0", "_无_", "无牌车", "null", "??", "粤B\u{fffd}2345", "\u{feff}", "|", "-"];
        for text in none.into_iter().chain(long) {
            assert_eq!(read(text), (None, Vec::new()), "{text}");
        }
        for text in ["\u{2066}无\u{200b}牌\u{2069}", "_无\u{1b}_", "\u{e0041}\u{202e}"] {
            assert_eq!(read(text), (None, Vec::new()), "{text:?}");
        }
        for text in [
            "\u{feff}粤B-12345\0\0",
            "粤B12345\0\0烫烫",
            "\0粤B12345",
            "\u{202e}粤B\u{e0041}12345\u{2028}",
        ] {
            assert_eq!(read(text).0.as_deref(), Some("粤B12345"), "{text}");
        }
    }

    #[test]
    fn base64_is_of_utf_8_or_of_gbk() {
        for plate in ["粤B12345", "鲁B12345", "京AD12345"] {
            let gbk = GBK.encode(plate).0;
            assert_eq!(of_base64(&PADDED.encode(&gbk)).as_deref(), Some(plate));
            assert_eq!(of_base64(&PADDED.encode(plate)).as_deref(), Some(plate));
        }
        let padded = [b"\xef\xbb\xbf".as_slice(), "粤B12345\0\0".as_bytes()].concat();
        let decoded = of_base64(PADDED.encode(padded).trim_end_matches('=')).unwrap();
        assert_eq!(read(&decoded).0.as_deref(), Some("粤B12345"));
        assert_eq!(of_base64("粤B12345"), None);
        assert_eq!(of_base64("AB123456"), None, "a plate of Hong Kong by chance");
        assert_eq!(of_base64(&PADDED.encode(GBK.encode("_无_").0)).as_deref(), Some("_无_"));
    }

    #[test]
    fn a_message_is_utf_8_else_gbk_whatever_stands_around_it() {
        let json = r#"{"plate":"粤B12345"}"#;
        assert_eq!(of_message(json.as_bytes()), json);
        assert_eq!(of_message(&GBK.encode(json).0), json);
        let around = [b"\xef\xbb\xbf".as_slice(), json.as_bytes(), b"\0\0"].concat();
        assert_eq!(of_message(&around), json);
    }

    fn any_plate() -> impl Strategy<Value = String> {
        let provinces: Vec<char> = PROVINCES.chars().collect();
        let province = prop::sample::select(provinces);
        (province, "[A-HJ-NP-Z][0-9A-HJ-NP-Z]{5,6}")
            .prop_map(|(first, rest)| format!("{first}{rest}"))
    }

    proptest! {
        #[test]
        fn the_plate_of_any_province_is_itself_in_utf_8_and_in_gbk_and_in_base64_of_both(plate in any_plate()) {
            let gbk = GBK.encode(&plate).0;
            for bytes in [plate.as_bytes(), &gbk] {
                prop_assert_eq!(of_base64(&PADDED.encode(bytes)), Some(plate.clone()));
                prop_assert_eq!(&of_message(bytes), &plate);
                prop_assert_eq!(&of_gbk(bytes), &plate);
                let json = [b"{\"plate\":\"".as_slice(), bytes, b"\"}"].concat();
                let message = of_message(&json);
                prop_assert!(message.contains(&plate), "{}", message);
                let (read, aliases) = plates(&of_message(bytes));
                prop_assert_eq!((read.map(|read| read.to_string()), aliases.len()), (Some(plate.clone()), 0));
            }
        }

        #[test]
        fn any_text_is_a_plate_or_none(text in "\\PC{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = (plates(&text), of_base64(&text), of_base64(&PADDED.encode(&bytes)), of_message(&bytes));
        }
    }
}
