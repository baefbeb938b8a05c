// Memory of a GPU, as LibTorch's allocator counts it. Only `memory.rs` calls this function.

#include <c10/core/CachingDeviceAllocator.h>

#include <cstdint>

// Writes the most bytes that tensors of a GPU have taken up at once into `out`. Returns 1 if LibTorch has no such GPU. No
// exception passes to Rust.
extern "C" int macbert_peak_memory(int gpu, uint64_t *out) {
  try {
    auto *allocator = c10::getDeviceAllocator(c10::DeviceType::CUDA);
    auto stats = allocator->getDeviceStats(static_cast<c10::DeviceIndex>(gpu));
    auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    *out = static_cast<uint64_t>(stats.allocated_bytes[all].peak);
    return 0;
  } catch (...) {
    return 1;
  }
}
