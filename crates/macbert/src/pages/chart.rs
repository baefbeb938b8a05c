//! A line chart as inline SVG.

use std::fmt::Write as _;

use super::frame::escaped;
use crate::reports::metrics::Point;

/// Size of the drawing, in SVG units.
pub(super) const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
/// Margins around the curves, in SVG units.
const LEFT: f64 = 52.0;
pub(super) const RIGHT: f64 = 20.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// About how many ticks an axis has.
const N_TICKS: usize = 5;
/// Colours of curves in `style.css`. Later curves have them again, with dashes.
pub(super) const N_COLOURS: usize = 8;

/// A curve.
pub(crate) struct Series {
    /// What the legend calls it.
    pub name: String,
    pub points: Vec<Point>,
    /// Whether the curve is thin and pale. This suits a noisy curve that is drawn behind a smoother one.
    pub is_pale: bool,
    /// The band around the curve, such as the range over several runs.
    pub band: Vec<Band>,
}

/// The range of a curve's values at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    pub step: f64,
    pub low: f64,
    pub high: f64,
}

impl Series {
    /// A curve that stands out.
    pub(crate) fn new(name: &str, points: Vec<Point>) -> Self {
        Self {
            name: name.to_owned(),
            points,
            is_pale: false,
            band: Vec::new(),
        }
    }

    /// The same curve with a band around it.
    pub(crate) fn banded(self, band: Vec<Band>) -> Self {
        Self { band, ..self }
    }

    /// The same curve, thin and pale.
    pub(crate) fn pale(self) -> Self {
        Self {
            is_pale: true,
            ..self
        }
    }
}

/// A horizontal line to compare curves with, such as a baseline.
pub(crate) struct Level {
    pub name: &'static str,
    pub value: f64,
}

/// A chart of curves over steps, with level lines. Points that are not finite are left out. If there is no point at
/// all, the chart is replaced with "nothing was recorded".
pub(crate) fn chart(title: &str, series: &[Series], levels: &[Level]) -> String {
    let mut out = format!("<figure>\n<figcaption>{}</figcaption>\n", escaped(title));
    match Frame::around(series, levels) {
        None => out.push_str("<p class=\"quiet\">nothing was recorded</p>\n"),
        Some(frame) => {
            let _ = writeln!(out, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
            out.push_str(&frame.grid());
            for level in levels {
                out.push_str(&frame.level(level));
            }
            for (index, one) in series.iter().enumerate() {
                out.push_str(&frame.band(one, index));
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
            index % N_COLOURS,
            if one.is_pale { ";opacity:.45" } else { "" },
            escaped(&one.name)
        );
    }
    out.push_str("\n</figure>\n");
    out
}

/// An axis from one value to another.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The part of the plane that is shown.
struct Frame {
    steps: Extent,
    values: Extent,
}

/// A place on the drawing, in SVG units.
struct Place {
    x: f64,
    y: f64,
}

impl Frame {
    /// The frame around all points and levels; `None` if there is no point.
    fn around(series: &[Series], levels: &[Level]) -> Option<Self> {
        let points = || series.iter().flat_map(|one| finite(&one.points));
        points().next()?;
        let steps = extent(points().map(|point| point.step));
        let bands = series.iter().flat_map(|one| &one.band);
        let bands = bands.flat_map(|band| [band.low, band.high]);
        let values = points().map(|point| point.value).chain(bands);
        let values = extent(values.chain(levels.iter().map(|level| level.value)));
        let room = 0.05 * (values.high - values.low).max(1e-9);
        Some(Self {
            steps: if steps.low < steps.high {
                steps
            } else {
                widened(steps, 1.0)
            },
            values: widened(values, room),
        })
    }

    fn place(&self, step: f64, value: f64) -> Place {
        let across = (step - self.steps.low) / (self.steps.high - self.steps.low);
        let up = (value - self.values.low) / (self.values.high - self.values.low);
        Place {
            x: LEFT + across * (WIDTH - LEFT - RIGHT),
            y: HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        }
    }

    fn grid(&self) -> String {
        let mut out = String::new();
        let right = WIDTH - RIGHT;
        for tick in ticks(self.values) {
            let Place { x, y } = self.place(self.steps.low, tick);
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{right:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                x - 6.0,
                y + 4.0,
                number(tick)
            );
        }
        for tick in ticks(self.steps) {
            let Place { x, .. } = self.place(tick, self.values.low);
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - 8.0,
                number(tick)
            );
        }
        out
    }

    fn level(&self, level: &Level) -> String {
        let Place { x, y } = self.place(self.steps.low, level.value);
        let right = WIDTH - RIGHT;
        format!(
            "<line x1=\"{x:.1}\" x2=\"{right:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"var(--quiet)\" stroke-dasharray=\"4 4\"/>\
             <text x=\"{right:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} {}</text>\n",
            y - 4.0,
            escaped(level.name),
            number(level.value)
        )
    }

    /// The band of a curve: along its upper edge, then back along its lower edge.
    fn band(&self, series: &Series, index: usize) -> String {
        let is_finite = |band: &&Band| band.low.is_finite() && band.high.is_finite();
        let band: Vec<&Band> = series.band.iter().filter(is_finite).collect();
        if band.len() < 2 {
            return String::new();
        }
        let upper = band.iter().map(|band| self.place(band.step, band.high));
        let lower = band
            .iter()
            .rev()
            .map(|band| self.place(band.step, band.low));
        let mut points = String::new();
        for Place { x, y } in upper.chain(lower) {
            let _ = write!(points, "{x:.1},{y:.1} ");
        }
        format!(
            "<polygon points=\"{}\" fill=\"var(--c{})\" opacity=\"0.15\"/>\n",
            points.trim_end(),
            index % N_COLOURS
        )
    }

    fn curve(&self, series: &Series, index: usize) -> String {
        let mut path = String::new();
        for point in finite(&series.points) {
            let Place { x, y } = self.place(point.step, point.value);
            let command = if path.is_empty() { "M" } else { "L" };
            let _ = write!(path, "{command}{x:.1} {y:.1}");
        }
        let (width, opacity) = if series.is_pale {
            (1.0, 0.45)
        } else {
            (2.0, 1.0)
        };
        let dashes = if index < N_COLOURS {
            ""
        } else {
            " stroke-dasharray=\"6 3\""
        };
        format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"var(--c{})\" stroke-width=\"{width}\" opacity=\"{opacity}\"{dashes}/>\n",
            index % N_COLOURS
        )
    }
}

fn finite(points: &[Point]) -> impl Iterator<Item = &Point> {
    points
        .iter()
        .filter(|point| point.step.is_finite() && point.value.is_finite())
}

/// The extent from the smallest to the largest finite value.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Extent {
    let none = Extent {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };
    values
        .filter(|value| value.is_finite())
        .fold(none, |extent, value| Extent {
            low: extent.low.min(value),
            high: extent.high.max(value),
        })
}

pub(super) fn widened(extent: Extent, room: f64) -> Extent {
    Extent {
        low: extent.low - room,
        high: extent.high + room,
    }
}

/// Round numbers inside an extent, about five of them.
pub(super) fn ticks(extent: Extent) -> Vec<f64> {
    let rough = (extent.high - extent.low).max(1e-12) / N_TICKS as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|s| *s >= rough)
        .unwrap_or(10.0 * power);
    let first = (extent.low / step).ceil() as i64;
    let last = (extent.high / step).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// Formats a number briefly, for the ticks of an axis.
pub(super) fn number(value: f64) -> String {
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
    use super::{Band, Extent, Point, Series, chart, ticks};

    #[test]
    fn ticks_are_round_and_inside() {
        let within = |low, high| Extent { low, high };
        assert_eq!(ticks(within(0.0, 10.0)), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!(
            ticks(within(4.93, 6.84))
                .iter()
                .all(|t| (4.93..=6.84).contains(t))
        );
    }

    #[test]
    fn a_band_is_drawn_around_its_curve_and_widens_the_frame() {
        let points = [1.0, 2.0].map(|step| Point { step, value: 5.0 });
        let band = |low, high| [1.0, 2.0].map(|step| Band { step, low, high }).to_vec();
        let draw = |band| {
            chart(
                "loss",
                &[Series::new("loss", points.to_vec()).banded(band)],
                &[],
            )
        };
        let narrow = draw(band(4.9, 5.1));
        assert_eq!(narrow.matches("<polygon").count(), 1);
        assert!(!narrow.contains(">9<") && draw(band(1.0, 9.0)).contains(">8<"));
        let one_step = vec![band(4.0, 6.0)[0]];
        assert!(!draw(one_step).contains("<polygon"));
        assert!(!draw(band(f64::NAN, 6.0)).contains("NaN"));
    }

    #[test]
    fn a_point_that_is_not_finite_does_not_break_the_page() {
        let points = [(1.0, f64::NAN), (2.0, 5.0)].map(|(step, value)| Point { step, value });
        let drawn = chart("loss", &[Series::new("loss", points.to_vec())], &[]);
        assert!(!drawn.contains("NaN"));
        assert!(
            chart("loss", &[Series::new("loss", vec![])], &[]).contains("nothing was recorded")
        );
    }
}
