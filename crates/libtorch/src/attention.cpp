// Attention over examples that lie end to end, by LibTorch's kernels for GPUs, which `tch` has no names for. Only
// `attention.rs` calls these functions; it has the other side of the declarations.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <atomic>

#include "attempt.h"

extern "C" {

// Where examples and heads lie: `boundaries` has the first row of each example, and the number of all rows at the end, i32
// `[b + 1]` on the device.
struct Layout {
  const at::Tensor *boundaries;
  int64_t n_examples;
  int64_t longest;
  int64_t n_heads;
  double dropout;
};
}

namespace {

using Parts = std::array<at::Tensor, 3>;

// Whether cuDNN has refused once. It is not asked again then.
std::atomic<bool> cudnn_refused{false};

// Views one of several matrices of width h that lie side by side, `[t, parts · h]`, by head, `[t, n, d]`.
at::Tensor part(const at::Tensor &x, int64_t number, int64_t parts, int64_t n_heads) {
  int64_t h = x.size(1) / parts;
  return x.narrow(1, number * h, h).unflatten(1, {n_heads, h / n_heads});
}

Parts parts(const at::Tensor &x, int64_t n_heads) {
  return {part(x, 0, 3, n_heads), part(x, 1, 3, n_heads), part(x, 2, 3, n_heads)};
}

// Views examples of one length as a batch, `[t, n, d]` to `[b, n, s, d]`. `rows` goes back to `[t, h]`.
at::Tensor batch(const at::Tensor &x, const Layout &layout) {
  return x.unflatten(0, {layout.n_examples, layout.longest}).transpose(1, 2);
}

at::Tensor rows(const at::Tensor &x) { return x.transpose(1, 2).flatten(2).flatten(0, 1); }

auto flash(const Parts &x, const Layout &layout) {
  return at::_flash_attention_forward(x[0], x[1], x[2], *layout.boundaries, *layout.boundaries,
                                      layout.longest, layout.longest, layout.dropout, /*is_causal=*/false,
                                      /*return_debug_mask=*/false, std::optional<double>());
}

void put(at::Tensor **out, const at::Tensor &x) { *out = new at::Tensor(x); }

}  // namespace

extern "C" {

// Computes context vectors, `[t, h]`, from query, key and value side by side, bf16 `[t, 3h]`, and what the backward pass
// reads. All results are new tensors. Examples of one length go to cuDNN, whose kernels are nearly twice as fast for them,
// all others to flash attention.
int macbert_attention(const at::Tensor *projected, const Layout *layout, bool *by_cudnn, at::Tensor **context,
                      at::Tensor **logsumexp, at::Tensor **seed, at::Tensor **offset, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    c10::NoGradGuard no_grad;
    Parts x = parts(*projected, layout->n_heads);
    bool is_even = layout->n_examples * layout->longest == projected->size(0);
    if (is_even && !cudnn_refused.load()) {
      try {
        Parts y = {batch(x[0], *layout), batch(x[1], *layout), batch(x[2], *layout)};
        auto result = at::_scaled_dot_product_cudnn_attention(y[0], y[1], y[2], /*attn_bias=*/std::nullopt,
                                                              /*compute_log_sumexp=*/true, layout->dropout);
        put(context, rows(std::get<0>(result)).contiguous());
        put(logsumexp, std::get<1>(result));
        put(seed, std::get<6>(result));
        put(offset, std::get<7>(result));
        *by_cudnn = true;
        return;
      } catch (const c10::Error &) {
        cudnn_refused.store(true);
      }
    }
    auto result = flash(x, *layout);
    put(context, std::get<0>(result).flatten(1));
    put(logsumexp, std::get<1>(result));
    put(seed, std::get<2>(result));
    put(offset, std::get<3>(result));
    *by_cudnn = false;
  });
}

// Computes the gradients of query, key and value, each `[t, h]`, from that of the context vectors.
int macbert_attention_backward(const at::Tensor *gradient, const at::Tensor *projected, const at::Tensor *context,
                               const at::Tensor *logsumexp, const at::Tensor *seed, const at::Tensor *offset,
                               const Layout *layout, bool by_cudnn, at::Tensor **query, at::Tensor **key,
                               at::Tensor **value, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    c10::NoGradGuard no_grad;
    Parts x = parts(*projected, layout->n_heads);
    at::Tensor d = part(*gradient, 0, 1, layout->n_heads), y = part(*context, 0, 1, layout->n_heads);
    std::array<at::Tensor **, 3> outs = {query, key, value};
    if (by_cudnn) {
      at::Tensor none;
      auto [q, k, v] = at::_scaled_dot_product_cudnn_attention_backward(
          batch(d, *layout), batch(x[0], *layout), batch(x[1], *layout), batch(x[2], *layout), batch(y, *layout),
          *logsumexp, *seed, *offset, none, none, none, layout->longest, layout->longest, layout->dropout,
          /*is_causal=*/false);
      Parts found = {q, k, v};
      for (int i = 0; i < 3; ++i) put(outs[i], rows(found[i]).contiguous());
      return;
    }
    auto [q, k, v] = at::_flash_attention_backward(d, x[0], x[1], x[2], y, *logsumexp, *layout->boundaries,
                                                   *layout->boundaries, layout->longest, layout->longest,
                                                   layout->dropout, /*is_causal=*/false, *seed, *offset,
                                                   std::optional<double>());
    Parts found = {q, k, v};
    for (int i = 0; i < 3; ++i) put(outs[i], found[i].flatten(1).contiguous());
  });
}

// Computes context vectors, `[t, h]`, from query, key and value, `[t, h]` each, within LibTorch's graph. bf16 goes to flash
// attention, f32 to memory-efficient attention, which has kernels for it.
int macbert_attention_in_graph(const at::Tensor *query, const at::Tensor *key, const at::Tensor *value,
                               const Layout *layout, at::Tensor **context, char *reason, size_t capacity) {
  return attempt(reason, capacity, [&] {
    auto of = [&](const at::Tensor *x) { return part(*x, 0, 1, layout->n_heads); };
    Parts x = {of(query), of(key), of(value)};
    if (query->scalar_type() == at::kBFloat16) {
      put(context, std::get<0>(flash(x, *layout)).flatten(1));
      return;
    }
    // The batch is one, `[1, t, n, d]`; the boundaries tell its examples apart.
    const at::Tensor &boundaries = *layout->boundaries;
    auto result = at::_efficient_attention_forward(
        x[0].unsqueeze(0), x[1].unsqueeze(0), x[2].unsqueeze(0), /*bias=*/std::nullopt, boundaries,
        boundaries, layout->longest, layout->longest, layout->dropout, /*custom_mask_type=*/0,
        /*compute_log_sumexp=*/c10::GradMode::is_enabled());
    put(context, std::get<0>(result).squeeze(0).flatten(1));
  });
}

}  // extern "C"
