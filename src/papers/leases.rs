//! A list of tenants as a lot's office keeps it, as leases: one a line. Whether a lease can be is not its business.

use super::cells;
use super::columns::{Headed, KnownColumn, Layout, PLATES, headed};
use super::sheet::Row;
use super::{Misprint, Paper};
use crate::lang::{PaperColumn, PaperProblem};
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// A line of a list of tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseLine {
    /// Its plates, at least one.
    pub plates: Vec<PlateNo>,
    /// The numbers of its spaces, at least one.
    pub spaces: Vec<String>,
    /// The first day.
    pub begins: Date,
    /// The last day.
    pub ends: Date,
    /// Table 28's `isFixed`: 0 certain spaces, 1 any.
    pub is_fixed: i64,
    /// Table 29's `cycles`.
    pub cycles: i64,
    /// Table 29's `cycleType`: 1 months, 2 days.
    pub cycle_type: i64,
    /// What so many cost.
    pub amount: Option<Money>,
}

/// What a lease that says nothing of it has.
const ANY_SPACE: i64 = 1;
/// Spaces of one lease.
const MOST_SPACES: i64 = 100;

const KNOWN: &[KnownColumn] = &[
    KnownColumn { column: PaperColumn::Plates, several: true, names: PLATES },
    KnownColumn {
        column: PaperColumn::Spaces,
        several: true,
        names: &[
            "spacenolist",
            "spaces",
            "space",
            "spaceno",
            "spacenumber",
            "parkingspace",
            "bay",
            "车位",
            "车位号",
            "车位编号",
            "车位号码",
            "车位列表",
            "泊位",
            "泊位号",
            "泊位编号",
            "固定车位",
            "固定车位号",
            "专用车位",
            "车位位置",
            "停车位",
            "停车位号",
        ],
    },
    KnownColumn {
        column: PaperColumn::SpaceCount,
        several: false,
        names: &[
            "spacecount",
            "numberofspaces",
            "车位数",
            "车位数量",
            "泊位数",
            "车位个数",
            "停车位数",
        ],
    },
    KnownColumn {
        column: PaperColumn::Begin,
        several: false,
        names: &[
            "begindate",
            "begin",
            "start",
            "startdate",
            "startson",
            "from",
            "validfrom",
            "datefrom",
            "effectivedate",
            "开始日期",
            "开始时间",
            "开始",
            "开始日",
            "起始日期",
            "起始时间",
            "起始日",
            "起日",
            "起期",
            "生效日期",
            "生效时间",
            "生效日",
            "起租日期",
            "起租日",
            "起租时间",
            "有效期起",
            "有效期开始",
            "有效期自",
            "有效期从",
            "有效期起始",
            "有效期开始日期",
            "有效期起始日期",
            "有效开始日期",
            "有效起始日期",
            "租期开始",
            "租期起",
            "开通日期",
            "开通时间",
            "启用日期",
            "起止日期起",
            "日期起",
            "时间起",
            "起",
            "起始",
            "自",
            "开始有效期",
            "租赁开始",
            "入场日期",
        ],
    },
    KnownColumn {
        column: PaperColumn::End,
        several: false,
        names: &[
            "enddate",
            "end",
            "endson",
            "to",
            "until",
            "validto",
            "validuntil",
            "dateto",
            "expiry",
            "expirydate",
            "expires",
            "expirationdate",
            "到期日期",
            "到期时间",
            "到期日",
            "到期",
            "结束日期",
            "结束时间",
            "结束",
            "结束日",
            "截止日期",
            "截止时间",
            "截止日",
            "截止",
            "终止日期",
            "终止时间",
            "失效日期",
            "失效时间",
            "止日",
            "止期",
            "有效期至",
            "有效期止",
            "有效期到",
            "有效期结束",
            "有效期截止",
            "有效期结束日期",
            "有效结束日期",
            "有效截止日期",
            "有效期截止日期",
            "租期结束",
            "租期止",
            "租期至",
            "过期日期",
            "过期时间",
            "起止日期止",
            "日期止",
            "时间止",
            "止",
            "止期",
            "截至",
            "截至日期",
            "截至时间",
            "到期期限",
            "有效期终止",
            "租赁结束",
            "租赁到期",
        ],
    },
    KnownColumn {
        column: PaperColumn::Period,
        several: false,
        names: &[
            "period",
            "有效期",
            "有效期限",
            "有效日期",
            "租期",
            "起止日期",
            "起止时间",
            "期限",
            "期间",
        ],
    },
    KnownColumn {
        column: PaperColumn::Fixed,
        several: false,
        names: &["isfixed", "fixed", "是否固定", "是否固定车位", "车位类型", "车位性质"],
    },
    KnownColumn {
        column: PaperColumn::Cycles,
        several: false,
        names: &["cycles", "周期数", "周期数量"],
    },
    KnownColumn {
        column: PaperColumn::CycleType,
        several: false,
        names: &["cycletype", "周期类型", "周期单位", "计费周期"],
    },
    KnownColumn {
        column: PaperColumn::Amount,
        several: false,
        names: &[
            "amount",
            "price",
            "fee",
            "rent",
            "月租金",
            "月租费",
            "月租费用",
            "月租金额",
            "月费",
            "月租价格",
            "租金",
            "单价",
            "价格",
            "收费标准",
            "金额",
            "费用标准",
            "月收费",
        ],
    },
    KnownColumn {
        column: PaperColumn::Phone,
        several: true,
        names: &[
            "phone",
            "mobile",
            "tel",
            "telephone",
            "phoneno",
            "phonenumber",
            "mobileno",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "电话号码",
            "联系电话",
            "联系方式",
            "联系手机",
            "移动电话",
        ],
    },
];

/// Reads a list of tenants; moments that name a zone are days of this one's.
pub fn leases(bytes: &[u8], zone: &TimeZone) -> Result<Paper<LeaseLine>, Misprint> {
    let headed = headed(bytes, KNOWN)?;
    needed(&headed.layout)?;
    let mut paper = headed.paper();
    let mut lines_of: HashMap<Vec<PlateNo>, u64> = HashMap::new();
    for row in &headed.rows {
        if says_nothing(row, &headed) {
            paper.passed_over.push(row.line);
            continue;
        }
        let mut read = Reading { row, layout: &headed.layout, misprints: Vec::new() };
        let lease = lease(&mut read, zone);
        if let Some(lease) = &lease {
            let mut plates = lease.plates.clone();
            plates.sort();
            // Where not all of them could be read, nobody knows which cars these are.
            let at = |one: &Misprint| {
                headed.layout.of(PaperColumn::Plates).any(|at| at + 1 == one.column)
            };
            if !read.misprints.iter().any(at)
                && let Some(first) = lines_of.insert(plates, row.line)
            {
                read.problem(PaperColumn::Plates, PaperProblem::SameCars { line: first });
            }
        }
        let Reading { misprints, .. } = read;
        match lease.filter(|_| misprints.is_empty()) {
            Some(lease) => paper.lines.push((row.line, lease)),
            None => paper.misprints.extend(misprints),
        }
    }
    Ok(paper)
}

/// Plates and both days must be there, wherever.
fn needed(layout: &Layout) -> Result<(), Misprint> {
    let line = layout.heading_line;
    let has = |column| layout.first(column).is_some();
    let period = has(PaperColumn::Period);
    let missing = [
        (PaperColumn::Plates, has(PaperColumn::Plates), "车牌号码, plate_no_list"),
        (PaperColumn::Begin, has(PaperColumn::Begin) || period, "开始日期, begin_date"),
        (PaperColumn::End, has(PaperColumn::End) || period, "到期日期, end_date"),
    ];
    match missing.into_iter().find(|(_, there, _)| !there) {
        None => Ok(()),
        Some((column, _, names)) => {
            let names = names.to_owned();
            let problem = match line {
                Some(_) => PaperProblem::ColumnMissing { column, names },
                None => PaperProblem::NoHeading {
                    names: "车牌号码, 开始日期, 到期日期".to_owned(),
                },
            };
            Err(Misprint { line: line.unwrap_or(1), column: 1, problem })
        }
    }
}

/// A sum or a remark below the list: nothing stands in any column that a lease is made of.
fn says_nothing(row: &Row, headed: &Headed) -> bool {
    let of_lease = [PaperColumn::Plates, PaperColumn::Begin, PaperColumn::End, PaperColumn::Period];
    let mut cells = of_lease.iter().flat_map(|column| headed.layout.of(*column));
    let is_plate = |at| cells::plates(row.cell(at)).is_ok_and(|plates| !plates.is_empty());
    cells.all(|at| row.cell(at).is_empty())
        || (cells::is_remark(row) && !headed.layout.of(PaperColumn::Plates).any(is_plate))
}

/// A line while it is read.
struct Reading<'r> {
    row: &'r Row,
    layout: &'r Layout,
    misprints: Vec<Misprint>,
}

impl Reading<'_> {
    fn at(&mut self, column: usize, problem: PaperProblem) {
        self.misprints.push(Misprint { line: self.row.line, column: column + 1, problem });
    }

    fn problem(&mut self, column: PaperColumn, problem: PaperProblem) {
        let at = self.layout.first(column).unwrap_or(0);
        self.at(at, problem);
    }

    /// What stands in a column, where something does and can be read.
    fn read<T>(
        &mut self,
        column: PaperColumn,
        how: impl Fn(&str) -> Result<T, PaperProblem>,
    ) -> Vec<T> {
        let mut read = Vec::new();
        for at in self.layout.of(column).collect::<Vec<_>>() {
            match self.row.cell(at) {
                "" => {}
                cell => match how(cell) {
                    Ok(value) => read.push(value),
                    Err(problem) => self.at(at, problem),
                },
            }
        }
        read
    }

    fn one<T>(
        &mut self,
        column: PaperColumn,
        how: impl Fn(&str) -> Result<T, PaperProblem>,
    ) -> Option<T> {
        self.read(column, how).pop()
    }

    /// The same of what must be there.
    fn needed<T>(
        &mut self,
        column: PaperColumn,
        how: impl Fn(&str) -> Result<T, PaperProblem>,
    ) -> Option<T> {
        let before = self.misprints.len();
        let read = self.one(column, how);
        if read.is_none() && self.misprints.len() == before {
            self.problem(column, PaperProblem::EmptyCell { column });
        }
        read
    }
}

/// The lease of a line; what is wrong with it is noted.
fn lease(read: &mut Reading<'_>, zone: &TimeZone) -> Option<LeaseLine> {
    read.read(PaperColumn::Phone, cells::phone);
    let before = read.misprints.len();
    let mut plates: Vec<PlateNo> = read.read(PaperColumn::Plates, cells::plates).concat();
    if plates.is_empty() && read.misprints.len() == before {
        read.problem(PaperColumn::Plates, PaperProblem::EmptyCell { column: PaperColumn::Plates });
    }
    let mut seen = Vec::new();
    plates.retain(|plate| {
        !seen.contains(plate) && {
            seen.push(plate.clone());
            true
        }
    });
    let (begins, ends) = days(read, zone);
    let numbered: Vec<String> = read.read(PaperColumn::Spaces, cells::spaces).concat();
    let count =
        read.one(PaperColumn::SpaceCount, |cell| within(cells::whole(cell)?, 1, MOST_SPACES));
    let words = fixed_words(read.layout);
    let fixed = read.one(PaperColumn::Fixed, |cell| cells::word(cell, words));
    let cycles = read.one(PaperColumn::Cycles, cells::whole);
    let cycle_type = read.one(PaperColumn::CycleType, |cell| cells::word(cell, &CYCLES));
    let amount = read.one(PaperColumn::Amount, cells::amount);
    // Of spaces that are anybody's only their number counts (table 28).
    let unnumbered = || (1..=count.unwrap_or(1)).map(|number| number.to_string()).collect();
    let spaces = if numbered.is_empty() { unnumbered() } else { numbered.clone() };
    if numbered.is_empty() && fixed == Some(0) {
        read.problem(PaperColumn::Spaces, PaperProblem::EmptyCell { column: PaperColumn::Spaces });
    }
    Some(LeaseLine {
        plates,
        spaces,
        begins: begins?,
        ends: ends?,
        is_fixed: fixed.unwrap_or(ANY_SPACE),
        cycles: cycles.unwrap_or(1),
        cycle_type: cycle_type.unwrap_or(1),
        amount,
    })
}

/// The first and the last day, out of columns of their own or of one for both.
fn days(read: &mut Reading<'_>, zone: &TimeZone) -> (Option<Date>, Option<Date>) {
    let layout = read.layout;
    let of = |read: &mut Reading<'_>, column| {
        let day = if column == PaperColumn::End { cells::last_day } else { cells::day };
        read.needed(column, |cell| day(cell, zone))
    };
    let has = |column| layout.first(column).is_some();
    let period = |cell: &str| {
        cells::period(cell, zone)
            .ok_or_else(|| PaperProblem::NoPeriod { text: cell.chars().take(40).collect() })
    };
    match (has(PaperColumn::Begin), has(PaperColumn::End)) {
        (true, true) => (of(read, PaperColumn::Begin), of(read, PaperColumn::End)),
        // 有效期 beside a first day is the last one, or both.
        (true, false) => {
            let begins = of(read, PaperColumn::Begin);
            let last = |cell: &str| {
                cells::period(cell, zone)
                    .map_or_else(|| cells::last_day(cell, zone), |(_, last)| Ok(last))
            };
            (begins, read.needed(PaperColumn::Period, last))
        }
        (false, true) => {
            let begins = read.needed(PaperColumn::Period, |cell| Ok(period(cell)?.0));
            (begins, of(read, PaperColumn::End))
        }
        (false, false) => {
            let both = read.needed(PaperColumn::Period, period);
            (both.map(|days| days.0), both.map(|days| days.1))
        }
    }
}

/// Table 28 says 0 for certain spaces; who asks for it in Chinese means yes by 1, so that only its words are read.
fn fixed_words(layout: &Layout) -> &'static [(&'static str, i64)] {
    const NUMBERS: &[(&str, i64)] = &[("0", 0), ("1", 1)];
    const WORDS: &[(&str, i64)] = &[
        ("固定", 0),
        ("固定车位", 0),
        ("是", 0),
        ("非固定", 1),
        ("不固定", 1),
        ("非固定车位", 1),
        ("不固定车位", 1),
        ("任意", 1),
        ("否", 1),
    ];
    let heading = layout.first(PaperColumn::Fixed).and_then(|at| layout.columns.get(at));
    if heading.is_some_and(|column| column.heading.is_ascii()) { NUMBERS } else { WORDS }
}

const CYCLES: [(&str, i64); 9] = [
    ("1", 1),
    ("2", 2),
    ("月", 1),
    ("按月", 1),
    ("日", 2),
    ("天", 2),
    ("按日", 2),
    ("month", 1),
    ("day", 2),
];

fn within(number: i64, low: i64, high: i64) -> Result<i64, PaperProblem> {
    if (low..=high).contains(&number) {
        Ok(number)
    } else {
        Err(PaperProblem::OutOfRange { low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GBK;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Paper<LeaseLine> {
        leases(bytes, &TimeZone::fixed(jiff::tz::offset(8))).unwrap()
    }

    fn wrong(text: &str) -> Misprint {
        leases(text.as_bytes(), &TimeZone::UTC).unwrap_err()
    }

    #[test]
    fn a_list_of_an_office_is_read_in_whatever_form_its_spreadsheet_saved_it() {
        let text = "某某小区 2026 年月租车辆登记表,,,,,\r\n序号,姓名,手机号码,车牌号码,开始日期,到期日期\r\n\
                    1,张三,13800138000,粤B12345,2026/1/5,2026/12/31\r\n2,\"李四\r\n（二期）\",13900139000,=\"粤B 00001\",46027,2026年12月31日\r\n\
                    合计,,2,,,\r\n,,,,,\r\n";
        let utf16 =
            |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let forms = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            GBK.encode(text).0.into_owned(),
            [b"\xff\xfe".to_vec(), utf16(&text.replace(',', "\t"))].concat(),
            utf16(&text.replace(',', "\t")),
            GBK.encode(&text.replace(',', ";")).0.into_owned(),
            text.replace(',', "，").into_bytes(),
        ];
        for bytes in forms {
            let paper = read(&bytes);
            assert_eq!(
                (&paper.misprints, &paper.passed_over),
                (&Vec::new(), &vec![6]),
                "{:?}",
                paper.layout
            );
            let shown: Vec<_> = paper
                .lines
                .iter()
                .map(|(line, lease)| (*line, lease.plates[0].to_string(), lease.begins, lease.ends))
                .collect();
            let (first, last) = (date(2026, 1, 5), date(2026, 12, 31));
            assert_eq!(
                shown,
                [(3, "粤B12345".to_owned(), first, last), (4, "粤B00001".to_owned(), first, last)]
            );
            assert_eq!(paper.lines[0].1.spaces, ["1"]);
            let taken: Vec<_> =
                paper.layout.columns.iter().map(|column| column.taken_for).collect();
            let wanted = [
                None,
                None,
                Some(PaperColumn::Phone),
                Some(PaperColumn::Plates),
                Some(PaperColumn::Begin),
                Some(PaperColumn::End),
            ];
            assert_eq!(taken, wanted);
        }
    }

    #[test]
    fn columns_stand_in_any_order_and_what_none_says_is_as_usual() {
        let text = "end_date,amount,plate_no_list,is_fixed,space_no_list,begin_date,cycles,cycle_type\n\
                    2026-12-31,220,粤B00001;粤B00002,0,S1;S2,2026-01-01,3,月\n2026-12-31,,粤B00003,,,2026-01-01,,\n";
        let paper = read(text.as_bytes());
        let [(2, whole), (3, bare)] = &paper.lines[..] else { panic!("{paper:?}") };
        assert_eq!(
            (whole.is_fixed, whole.cycles, whole.cycle_type, whole.amount),
            (0, 3, 1, Some(Money::yuan(220)))
        );
        assert_eq!((whole.spaces.len(), whole.plates.len()), (2, 2));
        assert_eq!((bare.is_fixed, bare.cycles, bare.cycle_type, bare.amount), (1, 1, 1, None));
        let period = read(
            "车牌1,车牌2,有效期,车位数量\n粤B00001,粤B00002,2026/1/1-2026/12/31,2\n".as_bytes(),
        );
        assert_eq!((period.lines[0].1.plates.len(), period.lines[0].1.spaces.len()), (2, 2));
        assert_eq!(period.lines[0].1.ends, date(2026, 12, 31));
        for heading in [
            "车牌,有效期（起）,有效期（止）\n",
            "车牌,有效期,\n,起,止\n",
            "车牌号*,租期开始,租期结束\n",
            "车主车牌,月卡开始日期,月卡到期时间\n",
        ] {
            let read = read(format!("{heading}粤B00001,2026/1/1,2026/12/31\n").as_bytes());
            assert_eq!((read.lines.len(), read.misprints.len()), (1, 0), "{heading}");
            assert_eq!(
                (read.lines[0].1.begins, read.lines[0].1.ends),
                (date(2026, 1, 1), date(2026, 12, 31)),
                "{heading}"
            );
        }
        let last = read("车牌,生效日期,有效期\n粤B00001,2026/1/1,2026/12/31\n".as_bytes());
        assert_eq!(last.lines[0].1.ends, date(2026, 12, 31));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_named_with_its_place_and_the_others_are_taken() {
        let text = "车牌,手机,开始日期,到期日期,车位类型\n\
                    粤B00001,1.38E+10,2026/1/1,2026/12/31,\n\
                    粤B1,13800138000,1/5/2026,长期,\n\
                    ,13800138000,2026/1/1,2026/12/31,\n\
                    粤B00002,,,2026/12/31,\n\
                    粤B00003,,2026/1/1,2026/12/31,固定\n\
                    粤B00004,,2026/1/1,2026/12/31,\n\
                    粤 B00004,,2026/2/1,2026/12/31,\n";
        let paper = read(text.as_bytes());
        let places: Vec<_> = paper.misprints.iter().map(|one| (one.line, one.column)).collect();
        assert_eq!(places, [(2, 2), (3, 1), (3, 3), (3, 4), (4, 1), (5, 3), (6, 1), (8, 1)]);
        assert_eq!(paper.lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn cars_that_cannot_be_read_are_not_those_of_another_line() {
        let text = "车牌,副车牌,开始日期,到期日期,is_fixed\n\
                    粤B9235O,,2026/1/1,2026/12/31 24:00,1.0\n\
                    B92358,,2026/1/1,2026/12/31,\n\
                    粤B00001,无牌,2026/1/1,2026/12/31,\n\
                    粤B00001,,2026/1/1,2026/12/31 24:00,1.0\n\
                    粤B00001,,2026/2/1,2026/12/31,0.5\n\
                    合计：5 户,,5,,\n";
        let paper = read(text.as_bytes());
        let found: Vec<_> = paper.misprints.iter().map(|one| (one.line, one.column)).collect();
        assert_eq!(found, [(2, 1), (3, 1), (4, 2), (6, 5), (6, 1)]);
        let same = |one: &Misprint| matches!(one.problem, PaperProblem::SameCars { line: 5 });
        assert_eq!(paper.misprints.iter().filter(|one| same(one)).count(), 1);
        let [(5, lease)] = &paper.lines[..] else { panic!("{paper:?}") };
        assert_eq!((lease.ends, lease.is_fixed), (date(2026, 12, 31), 1));
        assert_eq!(paper.passed_over, [7]);
    }

    #[test]
    fn a_list_without_what_a_lease_needs_says_which_column_is_missing() {
        assert!(matches!(
            wrong("车牌,到期日期\n粤B00001,2026/1/1\n").problem,
            PaperProblem::ColumnMissing { column: PaperColumn::Begin, .. }
        ));
        assert!(matches!(
            wrong("粤B00001,2026/1/1,2026/2/1\n").problem,
            PaperProblem::NoHeading { .. }
        ));
        assert!(matches!(wrong(" \n,,\n").problem, PaperProblem::Empty));
        let twice = wrong("车牌,开始日期,起始日期,到期日期\n");
        assert!(matches!(twice.problem, PaperProblem::ColumnTwice { .. }));
        assert_eq!((twice.line, twice.column), (1, 3));
    }

    proptest! {
        #[test]
        fn a_list_says_the_same_whatever_it_is_saved_as(rows in "[粤B京A12345/\\-,\n\" 年月日2026=]{0,120}") {
            let text = format!("车牌,开始日期,到期日期\n粤B12345,2026/1/5,2026年12月31日\n{rows}");
            let zone = TimeZone::UTC;
            let plain = leases(text.as_bytes(), &zone);
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let marked = [b"\xff\xfe".to_vec(), wide.clone()].concat();
            for bytes in [GBK.encode(&text).0.into_owned(), wide, marked, text.replace('\n', "\r\n").into_bytes()] {
                let other = leases(&bytes, &zone);
                let said = |read: &Result<Paper<LeaseLine>, Misprint>| match read {
                    Ok(paper) => Ok((paper.lines.clone(), paper.misprints.clone(), paper.passed_over.clone())),
                    Err(misprint) => Err(misprint.clone()),
                };
                prop_assert_eq!(said(&other), said(&plain));
            }
        }

        #[test]
        fn no_list_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
            let _ = (leases(&bytes, &TimeZone::UTC), leases(text.as_bytes(), &TimeZone::UTC));
        }
    }
}
