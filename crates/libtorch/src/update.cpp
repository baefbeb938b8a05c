// Updates of all parameters in few calls, by operations of LibTorch that take lists of tensors; the formulas are those of
// `optimizer/update.rs`. Called by `update.rs` alone, which holds the other side of these declarations.

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

// Of `n` flat tensors of one device each. All are written, gradients by AdamW only: it leaves them clipped.
struct Lists {
  at::Tensor *const *parameters;
  at::Tensor *const *gradients;
  at::Tensor *const *first;
  at::Tensor *const *second;
  size_t n;
};

struct Numbers {
  double rate;
  double beta1, beta2, epsilon, decay;
};

// What the device knows of an update, one number each, f32.
struct Decision {
  at::Tensor *t;        // the update's number, from 1
  at::Tensor *scale;    // what gradients are divided by
  at::Tensor *skipped;  // 1: nothing is written
};

// What LAMB is told besides.
struct Lamb {
  double factor;                    // of gradients
  double correction1, correction2;  // 1 - beta^t
  bool scaled;                      // without, the trust ratio is 1
};

// The global norm of all gradients, left on the device, into a tensor of one number.
int macbert_norm(at::Tensor *const *gradients, size_t n, at::Tensor *out, char *reason, size_t capacity) {
  return without_graph(reason, capacity, [&] {
    Tensors norms = at::_foreach_norm(list(gradients, n), 2);
    out->copy_(at::stack(norms).norm());
  });
}

// AdamW: one pass over all parameters, or none, as the device has it.
int macbert_adamw(const Lists *lists, const Numbers *x, const Decision *decision, char *reason, size_t capacity) {
  return without_graph(reason, capacity, [&] {
    Tensors steps(lists->n, *decision->t);
    at::_fused_adamw_(list(lists->parameters, lists->n), list(lists->gradients, lists->n), list(lists->first, lists->n),
                      list(lists->second, lists->n), {}, steps, x->rate, x->beta1, x->beta2, x->decay, x->epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, *decision->scale, *decision->skipped);
  });
}

// LAMB: a dozen passes over all parameters.
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
