//! The grammar of number plates: which kinds are issued in mainland China or drive there, and how each of
//! them reads, for whoever weighs what a camera has read.
//!
//! It judges a text that is already in its one form (`plate.rs`) and knows nothing of colours, cameras or
//! confidence. It is a weight and never a wall: a car whose plate fits nothing here is still a car.

/// What kind of plate a text reads as. Motorbikes' and temporary paper plates read as cars' do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlateKind {
    /// A small car with an electric drive: eight places, green.
    NewEnergySmall,
    /// A lorry or bus with an electric drive: eight places, yellow and green.
    NewEnergyLarge,
    /// A blue or yellow plate whose serial follows one of the ten patterns in common use (GA 36).
    Ordinary,
    /// As long as an ordinary plate but in a rarer pattern: personalised, or misread.
    Loose,
    /// Police, and with A to D in front of the serial courts, prosecutors, state security and justice.
    Police,
    /// A driving school's.
    Trainer,
    /// The trailer's own; the lorry before it has another.
    Trailer,
    /// On trial, oversized, or printed as temporary.
    Temporary,
    /// The mainland plate of a car from Hong Kong or Macau.
    HongKongMacau,
    /// An embassy's.
    Embassy,
    /// A consulate's.
    Consulate,
    /// The army's. A green plate that has lost its province reads the same: 粤BD12345, BD12345.
    Military,
    /// The armed police's, of the present style or that of 2007.
    ArmedPolice,
    /// Fire and forest rescue, motorbikes too (国办发〔2018〕114号).
    Emergency,
    /// Stays within an airport.
    CivilAviation,
    /// Stays within works or a port.
    Site,
    /// A tractor's. A green plate whose letters were read as digits reads the same: 粤BD12345, 粤8012345.
    Tractor,
    /// Hong Kong's own. An ordinary plate that has lost its province reads the same: 粤BA1234, BA1234.
    HongKongOwn,
    /// Macau's own, where its digits begin with 0; otherwise nothing tells it from Hong Kong's.
    MacauOwn,
}

impl PlateKind {
    /// Whether it pays for parking nowhere, on duty or not (国办发〔2018〕114号).
    pub fn is_emergency(self) -> bool {
        self == Self::Emergency
    }

    /// Whether police, army or armed police drive it.
    pub fn is_police_or_military(self) -> bool {
        matches!(self, Self::Police | Self::Military | Self::ArmedPolice)
    }

    /// Whether a state drives it: such a plate is never taken for another, nor another for it, unless a
    /// person says so.
    pub fn is_official(self) -> bool {
        self.is_police_or_military() || matches!(self, Self::Embassy | Self::Consulate)
    }

    /// Whether a text of this kind was probably read right. The others are what common misreadings of
    /// common plates look like, and need a colour or a second look beside them.
    pub fn is_trusted(self) -> bool {
        !matches!(
            self,
            Self::Loose | Self::Military | Self::Tractor | Self::HongKongOwn | Self::MacauOwn
        )
    }
}

/// The forms of each kind in the order they are tried. Lower case stands for a class of characters (see
/// [`is_of_class`]), brackets for one of those within, everything else for itself.
const FORMS: &[(PlateKind, &[&str])] = &[
    (PlateKind::NewEnergySmall, &["pl[ABCDEFGHJK]xdddd"]),
    (PlateKind::NewEnergyLarge, &["plddddd[ABCDEFGHJK]"]),
    (
        PlateKind::Ordinary,
        &[
            "plddddd", "plldddd", "plllddd", "pldlddd", "plddldd", "pldddld", "plddddl", "plldddl",
            "pldddll", "plldldd",
        ],
    ),
    (PlateKind::Loose, &[LOOSE]),
    (PlateKind::Police, &["poxxxx警"]),
    (PlateKind::Trainer, &["poxxxx学"]),
    (PlateKind::Trailer, &["poxxxx挂"]),
    (PlateKind::Temporary, &["plxxxx[试超临]"]),
    (PlateKind::HongKongMacau, &["粤Zxxxx[港澳]"]),
    (PlateKind::Embassy, &["dddddd使", "使dddddd"]),
    (PlateKind::Consulate, &["pddddd领", "pldddd领"]),
    (PlateKind::Military, &["[BCEGHJKLNSV][ABCDJKLMNOPRSTVY]ddddd"]),
    (
        PlateKind::ArmedPolice,
        &["WJdddd[0123456789BDHJSTX]", "WJpdddd[0123456789BDHJSTX]", "WJdd[0123456789BDHJSTX]dddd"],
    ),
    (PlateKind::Emergency, &["p[XS]xxxx应急", "应急pddd[XS]"]),
    (PlateKind::CivilAviation, &["民航lxxxx", "民航lxxxxx"]),
    (PlateKind::Site, &["场内plxxxxx"]),
    (PlateKind::Tractor, &["pddxxxxx"]),
    (PlateKind::HongKongOwn, &["hhs", "hhsd", "hhsdd", "hhsddd"]),
    (PlateKind::MacauOwn, &["[MA]ldddd"]),
];

/// Any serial; it must still hold a digit.
const LOOSE: &str = "poxxxxx";

/// The 31 provinces by the character on their plates.
pub const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";

/// Whether plates begin with this character to say their province.
pub fn is_province(character: char) -> bool {
    PROVINCES.contains(character)
}

/// The kind that a normalised plate reads as, the first in the grammar's order; none where no form fits.
///
/// ```
/// use lotgate::standard::plate_kind::{PlateKind, plate_kind};
///
/// assert_eq!(plate_kind("粤BD12345"), Some(PlateKind::NewEnergySmall));
/// assert_eq!(plate_kind("粤B1234警"), Some(PlateKind::Police));
/// assert_eq!(plate_kind("粤BI2345"), None);
/// ```
pub fn plate_kind(text: &str) -> Option<PlateKind> {
    let has_digit = text.contains(|character: char| character.is_ascii_digit());
    let is = |form: &str| fits(form, text) && (has_digit || form != LOOSE);
    FORMS.iter().find(|(_, forms)| forms.iter().any(|form| is(form))).map(|(kind, _)| *kind)
}

/// Whether the text is of this form from its first character to its last.
fn fits(form: &str, text: &str) -> bool {
    let (mut signs, mut characters) = (form.chars(), text.chars());
    while let Some(sign) = signs.next() {
        let Some(character) = characters.next() else { return false };
        let allowed = if sign == '[' {
            // To its end, so that the next sign is the one behind the bracket.
            let set = signs.by_ref().take_while(|one| *one != ']');
            set.filter(|one| *one == character).count() > 0
        } else {
            is_of_class(sign, character)
        };
        if !allowed {
            return false;
        }
    }
    characters.next().is_none()
}

/// A province, a letter, a digit, either of both (x), an issuing office's letter, a letter of Hong Kong's
/// plates, a digit that a number starts with; other signs are the character itself.
fn is_of_class(sign: char, character: char) -> bool {
    match sign {
        'p' => is_province(character),
        'l' => is_letter(character),
        'd' => character.is_ascii_digit(),
        'x' => is_letter(character) || character.is_ascii_digit(),
        'o' => is_letter(character) || character == 'O',
        'h' => is_letter(character) && character != 'Q',
        's' => character.is_ascii_digit() && character != '0',
        itself => itself == character,
    }
}

/// The letters of plates: I and O would be taken for digits.
fn is_letter(character: char) -> bool {
    character.is_ascii_uppercase() && !matches!(character, 'I' | 'O')
}

#[cfg(test)]
mod tests {
    use super::PlateKind::*;
    use super::*;
    use proptest::prelude::*;

    /// Plates that exist, each with its kind.
    const PLATES: &[(PlateKind, &[&str])] = &[
        (
            Ordinary,
            &[
                "粤B12345",
                "粤BA1234",
                "粤BAB123",
                "粤B1A234",
                "粤B12A34",
                "粤B123A4",
                "粤B1234A",
                "粤BA123B",
                "粤B123AB",
                "粤BA1B23",
                "粤SP0L88",
            ],
        ),
        (Loose, &["京N8X7Y6"]),
        (NewEnergySmall, &["粤BD12345", "粤BDA1234", "粤BF20001", "粤BAG0001", "粤BG88888"]),
        (NewEnergyLarge, &["粤B12345D", "粤B00001F"]),
        (Police, &["粤B1234警", "粤BA123警", "粤O0001警"]),
        (Trainer, &["粤B1234学"]),
        (Trailer, &["粤BA12C挂"]),
        (HongKongMacau, &["粤ZA123港", "粤ZF023澳"]),
        (Embassy, &["224578使", "使224578"]),
        (Consulate, &["沪22412领", "粤A0012领"]),
        (Military, &["VA01234", "KB12345"]),
        (ArmedPolice, &["WJ粤1234X", "WJ12345", "WJ12D1234"]),
        (Emergency, &["粤X1234应急", "粤S0001应急", "应急粤123X"]),
        (CivilAviation, &["民航AA0125"]),
        (Site, &["场内粤B00001"]),
        (Tractor, &["粤0112345"]),
        (Temporary, &["粤B1234试", "粤B1234超"]),
        (HongKongOwn, &["AB1234"]),
    ];

    const NO_PLATES: &[&str] = &[
        "粤BI2345",
        "粤BO2345",
        "粤I12345",
        "粤B1234",
        "粤B1234567",
        "粤BABCDE",
        "粤BD1234I",
        "粤BDAB123",
        "粤BL12345",
        "粤B1234DD",
        "粤B12345O",
        "港B12345",
        "学B12345",
        "粤BB12警",
        "粤Y1234港",
        "22457使",
        "22412领",
        "IA01234",
        "WJ粤123X",
        "粤X123应急",
        "粤B1234应",
        "12345",
        "_无_",
    ];

    #[test]
    fn every_plate_is_of_its_kind() {
        let mut plates = 0;
        for (kind, texts) in PLATES {
            for text in *texts {
                assert_eq!(plate_kind(text), Some(*kind), "{text}");
                plates += 1;
            }
        }
        assert_eq!(plates, 44);
    }

    #[test]
    fn what_breaks_the_grammar_is_of_no_kind() {
        assert_eq!(NO_PLATES.len(), 23);
        for text in NO_PLATES {
            assert_eq!(plate_kind(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_plate_is_of_no_kind() {
        for text in [
            "",
            "京",
            "C00D",
            "无A0001",
            "粤",
            "粤b12345",
            "粤B１２３４５",
            "粤B12345 ",
            "[",
            "pldddd",
        ] {
            assert_eq!(plate_kind(text), None, "{text}");
        }
    }

    #[test]
    fn rarer_forms_are_of_their_kind_too() {
        for (text, kind) in [
            ("粤B1234临", Temporary),
            ("粤BK12345", NewEnergySmall),
            ("粤B12345K", NewEnergyLarge),
            ("粤Z12345", Ordinary),
            ("粤O12345", Loose),
            ("WJ粤12345", ArmedPolice),
            ("WJ1234X", ArmedPolice),
            ("民航A0125", CivilAviation),
            ("AB1", HongKongOwn),
            ("MA1234", HongKongOwn),
            ("MA0123", MacauOwn),
        ] {
            assert_eq!(plate_kind(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn what_a_common_misreading_looks_like_is_trusted_less() {
        // The plate as it is, and as it reads without its province or with digits for its letters.
        for (plate, misread) in [
            ("粤BA1234", "BA1234"),
            ("粤BD12345", "8012345"),
            ("粤BD12345", "粤8012345"),
            ("粤BD12345", "BD12345"),
        ] {
            assert!(plate_kind(plate).is_some_and(PlateKind::is_trusted), "{plate}");
            assert!(!plate_kind(misread).is_some_and(PlateKind::is_trusted), "{misread}");
        }
        assert!(!plate_kind("京N8X7Y6").is_some_and(PlateKind::is_trusted));
    }

    #[test]
    fn who_drives_for_the_state_is_known_by_the_plate() {
        for (text, police_or_military, official, emergency) in [
            ("粤B1234警", true, true, false),
            ("WJ粤1234X", true, true, false),
            ("VA01234", true, true, false),
            ("224578使", false, true, false),
            ("沪22412领", false, true, false),
            ("粤X1234应急", false, false, true),
            ("应急粤123X", false, false, true),
            ("粤B12345", false, false, false),
            ("粤ZA123港", false, false, false),
        ] {
            let kind = plate_kind(text).unwrap();
            let found = (kind.is_police_or_military(), kind.is_official(), kind.is_emergency());
            assert_eq!(found, (police_or_military, official, emergency), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_no_kind_holds_an_i(text in "[粤使领警WJIO0-9A-Z]{0,10}|.{0,10}") {
            prop_assert!(plate_kind(&text).is_none() || !text.contains('I'));
        }
    }
}
