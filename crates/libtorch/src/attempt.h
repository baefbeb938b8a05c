// What all functions here have in common: each gives 0, or 1 and the reason in `reason`, since no exception passes to Rust.

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
