//! A chart of single values as inline SVG: a row for each group, a dot for each value, and a line at their mean.

use std::fmt::Write as _;

use super::chart::{Extent, N_COLOURS, RIGHT, WIDTH, extent, number, ticks, widened};
use super::frame::escaped;

/// The height of a row, and of the axis below the rows.
const ROW: f64 = 24.0;
const AXIS: f64 = 22.0;
/// The margin in which the names stand.
const LEFT: f64 = 170.0;

/// The least range of values that fills the axis, so that its ticks differ in three decimals.
const LEAST_RANGE: f64 = 0.05;

/// A row of dots.
pub(super) struct Row<'r> {
    pub name: &'r str,
    pub values: Vec<f64>,
}

/// Draws rows of dots on one axis. If there is no value at all, nothing is drawn.
pub(super) fn strip(title: &str, rows: &[Row<'_>]) -> String {
    let values = || rows.iter().flat_map(|row| &row.values).copied();
    if !values().any(f64::is_finite) {
        return String::new();
    }
    let range = extent(values());
    let room = 0.06 * (range.high - range.low).max(LEAST_RANGE);
    let range = widened(range, room);
    let bottom = ROW * rows.len() as f64;
    let mut out = format!(
        "<figure>\n<figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\">\n",
        escaped(title),
        bottom + AXIS
    );
    for tick in ticks(range) {
        let x = across(range, tick);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{bottom:.1}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 16.0,
            number(tick)
        );
    }
    for (index, row) in rows.iter().enumerate() {
        out.push_str(&row_svg(row, index, range));
    }
    out.push_str("</svg>\n</figure>\n");
    out
}

fn row_svg(row: &Row<'_>, index: usize, range: Extent) -> String {
    let y = ROW * (index as f64 + 0.5);
    let colour = index % N_COLOURS;
    let mut out = format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
        LEFT - 12.0,
        y + 4.0,
        escaped(row.name)
    );
    let finite = row.values.iter().copied().filter(|value| value.is_finite());
    let values: Vec<f64> = finite.collect();
    for value in &values {
        let x = across(range, *value);
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"var(--c{colour})\" opacity=\"0.6\"/>"
        );
    }
    if !values.is_empty() {
        let x = across(range, values.iter().sum::<f64>() / values.len() as f64);
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"var(--c{colour})\" stroke-width=\"2\"/>",
            y - 8.0,
            y + 8.0
        );
    }
    out
}

/// The place of a value on the axis.
fn across(range: Extent, value: f64) -> f64 {
    LEFT + (value - range.low) / (range.high - range.low) * (WIDTH - LEFT - RIGHT)
}

#[cfg(test)]
mod tests {
    use super::{Row, strip};

    #[test]
    fn every_value_is_a_dot_and_every_row_has_a_mean() {
        let row = |name, values: &[f64]| Row {
            name,
            values: values.to_vec(),
        };
        let rows = [
            row("a<b", &[1.0, 2.0, 3.0]),
            row("c", &[]),
            row("d", &[2.5, f64::NAN]),
        ];
        let drawn = strip("loss", &rows);
        assert_eq!(drawn.matches("<circle").count(), 4);
        assert_eq!(drawn.matches("stroke-width").count(), 2);
        assert!(drawn.contains("a&lt;b") && !drawn.contains("NaN"));
        assert!(strip("loss", &rows[1..2]).is_empty());
        assert!(!strip("loss", &[row("one", &[2.0])]).contains("NaN"));
    }
}
