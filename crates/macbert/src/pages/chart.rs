//! A line chart as inline SVG.

use std::fmt::Write as _;

use super::frame::escaped;

/// Size of the drawing, in SVG units, and its margins: left, right, top, bottom.
const SIZE: (f64, f64) = (560.0, 260.0);
const MARGIN: (f64, f64, f64, f64) = (52.0, 20.0, 12.0, 26.0);
const N_TICKS: usize = 5;

/// One curve.
pub(crate) struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Abscissa (steps) and ordinate.
    pub points: Vec<(f64, f64)>,
    /// Thin and pale: the noisy curve behind a smoothed or sparse one.
    pub pale: bool,
}

impl Series {
    /// A curve that stands out.
    pub(crate) fn new(name: &str, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.to_owned(),
            points,
            pale: false,
        }
    }

    /// The same, thin and pale.
    pub(crate) fn pale(self) -> Self {
        Self { pale: true, ..self }
    }
}

/// A chart of curves over steps, with level lines (name, height) such as a baseline.
/// Curves without finite points are left out; a chart without any says so.
pub(crate) fn chart(title: &str, series: &[Series], levels: &[(&str, f64)]) -> String {
    let mut out = format!("<figure>\n<figcaption>{}</figcaption>\n", escaped(title));
    match Frame::around(series, levels) {
        None => out.push_str("<p class=\"quiet\">nothing was recorded</p>\n"),
        Some(frame) => {
            let _ = writeln!(
                out,
                "<svg viewBox=\"0 0 {} {}\" role=\"img\">",
                SIZE.0, SIZE.1
            );
            out.push_str(&frame.grid());
            for (name, height) in levels {
                out.push_str(&frame.level(name, *height));
            }
            for (index, one) in series.iter().enumerate() {
                out.push_str(&frame.curve(one, index));
            }
            out.push_str("</svg>\n");
        }
    }
    for (index, one) in series.iter().enumerate() {
        let _ = write!(
            out,
            "<span class=\"key\"><i style=\"background:var(--c{}){}\"></i>{}</span>",
            index % 5,
            if one.pale { ";opacity:.45" } else { "" },
            escaped(&one.name)
        );
    }
    out.push_str("\n</figure>\n");
    out
}

/// The part of the plane that is shown.
struct Frame {
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    fn around(series: &[Series], levels: &[(&str, f64)]) -> Option<Self> {
        let points = || {
            series
                .iter()
                .flat_map(|s| &s.points)
                .filter(|(x, y)| x.is_finite() && y.is_finite())
        };
        points().next()?;
        let x = extent(points().map(|p| p.0));
        let y = extent(points().map(|p| p.1).chain(levels.iter().map(|l| l.1)));
        let room = 0.05 * (y.1 - y.0).max(1e-9);
        Some(Self {
            x: if x.0 < x.1 { x } else { (x.0 - 1.0, x.1 + 1.0) },
            y: (y.0 - room, y.1 + room),
        })
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (left, right, top, bottom) = MARGIN;
        let across = (x - self.x.0) / (self.x.1 - self.x.0);
        let up = (y - self.y.0) / (self.y.1 - self.y.0);
        (
            left + across * (SIZE.0 - left - right),
            SIZE.1 - bottom - up * (SIZE.1 - top - bottom),
        )
    }

    fn grid(&self) -> String {
        let mut out = String::new();
        let right = SIZE.0 - MARGIN.1;
        for tick in ticks(self.y) {
            let (left, y) = self.at((self.x.0, tick));
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                y + 4.0,
                number(tick)
            );
        }
        for tick in ticks(self.x) {
            let (x, _) = self.at((tick, self.y.0));
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                SIZE.1 - 8.0,
                number(tick)
            );
        }
        out
    }

    fn level(&self, name: &str, height: f64) -> String {
        let (left, y) = self.at((self.x.0, height));
        let right = SIZE.0 - MARGIN.1;
        format!(
            "<line x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"var(--quiet)\" stroke-dasharray=\"4 4\"/>\
             <text x=\"{right:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} {}</text>\n",
            y - 4.0,
            escaped(name),
            number(height)
        )
    }

    fn curve(&self, series: &Series, index: usize) -> String {
        let mut path = String::new();
        for point in series
            .points
            .iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
        {
            let (x, y) = self.at(*point);
            let _ = write!(
                path,
                "{}{x:.1} {y:.1}",
                if path.is_empty() { "M" } else { "L" }
            );
        }
        let (width, opacity) = if series.pale { (1.0, 0.45) } else { (2.0, 1.0) };
        format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"var(--c{})\" stroke-width=\"{width}\" opacity=\"{opacity}\"/>\n",
            index % 5
        )
    }
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        })
}

/// Round numbers inside a range, about five of them.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let rough = (high - low).max(1e-12) / N_TICKS as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|s| *s >= rough)
        .unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// A number as short as it can be said.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.001 {
        return format!("{value:.0e}");
    }
    if value.abs() >= 10_000.0 {
        return format!("{:.0}k", value / 1000.0);
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Series, chart, ticks};

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks((0.0, 10.0)), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!(
            ticks((4.93, 6.84))
                .iter()
                .all(|t| (4.93..=6.84).contains(t))
        );
    }

    #[test]
    fn a_curve_that_is_not_finite_does_not_break_the_page() {
        let drawn = chart(
            "loss",
            &[Series::new("loss", vec![(1.0, f64::NAN), (2.0, 5.0)])],
            &[],
        );
        assert!(!drawn.contains("NaN"));
        assert!(
            chart("loss", &[Series::new("loss", vec![])], &[]).contains("nothing was recorded")
        );
    }
}
