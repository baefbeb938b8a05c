// The common part of all functions here: each returns 0, or 1 with the reason in `reason`. No exception may pass to Rust.

#pragma once

#include <cstring>
#include <exception>

template <typename Work>
int attempt(char *reason, size_t capacity, Work work) {
  try {
    work();
    return 0;
  } catch (const std::exception &error) {
    std::strncpy(reason, error.what(), capacity - 1);
    reason[capacity - 1] = '\0';
    return 1;
  }
}
