// Numbers on their way to a GPU. Called by `transfer.rs` alone, which holds the other side of these declarations.

#include <ATen/ATen.h>

#include "attempt.h"

// Integers of the host, i32 `[n]`, on a GPU: from pinned memory and queued, so that nobody waits. LibTorch keeps the
// pinned memory until the copy is done.
extern "C" int macbert_send(const int32_t *values, size_t n, int gpu, at::Tensor **sent, char *reason,
                            size_t capacity) {
  return attempt(reason, capacity, [&] {
    auto size = static_cast<int64_t>(n);
    at::Tensor pinned = at::empty({size}, at::TensorOptions().dtype(at::kInt).pinned_memory(true));
    std::memcpy(pinned.data_ptr(), values, n * sizeof(int32_t));
    *sent = new at::Tensor(pinned.to(at::Device(at::kCUDA, gpu), /*non_blocking=*/true));
  });
}
