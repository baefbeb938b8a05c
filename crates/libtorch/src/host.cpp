// Numbers in the host's memory as a tensor. Only `host.rs` calls this function; it has the other side of the declaration.

#include <ATen/ATen.h>

#include "attempt.h"

// Makes a tensor, f32 `[shape]`, of numbers that belong to `owner`. `release` is called once no tensor needs them.
extern "C" int macbert_adopt(float *numbers, const int64_t *shape, size_t n_dimensions, void *owner,
                             void (*release)(void *), at::Tensor **adopted, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    *adopted = new at::Tensor(at::from_blob(
        numbers, at::IntArrayRef(shape, n_dimensions), [=](void *) { release(owner); }, at::kFloat));
  });
}
