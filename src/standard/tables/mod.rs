//! The standard's attribute tables as data: one definition for what we check before we queue, for what
//! we accept from the platform and for what the simulated platform insists on.

pub mod downlink;
pub mod entities;
pub mod uplink;

/// One printed table: its number and its attributes in printed order.
#[derive(Debug)]
pub struct Table {
    /// The number as printed, e.g. `13`.
    pub number: &'static str,
    /// Its attributes.
    pub fields: &'static [Field],
}

/// One attribute of a table.
#[derive(Debug)]
pub struct Field {
    /// The attribute's name on the wire.
    pub name: &'static str,
    /// Its type (table 2) with length or range.
    pub kind: Kind,
    /// Whether the table says 是 under 必须.
    pub required: bool,
}

/// Table 2's types, with what this attribute adds to them.
#[derive(Debug)]
pub enum Kind {
    /// String of at most so many characters; `u16::MAX` where the table prints no length.
    Text(u16),
    /// 32 characters without hyphens.
    Uuid,
    /// Whole number, 4 bytes.
    Int,
    /// Whole number between two values, both included.
    Choice(i64, i64),
    /// A result code of table A.2; absent or 0 means success.
    Code,
    /// `true` or `false`.
    Bool,
    /// Floating point.
    Double,
    /// Decimal amount in yuan, two decimals at most.
    Money,
    /// `yyyy-MM-dd`.
    Date,
    /// `yyyy-MM-dd HH:mm:ss`.
    DateTime,
    /// `HH:mm:ss`.
    Time,
    /// Seconds since 1970.
    Timestamp,
    /// An object by another table.
    Object(&'static Table),
    /// A list of plain values.
    List(&'static Kind),
    /// A list of objects by another table.
    Rows(&'static Table),
    /// An uploaded file (2001's form part).
    File,
}

impl Table {
    /// The attribute of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the table demands an attribute of that name.
    pub fn requires(&self, name: &str) -> bool {
        self.field(name).is_some_and(|field| field.required)
    }
}

const fn table(number: &'static str, fields: &'static [Field]) -> Table {
    Table { number, fields }
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}
