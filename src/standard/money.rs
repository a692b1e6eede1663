//! Amounts in yuan: exact decimals, two places at most (table 2, note 1).

use crate::foreign::number;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, iter::Sum, ops, str::FromStr};

/// An amount in yuan.
///
/// ```
/// use lotgate::standard::money::{Money, MoneyStyle};
///
/// let due: Money = "17.50".parse()?;
/// assert_eq!(due.to_string(), "17.5");
/// assert_eq!(due.text(MoneyStyle::TwoDecimals), "17.50");
/// assert_eq!(due + Money::yuan(3), "20.5".parse()?);
///
/// // What was paid too much is no debt of the lot's.
/// assert_eq!(due.less(Money::yuan(20)), Money::ZERO);
///
/// // A third decimal is refused, not rounded.
/// assert!("17.505".parse::<Money>().is_err());
/// # Ok::<(), lotgate::standard::money::BadMoney>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(Decimal);

/// How money is written in JSON (ambiguity 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MoneyStyle {
    /// 20, 17.5: survives any library that parses and prints again.
    #[default]
    Shortest,
    /// 20.00, 17.50.
    TwoDecimals,
}

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount in yuan with at most two decimals and ten digits before them")]
pub struct BadMoney(pub String);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The largest amount there is.
    pub const MOST: Self = Self(Self::LARGEST);
    const LARGEST: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);

    /// Whole yuan.
    pub fn yuan(yuan: i64) -> Self {
        Self(Decimal::from(yuan))
    }

    /// An exact decimal, refused when it has more than two places or is too large to be money: sums
    /// of what passes here cannot overflow.
    pub fn new(amount: Decimal) -> Result<Self, BadMoney> {
        let amount = amount.normalize();
        if amount.scale() > 2 || amount.abs() > Self::LARGEST {
            return Err(BadMoney(amount.to_string()));
        }
        Ok(Self(amount))
    }

    /// The exact decimal.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// `self − other`, never below nothing.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self((self.0 - other.0).clamp(Decimal::ZERO, Self::LARGEST))
    }

    /// An exact decimal in whole fen that may be too large to be money: the largest amount then.
    pub fn at_most(amount: Decimal) -> Option<Self> {
        let within = amount.clamp(-Self::LARGEST, Self::LARGEST);
        Self::new(within).ok()
    }

    /// So many times as much, the largest amount at the most.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        let most =
            if (self < Self::ZERO) == (count < 0) { Self::MOST } else { Self(-Self::LARGEST) };
        let all = self.0.checked_mul(Decimal::from(count));
        all.and_then(|all| Self::new(all).ok()).unwrap_or(most)
    }

    /// The number's text in JSON.
    pub fn text(self, style: MoneyStyle) -> String {
        match style {
            MoneyStyle::Shortest => self.0.normalize().to_string(),
            MoneyStyle::TwoDecimals => format!("{:.2}", self.0),
        }
    }

    /// The JSON number.
    pub fn number(self, style: MoneyStyle) -> serde_json::Number {
        self.text(style).parse().unwrap_or_else(|_| 0.into())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(MoneyStyle::Shortest))
    }
}

impl FromStr for Money {
    type Err = BadMoney;

    fn from_str(text: &str) -> Result<Self, BadMoney> {
        let bad = || BadMoney(text.to_owned());
        let amount = number::amount(text).ok_or_else(bad)?;
        Self::new(number::without_noise(amount, 2)).map_err(|_| bad())
    }
}

/// The largest amount at the most: what is added up is written down, and whatever is written down can be read.
impl ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self((self.0 + other.0).clamp(-Self::LARGEST, Self::LARGEST))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, ops::Add::add)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number(MoneyStyle::Shortest).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = number::text(&value).map_or_else(|| value.to_string(), str::to_owned);
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_shortest_or_with_two_decimals() {
        let written = |text: &str, style| text.parse::<Money>().unwrap().text(style);
        assert_eq!(written("20.00", MoneyStyle::Shortest), "20");
        assert_eq!(written("17.50", MoneyStyle::Shortest), "17.5");
        assert_eq!(written("100", MoneyStyle::Shortest), "100");
        assert_eq!(written("17.5", MoneyStyle::TwoDecimals), "17.50");
        assert_eq!(written("0", MoneyStyle::TwoDecimals), "0.00");
    }

    #[test]
    fn a_third_decimal_is_refused_instead_of_rounded() {
        assert!("0.005".parse::<Money>().is_err());
        assert!("0.100".parse::<Money>().is_ok());
        assert!("1E-3".parse::<Money>().is_err());
    }

    #[test]
    fn an_amount_is_the_same_however_it_is_printed() {
        for printed in
            ["10", "10.00", "1E+1", "1e1", "1.00E1", "+10", " 10 ", "100e-1", "￥10.00", "10元"]
        {
            assert_eq!(printed.parse(), Ok(Money::yuan(10)), "{printed}");
        }
        assert!("1E+11".parse::<Money>().is_err() && "1E+99".parse::<Money>().is_err());
    }

    #[test]
    fn so_many_times_an_amount_is_never_more_than_money_can_be() {
        let half: Money = "0.5".parse().unwrap();
        assert_eq!(half.times(3), "1.5".parse().unwrap());
        assert_eq!(half.times(i64::MAX), Money::MOST);
        assert_eq!(Money::MOST.times(2), Money::MOST);
        assert_eq!(Money::ZERO.less(Money::ZERO).times(i64::MAX), Money::ZERO);
        assert!(half.times(i64::MIN) < Money::ZERO);
    }

    #[test]
    fn what_is_added_up_stays_an_amount_that_can_be_read() {
        let huge: Money = "6912345678".parse().unwrap();
        assert_eq!(huge + huge, Money::MOST);
        assert_eq!([huge; 9].into_iter().sum::<Money>(), Money::MOST);
        assert_eq!((huge + huge).to_string().parse(), Ok(Money::MOST));
        let debt = Money::new(-Money::MOST.decimal()).unwrap();
        assert_eq!(Money::MOST.less(debt), Money::MOST);
        assert_eq!(Money::at_most("13824691356.5".parse().unwrap()), Some(Money::MOST));
        assert_eq!(Money::at_most("0.005".parse().unwrap()), None);
    }

    #[test]
    fn json_numbers_are_read_exactly() {
        let sum: Money =
            ["0.1", "0.2"].iter().map(|n| serde_json::from_str::<Money>(n).unwrap()).sum();
        assert_eq!(serde_json::to_string(&sum).unwrap(), "0.3");
    }
}
