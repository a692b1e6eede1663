//! Single cells: days as spreadsheets print them, plates, numbers and amounts. What can be read in two ways is read in none.

use super::sheet::Row;
use crate::foreign::moment::{self, Said};
use crate::foreign::number;
use crate::foreign::text::half_width;
use crate::lang::PaperProblem;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::standard::plate_kind::plate_kind;
use crate::standard::ticket_number::is_ticket_number;
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;

/// Days as Excel counts them, of the years 2000 to 2199: nobody means another number by these.
const SERIALS: std::ops::RangeInclusive<i64> = 36_526..=109_572;
/// The day before the first of them, as Excel counts since March 1900.
const BEFORE_SERIALS: Date = date(1899, 12, 30);
/// Characters of a cell that a sentence shows.
const SHOWN: usize = 40;

fn told(cell: &str) -> String {
    cell.chars().take(SHOWN).collect()
}

/// The day that a cell says.
pub(super) fn day(cell: &str, zone: &TimeZone) -> Result<Date, PaperProblem> {
    day_of(cell, zone, false)
}

/// The last day of something: 24:00 ends the day before which it stands, and begins none.
pub(super) fn last_day(cell: &str, zone: &TimeZone) -> Result<Date, PaperProblem> {
    day_of(cell, zone, true)
}

fn day_of(cell: &str, zone: &TimeZone, last: bool) -> Result<Date, PaperProblem> {
    let no_day = || PaperProblem::NoDay { text: told(cell) };
    let text: String = cell.chars().map(half_width).collect();
    let text = without_weekday(text.trim().trim_end_matches(['起', '止']).trim());
    if let Some(two) = day_first(text) {
        return two.map_err(|()| PaperProblem::TwoDays { text: told(cell) });
    }
    if !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !text.contains("..")
    {
        return numbered(text).ok_or_else(no_day);
    }
    let said = in_numerals(text)
        .or_else(|| with_month_in_the_middle(text))
        .and_then(|text| moment::of_text(&text))
        .or_else(|| moment::of_text(text));
    let local = said.ok_or_else(no_day)?.local(zone);
    let ends = last
        && local.time() == Time::midnight()
        && ["24:00", "24时"].iter().any(|end| text.contains(end));
    if ends { local.date().yesterday().map_err(|_| no_day()) } else { Ok(local.date()) }
}

/// `2026.1.5`, `20260105`, `20260105083000` and Excel's own count, with a part of the day or without.
fn numbered(text: &str) -> Option<Date> {
    let dots = text.matches('.').count();
    if dots <= 1
        && let Some(days) = text.split('.').next().and_then(|days| days.parse::<i64>().ok())
        && SERIALS.contains(&days)
    {
        return BEFORE_SERIALS.checked_add(days.days()).ok();
    }
    let fits = dots == 2 || (dots == 0 && matches!(text.len(), 8 | 12 | 14));
    let Said::Local(local) = moment::of_text(text).filter(|_| fits)? else { return None };
    Some(local.date())
}

/// `31/12/2026`: the day where only one order gives one; an error where both do. None of another form.
fn day_first(text: &str) -> Option<Result<Date, ()>> {
    let text = text.split(' ').next().unwrap_or_default();
    let parts: Vec<i16> =
        text.split(['/', '-', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [first, second, year] = parts[..] else { return None };
    if first >= 1000 {
        return None;
    }
    // The year is of two digits, or nobody knows where it stands.
    if year < 1000 {
        return Some(Err(()));
    }
    let of =
        |month: i16, day: i16| Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok();
    Some(match (of(second, first), of(first, second)) {
        (Some(one), Some(other)) if one != other => Err(()),
        (Some(day), _) | (_, Some(day)) => Ok(day),
        (None, None) => Err(()),
    })
}

/// `5-Jan-26`, `5-Jan-2026`, as an English Excel prints days.
fn with_month_in_the_middle(text: &str) -> Option<String> {
    let (date, rest) = text.split_once(' ').unwrap_or((text, ""));
    let parts: Vec<&str> = date.split(['-', '/']).collect();
    let [day, month, year] = parts[..] else { return None };
    if !month.chars().all(char::is_alphabetic) || !month.is_ascii() {
        return None;
    }
    let year = if year.len() == 2 { format!("20{year}") } else { year.to_owned() };
    Some(format!("{day} {month} {year} {rest}").trim_end().to_owned())
}

/// `二〇二六年一月五日` with digits in place of its numerals.
fn in_numerals(text: &str) -> Option<String> {
    const NUMERALS: &str = "〇一二三四五六七八九";
    let value = |letter: char| match letter {
        '零' | '○' => Some(0),
        letter => NUMERALS.chars().position(|numeral| numeral == letter),
    };
    let number = |part: &str| -> Option<String> {
        let Some((tens, ones)) = part.split_once('十') else {
            return part.chars().map(|letter| Some(value(letter)?.to_string())).collect();
        };
        let digit = |part: &str, empty: usize| match part.chars().next() {
            None => Some(empty),
            Some(letter) => value(letter),
        };
        Some((digit(tens, 1)? * 10 + digit(ones, 0)?).to_string())
    };
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let day = rest.strip_suffix(['日', '号'])?;
    Some(format!("{}年{}月{}日", number(year)?, number(month)?, number(day)?))
}

fn without_weekday(text: &str) -> &str {
    let before = |mark: &str| {
        let (date, day) = text.rsplit_once(mark)?;
        (day.chars().count() == 1 && "一二三四五六日天".contains(day)).then_some(date.trim_end())
    };
    before("星期").or_else(|| before("周")).unwrap_or(text)
}

/// Both days of `2026/1/1-2026/12/31`, `2026年1月1日至2026年12月31日`.
pub(super) fn period(cell: &str, zone: &TimeZone) -> Option<(Date, Date)> {
    const BETWEEN: [char; 8] = ['至', '到', '~', '～', '—', '–', '－', '-'];
    let between = cell.char_indices().filter(|(_, letter)| BETWEEN.contains(letter));
    let mut days = between.filter_map(|(at, letter)| {
        let (first, last) = (cell.get(..at)?, cell.get(at + letter.len_utf8()..)?);
        let last = last.trim_start_matches(BETWEEN);
        Some((day(first, zone).ok()?, last_day(last, zone).ok()?))
    });
    days.next()
}

/// The plates of a cell.
pub(super) fn plates(cell: &str) -> Result<Vec<PlateNo>, PaperProblem> {
    if is_rounded(cell) {
        return Err(PaperProblem::Rounded { text: told(cell) });
    }
    let parts = cell.split([';', '；', ',', '，', '、', '/', '|', '\n']).map(str::trim);
    let mut plates = Vec::new();
    for part in parts.filter(|part| !part.is_empty()) {
        match plate(part) {
            Some(plate) => plates.push(plate),
            // A space may stand in a plate, or between two.
            None => plates.extend(spaced(part)?),
        }
    }
    Ok(plates)
}

/// Plates with spaces between them and in them.
fn spaced(part: &str) -> Result<Vec<PlateNo>, PaperProblem> {
    let (mut plates, mut open) = (Vec::new(), String::new());
    for word in part.split_whitespace() {
        open.push_str(word);
        if let Some(plate) = plate(&open) {
            plates.push(plate);
            open.clear();
        }
    }
    if open.is_empty() { Ok(plates) } else { Err(PaperProblem::NoPlate { text: told(part) }) }
}

/// A plate that can be one, or the number that a car was given in place of one.
fn plate(text: &str) -> Option<PlateNo> {
    let plate: PlateNo = text.parse().ok()?;
    let known = plate_kind(plate.as_str()).is_some() || is_ticket_number(plate.as_str());
    known.then_some(plate)
}

/// The numbers of spaces that a cell names.
pub(super) fn spaces(cell: &str) -> Result<Vec<String>, PaperProblem> {
    let parts = cell.split(|letter: char| ";；,，、".contains(letter) || letter.is_whitespace());
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(|part| spoilt(part).map_or_else(|| Ok(part.to_owned()), Err)).collect()
}

/// What a spreadsheet has made of a number of a space that it took for something else.
pub fn spoilt(cell: &str) -> Option<PaperProblem> {
    let text = told(cell);
    if is_rounded(cell) {
        return Some(PaperProblem::Rounded { text });
    }
    let error = cell.strip_prefix('#').is_some_and(|name| {
        name == "N/A"
            || name.ends_with(['!', '?'])
            || (!name.is_empty() && name.bytes().all(|byte| byte == b'#'))
    });
    if error {
        return Some(PaperProblem::SheetError { text });
    }
    is_date(cell).then_some(PaperProblem::MadeDate { text })
}

/// `2月1日`, `1-Feb`, `Feb-01`: what a spreadsheet shows of `2-1`.
fn is_date(cell: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let number = |text: &str| {
        (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let month = |text: &str| MONTHS.contains(&text.to_ascii_lowercase().as_str());
    let chinese = cell.strip_suffix('日').and_then(|cell| cell.split_once('月'));
    let english = cell.split_once('-');
    chinese.is_some_and(|(one, other)| number(one) && number(other))
        || english
            .is_some_and(|(one, other)| number(one) && month(other) || month(one) && number(other))
}

/// Whether a row is a sum or a remark below a list: what stands first in it says so.
pub fn is_remark(row: &Row) -> bool {
    let first = row.cells.iter().find(|cell| !cell.is_empty());
    first.is_some_and(|cell| {
        let cell = cell.to_lowercase();
        is_sum(&cell) || begins_a_remark(&cell)
    })
}

fn counts(text: &str) -> bool {
    text.trim_start().starts_with(|letter: char| letter.is_ascii_digit())
}

/// Whether a word ends there: nothing or what is no letter comes behind it.
fn ends_a_word(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with([':', '：', '(', '（'])
}

fn is_sum(cell: &str) -> bool {
    let of_words = ["合计", "总计", "小计", "共计", "总数", "总共", "total", "sum"].iter();
    let mut rest = of_words.filter_map(|word| cell.strip_prefix(word));
    cell.strip_prefix('共').is_some_and(counts)
        || rest.any(|rest| ends_a_word(rest) || counts(rest))
}

fn begins_a_remark(cell: &str) -> bool {
    const WORDS: [&str; 18] = [
        "备注",
        "说明",
        "注",
        "附注",
        "注意",
        "制表",
        "制表人",
        "填表",
        "填表人",
        "审核",
        "审核人",
        "经办人",
        "打印时间",
        "打印日期",
        "制表日期",
        "制表时间",
        "remark",
        "note",
    ];
    let page = cell.strip_prefix('第').and_then(|rest| rest.split_once('页'));
    let is_page = page.is_some_and(|(number, _)| {
        !number.trim().is_empty() && number.trim().bytes().all(|byte| byte.is_ascii_digit())
    });
    let of_words = WORDS.iter().filter_map(|word| cell.strip_prefix(word));
    is_page || cell.starts_with("以上") || of_words.into_iter().any(ends_a_word)
}

/// A whole number.
pub(super) fn whole(cell: &str) -> Result<i64, PaperProblem> {
    number::whole_of(cell.trim_end_matches(['个', '位']))
        .ok_or_else(|| PaperProblem::NoNumber { text: told(cell) })
}

/// An amount in yuan, with what people write around it: `¥1,200.00`, `180元`, `180元/月`.
pub(super) fn amount(cell: &str) -> Result<Money, PaperProblem> {
    let bare = cell.trim().trim_end_matches("/月");
    bare.parse().map_err(|_| PaperProblem::NoAmount { text: told(cell) })
}

/// Which of some words a cell is.
pub(super) fn word<T: Copy>(cell: &str, words: &[(&str, T)]) -> Result<T, PaperProblem> {
    let plain = cell.trim().to_ascii_lowercase();
    // A spreadsheet may print 1 as 1.0.
    let plain = number::whole_of(&plain).map_or(plain, |whole| whole.to_string());
    let found = words.iter().find(|(word, _)| *word == plain);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        PaperProblem::NoWord { text: told(cell), allowed: allowed.join(" | ") }
    })
}

/// A phone number, which nobody reads here: only what a spreadsheet has rounded is wrong with it.
pub(super) fn phone(cell: &str) -> Result<(), PaperProblem> {
    if is_rounded(cell) { Err(PaperProblem::Rounded { text: told(cell) }) } else { Ok(()) }
}

/// Whether a spreadsheet has made `1.38E+10` of digits, so that what stood there is lost.
pub fn is_rounded(cell: &str) -> bool {
    let Some((digits, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let point = digits.split_once('.').unwrap_or((digits, ""));
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix('+').unwrap_or("-");
    point.0.len() == 1
        && all(point.0)
        && all(point.1)
        && (1..=3).contains(&exponent.len())
        && all(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    #[test]
    fn a_day_is_the_same_in_every_form_that_a_spreadsheet_prints() {
        for printed in [
            "2026/1/5",
            "2026-1-5",
            "2026-01-05",
            "2026.1.5",
            "20260105",
            "2026年1月5日",
            "2026年01月05日",
            "2026/1/5 0:00",
            "2026/1/5 0:00:00",
            "2026-01-05 00:00:00",
            "2026-01-05 23:59:59",
            "2026/1/5 星期一",
            "2026年1月5日星期一",
            "2026/1/5 周一",
            "２０２６／１／５",
            " 2026/1/5 ",
            "46027",
            "46027.0",
            "46027.99",
            "二〇二六年一月五日",
            "二○二六年一月五日",
            "5-Jan-26",
            "5-Jan-2026",
            "05-Jan-2026 0:00",
            "Jan 5, 2026",
            "Monday, January 5, 2026",
            "2026-01-04T16:00:00.000Z",
            "2026/1/5 上午 12:00:00",
            "20260105000000",
            "2026/1/5起",
        ] {
            assert_eq!(day(printed, &zone()), Ok(date(2026, 1, 5)), "{printed}");
        }
        for (printed, wanted) in [
            ("二〇二六年十二月三十一日", date(2026, 12, 31)),
            ("二〇二六年十月二十日", date(2026, 10, 20)),
            ("31/12/2026", date(2026, 12, 31)),
            ("12/31/2026", date(2026, 12, 31)),
            ("5/5/2026", date(2026, 5, 5)),
            ("36526", date(2000, 1, 1)),
            ("46387", date(2026, 12, 31)),
            ("9999-12-31", date(9999, 12, 31)),
        ] {
            assert_eq!(day(printed, &zone()), Ok(wanted), "{printed}");
        }
    }

    #[test]
    fn what_is_no_day_or_might_be_two_is_none() {
        for none in [
            "",
            "长期",
            "2026",
            "202601",
            "2026-13-01",
            "2026/2/30",
            "2026年1月",
            "1767542400",
            "#N/A",
            "13800138000",
            "0",
            "-",
            "########",
        ] {
            assert_eq!(
                day(none, &zone()),
                Err(PaperProblem::NoDay { text: none.to_owned() }),
                "{none}"
            );
        }
        for two in ["1/5/2026", "05-01-2026", "26/1/5", "1.5.26", "40/40/2026"] {
            assert_eq!(
                day(two, &zone()),
                Err(PaperProblem::TwoDays { text: two.to_owned() }),
                "{two}"
            );
        }
    }

    #[test]
    fn a_period_is_two_days() {
        for printed in [
            "2026/1/5-2026/12/31",
            "2026-1-5 至 2026-12-31",
            "2026年1月5日—2026年12月31日",
            "2026.1.5~2026.12.31",
            "20260105--20261231",
        ] {
            assert_eq!(
                period(printed, &zone()),
                Some((date(2026, 1, 5), date(2026, 12, 31))),
                "{printed}"
            );
        }
        assert_eq!(period("2026-12-31", &zone()), None);
    }

    #[test]
    fn what_ends_at_24_00_ends_with_the_day_that_stands_before_it() {
        let (last, next) = (date(2026, 12, 31), date(2027, 1, 1));
        for (printed, as_first) in [
            ("2026/12/31 24:00", next),
            ("2026-12-31 24:00:00", next),
            ("2026年12月31日24时", next),
            ("2026年12月31日 24:00", next),
            ("2026/12/31 23:59:59", last),
            ("2026/12/31 0:00", last),
            ("2026/12/31", last),
        ] {
            assert_eq!(last_day(printed, &zone()), Ok(last), "{printed}");
            assert_eq!(day(printed, &zone()), Ok(as_first), "{printed}");
            let both = format!("2026/1/1 00:00至{printed}");
            assert_eq!(period(&both, &zone()), Some((date(2026, 1, 1), last)), "{printed}");
        }
    }

    #[test]
    fn a_number_of_a_space_that_a_spreadsheet_has_made_something_else_of_is_none() {
        for error in ["#REF!", "#N/A", "#NAME?", "#DIV/0!", "########"] {
            assert_eq!(spaces(error), Err(PaperProblem::SheetError { text: error.to_owned() }));
        }
        for date in ["2月1日", "12月31日", "1-Feb", "Feb-01"] {
            assert_eq!(spaces(date), Err(PaperProblem::MadeDate { text: date.to_owned() }));
        }
        let names = ["#12", "2-1", "A-01", "B1-FEB", "1日", "春节月", "F-12", "地下2月台"];
        for name in names {
            assert_eq!(spaces(name), Ok(vec![name.to_owned()]));
        }
    }

    #[test]
    fn a_sum_or_a_remark_says_so_where_it_begins() {
        let of = |cells: &[&str]| {
            is_remark(&Row {
                line: 1,
                cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            })
        };
        for sum in [
            "合计",
            "合计：3辆",
            "总计 12",
            "小计",
            "共 12 辆",
            "共12户",
            "Total",
            "TOTAL: 3",
            "合计（辆）",
            "备注：以上均已收款",
            "备注",
            "注：月租每月 300 元",
            "制表人：张三",
            "打印时间: 2026-11-30",
            "第1页 共1页",
            "以上共 1 辆",
        ] {
            assert!(of(&["", sum, "3"]), "{sum}");
        }
        for none in [
            "粤B12345",
            "共和小区",
            "总数据公司",
            "Totalenergies",
            "3",
            "注册会计师事务所",
            "第一页书店",
            "审核部",
        ] {
            assert!(!of(&[none, "合计"]), "{none}");
        }
    }

    #[test]
    fn plates_stand_in_a_cell_with_spaces_in_them_or_between_them() {
        let of = |cell: &str| {
            plates(cell)
                .map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        for (cell, wanted) in [
            ("粤B12345", "粤B12345"),
            ("粤 B·12345", "粤B12345"),
            ("粤B 12345", "粤B12345"),
            ("粤b12345；粤BD12345", "粤B12345 粤BD12345"),
            ("粤B12345 粤B00001", "粤B12345 粤B00001"),
            ("粤B12345/粤B00001、粤B00002\n粤B00003", "粤B12345 粤B00001 粤B00002 粤B00003"),
            ("无A0001", "无A0001"),
            ("", ""),
        ] {
            assert_eq!(of(cell), Ok(wanted.to_owned()), "{cell}");
        }
        for none in ["没有", "粤B1234", "粤B12345 13800138000", "4", "粤BO2345I"] {
            assert!(matches!(of(none), Err(PaperProblem::NoPlate { .. })), "{none}");
        }
        assert!(matches!(of("1.38E+10"), Err(PaperProblem::Rounded { .. })));
        assert!(matches!(spaces("4.40304E+21"), Err(PaperProblem::Rounded { .. })));
        assert_eq!(spaces("A1、A2 A3").unwrap(), ["A1", "A2", "A3"]);
    }

    #[test]
    fn amounts_numbers_and_words_are_read_by_what_they_say() {
        for (cell, wanted) in [
            ("180", 180),
            ("¥180.00", 180),
            ("180元", 180),
            ("1,200.00", 1200),
            ("１８０", 180),
            ("1.8E+2", 180),
            ("180元/月", 180),
        ] {
            assert_eq!(amount(cell), Ok(Money::yuan(wanted)), "{cell}");
        }
        for none in ["", "免费", "1,2", "12,00", "10.005"] {
            assert!(amount(none).is_err(), "{none}");
        }
        assert_eq!((whole("2"), whole("2.0"), whole("2个")), (Ok(2), Ok(2), Ok(2)));
        assert!(whole("两").is_err());
        assert_eq!(word("月", &[("月", 1), ("日", 2)]), Ok(1));
        assert!(word("年", &[("月", 1), ("日", 2)]).is_err());
        for (cell, rounded) in [
            ("1.38E+10", true),
            ("1E+10", true),
            ("1.38001E+10", true),
            ("13800138000", false),
            ("粤E+1", false),
            ("1.38E-10", false),
            ("", false),
        ] {
            assert_eq!(is_rounded(cell), rounded, "{cell}");
        }
    }

    proptest! {
        #[test]
        fn what_day_a_form_means_does_not_depend_on_its_print(days in 36_526_i64..=73_415) {
            let wanted = BEFORE_SERIALS.checked_add(days.days()).unwrap();
            let (year, month, day_of) = (wanted.year(), wanted.month(), wanted.day());
            for text in [
                days.to_string(), wanted.to_string(), format!("{year}/{month}/{day_of}"), format!("{year}-{month}-{day_of}"),
                format!("{year}年{month}月{day_of}日"), format!("{year}/{month}/{day_of} 0:00"), format!("{year}.{month}.{day_of}"),
            ] {
                prop_assert_eq!(day(&text, &zone()), Ok(wanted), "{}", text);
            }
            let both = format!("{wanted}至{wanted}");
            prop_assert_eq!(period(&both, &zone()), Some((wanted, wanted)));
        }

        #[test]
        fn no_cell_panics(cell in "\\PC{0,60}", near in "[-0-9/.年月日 粤BE+,元〇一二十至~]{0,30}") {
            for cell in [&cell, &near] {
                let _ = (day(cell, &zone()), period(cell, &zone()), plates(cell), spaces(cell), whole(cell), amount(cell), phone(cell));
            }
        }
    }
}
