// Stores and process groups of c10d, LibTorch's library for collective operations between processes. Only `collective.rs`
// calls these functions; it has the other side of the declarations.

#include <ATen/ATen.h>

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "attempt.h"

namespace {

using Milliseconds = std::chrono::milliseconds;
using Store = c10::intrusive_ptr<c10d::Store>;
using Group = c10::intrusive_ptr<c10d::ProcessGroupGloo>;
using Work = c10::intrusive_ptr<c10d::Work>;

// An operation that was started. It keeps the tensors that it reads and writes.
struct Started {
  Work work;
  std::vector<at::Tensor> tensors;
};

// Keeps what Gloo prints while it connects out of the program's output.
struct Silence {
  Silence() { std::cout.setstate(std::ios_base::failbit); }
  ~Silence() { std::cout.clear(); }
};

}  // namespace

extern "C" {

// Connects to the store at an address, or serves it too if `serves`. Keys get a prefix.
int macbert_store(const char *host, uint16_t port, bool serves, int64_t timeout_ms, const char *prefix, Store **out,
                  char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = serves;
    options.waitWorkers = false;
    options.timeout = Milliseconds(timeout_ms);
    Store store = c10::make_intrusive<c10d::TCPStore>(std::string(host), options);
    *out = new Store(c10::make_intrusive<c10d::PrefixStore>(std::string(prefix), std::move(store)));
  });
}

void macbert_store_free(Store *store) { delete store; }

int macbert_store_set(Store *store, const char *key, const uint8_t *value, size_t n, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] { (*store)->set(key, std::vector<uint8_t>(value, value + n)); });
}

// Writes whether the store has a key into `found`.
int macbert_store_has(Store *store, const char *key, bool *found, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] { *found = (*store)->check({std::string(key)}); });
}

// Waits for a key, at most `timeout_ms`, and hands its value to `take`.
int macbert_store_get(Store *store, const char *key, int64_t timeout_ms, void *owner,
                      void (*take)(void *, const uint8_t *, size_t), char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    (*store)->wait({std::string(key)}, Milliseconds(timeout_ms));
    std::vector<uint8_t> value = (*store)->get(key);
    take(owner, value.data(), value.size());
  });
}

// Makes the group of `size` processes that share the store. Other processes reach this one at `address`, or at that of the
// network interface that the user names in GLOO_SOCKET_IFNAME.
int macbert_group(Store *store, int rank, int size, const char *address, int64_t timeout_ms, Group **out, char *reason,
                  size_t capacity) {
  return attempt(reason, capacity, [&] {
    Silence silence;
    auto options = c10d::ProcessGroupGloo::Options::create(Milliseconds(timeout_ms));
    const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                         : c10d::ProcessGroupGloo::createDeviceForHostname(address));
    options->threads = 2;
    *out = new Group(c10::make_intrusive<c10d::ProcessGroupGloo>(*store, rank, size, options));
  });
}

void macbert_group_free(Group *group) { delete group; }

// Starts to add up a tensor over all processes, in place.
int macbert_all_reduce(Group *group, const at::Tensor *tensor, Started **out, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    std::vector<at::Tensor> tensors = {*tensor};
    Work work = (*group)->allreduce(tensors);
    *out = new Started{std::move(work), std::move(tensors)};
  });
}

// Starts to copy the tensor `[n]` of every process to all processes, into `[size, n]`.
int macbert_all_gather(Group *group, const at::Tensor *tensor, const at::Tensor *gathered, Started **out, char *reason,
                       size_t capacity) {
  return attempt(reason, capacity, [&] {
    std::vector<at::Tensor> inputs = {*tensor};
    std::vector<std::vector<at::Tensor>> outputs = {gathered->unbind(0)};
    Work work = (*group)->allgather(outputs, inputs);
    *out = new Started{std::move(work), {*tensor, *gathered}};
  });
}

// Forgets an operation. c10d still finishes it, and keeps its tensors until then.
void macbert_forget(Started *started) { delete started; }

// Waits until an operation is done, and frees it.
int macbert_wait(Started *started, char *reason, size_t capacity) {
  int failure = attempt(reason, capacity, [&] { started->work->wait(); });
  delete started;
  return failure;
}

}  // extern "C"
