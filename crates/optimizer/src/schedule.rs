//! The learning rate of a step.

/// Computes the learning rate of a step: linear warm-up to `peak`, then linear decay to 0 (method §5).
///
/// Steps count from 1. With w warm-up steps, T steps and the peak η, step k has η·k/w up to step w, and η·(T − k)/(T − w)
/// after it. So the first step moves the weights, and only the last step has the learning rate 0.
pub fn learning_rate(step: u64, peak: f64, warmup_steps: u64, steps: u64) -> f64 {
    if step <= warmup_steps {
        peak * step as f64 / warmup_steps as f64
    } else {
        let left = steps.saturating_sub(step) as f64;
        peak * left / steps.saturating_sub(warmup_steps).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::learning_rate;

    #[test]
    fn warm_up_then_decay_to_nothing() {
        let rates: Vec<f64> = (1..=11)
            .map(|step| learning_rate(step, 7.0, 3, 10))
            .collect();
        let expect = [
            7.0 / 3.0,
            14.0 / 3.0,
            7.0,
            6.0,
            5.0,
            4.0,
            3.0,
            2.0,
            1.0,
            0.0,
            0.0,
        ];
        for (found, expect) in rates.iter().zip(expect) {
            assert!((found - expect).abs() < 1e-12, "{rates:?}");
        }
        assert!((learning_rate(1, 1.0, 0, 10) - 0.9).abs() < 1e-12);
    }
}
