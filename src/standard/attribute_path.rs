//! Where an attribute stands in a value, `parkCarInfo.plateNo`, for whoever checks or reads one: written down only once something
//! is wrong there, since most values are right. Pure.

use std::fmt;

/// A place in a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum AttributePath<'p> {
    /// The value itself.
    Whole,
    /// An attribute of what stands at a place.
    Attribute(&'p AttributePath<'p>, &'p str),
    /// An item of the list that stands there.
    Item(&'p AttributePath<'p>, usize),
}

impl<'p> AttributePath<'p> {
    /// An attribute of what stands here.
    pub(super) fn attribute(&'p self, name: &'p str) -> AttributePath<'p> {
        AttributePath::Attribute(self, name)
    }

    /// An item of the list that stands here.
    pub(super) fn item(&'p self, index: usize) -> AttributePath<'p> {
        AttributePath::Item(self, index)
    }
}

impl fmt::Display for AttributePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttributePath::Whole => Ok(()),
            AttributePath::Attribute(AttributePath::Whole, name) => f.write_str(name),
            AttributePath::Attribute(within, name) => write!(f, "{within}.{name}"),
            AttributePath::Item(within, index) => write!(f, "{within}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_people_write_it() {
        let list = AttributePath::Whole.attribute("leaseInfo");
        assert_eq!(list.item(2).attribute("plateNo").to_string(), "leaseInfo[2].plateNo");
        assert_eq!(AttributePath::Whole.to_string(), "");
    }
}
