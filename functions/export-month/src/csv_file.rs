//! The exported tables as CSV (`events::csv_file`), as finance sees them.

pub use events::csv_file::{CONTENT_TYPE, csv_file};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{reversed, stated, tickets};
    use events::columns::{CREDIT, Column, ColumnValue, STATEMENT, TICKET};

    fn shown(bytes: Vec<u8>) -> String {
        // Line ends are made visible, so that a test notices a lost one.
        String::from_utf8(bytes).unwrap().replace('\r', "␍")
    }

    #[test]
    fn statements_show_seconds_percentages_and_amounts_in_their_own_decimals() {
        let statements = [
            stated("api-eur", 49_900, "EUR", 68_580, 0).0,
            stated("api-jpy", 129_900, "JPY", 185_880, 228_900).0,
            stated("api-kwd", 49_900, "KWD", 60, 0).0,
            stated("unknown", 100, "EUR", 0, 2_592_000).0,
        ];
        insta::assert_snapshot!(shown(csv_file(&STATEMENT, &statements).unwrap()));
    }

    #[test]
    fn nulls_are_empty_cells() {
        let (mut statement, _) = stated("excluded", 100, "EUR", 0, 0);
        (statement.availability_pct, statement.best_pct, statement.credit.share_pct) = (None, None, None);
        let csv = shown(csv_file(&STATEMENT, &[statement]).unwrap());
        assert!(csv.contains(",2592000,,,100.0000,99.9000,met,EUR,,0.00,"), "{csv}");
    }

    #[test]
    fn credits_show_amounts_in_their_own_decimals_and_reversals_below_zero() {
        let mut entries = Vec::new();
        for (id, currency) in [("api-eur", "EUR"), ("api-jpy", "JPY"), ("api-kwd", "KWD")] {
            entries.extend(stated(id, 49_900, currency, 68_580, 0).1);
        }
        entries.push(reversed(&entries[0]));
        insta::assert_snapshot!(shown(csv_file(&CREDIT, &entries).unwrap()));
    }

    #[test]
    fn tickets_show_their_clocks_by_the_revisions_instant() {
        insta::assert_snapshot!(shown(csv_file(&TICKET, &tickets()).unwrap()));
    }

    #[test]
    fn no_rows_are_a_header() {
        assert!(shown(csv_file(&TICKET, &[]).unwrap()).ends_with(",backdated_count,terms_revision␍\n"));
        assert_eq!(shown(csv_file(&CREDIT, &[]).unwrap()).lines().count(), 1);
        assert!(shown(csv_file(&STATEMENT, &[]).unwrap()).ends_with("digest␍\n"));
    }

    #[test]
    fn cells_are_quoted_and_formulas_neutralised() {
        const COLUMNS: [Column<&str>; 2] = [
            ("text", ColumnValue::Text(|t| Some((*t).to_owned()))),
            ("number", ColumnValue::Percent(|t| Some(t))),
        ];
        let cells = [
            "plain",
            "=1+1",
            "+49 30",
            "-1.00",
            "@SUM(A1)",
            "\ttab",
            "\rreturn",
            "\nnewline",
            "\u{ff1d}1",
            "\u{ff0b}1",
            "\u{ff0d}1",
            "\u{ff20}1",
            "a=b",
            "comma, quote\" and\r\nnewline",
            "=\"a\",1",
            "größer 日本",
            "'=kept",
            "",
        ];
        insta::assert_snapshot!(shown(csv_file(&COLUMNS, &cells).unwrap()));
    }
}
