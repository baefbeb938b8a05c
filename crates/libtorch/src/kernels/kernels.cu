// The operations between the matrix products of a layer on a GPU, each as one pass over memory. `program.rs` compiles this
// file when a model first runs on a GPU, for that GPU and for the model's width: `WIDTH` is the hidden width, a multiple of 8.
//
// Matrices are row-major. Hidden states are bf16, sums are f32. A thread reads and writes 8 columns at a time, 16 bytes of
// bf16. A kernel that computes sums over rows writes one row of sums per block, or per row of blocks. `sum_rows` then adds
// these up in a fixed order, so that results do not differ from run to run.

typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

// A warp shares a row. This is the number of vectors of 8 columns that each of its lanes has.
#define N_VECTORS ((WIDTH / 8 + 31) / 32)

// Dropout at one place of the model: `Site` of site.rs. A number is dropped if its draw is below `below`, or else multiplied
// by `kept`.
struct Site {
  u64 key;
  u32 below;
  float kept;
};

__device__ __forceinline__ float infinity() { return __uint_as_float(0x7f800000u); }

struct Eight {
  float x[8];
};

__device__ __forceinline__ float low(u32 pair) { return __uint_as_float(pair << 16); }

__device__ __forceinline__ float high(u32 pair) { return __uint_as_float(pair & 0xffff0000u); }

// Rounds two numbers to bf16, to nearest, ties to even.
__device__ __forceinline__ u32 pair(float low, float high) {
  u32 out;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
  return out;
}

__device__ __forceinline__ Eight load(const u16 *from) {
  uint4 v = *reinterpret_cast<const uint4 *>(from);
  return {{low(v.x), high(v.x), low(v.y), high(v.y), low(v.z), high(v.z), low(v.w), high(v.w)}};
}

__device__ __forceinline__ Eight load(const float *from) {
  float4 a = reinterpret_cast<const float4 *>(from)[0], b = reinterpret_cast<const float4 *>(from)[1];
  return {{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}};
}

__device__ __forceinline__ void store(u16 *to, const Eight &v) {
  uint4 out = {pair(v.x[0], v.x[1]), pair(v.x[2], v.x[3]), pair(v.x[4], v.x[5]), pair(v.x[6], v.x[7])};
  *reinterpret_cast<uint4 *>(to) = out;
}

__device__ __forceinline__ void store(float *to, const Eight &v) {
  reinterpret_cast<float4 *>(to)[0] = {v.x[0], v.x[1], v.x[2], v.x[3]};
  reinterpret_cast<float4 *>(to)[1] = {v.x[4], v.x[5], v.x[6], v.x[7]};
}

// SplitMix64, as `hash_counter` of the crate `repro`.
__device__ __forceinline__ u64 mix(u64 counter) {
  u64 x = counter * 0x9e3779b97f4a7c15ull + 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// The key of a row. `numbers` has the index of each row among all rows; without it, each row has its own index.
__device__ __forceinline__ u32 row_key(const Site &site, const int *__restrict__ numbers, int row) {
  return mix(site.key ^ (u64)(numbers ? numbers[row] : row));
}

// The dropout factor of a column; `row` is the key of the row. It is the same as `Factors::of` on the host.
__device__ __forceinline__ float factor(const Site &site, u32 row, u32 column) {
  u32 x = row + column * 0x9e3779b9u;
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  x ^= x >> 16;
  return x < site.below ? 0.0f : site.kept;
}

__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(0xffffffffu, x, distance);
  return x;
}

__device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, distance));
  return x;
}

// Warps take rows in turns: the first row of this warp, and the distance to its next.
__device__ __forceinline__ int first_row() { return (blockIdx.x * blockDim.x + threadIdx.x) / 32; }
__device__ __forceinline__ int n_warps() { return gridDim.x * blockDim.x / 32; }

// The first column of this lane's j-th vector. It may be beyond the width.
__device__ __forceinline__ int column_of(int j) { return (threadIdx.x % 32 + 32 * j) * 8; }

// The mean of a row, and 1 / its standard deviation, in two passes over registers.
__device__ __forceinline__ float2 moments(const Eight (&v)[N_VECTORS], float eps) {
  float sum = 0.0f, squares = 0.0f;
#pragma unroll
  for (int j = 0; j < N_VECTORS; ++j)
    if (column_of(j) < WIDTH)
#pragma unroll
      for (int k = 0; k < 8; ++k) sum += v[j].x[k];
  float mean = warp_sum(sum) / WIDTH;
#pragma unroll
  for (int j = 0; j < N_VECTORS; ++j)
    if (column_of(j) < WIDTH)
#pragma unroll
      for (int k = 0; k < 8; ++k) squares += (v[j].x[k] - mean) * (v[j].x[k] - mean);
  return {mean, rsqrtf(warp_sum(squares) / WIDTH + eps)};
}

// Adds up the sums of a block's warps in a fixed order, and writes them: `[gridDim.x, n, WIDTH]`.
template <int N>
__device__ __forceinline__ void store_sums(float *sums, Eight (&own)[N][N_VECTORS]) {
  __shared__ float all[N * WIDTH];
  for (int warp = 0; warp < blockDim.x / 32; ++warp) {
    if (threadIdx.x / 32 == warp)
#pragma unroll
      for (int n = 0; n < N; ++n)
#pragma unroll
        for (int j = 0; j < N_VECTORS; ++j)
          if (column_of(j) < WIDTH)
#pragma unroll
            for (int k = 0; k < 8; ++k) {
              float *place = &all[n * WIDTH + column_of(j) + k];
              *place = warp == 0 ? own[n][j].x[k] : *place + own[n][j].x[k];
            }
    __syncthreads();
  }
  for (int at = threadIdx.x; at < N * WIDTH; at += blockDim.x) sums[(u64)blockIdx.x * N * WIDTH + at] = all[at];
}

extern "C" {

// y = norm(dropout(x) + residual). `statistics` receives the mean and 1 / standard deviation of each row, `[rows, 2]`.
// `numbers` has the index of each row among all rows, which decides its mask; without it, each row has its own index.
__global__ void __launch_bounds__(128)
    residual_norm(const u16 *__restrict__ x, const u16 *__restrict__ residual, const float *__restrict__ weight,
                  const float *__restrict__ bias, u16 *__restrict__ y, float2 *__restrict__ statistics, int rows,
                  float eps, const int *__restrict__ numbers, Site site) {
  for (int row = first_row(); row < rows; row += n_warps()) {
    u32 key = row_key(site, numbers, row);
    u64 begin = (u64)row * WIDTH;
    Eight v[N_VECTORS];
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
      v[j] = load(x + begin + column);
      Eight r = load(residual + begin + column);
#pragma unroll
      for (int k = 0; k < 8; ++k) v[j].x[k] = v[j].x[k] * factor(site, key, column + k) + r.x[k];
    }
    float2 m = moments(v, eps);
    if (threadIdx.x % 32 == 0) statistics[row] = m;
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
      Eight w = load(weight + column), b = load(bias + column);
#pragma unroll
      for (int k = 0; k < 8; ++k) v[j].x[k] = (v[j].x[k] - m.x) * m.y * w.x[k] + b.x[k];
      store(y + begin + column, v[j]);
    }
  }
}

// The backward pass of `residual_norm`, which recomputes the input of the norm. `sums` receives the gradients of weight and
// bias, and of a bias that was added to x, `[gridDim.x, 3, WIDTH]`.
__global__ void __launch_bounds__(128)
    residual_norm_backward(const u16 *__restrict__ dy, const u16 *__restrict__ x, const u16 *__restrict__ residual,
                           const float *__restrict__ weight, const float2 *__restrict__ statistics,
                           u16 *__restrict__ dx, u16 *__restrict__ dresidual, float *__restrict__ sums, int rows,
                           const int *__restrict__ numbers, Site site) {
  Eight own[3][N_VECTORS] = {};
  for (int row = first_row(); row < rows; row += n_warps()) {
    u32 key = row_key(site, numbers, row);
    u64 begin = (u64)row * WIDTH;
    float2 m = statistics[row];
    Eight normed[N_VECTORS], slope[N_VECTORS];
    float sum = 0.0f, products = 0.0f;
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
      normed[j] = load(x + begin + column);
      slope[j] = load(dy + begin + column);
      Eight r = load(residual + begin + column), w = load(weight + column);
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        normed[j].x[k] = (normed[j].x[k] * factor(site, key, column + k) + r.x[k] - m.x) * m.y;
        own[0][j].x[k] += slope[j].x[k] * normed[j].x[k];
        own[1][j].x[k] += slope[j].x[k];
        slope[j].x[k] *= w.x[k];
        sum += slope[j].x[k];
        products += slope[j].x[k] * normed[j].x[k];
      }
    }
    sum = warp_sum(sum) / WIDTH;
    products = warp_sum(products) / WIDTH;
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
#pragma unroll
      for (int k = 0; k < 8; ++k) slope[j].x[k] = (slope[j].x[k] - sum - normed[j].x[k] * products) * m.y;
      store(dresidual + begin + column, slope[j]);
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        slope[j].x[k] *= factor(site, key, column + k);
        own[2][j].x[k] += slope[j].x[k];
      }
      store(dx + begin + column, slope[j]);
    }
  }
  store_sums(sums, own);
}

// y = dropout(norm(word + position + segment)). `statistics` is as in `residual_norm`.
__global__ void __launch_bounds__(128)
    embeddings(const float *__restrict__ word, const float *__restrict__ position, const float *__restrict__ segment,
               const int *__restrict__ ids, const float *__restrict__ weight, const float *__restrict__ bias,
               u16 *__restrict__ y, float2 *__restrict__ statistics, int rows, float eps, Site site) {
  for (int row = first_row(); row < rows; row += n_warps()) {
    u32 key = mix(site.key ^ (u64)row);
    const float *w = word + (u64)ids[row] * WIDTH;
    const float *p = position + (u64)ids[rows + row] * WIDTH;
    const float *s = segment + (u64)ids[2 * rows + row] * WIDTH;
    Eight v[N_VECTORS];
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
      Eight a = load(w + column), b = load(p + column), c = load(s + column);
#pragma unroll
      for (int k = 0; k < 8; ++k) v[j].x[k] = a.x[k] + b.x[k] + c.x[k];
    }
    float2 m = moments(v, eps);
    if (threadIdx.x % 32 == 0) statistics[row] = m;
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
      Eight a = load(weight + column), b = load(bias + column);
#pragma unroll
      for (int k = 0; k < 8; ++k)
        v[j].x[k] = ((v[j].x[k] - m.x) * m.y * a.x[k] + b.x[k]) * factor(site, key, column + k);
      store(y + (u64)row * WIDTH + column, v[j]);
    }
  }
}

// The backward pass of `embeddings`. `dsum` receives the gradient of each row's sum, f32 `[rows, WIDTH]`, and `sums` the
// gradients of weight and bias, `[gridDim.x, 2, WIDTH]`.
__global__ void __launch_bounds__(128)
    embeddings_backward(const u16 *__restrict__ dy, const float *__restrict__ word, const float *__restrict__ position,
                        const float *__restrict__ segment, const int *__restrict__ ids,
                        const float *__restrict__ weight, const float2 *__restrict__ statistics,
                        float *__restrict__ dsum, float *__restrict__ sums, int rows, Site site) {
  Eight own[2][N_VECTORS] = {};
  for (int row = first_row(); row < rows; row += n_warps()) {
    u32 key = mix(site.key ^ (u64)row);
    const float *w = word + (u64)ids[row] * WIDTH;
    const float *p = position + (u64)ids[rows + row] * WIDTH;
    const float *s = segment + (u64)ids[2 * rows + row] * WIDTH;
    float2 m = statistics[row];
    Eight normed[N_VECTORS], slope[N_VECTORS];
    float sum = 0.0f, products = 0.0f;
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
      Eight a = load(w + column), b = load(p + column), c = load(s + column), scale = load(weight + column);
      slope[j] = load(dy + (u64)row * WIDTH + column);
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        normed[j].x[k] = (a.x[k] + b.x[k] + c.x[k] - m.x) * m.y;
        slope[j].x[k] *= factor(site, key, column + k);
        own[0][j].x[k] += slope[j].x[k] * normed[j].x[k];
        own[1][j].x[k] += slope[j].x[k];
        slope[j].x[k] *= scale.x[k];
        sum += slope[j].x[k];
        products += slope[j].x[k] * normed[j].x[k];
      }
    }
    sum = warp_sum(sum) / WIDTH;
    products = warp_sum(products) / WIDTH;
#pragma unroll
    for (int j = 0; j < N_VECTORS; ++j) {
      int column = column_of(j);
      if (column >= WIDTH) continue;
#pragma unroll
      for (int k = 0; k < 8; ++k) slope[j].x[k] = (slope[j].x[k] - sum - normed[j].x[k] * products) * m.y;
      store(dsum + (u64)row * WIDTH + column, slope[j]);
    }
  }
  store_sums(sums, own);
}
}

// The probability that a standard normal number is below x, and the density at x. erf is Abramowitz and Stegun 7.1.26, whose
// error of 1.5e-7 is far below that of bf16.
__device__ __forceinline__ float2 normal(float x) {
  float z = fabsf(x) * 0.70710678f;
  float t = __fdividef(1.0f, 1.0f + 0.3275911f * z);
  float e = __expf(-z * z);
  float tail = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t * e;
  return {x < 0.0f ? 0.5f * tail : 1.0f - 0.5f * tail, e * 0.39894228f};
}

// Writes the sums of a tile of 256 columns, `[gridDim.y, width]`. `blockIdx.x` is the tile. The blocks of a tile take rows
// in turns, and so do the 8 warps of a block; each lane has 8 columns.
__device__ __forceinline__ void store_tile_sums(float *sums, const Eight &own, int width) {
  __shared__ float all[8][256];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int k = 0; k < 8; ++k) all[warp][lane * 8 + k] = own.x[k];
  __syncthreads();
  float sum = 0.0f;
#pragma unroll
  for (int warp = 0; warp < 8; ++warp) sum += all[warp][threadIdx.x];
  int column = blockIdx.x * 256 + threadIdx.x;
  if (column < width) sums[(u64)blockIdx.y * width + column] = sum;
}

extern "C" {

// y = GELU(x), number by number. `n` is a multiple of 8.
__global__ void __launch_bounds__(256) gelu(const u16 *__restrict__ x, u16 *__restrict__ y, u64 n) {
  u64 at = ((u64)blockIdx.x * blockDim.x + threadIdx.x) * 8;
  if (at >= n) return;
  Eight v = load(x + at);
#pragma unroll
  for (int k = 0; k < 8; ++k) v.x[k] *= normal(v.x[k]).x;
  store(y + at, v);
}

// The backward pass of `gelu`: dy becomes dx. `sums` receives the gradient of a bias that was added to x,
// `[gridDim.y, width]`.
__global__ void __launch_bounds__(256)
    gelu_backward(u16 *__restrict__ dy, const u16 *__restrict__ x, float *__restrict__ sums, int rows, int width) {
  Eight own = {};
  int column = blockIdx.x * 256 + threadIdx.x % 32 * 8;
  if (column < width)
    for (int row = blockIdx.y * 8 + threadIdx.x / 32; row < rows; row += gridDim.y * 8) {
      u64 at = (u64)row * width + column;
      Eight v = load(x + at), d = load(dy + at);
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        float2 n = normal(v.x[k]);
        d.x[k] *= n.x + v.x[k] * n.y;
        own.x[k] += d.x[k];
      }
      store(dy + at, d);
    }
  store_tile_sums(sums, own, width);
}

// Copies three matrices `[rows, width]` side by side, `[rows, 3 · width]`. `sums` receives the sums of their columns,
// `[gridDim.y, 3 · width]`.
__global__ void __launch_bounds__(256)
    side_by_side(const u16 *__restrict__ a, const u16 *__restrict__ b, const u16 *__restrict__ c,
                 u16 *__restrict__ all, float *__restrict__ sums, int rows, int width) {
  Eight own = {};
  int column = blockIdx.x * 256 + threadIdx.x % 32 * 8;
  if (column < 3 * width) {
    const u16 *from = (column < width ? a : column < 2 * width ? b : c) + column % width;
    for (int row = blockIdx.y * 8 + threadIdx.x / 32; row < rows; row += gridDim.y * 8) {
      Eight v = load(from + (u64)row * width);
#pragma unroll
      for (int k = 0; k < 8; ++k) own.x[k] += v.x[k];
      store(all + (u64)row * 3 * width + column, v);
    }
  }
  store_tile_sums(sums, own, 3 * width);
}

// The sums of the columns of a matrix, bf16 `[rows, width]` to `[gridDim.y, width]`.
__global__ void __launch_bounds__(256)
    column_sums(const u16 *__restrict__ x, float *__restrict__ sums, int rows, int width) {
  Eight own = {};
  int column = blockIdx.x * 256 + threadIdx.x % 32 * 8;
  for (int row = blockIdx.y * 8 + threadIdx.x / 32; row < rows; row += gridDim.y * 8) {
    const u16 *from = x + (u64)row * width + column;
    if (width % 8 == 0 && column < width) {
      Eight v = load(from);
#pragma unroll
      for (int k = 0; k < 8; ++k) own.x[k] += v.x[k];
    } else {
#pragma unroll
      for (int k = 0; k < 8; ++k)
        if (column + k < width) own.x[k] += low(from[k]);
    }
  }
  store_tile_sums(sums, own, width);
}

// Adds up rows of sums, `[rows, width]` to `[width]`. A block has 32 columns.
__global__ void __launch_bounds__(256)
    sum_rows(const float *__restrict__ x, float *__restrict__ sum, int rows, int width) {
  __shared__ float all[8][32];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, column = blockIdx.x * 32 + lane;
  float own = 0.0f;
  if (column < width)
#pragma unroll 4
    for (int row = warp; row < rows; row += 8) own += x[(u64)row * width + column];
  all[warp][lane] = own;
  __syncthreads();
  if (warp > 0 || column >= width) return;
#pragma unroll
  for (int other = 1; other < 8; ++other) own += all[other][lane];
  sum[column] = own;
}

// Computes the cross-entropy of each row of logits, `[rows, width]`, in nats into `losses`; one block per row. `bias` is
// added to the logits first. The logits become the gradients of `scale` times the cross-entropy: scale · (softmax − 1 at the
// label).
__global__ void __launch_bounds__(512)
    cross_entropy(u16 *__restrict__ logits, const float *__restrict__ bias, const int *__restrict__ labels,
                  float *__restrict__ losses, int width, float scale) {
  __shared__ float maxima[16], sums[16];
  u16 *row = logits + (u64)blockIdx.x * width;
  int label = labels[blockIdx.x], lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  bool flat = width % 8 == 0;
  // The greatest logit so far, and the sum of exp(logit − greatest).
  float greatest = -infinity(), sum = 0.0f;
  for (int column = threadIdx.x * 8; column < width; column += 512 * 8) {
    Eight v;
    if (flat) {
      Eight b = load(bias + column);
      v = load(row + column);
#pragma unroll
      for (int k = 0; k < 8; ++k) v.x[k] += b.x[k];
    } else {
#pragma unroll
      for (int k = 0; k < 8; ++k) v.x[k] = column + k < width ? low(row[column + k]) + bias[column + k] : -infinity();
    }
    float next = greatest;
#pragma unroll
    for (int k = 0; k < 8; ++k) next = fmaxf(next, v.x[k]);
    sum *= __expf(greatest - next);
#pragma unroll
    for (int k = 0; k < 8; ++k) sum += __expf(v.x[k] - next);
    greatest = next;
  }
  float most = warp_max(greatest);
  sum = warp_sum(greatest == -infinity() ? 0.0f : sum * __expf(greatest - most));
  if (lane == 0) maxima[warp] = most, sums[warp] = sum;
  __syncthreads();
  most = maxima[0];
#pragma unroll
  for (int other = 1; other < 16; ++other) most = fmaxf(most, maxima[other]);
  sum = 0.0f;
#pragma unroll
  for (int other = 0; other < 16; ++other) sum += maxima[other] == -infinity() ? 0.0f : sums[other] * __expf(maxima[other] - most);
  if (threadIdx.x == 0) losses[blockIdx.x] = most + logf(sum) - (low(row[label]) + bias[label]);
  float share = scale / sum;
  __syncthreads();  // the label's logit has been read
  for (int column = threadIdx.x * 8; column < width; column += 512 * 8) {
    if (flat) {
      Eight v = load(row + column), b = load(bias + column);
#pragma unroll
      for (int k = 0; k < 8; ++k)
        v.x[k] = __expf(v.x[k] + b.x[k] - most) * share - (column + k == label ? scale : 0.0f);
      store(row + column, v);
    } else {
#pragma unroll
      for (int k = 0; k < 8; ++k)
        if (column + k < width) {
          float v = __expf(low(row[column + k]) + bias[column + k] - most) * share;
          row[column + k] = pair(v - (column + k == label ? scale : 0.0f), 0.0f);
        }
    }
  }
}
}
