//! Hours of duty against a slow model: the minutes of a week, marked one by one, under the clock of chrono-tz.

use chrono::{DateTime, Datelike, Timelike};
use proptest::prelude::*;
use sla::Instant;
use sla::duty::Hours;

const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEK_MIN: usize = 7 * 24 * 60;

type Spell = (usize, usize, usize, usize, usize);

fn model(spells: &[Spell], at: Instant) -> bool {
    spells.iter().any(|(first, last, from, to, zone)| {
        let mut marked = vec![false; WEEK_MIN];
        let mut day = *first;
        loop {
            let mut minute = *from;
            while minute % 1440 != to % 1440 {
                marked[(day * 1440 + minute) % WEEK_MIN] = true;
                minute += 1;
            }
            if day == *last {
                break;
            }
            day = (day + 1) % 7;
        }
        let zone: chrono_tz::Tz = ZONES[*zone].parse().unwrap();
        let clock = DateTime::from_timestamp(at.epoch_s(), 0).unwrap().with_timezone(&zone);
        let day = clock.weekday().num_days_from_monday() as usize;
        marked[day * 1440 + clock.hour() as usize * 60 + clock.minute() as usize]
    })
}

fn text(spells: &[Spell]) -> String {
    let one = |(first, last, from, to, zone): &Spell| {
        let days =
            if first == last { DAYS[*first].to_owned() } else { format!("{}-{}", DAYS[*first], DAYS[*last]) };
        let time = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{days} {}-{} {}", time(*from), time(*to), ZONES[*zone])
    };
    spells.iter().map(one).collect::<Vec<_>>().join(", ")
}

proptest! {
    #[test]
    fn hours_hold_what_the_clock_of_their_zone_shows(
        spells in prop::collection::vec((0_usize..7, 0_usize..7, 0_usize..1440, 1_usize..1440, 0_usize..4), 1..4),
        // Around the changes of the clocks in 2026, to the second, and anywhere.
        at in prop_oneof![
            1_774_700_000_i64..1_774_900_000, 1_792_850_000_i64..1_793_050_000, 1_767_225_600_i64..1_798_761_600,
        ],
    ) {
        let spells: Vec<Spell> = spells.into_iter().filter(|(_, _, from, to, _)| from != to).collect();
        prop_assume!(!spells.is_empty());
        let hours: Hours = text(&spells).parse().unwrap();
        prop_assert_eq!(hours.to_string(), text(&spells));
        let at = Instant::from_epoch_s(at);
        prop_assert_eq!(hours.contain(at), model(&spells, at), "{} at {}", hours, at);
    }
}
