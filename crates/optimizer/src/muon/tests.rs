//! Muon against values of numpy, against burn's Muon, and its state in a file.

use burn::module::ParamId;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdjustLrFn, MuonConfig, Optimizer as _};
use burn::tensor::{Device, Tensor, TensorData};
use device::{by_name, numbers};
use model::ParameterInfo;

use super::{orthogonalized, update_matrix};
use crate::options::{OptimizerName, OptimizerOptions};
use crate::state::OptimizerState;
use crate::update::Update;

/// Names of devices.
const DEVICES: &[&str] = &[
    "flex",
    #[cfg(feature = "tch")]
    "tch:cpu",
];

fn devices() -> impl Iterator<Item = Device> {
    DEVICES
        .iter()
        .map(|name| by_name(name).expect("a device of this build"))
}

fn update(learning_rate: f64) -> Update {
    let options = OptimizerOptions {
        name: OptimizerName::Muon,
        peak_rate: 0.01,
        warmup_steps: 0,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        momentum: None,
        weight_decay: 0.1,
        clip_norm: 1.0,
    };
    Update::new(&options, learning_rate, 1)
}

/// A matrix with the elements sin(0.7 i + shift) × scale.
fn uneven([rows, columns]: [usize; 2], scale: f64, shift: f64, device: &Device) -> Tensor<2> {
    let elements = (0..rows * columns).map(|i| ((i as f64 * 0.7 + shift).sin() * scale) as f32);
    let elements: Vec<f32> = elements.collect();
    Tensor::from_data(TensorData::new(elements, [rows, columns]), device)
}

fn matrix() -> ParameterInfo {
    ParameterInfo {
        name: "bert.encoder.layer.0.output.dense.weight".to_owned(),
        decays: true,
        is_layer_matrix: true,
        id: ParamId::from(1),
    }
}

/// Updates a matrix once for each gradient.
fn updated(
    start: Tensor<2>,
    gradients: &[Tensor<2>],
    learning_rate: f64,
    state: &mut OptimizerState,
) -> Tensor<2> {
    let apply = |p, g: &Tensor<2>| {
        let gradient = g.clone().reshape([-1]);
        update_matrix(&update(learning_rate), &matrix(), p, gradient, state)
    };
    gradients.iter().fold(start, apply)
}

fn elements<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    numbers(tensor.reshape([-1]))
}

fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f64::max)
}

/// Two updates of a tall and of a wide matrix, and their momenta, by numpy 2 in f64:
///
/// ```python
/// def muon(p, gradients, rate, momentum, decay):
///     m = np.zeros_like(p)
///     for g in gradients:
///         m = momentum * m + g
///         x = g + momentum * m
///         tall = x.shape[0] > x.shape[1]
///         x = x.T if tall else x
///         x = x / np.linalg.norm(x)
///         for _ in range(5):
///             a = x @ x.T
///             x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
///         x = x.T if tall else x
///         p = p - rate * (0.2 * np.sqrt(max(p.shape)) * x + decay * p)
///     return p, m
///
/// def uneven(rows, columns, scale, shift):
///     return (np.sin(np.arange(rows * columns) * 0.7 + shift) * scale).reshape(rows, columns)
///
/// muon(uneven(r, c, 1, 0), [uneven(r, c, 2, 1), uneven(r, c, 2, 2.5)], 0.01, 0.95, 0.1)
/// ```
#[test]
fn updates_are_those_of_the_formula_in_f64() {
    let tall: [&[f64]; 2] = [
        &[
            -0.003_447_995_340_841_415_6,
            0.642_069_637_740_237_8,
            0.980_016_610_194_833_9,
            0.865_991_460_116_835_8,
            0.336_589_241_800_031_7,
            -0.347_689_449_236_104_84,
        ],
        &[
            2.795_739_159_342_916_4,
            1.767_414_853_004_530_2,
            -0.092_152_275_320_760_87,
            -1.908_378_748_643_676,
            -2.827_064_877_238_968_6,
            -2.416_138_219_961_536,
        ],
    ];
    let wide: [&[f64]; 2] = [
        &[
            -0.003_472_851_148_377_832,
            0.641_972_226_920_780_9,
            0.985_487_735_576_345_8,
            0.865_512_963_519_719_1,
            0.335_763_544_280_882,
            -0.346_795_695_206_715_8,
            -0.866_251_500_406_380_2,
            -0.978_295_689_411_856_2,
        ],
        &[
            2.795_739_159_342_916_4,
            1.767_414_853_004_530_2,
            -0.092_152_275_320_760_87,
            -1.908_378_748_643_676,
            -2.827_064_877_238_968_6,
            -2.416_138_219_961_536,
            -0.868_864_004_635_096_6,
            1.087_050_528_445_803,
        ],
    ];
    for device in devices() {
        for (shape, [values, momentum]) in [([3, 2], tall), ([2, 4], wide)] {
            let gradients = [1.0, 2.5].map(|shift| uneven(shape, 2.0, shift, &device));
            let start = uneven(shape, 1.0, 0.0, &device);
            let mut state = OptimizerState::default();
            let found = elements(updated(start, &gradients, 0.01, &mut state));
            let worst = difference(&found, values);
            assert!(worst < 2e-7, "{device:?} {shape:?}: {worst}");
            let kept: Vec<f64> = state
                .snapshot()
                .values()
                .into_iter()
                .map(f64::from)
                .collect();
            let worst = difference(&kept, momentum);
            assert!(worst < 1e-6, "{device:?} {shape:?}: {worst}");
        }
    }
}

#[test]
fn updates_are_those_of_burns_muon() {
    let burns = MuonConfig::new()
        .with_weight_decay(Some(WeightDecayConfig::new(0.1)))
        .with_adjust_lr_fn(AdjustLrFn::MatchRmsAdamW)
        .build();
    for device in devices() {
        for shape in [[7, 13], [13, 7], [8, 8], [40, 25], [1, 5]] {
            let mut ours = uneven(shape, 1.0, 0.0, &device);
            let (mut theirs, mut their_state) = (ours.clone(), None);
            let mut state = OptimizerState::default();
            for (step, rate) in [0.02, 0.01, 0.03, 0.005].into_iter().enumerate() {
                let gradient = uneven(shape, 0.3, (step * step) as f64, &device);
                (theirs, their_state) = burns.step(rate, theirs, gradient.clone(), their_state);
                ours = updated(ours, &[gradient], rate, &mut state);
                let worst = difference(&elements(ours.clone()), &elements(theirs.clone()));
                assert!(worst < 1e-5, "{device:?} {shape:?} {step}: {worst}");
            }
        }
    }
}

/// The root mean square of an update is 0.2 × the learning rate × a number from 0.7 to 1.2.
#[test]
fn an_update_is_as_large_as_one_of_adamw() {
    let device = Device::flex();
    for shape in [[64, 16], [16, 64], [32, 32]] {
        let [rows, columns] = shape;
        let mut elements = vec![0.0_f32; rows * columns];
        for i in 0..rows.min(columns) {
            elements[i * columns + (i * 3) % columns] += 1.0 + i as f32 / 40.0;
        }
        let gradient = Tensor::from_data(TensorData::new(elements, shape), &device);
        let start = Tensor::<2>::zeros(shape, &device);
        let moved = updated(start, &[gradient], 1.0, &mut OptimizerState::default());
        let squares = self::elements(moved).iter().map(|x| x * x).sum::<f64>();
        let found = (squares / (rows * columns) as f64).sqrt();
        assert!((0.14..0.24).contains(&found), "{shape:?}: {found}");
    }
}

#[test]
fn a_matrix_without_a_gradient_only_decays() {
    for device in devices() {
        let start = uneven([4, 3], 1.0, 0.0, &device);
        let zeros = start.zeros_like();
        let found = elements(updated(
            start.clone(),
            &[zeros],
            0.1,
            &mut OptimizerState::default(),
        ));
        let expected = elements(start * 0.99);
        assert!(difference(&found, &expected) < 1e-7, "{found:?}");
    }
}

#[test]
fn the_bits_are_the_same_for_any_number_of_threads() {
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        pool.build().expect("a pool").install(|| {
            let x = orthogonalized(uneven([300, 170], 1.0, 0.3, &Device::flex()));
            let bits = elements(x).into_iter().map(f64::to_bits);
            bits.collect::<Vec<_>>()
        })
    };
    assert!(run(1) == run(4));
}

#[test]
fn a_momentum_that_was_written_and_read_is_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("optimizer.safetensors");
    for device in devices() {
        let gradients = [1.0, 2.0].map(|shift| uneven([5, 9], 0.5, shift, &device));
        let start = uneven([5, 9], 1.0, 0.0, &device);
        let mut state = OptimizerState::default();
        let value = updated(start, &gradients, 0.01, &mut state);
        state.snapshot().write(&path).expect("written");
        let mut again = OptimizerState::read(&path, 2, &device).expect("a state");
        assert!(again.updated().contains(matrix().name.as_str()));
        let next = |state: &mut OptimizerState| {
            elements(updated(value.clone(), &gradients[..1], 0.02, state))
        };
        assert_eq!(next(&mut state), next(&mut again));
        assert_eq!(state.snapshot().values(), again.snapshot().values());
    }
}

#[test]
fn a_state_of_another_kind_is_refused() {
    let device = Device::flex();
    let mut muons = OptimizerState::default();
    assert!(muons.check_made_by(OptimizerName::Adamw).is_ok());
    let matrix = uneven([2, 2], 1.0, 0.0, &device);
    updated(
        matrix.clone(),
        std::slice::from_ref(&matrix),
        0.01,
        &mut muons,
    );
    assert!(muons.check_made_by(OptimizerName::Muon).is_ok());
    let error = muons
        .check_made_by(OptimizerName::Lamb)
        .expect_err("refused");
    insta::assert_snapshot!(error, @"the optimizer's state has a momentum for the matrices of the encoder's layers, expected two moments: muon keeps a momentum, all other optimizers keep two moments; set optimizer.name back, or start a new run from the checkpoint (model.start_from)");
    let mut others = OptimizerState::default();
    let flat = matrix.reshape([-1]);
    let moments = others.take("bias", &flat);
    others.put("bias", moments);
    assert!(others.check_made_by(OptimizerName::LambClipped).is_ok());
    let error = others
        .check_made_by(OptimizerName::Muon)
        .expect_err("refused");
    insta::assert_snapshot!(error, @"the optimizer's state has two moments for the matrices of the encoder's layers, expected a momentum: muon keeps a momentum, all other optimizers keep two moments; set optimizer.name back, or start a new run from the checkpoint (model.start_from)");
}
