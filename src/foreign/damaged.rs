//! JSON whose words are damaged: a program that cuts a text by bytes cuts through a character, and what came is whole in no
//! encoding. For the reader of bytes. Where no more suffers than the words it is read, U+FFFD for what cannot be.

use super::json::parsed;
use encoding_rs::{Encoding, GB18030, UTF_8};
use serde::de::IgnoredAny;

/// The text of such JSON in the encoding that spoils less of it; none of what is no JSON so.
pub(super) fn damaged(bytes: &[u8]) -> Option<String> {
    if !matches!(bytes.first(), Some(b'{' | b'[' | b'"')) {
        return None;
    }
    let text = |encoding: &'static Encoding, bytes: &[u8]| {
        let text = encoding.decode_without_bom_handling(bytes).0;
        is_json(&text).then(|| text.into_owned())
    };
    let utf8 = || text(UTF_8, bytes);
    let gbk = || text(GB18030, bytes).or_else(|| text(GB18030, &freed(bytes)?));
    if odd_in_utf8(bytes) <= odd_in_gbk(bytes) { utf8().or_else(gbk) } else { gbk().or_else(utf8) }
}

/// Whether bytes that are not UTF-8 throughout make better sense so than as GBK, which they may be, too: other words then.
pub(super) fn is_rather_utf8(bytes: &[u8]) -> bool {
    let is_chinese = |text: &str| text.contains(|letter| letter >= '\u{800}');
    let is_chinese = bytes.utf8_chunks().any(|chunk| is_chinese(chunk.valid()));
    is_chinese && odd_in_utf8(bytes) <= odd_in_gbk(bytes)
}

/// How many letters are broken in UTF-8, or none that people here write.
fn odd_in_utf8(bytes: &[u8]) -> usize {
    let odd = |chunk: std::str::Utf8Chunk<'_>| {
        let strange = chunk.valid().chars().filter(|letter| is_strange(*letter)).count();
        strange + usize::from(!chunk.invalid().is_empty())
    };
    bytes.utf8_chunks().map(odd).sum()
}

/// The same of GBK. What is usual is in GB 2312; what UTF-8 looks like is mostly beside it.
fn odd_in_gbk(bytes: &[u8]) -> usize {
    let (mut odd, mut rest) = (0, bytes);
    while let Some(first) = rest.first() {
        let (taken, is_odd) = match rest {
            [0xa1..=0xa9 | 0xb0..=0xf7, 0xa1..=0xfe, ..] => (2, false),
            [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, ..] => (2, true),
            _ => (1, !first.is_ascii()),
        };
        odd += usize::from(is_odd);
        rest = rest.get(taken..).unwrap_or_default();
    }
    odd
}

/// A letter that takes two bytes in UTF-8, but for those that stand in Chinese texts.
pub(super) fn is_strange(letter: char) -> bool {
    ('\u{80}'..'\u{800}').contains(&letter) && !matches!(letter, '·' | '\u{a0}')
}

/// Whether a text that GBK makes of bytes has lost a quotation mark's backslash to half a character before it.
pub(super) fn has_lost_a_backslash(text: &str, bytes: &[u8]) -> bool {
    freed(bytes).is_some() && !is_json(text)
}

fn is_json(text: &str) -> bool {
    let text = text.trim_matches(|letter: char| letter == '\0' || letter.is_whitespace());
    text.starts_with(['{', '[', '"']) && parsed::<IgnoredAny>(text).is_ok()
}

/// GBK in which half a character stands before an escaped quotation mark: its second half could be the backslash. None where
/// none does. The halves are made what is none in any encoding.
fn freed(bytes: &[u8]) -> Option<Vec<u8>> {
    let may_be = |three: &[u8]| matches!(three, [0x81..=0xfe, b'\\', b'"']);
    if !bytes.windows(3).any(may_be) {
        return None;
    }
    let mut out = Vec::new();
    let (mut rest, mut any) = (bytes, false);
    while let Some(first) = rest.first() {
        let taken = match rest {
            [0x81..=0xfe, b'\\', b'"', ..] => {
                any = true;
                out.extend_from_slice(b"\xff\\\"");
                3
            }
            [0x81..=0xfe, second @ 0x40..=0xfe, ..] => {
                out.extend_from_slice(&[*first, *second]);
                2
            }
            _ => {
                out.push(*first);
                1
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    any.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::super::text::{decoded, of_bytes, of_file};
    use super::*;
    use encoding_rs::GBK;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// A text cut to so many bytes, as old programs do.
    fn cut(text: &str, in_gbk: bool, most: usize) -> Vec<u8> {
        let bytes = if in_gbk { GBK.encode(text).0.into_owned() } else { text.as_bytes().to_vec() };
        bytes[..bytes.len().min(most)].to_vec()
    }

    fn reply(message: &[u8], in_gbk: bool) -> Vec<u8> {
        let plate = cut("粤B12345", in_gbk, 99);
        [
            &b"{\"resultCode\":\"0\",\"resultMsg\":\""[..],
            message,
            b"\",\"data\":[{\"id\":\"a\",\"plateNo\":\"",
            &plate,
            b"\"}]}",
        ]
        .concat()
    }

    #[test]
    fn words_that_are_cut_within_a_character_cost_no_more_than_that_character() {
        for in_gbk in [false, true] {
            for words in ["成功", "车辆已入场", "操作成功，请勿重复提交", "ok 成"]
            {
                let whole = cut(words, in_gbk, 99).len();
                for most in 0..=whole {
                    let message = cut(words, in_gbk, most);
                    let text = of_bytes(&reply(&message, in_gbk), None).unwrap().into_owned();
                    let read: Value = parsed(&text).unwrap();
                    assert_eq!(read["resultCode"], "0", "{text}");
                    assert_eq!(
                        read["data"],
                        json!([{ "id": "a", "plateNo": "粤B12345" }]),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn half_a_character_takes_neither_a_quotation_mark_nor_its_backslash() {
        let gbk = |text: &str| GBK.encode(text).0.into_owned();
        let plain = [&gbk("{\"a\":\"成功")[..], b"\xc4\",\"b\":\"1\"}"].concat();
        assert_eq!(of_bytes(&plain, None).unwrap(), "{\"a\":\"成功\u{fffd}\",\"b\":\"1\"}");
        let quoted = [&gbk("\"{\\\"a\\\":\\\"成功")[..], b"\xc4\\\",\\\"b\\\":1}\""].concat();
        let text = of_bytes(&quoted, None).unwrap().into_owned();
        let inner: String = parsed(&text).unwrap();
        assert_eq!(inner, "{\"a\":\"成功\u{fffd}\",\"b\":1}");
        // A character whose second half is a backslash is one all the same.
        let whole = gbk("{\"a\":\"腬\"}");
        assert_eq!(whole[7], b'\\');
        assert_eq!(of_bytes(&whole, None).unwrap(), "{\"a\":\"腬\"}");
    }

    #[test]
    fn what_is_damaged_is_never_written_back_as_it_came_and_what_is_no_json_is_no_text() {
        let bytes = reply(&cut("成功", true, 3), true);
        let read = decoded(&bytes, None, 1000).unwrap();
        assert!(read.text.contains('\u{fffd}') && read.as_it_came("粤").is_none());
        let of_page = of_bytes(b"\"\xfe\"\x0b\0\0\0", None).unwrap();
        assert_eq!(of_page, "\"\u{fffd}\"", "what stands around it is not of it");
        for bytes in [&b"ok \xff\xff"[..], b"{\"a\":\xff}", b"{\"a\":\"\xff", b"\xff{\"a\":1}"] {
            assert!(of_bytes(bytes, None).is_err(), "{}", bytes.escape_ascii());
        }
        let file = [b"plate,\xc4\n".as_slice(), "粤B12345".as_bytes()].concat();
        assert!(of_file(&file).is_err(), "a file is looked at by people");
    }

    proptest! {
        #[test]
        fn what_else_stands_there_does_not_depend_on_where_a_text_was_cut(
            words in "[中文车牌号停车场零一二三四五京津冀晋已入出 a-z]{1,12}", most in 0_usize..30, in_gbk: bool,
        ) {
            let text = of_bytes(&reply(&cut(&words, in_gbk, most), in_gbk), None).unwrap().into_owned();
            let read: Value = parsed(&text).unwrap();
            prop_assert_eq!(&read["data"][0]["plateNo"], "粤B12345");
        }
    }
}
