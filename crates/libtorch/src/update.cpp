// Updates of all parameters in few calls, by LibTorch's operations on lists of tensors. The formulas are those of
// `update.rs` in the crate `optimizer`. Only `update.rs` beside this file calls these functions; it has the other side of
// the declarations.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <vector>

#include "attempt.h"

namespace {

using Tensors = std::vector<at::Tensor>;

Tensors list(at::Tensor *const *tensors, size_t n) {
  Tensors list;
  list.reserve(n);
  for (size_t i = 0; i < n; ++i) list.push_back(*tensors[i]);
  return list;
}

template <typename Work>
int without_graph(char *reason, size_t capacity, Work work) {
  return attempt(reason, capacity, [&] {
    c10::NoGradGuard no_grad;
    work();
  });
}

}  // namespace

extern "C" {

// Four lists of `n` contiguous tensors on one device. Updates write all of them, but only AdamW writes gradients: it leaves
// them clipped.
struct Lists {
  at::Tensor *const *parameters;
  at::Tensor *const *gradients;
  at::Tensor *const *first;
  at::Tensor *const *second;
  size_t n;
};

struct Numbers {
  double rate;  // learning rate
  double beta1, beta2, epsilon, decay;
};

// What only the device knows about an update, f32, one number each.
struct Decision {
  at::Tensor *t;        // number of the update, from 1
  at::Tensor *scale;    // what gradients are divided by
  at::Tensor *skipped;  // 1 if nothing is to be written, else 0
};

// What LAMB needs beside `Numbers`.
struct Lamb {
  double factor;                    // what gradients are multiplied by
  double correction1, correction2;  // 1 - beta^t
  bool scaled;                      // whether the trust ratio scales the update; if not, it is 1
};

// Writes the global norm of all gradients into `out`, a tensor of one number. It stays on the device.
int macbert_norm(at::Tensor *const *gradients, size_t n, at::Tensor *out, char *reason, size_t capacity) {
  return without_graph(reason, capacity, [&] {
    Tensors norms = at::_foreach_norm(list(gradients, n), 2);
    out->copy_(at::stack(norms).norm());
  });
}

// AdamW in one pass over all parameters. The device decides whether it writes anything.
int macbert_adamw(const Lists *lists, const Numbers *x, const Decision *decision, char *reason, size_t capacity) {
  return without_graph(reason, capacity, [&] {
    Tensors steps(lists->n, *decision->t);
    at::_fused_adamw_(list(lists->parameters, lists->n), list(lists->gradients, lists->n), list(lists->first, lists->n),
                      list(lists->second, lists->n), {}, steps, x->rate, x->beta1, x->beta2, x->decay, x->epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, *decision->scale, *decision->skipped);
  });
}

// LAMB in a dozen passes over all parameters.
int macbert_lamb(const Lists *lists, const Numbers *x, const Lamb *lamb, char *reason, size_t capacity) {
  return without_graph(reason, capacity, [&] {
    Tensors parameters = list(lists->parameters, lists->n), gradients = list(lists->gradients, lists->n);
    Tensors first = list(lists->first, lists->n), second = list(lists->second, lists->n);
    at::_foreach_mul_(first, x->beta1);
    at::_foreach_add_(first, gradients, lamb->factor * (1.0 - x->beta1));
    at::_foreach_mul_(second, x->beta2);
    at::_foreach_addcmul_(second, gradients, gradients, lamb->factor * lamb->factor * (1.0 - x->beta2));
    Tensors roots = at::_foreach_div(second, lamb->correction2);
    at::_foreach_sqrt_(roots);
    at::_foreach_add_(roots, x->epsilon);
    Tensors updates = at::_foreach_div(first, lamb->correction1);
    at::_foreach_div_(updates, roots);
    if (x->decay > 0.0) at::_foreach_add_(updates, parameters, x->decay);
    if (lamb->scaled) {
      at::Tensor lengths = at::stack(at::_foreach_norm(parameters, 2));
      at::Tensor steps = at::stack(at::_foreach_norm(updates, 2));
      at::Tensor is_zero = lengths.eq(0).logical_or(steps.eq(0));
      at::Tensor ratios = (lengths / steps).masked_fill(is_zero, 1.0);
      at::_foreach_mul_(updates, ratios.unbind());
    }
    at::_foreach_add_(parameters, updates, -x->rate);
  });
}

}  // extern "C"
