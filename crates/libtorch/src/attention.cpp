// Attention over examples that lie end to end, by LibTorch's kernels for GPUs, which `tch` has no names for. Called by
// `attention.rs` alone, which holds the other side of these declarations.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <atomic>

#include "attempt.h"

extern "C" {

// Where examples lie: `borders` are the first row of each and the number of all, i32 `[b + 1]` on the device.
struct Layout {
  const at::Tensor *borders;
  int64_t n_examples;
  int64_t longest;
  int64_t n_heads;
  double dropout;
};
}

namespace {

using Parts = std::array<at::Tensor, 3>;

// Whether cuDNN has refused: then it is not asked again.
std::atomic<bool> cudnn_refused{false};

// One of several matrices of width h side by side, `[t, parts · h]`, by head, `[t, n, d]`: a view.
at::Tensor part(const at::Tensor &x, int64_t number, int64_t parts, int64_t n_heads) {
  int64_t h = x.size(1) / parts;
  return x.narrow(1, number * h, h).unflatten(1, {n_heads, h / n_heads});
}

Parts parts(const at::Tensor &x, int64_t n_heads) {
  return {part(x, 0, 3, n_heads), part(x, 1, 3, n_heads), part(x, 2, 3, n_heads)};
}

// Examples of one length by example, `[t, n, d]` to `[b, n, s, d]`, and back to `[t, h]`: views.
at::Tensor batch(const at::Tensor &x, const Layout &layout) {
  return x.unflatten(0, {layout.n_examples, layout.longest}).transpose(1, 2);
}

at::Tensor rows(const at::Tensor &x) { return x.transpose(1, 2).flatten(2).flatten(0, 1); }

auto flash(const Parts &x, const Layout &layout) {
  return at::_flash_attention_forward(x[0], x[1], x[2], *layout.borders, *layout.borders, layout.longest,
                                      layout.longest, layout.dropout, /*is_causal=*/false,
                                      /*return_debug_mask=*/false, std::optional<double>());
}

void put(at::Tensor **place, const at::Tensor &x) { *place = new at::Tensor(x); }

}  // namespace

extern "C" {

// Query, key and value side by side, bf16 `[t, 3h]`, to mixtures `[t, h]`, with what the backward pass needs: all are new
// tensors. Examples of one length go to cuDNN, whose kernels are nearly twice as fast there, others to flash attention.
int macbert_attention(const at::Tensor *projected, const Layout *layout, bool *by_cudnn, at::Tensor **mixed,
                      at::Tensor **logarithms, at::Tensor **seed, at::Tensor **offset, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    c10::NoGradGuard no_grad;
    Parts x = parts(*projected, layout->n_heads);
    bool is_even = layout->n_examples * layout->longest == projected->size(0);
    if (is_even && !cudnn_refused.load()) {
      try {
        Parts y = {batch(x[0], *layout), batch(x[1], *layout), batch(x[2], *layout)};
        auto result = at::_scaled_dot_product_cudnn_attention(y[0], y[1], y[2], /*attn_bias=*/std::nullopt,
                                                              /*compute_log_sumexp=*/true, layout->dropout);
        put(mixed, rows(std::get<0>(result)).contiguous());
        put(logarithms, std::get<1>(result));
        put(seed, std::get<6>(result));
        put(offset, std::get<7>(result));
        *by_cudnn = true;
        return;
      } catch (const c10::Error &) {
        cudnn_refused.store(true);
      }
    }
    auto result = flash(x, *layout);
    put(mixed, std::get<0>(result).flatten(1));
    put(logarithms, std::get<1>(result));
    put(seed, std::get<2>(result));
    put(offset, std::get<3>(result));
    *by_cudnn = false;
  });
}

// Gradients of query, key and value, each `[t, h]`, from the mixtures'.
int macbert_attention_backward(const at::Tensor *gradient, const at::Tensor *projected, const at::Tensor *mixed,
                               const at::Tensor *logarithms, const at::Tensor *seed, const at::Tensor *offset,
                               const Layout *layout, bool by_cudnn, at::Tensor **query, at::Tensor **key,
                               at::Tensor **value, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    c10::NoGradGuard no_grad;
    Parts x = parts(*projected, layout->n_heads);
    at::Tensor d = part(*gradient, 0, 1, layout->n_heads), y = part(*mixed, 0, 1, layout->n_heads);
    std::array<at::Tensor **, 3> places = {query, key, value};
    if (by_cudnn) {
      at::Tensor none;
      auto [q, k, v] = at::_scaled_dot_product_cudnn_attention_backward(
          batch(d, *layout), batch(x[0], *layout), batch(x[1], *layout), batch(x[2], *layout), batch(y, *layout),
          *logarithms, *seed, *offset, none, none, none, layout->longest, layout->longest, layout->dropout,
          /*is_causal=*/false);
      Parts found = {q, k, v};
      for (int i = 0; i < 3; ++i) put(places[i], rows(found[i]).contiguous());
      return;
    }
    auto [q, k, v] = at::_flash_attention_backward(d, x[0], x[1], x[2], y, *logarithms, *layout->borders,
                                                   *layout->borders, layout->longest, layout->longest,
                                                   layout->dropout, /*is_causal=*/false, *seed, *offset,
                                                   std::optional<double>());
    Parts found = {q, k, v};
    for (int i = 0; i < 3; ++i) put(places[i], found[i].flatten(1).contiguous());
  });
}

// Query, key and value, `[t, h]` each, to mixtures `[t, h]` within LibTorch's graph: by flash attention in bf16, in f32 by
// the memory-efficient one, which has kernels for it.
int macbert_attention_in_graph(const at::Tensor *query, const at::Tensor *key, const at::Tensor *value,
                               const Layout *layout, at::Tensor **mixed, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    auto of = [&](const at::Tensor *x) { return part(*x, 0, 1, layout->n_heads); };
    Parts x = {of(query), of(key), of(value)};
    if (query->scalar_type() == at::kBFloat16) {
      put(mixed, std::get<0>(flash(x, *layout)).flatten(1));
      return;
    }
    // A batch of one, whose examples its borders tell apart: `[1, t, n, d]`.
    const at::Tensor &borders = *layout->borders;
    auto result = at::_efficient_attention_forward(
        x[0].unsqueeze(0), x[1].unsqueeze(0), x[2].unsqueeze(0), /*bias=*/std::nullopt, borders, borders,
        layout->longest, layout->longest, layout->dropout, /*custom_mask_type=*/0,
        /*compute_log_sumexp=*/c10::GradMode::is_enabled());
    put(mixed, std::get<0>(result).squeeze(0).flatten(1));
  });
}

}  // extern "C"
