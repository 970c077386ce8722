//! Tables: rows under their column names; on a phone each row is a card, and each cell says its column.

use maud::{Markup, html};

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    name: &'static str,
    class: Option<&'static str>,
}

impl Column {
    /// Builds a column of short texts.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, class: None }
    }

    /// Builds a column of numbers, aligned to the right.
    pub(crate) const fn number(name: &'static str) -> Self {
        Self { name, class: Some("number") }
    }

    /// Builds a column of texts that need room.
    pub(crate) const fn wide(name: &'static str) -> Self {
        Self { name, class: Some("wide") }
    }
}

/// Renders a table; the first cell of a row names it. `label` names the table to readers of the screen.
pub(crate) fn table<const N: usize>(
    label: &str,
    columns: [Column; N],
    rows: impl IntoIterator<Item = [Markup; N]>,
) -> Markup {
    let is_number = |column: &Column| column.class.filter(|class| *class == "number");
    html! {
        div.scroll role="region" tabindex="0" aria-label=(label) {
            table.stack {
                thead {
                    tr {
                        @for column in &columns { th class=[is_number(column)] scope="col" { (column.name) } }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for (place, (column, cell)) in columns.iter().zip(&row).enumerate() {
                                @if place == 0 { th class=[column.class] scope="row" { (cell) } }
                                @else { td class=[column.class] data-label=(column.name) { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
