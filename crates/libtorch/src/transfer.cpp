// Integers on their way to a GPU. Only `transfer.rs` calls this function; it has the other side of the declaration.

#include <ATen/ATen.h>

#include "attempt.h"

// Copies integers of the host, i32 `[n]`, to a GPU. They go through pinned memory and the queue, so the host does not wait.
// LibTorch keeps the pinned memory until the copy is done.
extern "C" int macbert_send(const int32_t *values, size_t n, int gpu, at::Tensor **sent, char *reason,
                            size_t capacity) {
  return attempt(reason, capacity, [&] {
    auto size = static_cast<int64_t>(n);
    at::Tensor pinned = at::empty({size}, at::TensorOptions().dtype(at::kInt).pinned_memory(true));
    std::memcpy(pinned.data_ptr(), values, n * sizeof(int32_t));
    *sent = new at::Tensor(pinned.to(at::Device(at::kCUDA, gpu), /*non_blocking=*/true));
  });
}
