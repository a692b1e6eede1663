//! Numbers by their value, however they are printed: `10`, `10.00`, `1E+1`, `"10"`, `+10`.

use super::text::{bare, half_width};
use rust_decimal::Decimal;
use serde_json::Value;

/// Digits and exponents of what any table counts or charges; longer ones are no such number.
const LONGEST: usize = 64;

/// The text of a string or a number, digit for digit.
pub fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.as_str()),
        _ => None,
    }
}

/// The exact value of a printed number, its digits of whatever width; none of what is more exact than any decimal of 28
/// digits.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = bare(text);
    if text.is_ascii() { of_ascii(text) } else { of_ascii(&narrowed(text)) }
}

fn narrowed(text: &str) -> String {
    text.chars().take(LONGEST + 1).map(half_width).collect()
}

fn of_ascii(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let text = text.strip_prefix('+').filter(|rest| !rest.starts_with(['+', '-'])).unwrap_or(text);
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let Some(at) = text.find(['e', 'E']) else { return exact(text) };
    let (digits, exponent) = (text.get(..at)?, text.get(at + 1..)?);
    let exponent =
        exponent.strip_prefix('+').filter(|rest| !rest.starts_with('-')).unwrap_or(exponent);
    let exponent: i32 = exponent.parse().ok()?;
    shifted(exact(digits)?.normalize(), exponent)
}

/// Without an exponent. A point needs a digit on one side.
fn exact(text: &str) -> Option<Decimal> {
    let body = text.strip_prefix('-').unwrap_or(text);
    let plain = body.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let digits = body.bytes().any(|byte| byte.is_ascii_digit());
    if !plain || !digits || body.bytes().filter(|byte| *byte == b'.').count() > 1 {
        return None;
    }
    // Zeros at the end say nothing.
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    let text = if matches!(text, "" | "-") { "0" } else { text };
    Decimal::from_str_exact(text).ok()
}

/// The same with its point so many places further to the right.
fn shifted(mut number: Decimal, exponent: i32) -> Option<Decimal> {
    if number.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i64::from(number.scale()).checked_sub(i64::from(exponent))?;
    if let Ok(scale) = u32::try_from(scale) {
        number.set_scale(scale).ok()?;
        return Some(number);
    }
    number.set_scale(0).ok()?;
    for _ in 0..u32::try_from(scale.checked_neg()?).ok().filter(|zeros| *zeros <= 28)? {
        number = number.checked_mul(Decimal::TEN)?;
    }
    Some(number)
}

/// An amount of money in yuan with what people write around it: `￥1,200.00`, `10.00元`. Commas are between thousands or it is
/// none.
pub fn amount(text: &str) -> Option<Decimal> {
    if let Some(plain) = decimal(text) {
        return Some(plain);
    }
    let text = narrowed(bare(text));
    let (minus, bare) = signed(text.trim());
    let before = ["cn¥", "¥", "￥", "rmb", "cny", "人民币"];
    let behind = ["元整", "元", "圆", "yuan", "rmb", "cny", "块"];
    let bare = bare.to_lowercase();
    let bare = before.iter().find_map(|mark| bare.strip_prefix(mark)).unwrap_or(&bare).trim();
    let bare = behind.iter().find_map(|mark| bare.strip_suffix(mark)).unwrap_or(bare).trim();
    let (minus_within, bare) = signed(bare);
    if minus && minus_within || !bare.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let number = decimal(&without_commas(bare)?)?;
    Some(if minus || minus_within { -number } else { number })
}

fn signed(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |rest| (true, rest.trim_start()))
}

/// `1,234,567.89` without its commas; none where one stands anywhere but between thousands.
fn without_commas(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped = whole.len() > first.len();
    let fits = (1..=3).contains(&first.len()) && !first.starts_with('0');
    if part.contains(',') || is_grouped && !(fits && groups.all(|group| group.len() == 3)) {
        return None;
    }
    Some(text.replace(',', ""))
}

/// What binary floating point prints for a number of so few places (17.100000000000001) is that number; any other stays what
/// it is.
pub fn without_noise(number: Decimal, places: u32) -> Decimal {
    let digits = number.mantissa().unsigned_abs().checked_ilog10().unwrap_or_default() + 1;
    let rounded = number.round_dp(places);
    let noise = Decimal::new(1, 9);
    if digits >= 15 && (number - rounded).abs() < noise { rounded } else { number }
}

/// Yes or no: a boolean, 1 or 0 by value, or a word for one of them; none of anything else.
pub fn yes(value: &Value) -> Option<bool> {
    if let Value::Bool(yes) = value {
        return Some(*yes);
    }
    match whole(value) {
        Some(1) => return Some(true),
        Some(0) => return Some(false),
        Some(_) => return None,
        None => {}
    }
    match bare(text(value)?).to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "是" => Some(true),
        "false" | "no" | "n" | "off" | "否" => Some(false),
        _ => None,
    }
}

/// A whole number, however it is printed; none of what has a part behind the point.
pub fn whole(value: &Value) -> Option<i64> {
    whole_of(text(value)?)
}

/// The same of a text.
pub fn whole_of(text: &str) -> Option<i64> {
    let number = decimal(text)?.normalize();
    if number.scale() == 0 { number.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_binary_floating_point_adds_is_taken_off_and_nothing_else() {
        for (printed, value) in [
            ("17.100000000000001", "17.1"),
            ("9.999999999999998", "10"),
            ("-0.30000000000000004", "-0.3"),
            ("10.0999994", "10.0999994"),
            ("10.005", "10.005"),
            ("17.10000000000000", "17.1"),
            ("1234567.8900000001", "1234567.89"),
        ] {
            let [printed, value] = [printed, value].map(|text| text.parse::<Decimal>().unwrap());
            assert_eq!(without_noise(printed, 2), value, "{printed}");
        }
    }

    #[test]
    fn an_amount_is_the_same_with_what_people_write_around_it() {
        for (printed, value) in [
            ("￥10.00", "10"),
            ("¥ 10.00", "10"),
            ("10.00元", "10"),
            ("10.00 元", "10"),
            ("人民币10元整", "10"),
            ("RMB 10", "10"),
            ("10 CNY", "10"),
            ("１０．００元", "10"),
            ("1,000.00", "1000"),
            ("1，000.00", "1000"),
            ("￥1,234,567.8", "1234567.8"),
            ("1,000", "1000"),
            ("-￥10.50", "-10.5"),
            ("￥-10.50", "-10.5"),
            ("10.00", "10"),
            ("1E+1", "10"),
        ] {
            assert_eq!(amount(printed), Some(value.parse::<Decimal>().unwrap()), "{printed}");
        }
        for none in [
            "",
            "元",
            "￥",
            "10,00",
            "1,0000",
            "1.000,00",
            "0,001",
            ",100",
            "1,,000",
            "12,34,567",
            "10美元",
            "$10",
            "10元20",
            "￥￥10",
            "--10",
            "-￥-10",
            "十元",
            "1,000.0,0",
            "1 000",
        ] {
            assert_eq!(amount(none), None, "{none}");
        }
    }

    #[test]
    fn a_number_is_what_it_says_in_every_print() {
        for (printed, value) in [
            ("10", "10"),
            ("10.00", "10"),
            ("1E+1", "10"),
            ("1e1", "10"),
            ("1.0E1", "10"),
            ("0.1e2", "10"),
            ("100E-1", "10"),
            (" 10 ", "10"),
            ("+10", "10"),
            ("10.", "10"),
            (".5", "0.5"),
            ("-3.50", "-3.5"),
            ("0E-10", "0"),
            ("-0.0", "0"),
            ("0", "0"),
            ("00012", "12"),
            ("1.2345E+2", "123.45"),
            ("10.000000000000000000000000000000", "10"),
            ("0.00", "0"),
            ("１０．５", "10.5"),
            ("－１", "-1"),
            ("\u{feff}10\0", "10"),
            ("\u{3000}１\u{a0}", "1"),
        ] {
            assert_eq!(decimal(printed), Some(value.parse::<Decimal>().unwrap()), "{printed}");
        }
        for none in [
            "",
            " ",
            ".",
            "-",
            "+",
            "e1",
            "1e",
            "1e+-1",
            "+-1",
            "1_000",
            "1,000",
            "0x10",
            "NaN",
            "Infinity",
            "1e99",
            "1e-99",
            "ten",
            "1e2147483648",
            "--1",
            "1 0",
            "1.0.0",
            "99999999999999999999999999999999",
            "①",
            "一",
            "１０年",
        ] {
            assert_eq!(decimal(none), None, "{none}");
        }
    }

    #[test]
    fn a_whole_number_has_nothing_behind_the_point() {
        let of = |text: &str| whole(&serde_json::from_str(text).unwrap());
        assert_eq!(of("1.0"), Some(1));
        assert_eq!(of("\"1.00\""), Some(1));
        assert_eq!(of("1.764043200E12"), Some(1_764_043_200_000));
        assert_eq!(of("1.5"), None);
        assert_eq!(of("true"), None);
        assert_eq!(of("9223372036854775808"), None);
        assert_eq!(of("-9223372036854775808"), Some(i64::MIN));
    }

    #[test]
    fn yes_and_no_are_told_by_value_and_by_word() {
        let of = |text: &str| yes(&serde_json::from_str(text).unwrap());
        for one in [
            "true",
            "1",
            "1.0",
            "\"1\"",
            "\"1.00\"",
            "\"TRUE\"",
            "\"yes\"",
            "\"是\"",
            "\" on\\u0000\"",
        ] {
            assert_eq!(of(one), Some(true), "{one}");
        }
        for one in ["false", "0", "0.0", "\"0\"", "\"False\"", "\"n\"", "\"否\""] {
            assert_eq!(of(one), Some(false), "{one}");
        }
        for one in ["null", "2", "-1", "\"\"", "\"maybe\"", "[]", "[true]", "{}"] {
            assert_eq!(of(one), None, "{one}");
        }
    }

    proptest! {
        #[test]
        fn the_value_does_not_depend_on_the_print(cents in -1_000_000_000_i64..1_000_000_000, shift in 0_i32..6, plus: bool) {
            let wanted = Decimal::new(cents, 2);
            let scaled = Decimal::new(cents, 2) * Decimal::from(10_i64.pow(shift.unsigned_abs()));
            let sign = if plus { "+" } else { "" };
            for printed in [
                format!("{wanted}"), format!("{wanted:.2}"), format!("{cents}e-2"), format!("{cents}.0E-2"),
                format!("{}E-{shift}", scaled.normalize()), format!(" {wanted}"),
            ] {
                prop_assert_eq!(decimal(&printed), Some(wanted), "{}", printed);
            }
            prop_assert_eq!(decimal(&format!("{cents}e{sign}{shift}")), Some(Decimal::from(cents) * Decimal::from(10_i64.pow(shift.unsigned_abs()))));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", digits in "[-+0-9.eE]{0,70}") {
            let _ = (decimal(&text), decimal(&digits), whole_of(&digits));
        }
    }
}
