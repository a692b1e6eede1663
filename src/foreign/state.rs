//! Whether a space is taken, by what a sensor or a register says of it: by value, however it is printed. What is neither of
//! the words for "taken" nor of those for "free" says that nobody knows.

use super::number;
use super::text::half_width;
use rust_decimal::Decimal;
use serde_json::Value;

/// A value as far as it can name a state: numbers by their value, words without case and what stands around them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A number; yes is 1 and no is 0.
    Number(Decimal),
    /// Anything else.
    Word(String),
}

/// What sensors say for "taken" where nobody says otherwise.
const OCCUPIED: [&str; 20] = [
    "1",
    "occupied",
    "taken",
    "busy",
    "parked",
    "full",
    "used",
    "in use",
    "present",
    "detected",
    "yes",
    "占用",
    "已占用",
    "占",
    "有车",
    "有",
    "使用中",
    "已停",
    "停车",
    "满",
];
/// And for "free".
const FREE: [&str; 21] = [
    "0",
    "free",
    "vacant",
    "empty",
    "available",
    "idle",
    "unoccupied",
    "not occupied",
    "unused",
    "absent",
    "clear",
    "no",
    "空闲",
    "空",
    "闲",
    "空置",
    "空位",
    "无车",
    "无",
    "未占用",
    "未停",
];
/// Words longer than this are no word for a state.
const LONGEST: usize = 64;

/// The words by which a sensor's states are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateWords {
    occupied: Vec<Token>,
    free: Vec<Token>,
}

impl StateWords {
    /// Those that are given; for what is not given the usual ones, or where what is given turns them round, their opposites.
    /// What is given for both is said by [`Self::contradiction`].
    pub fn new(occupied: Option<&[String]>, free: Option<&[String]>) -> Self {
        let tokens =
            |words: &[String]| words.iter().filter_map(|word| Token::of(word)).collect::<Vec<_>>();
        let (given_occupied, given_free) = (occupied.map(tokens), free.map(tokens));
        let occupied = given_occupied.clone().unwrap_or_else(|| match &given_free {
            Some(free) => opposite(free, &FREE, &OCCUPIED),
            None => known(&OCCUPIED),
        });
        let free = given_free.unwrap_or_else(|| match &given_occupied {
            Some(occupied) => opposite(occupied, &OCCUPIED, &FREE),
            None => known(&FREE),
        });
        Self { occupied, free }
    }

    /// Whether somebody stands there; none when the value says neither.
    pub fn read(&self, value: &Value) -> Option<bool> {
        let token = match value {
            Value::Bool(yes) => Token::Number(Decimal::from(u8::from(*yes))),
            value => Token::of(number::text(value)?)?,
        };
        match (self.occupied.contains(&token), self.free.contains(&token)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// A word of the second list that means the same as one of the first: it can mean neither.
    pub fn contradiction<'w>(occupied: &[String], free: &'w [String]) -> Option<&'w str> {
        let occupied: Vec<_> = occupied.iter().filter_map(|word| Token::of(word)).collect();
        let both = |word: &&String| Token::of(word).is_some_and(|token| occupied.contains(&token));
        free.iter().find(both).map(String::as_str)
    }
}

impl Token {
    fn of(text: &str) -> Option<Self> {
        let around =
            |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\u{feff}';
        let bare = text.trim_matches(around);
        if bare.is_empty() || bare.len() > LONGEST {
            return None;
        }
        if let Some(number) = number::decimal(bare) {
            return Some(Self::Number(number.normalize()));
        }
        let narrow = bare.chars().map(half_width).collect::<String>();
        let word = narrow.to_lowercase().replace(['_', '-'], " ");
        Some(match word.as_str() {
            "true" => Self::Number(Decimal::ONE),
            "false" => Self::Number(Decimal::ZERO),
            _ => Self::Word(word),
        })
    }
}

fn known(words: &[&str]) -> Vec<Token> {
    words.iter().filter_map(|word| Token::of(word)).collect()
}

/// What is usual for the other state, beside words that are given for one. Where a given number or word is one that usually
/// means the other, numbers or words are turned round: who writes `occupied_when = ["0"]` means that 1 is free.
fn opposite(given: &[Token], usual: &[&str], others: &[&str]) -> Vec<Token> {
    let (usual, others) = (known(usual), known(others));
    let is_number = |token: &Token| matches!(token, Token::Number(_));
    let turned = |numbers: bool| {
        given.iter().any(|token| is_number(token) == numbers && others.contains(token))
    };
    let of = |numbers: bool| {
        let from = if turned(numbers) { &usual } else { &others };
        from.iter().filter(move |token| is_number(token) == numbers).cloned().collect::<Vec<_>>()
    };
    let mut opposite = [of(true), of(false)].concat();
    opposite.retain(|token| !given.contains(token));
    opposite
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn usual() -> StateWords {
        StateWords::new(None, None)
    }

    #[test]
    fn taken_and_free_are_known_by_value_and_everything_else_is_unknown() {
        for taken in [
            json!(1),
            json!(1.0),
            json!("1"),
            json!("1.00"),
            json!(" +1\0"),
            json!("1E0"),
            json!(true),
            json!("True"),
            json!("OCCUPIED"),
            json!(" Busy\r\n"),
            json!("in_use"),
            json!("PARKED"),
            json!("占用"),
            json!("有车"),
            json!("１"),
            json!("０１"),
            json!("\u{feff}1"),
            json!("ｏｃｃｕｐｉｅｄ"),
        ] {
            assert_eq!(usual().read(&taken), Some(true), "{taken}");
        }
        for free in [
            json!(0),
            json!(-0.0),
            json!("0.00"),
            json!("0"),
            json!(false),
            json!("FALSE"),
            json!("Free"),
            json!("VACANT"),
            json!("Not-Occupied"),
            json!("idle"),
            json!("空闲"),
            json!("无车"),
            json!("０"),
            json!("ＦＲＥＥ"),
        ] {
            assert_eq!(usual().read(&free), Some(false), "{free}");
        }
        for neither in [
            json!(null),
            json!(""),
            json!(" "),
            json!("fault"),
            json!(2),
            json!(-1),
            json!("2.0"),
            json!(1.5),
            json!(255),
            json!("null"),
            json!("unknown"),
            json!("故障"),
            json!([1]),
            json!({"state": 1}),
            json!("0x01"),
            json!("NaN"),
            json!("２"),
            json!("①"),
            json!("1".repeat(70)),
        ] {
            assert_eq!(usual().read(&neither), None, "{neither}");
        }
    }

    #[test]
    fn what_is_given_for_taken_leaves_the_usual_words_for_free() {
        let busy = words(&["BUSY", "true"]);
        let own = StateWords::new(Some(&busy), None);
        assert_eq!(own.read(&json!("busy")), Some(true));
        assert_eq!(own.read(&json!(true)), Some(true));
        assert_eq!(own.read(&json!("FREE")), Some(false));
        assert_eq!(own.read(&json!(0)), Some(false));
        assert_eq!(own.read(&json!("occupied")), None, "only what is given means taken");
        let two = words(&["2"]);
        let own = StateWords::new(Some(&two), None);
        assert_eq!(
            [2, 1, 0].map(|number| own.read(&json!(number))),
            [Some(true), None, Some(false)]
        );
    }

    #[test]
    fn what_is_turned_round_has_its_natural_opposite() {
        for (given, taken, free) in [
            (&["0"][..], json!(0.0), json!("1")),
            (&["false"], json!(false), json!(true)),
            (&["free"], json!("Free"), json!("BUSY")),
            (&["0", "empty"], json!("empty"), json!("occupied")),
        ] {
            let given = words(given);
            let own = StateWords::new(Some(&given), None);
            assert_eq!((own.read(&taken), own.read(&free)), (Some(true), Some(false)), "{given:?}");
            let own = StateWords::new(None, Some(&words(&["1"])));
            assert_eq!((own.read(&json!(0)), own.read(&json!(1))), (Some(true), Some(false)));
        }
        let both = words(&["0", "1"]);
        let own = StateWords::new(Some(&both), None);
        assert_eq!(
            [0, 1, 2].map(|number| own.read(&json!(number))),
            [Some(true), Some(true), None]
        );
    }

    #[test]
    fn where_both_are_given_nothing_else_means_anything_and_what_is_in_both_is_named() {
        let (taken, free) = (words(&["2", "红"]), words(&["1", "绿"]));
        let own = StateWords::new(Some(&taken), Some(&free));
        assert_eq!(
            [json!("2.0"), json!("绿"), json!(0)].map(|value| own.read(&value)),
            [Some(true), Some(false), None]
        );
        assert_eq!(StateWords::contradiction(&taken, &free), None);
        assert_eq!(StateWords::contradiction(&taken, &words(&["green", "2.00"])), Some("2.00"));
    }

    proptest! {
        #[test]
        fn what_a_state_means_does_not_depend_on_its_print(number in -3_i64..4, zeros in 0_usize..4, spaces in " {0,3}", upper: bool) {
            let plain = usual().read(&json!(number));
            let tail = if zeros > 0 { format!(".{}", "0".repeat(zeros)) } else { String::new() };
            let printed = format!("{number}{tail}");
            for text in [printed.clone(), format!("{spaces}{printed}{spaces}\0"), format!("{number}e0"), format!("{number}0E-1")] {
                prop_assert_eq!(usual().read(&json!(text)), plain, "{}", text);
            }
            let bare: Value = serde_json::from_str(&printed).unwrap();
            prop_assert_eq!(usual().read(&bare), plain);
            for (word, meaning) in [("vacant", Some(false)), ("occupied", Some(true)), ("tilted", None)] {
                let word = if upper { word.to_uppercase() } else { word.to_owned() };
                prop_assert_eq!(usual().read(&json!(format!("{spaces}{word}"))), meaning);
            }
        }

        #[test]
        fn no_text_panics_and_none_means_both(text in "\\PC{0,80}") {
            let _ = usual().read(&json!(text.clone()));
            let given = vec![text];
            let _ = StateWords::new(Some(&given), None).read(&json!(given[0].clone()));
        }
    }
}
