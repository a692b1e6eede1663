//! What a device says that means nothing to anybody: told once, and that it means something again; of many that there are
//! more. For the tasks of devices; it knows none of them.

use super::cameras::makes::codec::{INPUT_SOURCE, OddValue, input_name};
use super::context::DeviceContext;
use crate::model::happening::Happening;
use std::collections::{BTreeMap, BTreeSet};

/// So many of one device are told one by one before it is said that there are more: the log writes no more at once.
const ONE_BY_ONE: usize = 6;

/// Of what kind they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddOf {
    /// How something stands: a space, a garage.
    States,
    /// What comes in beside: contacts, marks of a read.
    Inputs,
}

/// What one device says that means nothing.
#[derive(Debug)]
pub struct OddValues {
    device: String,
    of: OddOf,
    known: BTreeSet<String>,
    told_of_more: bool,
    /// What of its reads does, where any does.
    of_reads: Option<String>,
}

impl OddValues {
    /// None yet, of the device of that name.
    pub fn new(device: &str, of: OddOf) -> Self {
        let (device, known) = (device.to_owned(), BTreeSet::new());
        Self { device, of, known, told_of_more: false, of_reads: None }
    }

    /// What it says of something means nothing.
    pub fn odd(&mut self, context: &DeviceContext, what: &str, value: String) {
        self.heard(what, value).into_iter().for_each(|one| context.teller.tell(one));
    }

    /// What it says of something means what it may.
    pub fn fine(&mut self, context: &DeviceContext, what: &str) {
        if let Some(happening) = self.heard_fine(what) {
            context.teller.tell(happening);
        }
    }

    /// What a read says of whether it is late.
    pub fn of_read(&mut self, context: &DeviceContext, late: Option<OddValue>) {
        match late {
            Some(OddValue { what, value }) => {
                self.odd(context, &what, value);
                self.of_reads = Some(what);
            }
            None => {
                if let Some(what) = self.of_reads.take() {
                    self.fine(context, &what);
                }
            }
        }
    }

    /// What a contact says means something.
    pub fn of_input(&mut self, context: &DeviceContext, input: u16) {
        self.fine(context, &input_name(input));
        self.fine(context, INPUT_SOURCE);
    }

    /// All of them at once; what is not among them is fine.
    pub fn only(&mut self, context: &DeviceContext, odd: &BTreeMap<String, String>) {
        for (what, value) in odd {
            self.odd(context, what, value.clone());
        }
        let fine: Vec<_> = self.known.iter().filter(|what| !odd.contains_key(*what)).collect();
        for what in fine.into_iter().cloned().collect::<Vec<_>>() {
            self.fine(context, &what);
        }
    }

    fn heard(&mut self, what: &str, value: String) -> Vec<Happening> {
        if !self.known.insert(what.to_owned()) {
            return Vec::new();
        }
        let (device, what) = (self.device.clone(), what.to_owned());
        let mut told = vec![match self.of {
            OddOf::States => Happening::StateUnknown { device, what, value },
            OddOf::Inputs => Happening::InputUnknown { device, what, value },
        }];
        if self.known.len() > ONE_BY_ONE && !self.told_of_more {
            self.told_of_more = true;
            told.push(Happening::MoreUnknown { device: self.device.clone(), than: ONE_BY_ONE });
        }
        told
    }

    fn heard_fine(&mut self, what: &str) -> Option<Happening> {
        if !self.known.remove(what) {
            return None;
        }
        self.told_of_more &= !self.known.is_empty();
        let (device, what) = (self.device.clone(), what.to_owned());
        Some(match self.of {
            OddOf::States => Happening::StateKnown { device, what },
            OddOf::Inputs => Happening::InputKnown { device, what },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_of_many_that_there_are_more() {
        let mut values = OddValues::new("地磁", OddOf::States);
        let mut told = |number: usize| values.heard(&format!("A{number}"), "2".to_owned());
        for number in 1..=6 {
            assert!(matches!(&*told(number), [Happening::StateUnknown { .. }]), "{number}");
            assert!(told(number).is_empty(), "{number}");
        }
        assert!(matches!(
            &*told(7),
            [Happening::StateUnknown { .. }, Happening::MoreUnknown { than: 6, .. }]
        ));
        assert_eq!(told(8).len(), 1, "that there are more is told once");
        assert!(matches!(values.heard_fine("A1"), Some(Happening::StateKnown { .. })));
        assert!(values.heard_fine("A1").is_none() && values.heard_fine("B").is_none());
        let mut inputs = OddValues::new("入口相机", OddOf::Inputs);
        assert!(matches!(
            &*inputs.heard("gpio_in 1", "9".to_owned()),
            [Happening::InputUnknown { .. }]
        ));
    }
}
