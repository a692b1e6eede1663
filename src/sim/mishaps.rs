//! What goes wrong at real lanes, as often as is wanted and each time the same by its seed: plates misread,
//! not read, told twice; commands lost on their way.

use super::misreading;
use fastrand::Rng;

/// How often it goes wrong, in shares of 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mishaps {
    /// Plates that are misread.
    pub misreads: f64,
    /// Plates that are not read at all.
    pub plateless: f64,
    /// Reads that are told twice.
    pub twice: f64,
    /// Commands that are lost, with their answer.
    pub unheard: f64,
    /// By which all of it is drawn.
    pub seed: u64,
}

/// What a camera made of a car that it looked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The plate that it tells; none was found where it is absent.
    pub reading: Option<String>,
    /// How sure it says it is, of 100.
    pub confidence: u8,
    /// Whether it tells it twice.
    pub twice: bool,
}

/// Sure of a plate, as cameras are by day.
const SURE: u8 = 99;

impl Glance {
    /// A plate read well.
    pub fn of(reading: &str) -> Self {
        Self { reading: Some(reading.to_owned()), confidence: SURE, twice: false }
    }

    /// No plate was found.
    pub fn of_nothing() -> Self {
        Self { reading: None, confidence: 0, twice: false }
    }
}

/// Draws what goes wrong.
#[derive(Debug, Clone)]
pub struct Luck {
    mishaps: Mishaps,
    rng: Rng,
}

impl Default for Luck {
    fn default() -> Self {
        Self::new(Mishaps::default(), "")
    }
}

impl Luck {
    /// That of a device; each has its own, so that they do not go wrong together.
    pub fn new(mishaps: Mishaps, device: &str) -> Self {
        let of_device = |seed: u64, byte: u8| seed.wrapping_mul(31).wrapping_add(u64::from(byte));
        Self { mishaps, rng: Rng::with_seed(device.bytes().fold(mishaps.seed, of_device)) }
    }

    fn strikes(&mut self, share: f64) -> bool {
        self.rng.f64() < share
    }

    /// A camera looks at a plate.
    pub fn glance(&mut self, plate: &str) -> Glance {
        let Mishaps { misreads, plateless, twice, .. } = self.mishaps;
        let seen = if self.strikes(plateless) {
            Glance::of_nothing()
        } else if self.strikes(misreads) {
            self.misreading(misreading::misread, plate)
        } else {
            Glance::of(plate)
        };
        Glance { twice: self.strikes(twice), ..seen }
    }

    /// It misreads one place, as every camera does.
    pub fn misread(&mut self, plate: &str) -> Glance {
        self.misreading(misreading::misread_a_little, plate)
    }

    /// Cameras are often sure of what they misread.
    fn misreading(&mut self, misread: fn(&str, &mut Rng) -> String, plate: &str) -> Glance {
        let reading = Some(misread(plate, &mut self.rng));
        Glance { reading, confidence: self.rng.u8(55..=98), twice: false }
    }

    /// Whether a second look at the same car makes the same of it as the first.
    pub fn sees_the_same(&mut self) -> bool {
        self.mishaps.misreads == 0.0 || self.strikes(0.75)
    }

    /// Whether a command is lost.
    pub fn loses(&mut self) -> bool {
        let unheard = self.mishaps.unheard;
        self.strikes(unheard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Mishaps =
        Mishaps { misreads: 0.02, plateless: 0.01, twice: 0.05, unheard: 0.01, seed: 5 };

    #[test]
    fn without_mishaps_everything_is_read_and_heard() {
        let mut luck = Luck::default();
        for _ in 0..1000 {
            assert_eq!(luck.glance("粤B12345"), Glance::of("粤B12345"));
            assert!(!luck.loses());
        }
    }

    #[test]
    fn each_goes_wrong_as_often_as_it_should() {
        let mut luck = Luck::new(SOME, "camera");
        let seen: Vec<Glance> = (0..20_000).map(|_| luck.glance("粤B12345")).collect();
        let count = |wrong: &dyn Fn(&Glance) -> bool| seen.iter().filter(|one| wrong(one)).count();
        let read = |one: &Glance| one.reading.as_deref().is_some_and(|read| read != "粤B12345");
        assert!((320..480).contains(&count(&read)));
        assert!((140..260).contains(&count(&|one| one.reading.is_none())));
        assert!((850..1150).contains(&count(&|one| one.twice)));
        assert!((140..260).contains(&(0..20_000).filter(|_| luck.loses()).count()));
    }

    #[test]
    fn devices_go_wrong_each_by_itself_and_the_same_each_time() {
        let losses = |device: &str| -> Vec<bool> {
            let mut luck = Luck::new(SOME, device);
            (0..2000).map(|_| luck.loses()).collect()
        };
        assert_eq!(losses("entry"), losses("entry"));
        assert_ne!(losses("entry"), losses("exit"));
    }
}
