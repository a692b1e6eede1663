//! Lengths of texts that a platform allows otherwise than the tables print them. The standard's own example of
//! 3001 (D.10) has a permitNo of 10, a districtCode of 12 and an operatorId of 32 characters, where tables 3
//! and 4 print 6, 9 and 10 (ambiguity 64). For whoever holds a text against its table; it decides nothing.

use super::interface::INTERFACES;
use super::tables::{Kind, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Other lengths by attribute; empty where a platform keeps to the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lengths(BTreeMap<String, u16>);

impl Lengths {
    /// The tables' own.
    pub const PRINTED: Self = Self(BTreeMap::new());

    /// From now on an attribute of that name has at most so many characters.
    pub fn set(&mut self, name: &str, max: u16) {
        self.0.insert(name.to_owned(), max);
    }

    /// How long an attribute is, where its table prints `printed`. What has no length keeps none.
    pub fn of(&self, name: &str, printed: u16) -> u16 {
        if printed == u16::MAX { printed } else { self.0.get(name).copied().unwrap_or(printed) }
    }

    /// The same where nothing may be lost: what the table prints is always taken.
    pub fn longest(&self, name: &str, printed: u16) -> u16 {
        self.of(name, printed).max(printed)
    }

    /// Every attribute whose length a table prints.
    pub fn names() -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        for interface in INTERFACES {
            for table in [interface.request, interface.reply].into_iter().flatten() {
                collect(table, &mut names);
            }
        }
        names
    }
}

fn collect(table: &Table, names: &mut BTreeSet<&'static str>) {
    for field in table.fields {
        match &field.kind {
            Kind::Text(max) if *max != u16::MAX => {
                names.insert(field.name);
            }
            Kind::Object(inner) | Kind::Rows(inner) => collect(inner, names),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_table_limits_keeps_no_length() {
        let mut lengths = Lengths::PRINTED;
        lengths.set("permitNo", 10);
        lengths.set("pricingSign", 10);
        assert_eq!(lengths.of("permitNo", 6), 10);
        assert_eq!(lengths.of("charger", 100), 100);
        assert_eq!(lengths.of("pricingSign", u16::MAX), u16::MAX);
        assert!(!Lengths::names().contains("pricingSign"));
    }

    #[test]
    fn a_shorter_length_loses_nothing_that_its_table_takes() {
        let mut lengths = Lengths::PRINTED;
        lengths.set("districtCode", 6);
        assert_eq!((lengths.of("districtCode", 9), lengths.longest("districtCode", 9)), (6, 9));
    }

    #[test]
    fn attributes_of_nested_tables_have_names_too() {
        let names = Lengths::names();
        for name in ["permitNo", "districtCode", "operatorId", "parkCode", "spaceNo", "garageCode"]
        {
            assert!(names.contains(name), "{name}");
        }
    }
}
