//! Who and what there is on the first day.

use super::Money;

/// A plan as it is planted.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) megabits: u32,
    pub(super) telephone: bool,
    /// The price of a month.
    pub(super) monthly: Money,
}

pub(super) const PLANS: [Plan; 4] = [
    Plan { name: "Valley 100", megabits: 100, telephone: false, monthly: Money::cents(3_990) },
    Plan { name: "Valley 300", megabits: 300, telephone: false, monthly: Money::cents(5_490) },
    Plan {
        name: "Valley 300 with Telephone",
        megabits: 300,
        telephone: true,
        monthly: Money::cents(6_490),
    },
    Plan { name: "Valley 1000", megabits: 1_000, telephone: false, monthly: Money::cents(8_490) },
];

/// Postcodes and the names of the areas.
pub(super) const AREAS: [(&str, &str); 6] = [
    ("55710", "Larkfield"),
    ("55711", "Larkfield North"),
    ("55714", "Mill Creek"),
    ("55716", "Ashford"),
    ("55719", "Stony Bridge"),
    ("55723", "Harrow Hill"),
];

pub(super) const TECHNICIANS: [&str; 4] =
    ["Marcus Oyelaran", "Priya Raman", "Tom Lindqvist", "Elena Sokolova"];

/// Day of the week (Monday is 1), from when, to when. Sunday is closed.
pub(super) const OPENING_HOURS: [(u8, &str, &str); 6] = [
    (1, "08:00", "20:00"),
    (2, "08:00", "20:00"),
    (3, "08:00", "20:00"),
    (4, "08:00", "20:00"),
    (5, "08:00", "20:00"),
    (6, "09:00", "14:00"),
];

/// Names and streets; the demo's customer comes first.
pub(super) const PEOPLE: [(&str, &str); 30] = [
    ("Dana Whitfield", "14 Orchard Lane"),
    ("Samuel Okafor", "3 Station Road"),
    ("Grace Lindholm", "27 Quarry Street"),
    ("Hector Alvarez", "9 Chapel Hill"),
    ("Miriam Feldman", "41 Bridge Street"),
    ("Owen Gallagher", "6 Summit Way"),
    ("Aisha Rahman", "18 Orchard Lane"),
    ("Peter Novak", "52 Station Road"),
    ("Linda Castellano", "7 Weaver's Row"),
    ("Jerome Baptiste", "33 Chapel Hill"),
    ("Karin Svensson", "2 Bridge Street"),
    ("Daniel Whitfield", "20 Summit Way"),
    ("Fatima Haddad", "61 Orchard Lane"),
    ("George Papadakis", "15 Depot Street"),
    ("Helen Marsh", "8 Quarry Street"),
    ("Ivan Petrov", "24 Chapel Hill"),
    ("Julia Moreno", "19 Bridge Street"),
    ("Kevin O'Brien", "11 Summit Way"),
    ("Laura Schmidt", "5 Orchard Lane"),
    ("Mohammed Saleh", "37 Depot Street"),
    ("Nora Eklund", "12 Weaver's Row"),
    ("Oscar Jimenez", "46 Chapel Hill"),
    ("Paula Jensen", "30 Bridge Street"),
    ("Quentin Hayes", "4 Summit Way"),
    ("Rosa Delgado", "22 Orchard Lane"),
    ("Stefan Kowalski", "16 Station Road"),
    ("Teresa Whitfield", "13 Quarry Street"),
    ("Umar Siddiqui", "28 Chapel Hill"),
    ("Valerie Dubois", "35 Bridge Street"),
    ("William Tran", "10 Summit Way"),
];
