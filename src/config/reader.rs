//! Reads the TOML file key by key and remembers the place of everything that is wrong.
//!
//! A section knows exactly the keys it was asked for, so an unknown key is whatever nobody asked for,
//! and its nearest known neighbour can be named. All mistakes of a file are found in one run.

use crate::lang::{Problem, Wanted};
use crate::standard::id::Id;
use crate::standard::lengths::Lengths;
use crate::standard::money::Money;
use crate::standard::tables::{Field, Kind, Table};
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Lengths where no platform says otherwise.
static PRINTED: Lengths = Lengths::PRINTED;

/// A problem and the bytes of the file it is about.
pub type Found = (Range<usize>, Problem);

/// Where problems of one file are collected.
#[derive(Debug, Default)]
pub struct Problems {
    found: RefCell<Vec<Found>>,
    /// What was asked for, by the sections' paths. There may be many thousand sections of one.
    keys: RefCell<BTreeMap<String, BTreeSet<String>>>,
    /// The standard's names as keys.
    names: RefCell<BTreeMap<&'static str, Rc<str>>>,
    secret_files: RefCell<Vec<PathBuf>>,
    /// Keys, and values that were read as no secret.
    open: RefCell<Vec<Range<usize>>>,
}

impl Problems {
    /// Notes a problem.
    pub fn add(&self, span: Range<usize>, problem: Problem) {
        self.found.borrow_mut().push((span, problem));
    }

    /// All problems in the order of the file, and what may be shown of it: keys, and values that were read as no secret.
    pub fn into_sorted(self) -> (Vec<Found>, Vec<Range<usize>>) {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(span, _)| (span.start, span.end));
        // What is read twice is wrong once.
        found.dedup();
        (found, self.open.into_inner())
    }

    /// The files that secrets were read from.
    pub fn secret_files(&self) -> Vec<PathBuf> {
        self.secret_files.borrow().clone()
    }

    /// Every key any section was asked for, as `section.key`.
    pub fn known_keys(&self) -> Vec<String> {
        let keys = self.keys.borrow();
        let named = |path: &str, key: &String| {
            if path.is_empty() { key.clone() } else { format!("{path}.{key}") }
        };
        let mut known: Vec<_> =
            keys.iter().flat_map(|(path, keys)| keys.iter().map(|key| named(path, key))).collect();
        known.sort();
        known
    }

    /// Notes that a section was asked for a key.
    fn ask(&self, path: &str, key: &str) {
        let mut keys = self.keys.borrow_mut();
        if !keys.get(path).is_some_and(|known| known.contains(key)) {
            keys.entry(path.to_owned()).or_default().insert(key.to_owned());
        }
    }

    /// A name of the standard's as a key.
    fn key_of(&self, name: &'static str) -> Rc<str> {
        let mut names = self.names.borrow_mut();
        Rc::clone(names.entry(name).or_insert_with(|| snake_case(name).into()))
    }
}

/// One table of the file while it is read.
pub struct Section<'t> {
    table: &'t DeTable<'t>,
    span: Range<usize>,
    /// Where in the file the text begins that places are counted in.
    begins: usize,
    path: String,
    asked: RefCell<Vec<String>>,
    problems: &'t Problems,
    lengths: &'t Lengths,
}

impl<'t> Section<'t> {
    /// The file's outermost table.
    pub fn root(table: &'t Spanned<DeTable<'t>>, problems: &'t Problems) -> Self {
        Self {
            table: table.get_ref(),
            // Problems of the whole file are shown at its first byte.
            span: 0..0,
            begins: 0,
            path: String::new(),
            asked: RefCell::default(),
            problems,
            lengths: &PRINTED,
        }
    }

    /// From now on texts may be as long as `lengths` says.
    #[must_use]
    pub fn with_lengths(self, lengths: &'t Lengths) -> Self {
        Self { lengths, ..self }
    }

    /// The same outermost table of another part of the file.
    pub fn part<'p>(&self, table: &'p Spanned<DeTable<'p>>, begins: usize) -> Section<'p>
    where
        't: 'p,
    {
        let Self { problems, lengths, .. } = *self;
        Section { begins, lengths, ..Section::root(table, problems) }
    }

    /// How long texts may be.
    pub fn lengths(&self) -> &'t Lengths {
        self.lengths
    }

    /// The same table, for whoever looks at it beside others.
    pub fn again(&self) -> Option<Self> {
        Some(self.inside(self.table, self.span.clone(), self.path.clone()))
    }

    /// A table inside this one.
    fn inside(&self, table: &'t DeTable<'t>, span: Range<usize>, path: String) -> Self {
        let Self { begins, problems, lengths, .. } = *self;
        Self { table, span, begins, path, asked: RefCell::default(), problems, lengths }
    }

    /// Notes a problem at a place of what is read.
    fn add(&self, place: &Range<usize>, problem: Problem) {
        self.problems.add(self.in_file(place), problem);
    }

    fn in_file(&self, place: &Range<usize>) -> Range<usize> {
        self.begins + place.start..self.begins + place.end
    }

    /// Notes a problem at a key's value, or at the section when the key is absent.
    pub fn problem(&self, key: &str, problem: Problem) {
        let span = self.value(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.add(&span, problem);
    }

    /// Notes a file that holds a secret.
    pub fn holds_secret(&self, file: PathBuf) {
        self.problems.secret_files.borrow_mut().push(file);
    }

    /// Notes a key that must be there and is not.
    pub fn missing(&self, key: &str) {
        let place = self.name();
        self.add(&self.span, Problem::Missing { key: key.to_owned(), place });
    }

    /// Whether the key is written at all.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The keys as written.
    pub fn keys(&self) -> Vec<String> {
        self.table.iter().map(|(name, _)| name.get_ref().to_string()).collect()
    }

    /// `[section]`; nothing for the file itself.
    fn name(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("[{}]", self.path) }
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// These keys are left out, whatever they say.
    pub fn skip(&self, keys: &[&str]) {
        self.asked.borrow_mut().extend(keys.iter().map(|key| (*key).to_owned()));
    }

    /// Notes a problem at a key itself, not at its value.
    pub fn problem_of_key(&self, key: &str, problem: Problem) {
        let named = self.table.iter().find(|(name, _)| name.get_ref() == key);
        self.add(&named.map_or_else(|| self.span.clone(), |(name, _)| name.span()), problem);
    }

    /// Notes a problem at the section itself.
    pub fn problem_here(&self, problem: Problem) {
        self.add(&self.span, problem);
    }

    /// What is written as a text under a key; nothing else is said about it.
    pub fn written_text(&self, key: &str) -> Option<&'t str> {
        self.value(key)?.get_ref().as_str()
    }

    /// The same of a whole number.
    pub fn written_int(&self, key: &str) -> Option<i64> {
        whole_number(self.value(key)?.get_ref())
    }

    /// The same of any number.
    pub fn written_number(&self, key: &str) -> Option<f64> {
        number_text(self.value(key)?.get_ref())?.parse().ok()
    }

    fn ask(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key.to_owned());
        self.problems.ask(&self.path, key);
        let (name, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        self.open(name.span());
        Some(value)
    }

    /// This value is no secret; what stands in a table is for whoever reads that.
    fn open_value(&self, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(_) => {}
            DeValue::Array(list) => list.iter().for_each(|item| self.open_value(item)),
            DeValue::String(text) if may_hold_login(text) => {}
            _ => self.open(value.span()),
        }
    }

    /// These bytes are no secret.
    fn open(&self, span: Range<usize>) {
        self.problems.open.borrow_mut().push(self.in_file(&span));
    }

    /// Reads a key by `read`; a value it cannot read is a problem that names what is wanted.
    pub fn read<T>(
        &self,
        key: &str,
        wanted: Wanted,
        read: impl FnOnce(&DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        if let Some(value) = self.value(key) {
            self.open_value(value);
        }
        self.read_hidden(key, wanted, read)
    }

    /// The same of a value that nobody is shown.
    pub fn read_hidden<T>(
        &self,
        key: &str,
        wanted: Wanted,
        read: impl FnOnce(&DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = self.ask(key)?;
        let result = read(value.get_ref());
        if result.is_none() {
            self.problem(key, Problem::WrongType { key: key.to_owned(), wanted });
        }
        result
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.read(key, Wanted::Text, |value| value.as_str().map(str::to_owned))
    }

    /// A text of so many characters at most.
    pub fn short_text(&self, key: &str, max: u16) -> Option<String> {
        self.text(key).filter(|text| self.fits(key, text, max))
    }

    /// A text under a key that is the file's own choice.
    pub fn free_text(&self, key: &str) -> Option<String> {
        self.open_free(key);
        self.value(key)?.get_ref().as_str().map(str::to_owned).or_else(|| {
            self.problem(key, Problem::WrongType { key: key.to_owned(), wanted: Wanted::Text });
            None
        })
    }

    /// Whoever chose this key may see it again, and its value.
    fn open_free(&self, key: &str) {
        if let Some((name, value)) = self.table.iter().find(|(name, _)| name.get_ref() == key) {
            self.open(name.span());
            self.open_value(value);
        }
    }

    /// A whole number within a range under a key that is the file's own choice.
    pub fn free_int(&self, key: &str, low: i64, high: i64) -> Option<i64> {
        self.open_free(key);
        let number = whole_number(self.value(key)?.get_ref());
        let key_text = || key.to_owned();
        match number {
            Some(number) if (low..=high).contains(&number) => return Some(number),
            Some(_) => self.problem(key, Problem::OutOfRange { key: key_text(), low, high }),
            None => {
                let wanted = Wanted::WholeNumber;
                self.problem(key, Problem::WrongType { key: key_text(), wanted });
            }
        }
        None
    }

    /// A text that must be there; empty when it is not, which has then been noted.
    pub fn required_text(&self, key: &str) -> String {
        match self.text(key) {
            Some(text) if text.is_empty() => {
                self.problem(key, Problem::Empty { key: key.to_owned() });
                text
            }
            Some(text) => text,
            None => {
                if self.value(key).is_none() {
                    self.missing(key);
                }
                String::new()
            }
        }
    }

    /// A whole number within a range.
    pub fn int(&self, key: &str, low: i64, high: i64) -> Option<i64> {
        let number = self.read(key, Wanted::WholeNumber, whole_number)?;
        if (low..=high).contains(&number) {
            Some(number)
        } else {
            self.problem(key, Problem::OutOfRange { key: key.to_owned(), low, high });
            None
        }
    }

    /// A number with or without decimals.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.read(key, Wanted::Number, |value| {
            number_text(value)?.parse().ok().filter(|number: &f64| number.is_finite())
        })
    }

    /// True or false.
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.read(key, Wanted::Boolean, DeValue::as_bool)
    }

    /// A duration such as `"15m"`.
    pub fn duration(&self, key: &str) -> Option<SignedDuration> {
        self.read(key, Wanted::Duration, |value| parse_duration(value.as_str()?))
    }

    /// A duration within bounds, all in milliseconds.
    pub fn bounded(&self, key: &str, default: i64, low: i64, high: i64) -> Duration {
        let duration = self.duration(key).unwrap_or(SignedDuration::from_millis(default));
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        if !(low..=high).contains(&millis) {
            self.problem(key, Problem::OutOfRange { key: format!("{key} (ms)"), low, high });
        }
        Duration::try_from(duration).unwrap_or_default()
    }

    /// A JSON pointer.
    pub fn pointer(&self, key: &str) -> Option<String> {
        let pointer = self.text(key)?;
        if !pointer.is_empty() && !pointer.starts_with('/') {
            self.problem(key, Problem::NotAPointer { key: key.to_owned() });
        }
        Some(pointer)
    }

    /// A table of texts under the file's own keys.
    pub fn text_map(&self, key: &str) -> BTreeMap<String, String> {
        let Some(table) = self.section(key) else { return BTreeMap::new() };
        let map =
            table.keys().into_iter().filter_map(|key| Some((key.clone(), table.free_text(&key)?)));
        map.collect()
    }

    /// A number of bytes such as `"512MB"`.
    pub fn size(&self, key: &str) -> Option<u64> {
        self.read(key, Wanted::Size, |value| parse_size(value.as_str()?))
    }

    /// An amount in yuan.
    pub fn money(&self, key: &str) -> Option<Money> {
        self.read(key, Wanted::Amount, |value| {
            let amount: Money = number_text(value)?.parse().ok()?;
            (amount >= Money::ZERO).then_some(amount)
        })
    }

    /// Amounts in yuan.
    pub fn moneys(&self, key: &str) -> Option<Vec<Money>> {
        self.read(key, Wanted::List, |value| {
            let amount = |item: &Spanned<DeValue<'t>>| {
                let amount: Money = number_text(item.get_ref())?.parse().ok()?;
                (amount >= Money::ZERO).then_some(amount)
            };
            value.as_array()?.iter().map(amount).collect()
        })
    }

    /// One of several words.
    pub fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(key)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let allowed =
            names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" | ");
        let nearest = nearest(&word, names.iter().copied());
        self.problem(key, Problem::NotOneOf { key: key.to_owned(), allowed, nearest });
        None
    }

    /// Several of several words.
    pub fn choices<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<Vec<T>> {
        let words = self.texts(key)?;
        let find =
            |word: &String| choices.iter().find(|(name, _)| name == word).map(|(_, value)| *value);
        let found: Option<Vec<T>> = words.iter().map(find).collect();
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let allowed = names.join(" | ");
            self.problem(key, Problem::NotOneOf { key: key.to_owned(), allowed, nearest: None });
        }
        found.filter(|found| !found.is_empty())
    }

    /// A list of texts.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.read(key, Wanted::List, |value| {
            value.as_array()?.iter().map(|item| Some(item.get_ref().as_str()?.to_owned())).collect()
        })
    }

    /// The name of a file or a folder. What cannot be one is rather what should stand in that file, a key perhaps: it is noted,
    /// nobody is shown it, and another name stands for it.
    pub fn file_name(&self, key: &str) -> Option<String> {
        let written = self.written_text(key);
        let Some(_) = written.filter(|text| !is_file_name(text)) else { return self.text(key) };
        self.ask(key)?;
        self.problem(key, Problem::NotAFileName { key: key.to_owned() });
        Some(NO_FILE.to_owned())
    }

    /// The same of one that must be there.
    pub fn required_file_name(&self, key: &str) -> String {
        match self.file_name(key) {
            Some(name) if name != NO_FILE => self.required_text(key),
            Some(name) => name,
            None => self.required_text(key),
        }
    }

    /// A list of whole numbers.
    pub fn ints(&self, key: &str) -> Option<Vec<i64>> {
        self.read(key, Wanted::List, |value| {
            value.as_array()?.iter().map(|item| whole_number(item.get_ref())).collect()
        })
    }

    /// Whether a text stands under this key.
    pub fn is_text(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| value.get_ref().as_str().is_some())
    }

    /// Whether a table stands under this key.
    pub fn is_table(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| value.get_ref().as_table().is_some())
    }

    /// A table inside this one.
    pub fn section(&self, key: &str) -> Option<Section<'t>> {
        let value = self.ask(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.problem(key, Problem::WrongType { key: key.to_owned(), wanted: Wanted::Table });
            return None;
        };
        Some(self.inside(table, value.span(), self.path_of(key)))
    }

    /// The tables of `[[key]]`.
    pub fn sections(&self, key: &str) -> Vec<Section<'t>> {
        let Some(value) = self.ask(key) else {
            return Vec::new();
        };
        let path = self.path_of(key);
        let tables: Option<Vec<_>> = value.get_ref().as_array().and_then(|list| {
            let section = |item: &'t Spanned<DeValue<'t>>| {
                let table = item.get_ref().as_table()?;
                Some(self.inside(table, item.span(), path.clone()))
            };
            list.iter().map(section).collect()
        });
        tables.unwrap_or_else(|| {
            self.problem(key, Problem::WrongType { key: key.to_owned(), wanted: Wanted::List });
            Vec::new()
        })
    }

    /// Whether a list stands under this key that has nothing in it.
    pub fn is_empty_list(&self, key: &str) -> bool {
        let list = self.value(key).and_then(|value| value.get_ref().as_array());
        list.is_some_and(|list| list.is_empty())
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Attributes of a standard table, under their names in snake_case, checked as the table says.
    pub fn entity(&self, table: &Table, attributes: &[&str]) -> Map<String, Value> {
        let mut entity = Map::new();
        for name in attributes {
            let Some(field) = table.field(name) else {
                continue;
            };
            if let Some(value) = self.attribute(field) {
                entity.insert(field.name.to_owned(), value);
            }
        }
        entity
    }

    fn attribute(&self, field: &Field) -> Option<Value> {
        let key = &*self.problems.key_of(field.name);
        if self.value(key).is_none() {
            self.ask(key);
            if field.required {
                self.missing(key);
            }
            return None;
        }
        match &field.kind {
            Kind::Text(max) => {
                let text = if field.required { self.required_text(key) } else { self.text(key)? };
                let max = self.lengths.of(field.name, *max);
                self.fits(key, &text, max).then(|| text.into())
            }
            Kind::Uuid => self.id(key).map(Value::from),
            Kind::Choice(low, high) => self.int(key, *low, *high).map(Value::from),
            Kind::Int => self.int(key, 0, i64::from(i32::MAX)).map(Value::from),
            Kind::Double => self.read(key, Wanted::Number, |value| {
                number_text(value)?.parse::<serde_json::Number>().ok().map(Value::from)
            }),
            Kind::DateTime => {
                let text = self.text(key)?;
                if text.parse::<crate::standard::datetime::DateTime>().is_err() {
                    let wanted = Wanted::DateTime;
                    self.problem(key, Problem::WrongType { key: key.to_owned(), wanted });
                }
                Some(text.into())
            }
            _ => None,
        }
    }

    /// `state` of tables 9 and 10, which the gateway fills in (1, in use) where nothing is written.
    pub fn state(&self, entity: &mut Map<String, Value>) {
        if let Some(state) = self.int("state", 1, 4) {
            entity.insert("state".to_owned(), state.into());
        }
    }

    fn fits(&self, key: &str, text: &str, max: u16) -> bool {
        let have = text.chars().count();
        if have > usize::from(max) {
            self.problem(key, Problem::TooLong { key: key.to_owned(), max, have });
        }
        have <= usize::from(max)
    }

    /// An id of 32 letters and digits that must be there.
    pub fn id(&self, key: &str) -> Option<String> {
        let text = self.required_text(key);
        let fine = Id::is_printed(&text);
        if !fine && !text.is_empty() {
            self.problem(key, Problem::WrongType { key: key.to_owned(), wanted: Wanted::Id });
        }
        fine.then_some(text)
    }

    /// An id that may be left out.
    pub fn optional_id(&self, key: &str) -> Option<String> {
        // Asked for either way, so that the key is known.
        self.ask(key)?;
        self.id(key)
    }

    /// Notes every key nobody asked for, with its nearest known neighbour.
    pub fn finish(self) {
        let asked = self.asked.borrow();
        for (name, _) in self.table {
            let key = name.get_ref();
            if !asked.iter().any(|known| known == key) {
                let nearest = nearest(key, asked.iter().map(String::as_str));
                // What stands in quotes may be anything, a value in the wrong place.
                let quoted = name.span().len() != key.len();
                let key = if quoted { "…".to_owned() } else { key.to_string() };
                if !quoted {
                    self.open(name.span());
                }
                self.add(&name.span(), Problem::UnknownKey { key, place: self.name(), nearest });
            }
        }
    }
}

/// The likest of `known`, when any is like enough to have been meant.
pub fn nearest<'n>(word: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    known
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

/// `500ms`, `3s`, `15m`, `2h`, `30d`.
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok().filter(|number| *number <= 1_000_000_000)?;
    match unit {
        "ms" => Some(SignedDuration::from_millis(number)),
        "s" => Some(SignedDuration::from_secs(number)),
        "m" => Some(SignedDuration::from_secs(number * 60)),
        "h" => Some(SignedDuration::from_secs(number * 3600)),
        "d" => Some(SignedDuration::from_secs(number * 86_400)),
        _ => None,
    }
}

/// `64KB`, `512MB`, `4GB`; a KB is 1024 bytes.
pub fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok().filter(|number| *number <= 1_000_000)?;
    match unit.trim() {
        "KB" => Some(number << 10),
        "MB" => Some(number << 20),
        "GB" => Some(number << 30),
        _ => None,
    }
}

/// `parkCode` → `park_code`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// What stands for a file's name that is none.
const NO_FILE: &str = "not-a-file-name";

/// Bytes of a file's name, and of one with its folders, that Linux takes.
const LONGEST_NAME: usize = 255;
const LONGEST_PATH: usize = 4095;

/// Whether a text can name a file: what begins keys and certificates does not, nor does what has several lines.
fn is_file_name(text: &str) -> bool {
    !text.contains(char::is_control)
        && !text.contains("-----BEGIN")
        && text.len() <= LONGEST_PATH
        && text.split('/').all(|part| part.len() <= LONGEST_NAME)
}

/// A whole number in any of TOML's notations.
pub fn whole_number(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Whether a text looks like an address with a login in it, `//user:password@host`, or half of one; or with what else may be a
/// secret, behind the host.
fn may_hold_login(text: &str) -> bool {
    let authority = text.split_once("//").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let port = authority.and_then(|authority| authority.split_once(':')).map(|(_, port)| port);
    // A zone of IPv6 has such a sign, too.
    let is_encoded = |authority: &str| authority.contains('%') && !authority.starts_with('[');
    text.contains(['@', '＠'])
        || authority.is_some_and(is_encoded)
        || port.is_some_and(|port| !port.bytes().all(|byte| byte.is_ascii_digit()))
        || [":/", "//", ":\\"].iter().any(|sign| text.contains(sign))
            && text.contains(['?', '#', ';', '：', '\\'])
}

/// An address as it may be told: what stands before an `@` is a login, and what is no host and port for certain may be one.
pub(super) fn without_login(address: &str) -> String {
    let rest = address.rsplit('@').next().unwrap_or_default();
    let bare = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let (host, port) = bare.split_once(':').unwrap_or((bare, ""));
    let is_host = |c: char| c.is_alphanumeric() || ".-_/ ".contains(c);
    let is_named = host.chars().all(is_host) && port.bytes().all(|byte| byte.is_ascii_digit());
    let of_numbers = |c: char| c.is_ascii_hexdigit() || ".:/[]%".contains(c);
    if is_named || rest.chars().all(of_numbers) { rest.to_owned() } else { "…".to_owned() }
}

fn number_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(_) => whole_number(value).map(|number| number.to_string()),
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    }
}
