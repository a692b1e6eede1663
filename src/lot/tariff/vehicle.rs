//! What a car is to a tariff: its size, and the classes that its plate, its camera, a list, staff or a coupon put it
//! into. Pure; it knows no price.

use crate::standard::id::Id;
use crate::standard::plate_kind::{PlateKind, plate_kind};

/// The class of plates for cars with an electric drive.
const NEW_ENERGY: &str = "new-energy";

/// A class of vehicles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VehicleClass {
    /// Table 11's `carModel` 3, and whatever is unknown.
    Small,
    /// `carModel` 2
    Medium,
    /// `carModel` 1
    Large,
    /// A class of the lot's own, or `new-energy`.
    Named(String),
}

impl VehicleClass {
    /// The names of those that are there without being defined.
    pub const BUILT_IN: [&'static str; 4] = ["small", "medium", "large", NEW_ENERGY];

    /// The size, from table 11's `carModel`; unknown ones pay as small.
    pub fn of_size(car_model: Option<i64>) -> Self {
        match car_model {
            Some(1) => Self::Large,
            Some(2) => Self::Medium,
            _ => Self::Small,
        }
    }

    /// The class of that name.
    pub fn named(name: &str) -> Self {
        match name {
            "small" => Self::Small,
            "medium" => Self::Medium,
            "large" => Self::Large,
            name => Self::Named(name.to_owned()),
        }
    }
}

/// Who is of a class. It need not name anybody: staff and coupons put cars into classes, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassDefinition {
    /// Its name.
    pub name: String,
    /// By their plates.
    pub plates: Vec<String>,
    /// By the kind of their plates.
    pub plate_kinds: Vec<PlateKind>,
    /// By the colour of their plates, as the standard writes it.
    pub plate_colors: Vec<String>,
    /// By the camera that read them when they came in.
    pub cameras: Vec<Id>,
    /// Whether whoever is of it pays nothing and needs no entry to be known to leave.
    pub free: bool,
}

/// What is known of a car.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sight<'a> {
    /// Its plate; empty where it has none.
    pub plate_no: &'a str,
    /// Its plate's colour, as the standard writes it.
    pub plate_color: Option<&'a str>,
    /// Table 11's `carModel`.
    pub car_model: Option<i64>,
    /// The camera that read it when it came in.
    pub camera: Option<&'a Id>,
    /// The classes that a list, staff or coupons put it into.
    pub given: &'a [String],
}

/// What a car is to a tariff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vehicle {
    /// All its classes, the size among them.
    pub classes: Vec<VehicleClass>,
    /// Whether it pays nothing whatever it does.
    pub free: bool,
}

impl Vehicle {
    /// A small car of no other class.
    pub fn small() -> Self {
        Self { classes: vec![VehicleClass::Small], free: false }
    }

    /// Whether it is of any of these classes.
    pub fn is_any(&self, classes: &[VehicleClass]) -> bool {
        classes.iter().any(|class| self.classes.contains(class))
    }

    /// What a car is by the lot's classes.
    pub(super) fn of(
        definitions: &[ClassDefinition],
        free_kinds: &[PlateKind],
        sight: &Sight<'_>,
    ) -> Self {
        let kind = kind_of(sight);
        let mut vehicle = Self {
            classes: vec![VehicleClass::of_size(sight.car_model)],
            free: kind.is_some_and(|kind| kind.is_emergency() || free_kinds.contains(&kind)),
        };
        if kind.is_some_and(is_new_energy) {
            vehicle.classes.push(VehicleClass::named(NEW_ENERGY));
        }
        for class in definitions.iter().filter(|class| class.has(sight, kind)) {
            vehicle.classes.push(VehicleClass::named(&class.name));
            vehicle.free |= class.free;
        }
        vehicle
    }
}

impl ClassDefinition {
    fn has(&self, sight: &Sight<'_>, kind: Option<PlateKind>) -> bool {
        let plate_no = sight.plate_no;
        !plate_no.is_empty() && self.plates.iter().any(|plate| plate == plate_no)
            || kind.is_some_and(|kind| self.plate_kinds.contains(&kind))
            || sight
                .plate_color
                .is_some_and(|color| self.plate_colors.iter().any(|one| one == color))
            || sight.camera.is_some_and(|camera| self.cameras.contains(camera))
            || sight.given.contains(&self.name)
    }
}

/// The kind of its plate. The army's reads like a green one that has lost its province and counts only where the
/// camera saw it white; white by itself is no kind.
fn kind_of(sight: &Sight<'_>) -> Option<PlateKind> {
    let kind = plate_kind(sight.plate_no)?;
    let is_white = sight.plate_color == Some("白色");
    (kind != PlateKind::Military || is_white).then_some(kind)
}

fn is_new_energy(kind: PlateKind) -> bool {
    matches!(kind, PlateKind::NewEnergySmall | PlateKind::NewEnergyLarge)
}
