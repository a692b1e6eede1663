//! What holds for all commands together.

use crate::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Book { code: u8, plate: u8, minutes: i64 },
    Confirm { code: u8, state: i64 },
    Enter(u8),
    Leave(u8),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..4, 0_u8..4, 1_i64..90).prop_map(|(code, plate, minutes)| Step::Book {
            code,
            plate,
            minutes
        }),
        (0_u8..4, 0_i64..3).prop_map(|(code, state)| Step::Confirm { code, state }),
        (0_u8..6).prop_map(Step::Enter),
        (0_u8..6).prop_map(Step::Leave),
        (1_i64..50).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_used_reserved_and_unused_are_all_there_is(steps in prop::collection::vec(step(), 1..60)) {
        let mut lot = Lot::with(|rules| {
            rules.tariff.rules.clear();
            rules.repeat_window = SignedDuration::ZERO;
        });
        let plate = |number: u8| format!("粤B0000{number}");
        for step in steps {
            match step {
                Step::Book { code, plate: number, minutes } => {
                    lot.command(6001, &book(&format!("YD{code}"), &plate(number), lot.now, minutes));
                }
                Step::Confirm { code, state } => {
                    lot.command(6002, &confirm(&format!("YD{code}"), state));
                }
                Step::Enter(number) => drop(lot.enter(&plate(number))),
                Step::Leave(number) => drop(lot.leave(&plate(number))),
                Step::Wait(minutes) => lot.pass_time(minutes),
            }
            if !lot.reports(5003).is_empty() {
                let (used, reserved, unused) = lot.counts();
                prop_assert!(used >= 0 && (0..=2).contains(&reserved) && unused >= 0);
                prop_assert_eq!(unused, (4 - used - reserved).max(0));
            }
        }
        // Nothing is kept for ever.
        lot.pass_time(100_000);
        if !lot.reports(5003).is_empty() {
            prop_assert_eq!(lot.counts().1, 0);
        }
    }

    #[test]
    fn no_element_of_any_command_panics_or_goes_unanswered(
        code in prop::sample::select(&[4001_u16, 6001, 6002, 6003, 6004, 6005, 6006, 6007, 6008, 6009, 6010, 9001][..]),
        name in "[a-zA-Z]{0,12}|plateNo|parkCode|id|bookCode|rule|lease|chargeInfo|state",
        value in prop_oneof![
            Just(json!(null)), Just(json!([])), Just(json!({})), any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from), "\\PC{0,60}".prop_map(Value::from),
        ],
    ) {
        let mut lot = Lot::new();
        let mut element = json!({ "parkCode": PARK_CODE, "plateNo": PLATE });
        element[name] = value.clone();
        for element in [element, value] {
            let reply = lot.command(code, &element);
            prop_assert!(reply.succeeded() || !reply.result_msg.is_empty());
        }
    }
}
