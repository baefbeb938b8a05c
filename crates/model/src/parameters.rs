//! The parameters of a model, one by one, by Hugging Face's names.
//!
//! burn walks the fields of a module. This file adds what an optimizer or a checkpoint needs to know about each.

use std::borrow::Cow;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};

use crate::error::ModelError;
use crate::names;

/// What an optimizer needs to know about a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterInfo {
    /// Hugging Face's name.
    pub name: String,
    /// Whether weight decay applies: not to biases and layer norms (method §5).
    pub decays: bool,
    /// Whether it is a matrix of an encoder layer. Some optimizers treat these in another way than everything else.
    pub is_layer_matrix: bool,
    /// The key of its gradient in burn's `GradientsParams`. It is derived from the name, so it is the same in every process.
    pub id: ParamId,
}

/// A function that [`visit_parameters`] calls for each parameter.
pub trait ParameterVisitor {
    /// Receives a parameter. [`visit_parameters`] calls this once per parameter, always in the same order. The tensor
    /// does not track gradients. A matrix that Hugging Face stores as `[out, in]` is `[in, out]` here.
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>);
}

/// A function that returns a new value for each parameter, for [`map_parameters`].
pub trait ParameterMapper {
    /// Returns the new value of a parameter, of the same shape as the old value. [`map_parameters`] calls this once
    /// per parameter, in the order of [`ParameterVisitor::visit`]. The old value does not track gradients.
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D>;
}

/// A model whose parameters have Hugging Face's names.
pub trait Named: Module {
    /// Returns Hugging Face's name of the parameter at a path of fields, such as `bert.encoder.layers.0.norm.bias`; `None` if
    /// the model has no such parameter.
    fn hugging_face_name(path: &str) -> Option<String>;
}

/// Visits every parameter once, always in the same order. The word embeddings, which the decoder is tied to, are
/// visited as one parameter.
pub fn visit_parameters<M: Named>(
    model: &M,
    visitor: &mut impl ParameterVisitor,
) -> Result<(), ModelError> {
    let mut visit = Visit {
        path: FieldPath::new::<M>(),
        visitor,
    };
    model.visit(&mut visit);
    visit.path.outcome(())
}

/// Replaces the value of every parameter. A parameter keeps its id, and a frozen parameter stays frozen.
pub fn map_parameters<M: Named>(
    model: M,
    mapper: &mut impl ParameterMapper,
) -> Result<M, ModelError> {
    let mut map = Map {
        path: FieldPath::new::<M>(),
        mapper,
    };
    let model = model.map(&mut map);
    map.path.outcome(model)
}

/// The fields from the model down to a parameter, and the function that names it.
struct FieldPath {
    fields: Vec<String>,
    name: fn(&str) -> Option<String>,
    /// The first path without a name.
    unnamed: Option<String>,
}

impl FieldPath {
    fn new<M: Named>() -> Self {
        Self {
            fields: Vec::new(),
            name: M::hugging_face_name,
            unnamed: None,
        }
    }

    fn enter(&mut self, field: &str) {
        self.fields.push(field.to_owned());
    }

    fn leave(&mut self) {
        self.fields.pop();
    }

    /// Describes the parameter at the path. If it has no name, remembers the path and returns `None`.
    fn parameter(&mut self, id: ParamId) -> Option<ParameterInfo> {
        let path = self.fields.join(".");
        let Some(name) = (self.name)(&path) else {
            self.unnamed.get_or_insert(path);
            return None;
        };
        Some(ParameterInfo {
            decays: names::decays(&name),
            is_layer_matrix: names::is_layer_matrix(&name),
            name,
            id,
        })
    }

    /// Returns the value, or an error if a parameter had no name.
    fn outcome<T>(self, value: T) -> Result<T, ModelError> {
        match self.unnamed {
            None => Ok(value),
            Some(path) => Err(ModelError::UnnamedParameter { path }),
        }
    }
}

struct Visit<'a, V> {
    path: FieldPath,
    visitor: &'a mut V,
}

impl<V: ParameterVisitor> ModuleVisitor for Visit<'_, V> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(parameter) = self.path.parameter(param.id) {
            self.visitor
                .visit(&parameter, param.val().without_autodiff());
        }
    }
}

struct Map<'a, M> {
    path: FieldPath,
    mapper: &'a mut M,
}

impl<M: ParameterMapper> ModuleMapper for Map<'_, M> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(parameter) = self.path.parameter(param.id) else {
            return param;
        };
        let (id, tensor, kept) = param.consume();
        let (on_autodiff, wants_gradient) = (tensor.is_autodiff(), tensor.is_require_grad());
        let checkpointing = tensor.gradient_checkpointing_strategy();
        let mut tensor = self.mapper.map(&parameter, tensor.without_autodiff());
        if on_autodiff {
            tensor = tensor.autodiff();
            if let Some(strategy) = checkpointing {
                tensor = tensor.with_gradient_checkpointing_strategy(strategy);
            }
            tensor = tensor.set_require_grad(wants_gradient);
        }
        Param::from_mapped_value(id, tensor, kept)
    }
}

/// A function that returns the values of the parameter with this name and shape. Shape and values are in Hugging
/// Face's layout.
pub(crate) type ValueSource<'a> = dyn FnMut(&str, &[usize]) -> Result<Vec<f32>, ModelError> + 'a;

/// Fills a new model with values, and gives each parameter the id that is derived from its name.
pub(crate) fn fill<M: Named>(
    model: M,
    device: &Device,
    source: &mut ValueSource<'_>,
) -> Result<M, ModelError> {
    let mut filling = Fill {
        path: FieldPath::new::<M>(),
        device,
        source,
        failure: None,
    };
    let model = model.map(&mut filling);
    filling
        .failure
        .map_or_else(|| filling.path.outcome(model), Err)
}

struct Fill<'a, 'b> {
    path: FieldPath,
    device: &'a Device,
    source: &'a mut ValueSource<'b>,
    failure: Option<ModelError>,
}

impl ModuleMapper for Fill<'_, '_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(ParameterInfo { name, .. }) = self.path.parameter(param.id) else {
            return param;
        };
        let shape: Vec<usize> = param.val().dims().to_vec();
        let transposed = names::is_transposed(&name);
        let stored = stored_shape(&name, &shape);
        let values = match (self.source)(&name, &stored) {
            Ok(values) => values,
            Err(error) => {
                self.failure.get_or_insert(error);
                return param;
            }
        };
        let values = if transposed {
            transpose(&values, stored[0], stored[1])
        } else {
            values
        };
        let mut filled = Param::from_data(TensorData::new(values, shape), self.device);
        filled.id = ParamId::from(names::parameter_number(&name));
        filled
    }
}

/// Returns the shape of a parameter in Hugging Face's layout.
pub(crate) fn stored_shape(name: &str, shape: &[usize]) -> Vec<usize> {
    if names::is_transposed(name) {
        shape.iter().rev().copied().collect()
    } else {
        shape.to_vec()
    }
}

/// Returns the values of a parameter in Hugging Face's layout. `shape` is the one in the model.
pub(crate) fn stored_values<'v>(name: &str, shape: &[usize], values: &'v [f32]) -> Cow<'v, [f32]> {
    if names::is_transposed(name) {
        Cow::Owned(transpose(values, shape[0], shape[1]))
    } else {
        Cow::Borrowed(values)
    }
}

/// Transposes a row-major matrix.
pub(crate) fn transpose(values: &[f32], n_rows: usize, n_columns: usize) -> Vec<f32> {
    let column = |c: usize| (0..n_rows).map(move |r| values[r * n_columns + c]);
    (0..n_columns).flat_map(column).collect()
}
