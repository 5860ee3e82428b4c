// C[M, N] = A[M, K] * B[K, N] in fp32: loops around a micro-kernel, after Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication" (2008), and the BLIS framework that grew from it.
//
// Why three plain loops are slow: each multiply-add waits for two loads, one of which strides through memory. The cure
// is to use every number many times while it sits close to the core. From the inside out:
//
//   micro-kernel   an MR x NR tile of C lives in vector registers while k runs. Per k it loads NR numbers of B and MR
//                  of A and does MR * NR multiply-adds: enough work per load to keep the arithmetic units busy.
//   i loop         the next MR rows of A, same NR columns of B, which stay in the L1 and L2 caches.
//   j loop         the next NR columns of B, same rows of A: the MC x KC block of A stays in the L2 cache.
//   task loop      blocks of C, MC x NC each; every thread has a share of them and, when done, helps the others.
//   slab loops     parts of A, B and K whose packed copies together stay in the L3 cache; all threads share them.
//                  The first KC steps of k store to C, later ones add.
//
// Packing copies a slab into panels, MR rows of A or NR columns of B wide and in the order in which the micro-kernel
// reads them: one stream, no cache sets that clash at strides like 2048, few pages, ends padded with zeros (so that
// the micro-kernel needs no special cases; what the padding yields is never stored). A copy costs as much as a few
// uses, so an operand whose panels are used only a few times is read in place, through its strides.
//
//   M, N, K   sizes of the product          MR, NR      tile of C in registers: rows, columns
//   MC, NC    block of C of one task        KC          steps of k between two visits to that block
//   across    stride from one row of A (one column of B) to the next          along   stride from one k to the next

#include <omp.h>

#include <cstdint>
#include <cstdlib>

namespace {

using index_t = std::int64_t;

// KC: long, so that C's tile is seldom loaded and stored. B's panel, 48 KB in AVX2, may then outgrow L1: the kernel
// wants a line of it in 6 cycles, and L2 delivers one in 2. MC: A's block of 72 x 768 floats has 216 KB, less than half
// of a 512 KB L2. NC: makes a task of some 14 million multiply-adds, coarse next to the cost of handing it out, fine
// enough that no thread waits long at the end. SLAB: two packed slabs of 2304 x 768 floats have 14 MB.
constexpr index_t KC = 768, MC = 72, NC = 256, SLAB = 2304;
constexpr index_t USES_THAT_PAY_FOR_PACKING = 12;  // measured: from about so many uses on, packed is faster
constexpr index_t TASKS_PER_THREAD = 8;            // an uneven last task then costs at most an eighth
constexpr index_t PREFETCH_K = 8;                  // steps of k asked for ahead; what matters when read in place
constexpr index_t PACK_K = 16;                     // rows of B packed side by side: so many pages at a time

index_t min(index_t a, index_t b) { return a < b ? a : b; }
index_t ceil_div(index_t a, index_t b) { return (a + b - 1) / b; }
// The step, at most `most`, that cuts `total` into the fewest parts, all nearly of one size (no tiny last part).
index_t even_step(index_t total, index_t most) { return ceil_div(total, ceil_div(total, most)); }

// MR rows of A or NR columns of B, packed (across = 1, along = MR or NR) or in place.
struct Panel {
    const float *data;
    index_t across, along;
};

template <int LANES>
struct Vector {  // a compiler vector: element-wise + and *, any alignment, lowered to what the target has
    typedef float type __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
};

// The micro-kernel: c (MR x NR, NR = 2 vectors) = or += a panel (MR x kc) * b panel (kc x NR). The sums must fit
// the registers, beside two vectors of B and one number of A spread over a vector: MR * 2 + 3 <= 16 (32 in AVX-512).
// They must also be many: an FMA takes 4 cycles and two start per cycle, so fewer than 8 independent sums would stall.
template <int MR, int LANES>
__attribute__((always_inline)) inline void micro_kernel(index_t kc, Panel a, Panel b, float *c, index_t ldc, bool add) {
    using V = typename Vector<LANES>::type;
    V sum[MR][2] = {};
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) {  // C's next rows are far apart: ask now for what is needed at the end
        __builtin_prefetch(c + i * ldc, 1);
        __builtin_prefetch(c + i * ldc + 2 * LANES - 1, 1);
    }
    for (index_t k = 0; k < kc; ++k, a.data += a.along, b.data += b.along) {
        const V b0 = *(const V *)b.data, b1 = *(const V *)(b.data + LANES);
        __builtin_prefetch(a.data + PREFETCH_K * a.along);
        __builtin_prefetch(b.data + PREFETCH_K * b.along);
        if (LANES == 16) __builtin_prefetch(b.data + PREFETCH_K * b.along + LANES);
#pragma GCC unroll 16
        for (int i = 0; i < MR; ++i) {  // unrolled whole, or `sum` would live in memory
            sum[i][0] += a.data[i * a.across] * b0;
            sum[i][1] += a.data[i * a.across] * b1;
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i, c += ldc) {
        V *c0 = (V *)c, *c1 = (V *)(c + LANES);
        *c0 = add ? *c0 + sum[i][0] : sum[i][0];
        *c1 = add ? *c1 + sum[i][1] : sum[i][1];
    }
}

// One body, three targets: the attribute lets the compiler use instructions that the rest of the file must not contain.
using MicroKernel = void (*)(index_t kc, Panel a, Panel b, float *c, index_t ldc, bool add);
#if defined(__x86_64__)
__attribute__((target("avx512f"))) void micro_14x32(index_t kc, Panel a, Panel b, float *c, index_t ldc, bool add) {
    micro_kernel<14, 16>(kc, a, b, c, ldc, add);
}
__attribute__((target("avx2,fma"))) void micro_6x16(index_t kc, Panel a, Panel b, float *c, index_t ldc, bool add) {
    micro_kernel<6, 8>(kc, a, b, c, ldc, add);
}
#endif
void micro_6x8(index_t kc, Panel a, Panel b, float *c, index_t ldc, bool add) {
    micro_kernel<6, 4>(kc, a, b, c, ldc, add);
}

struct Range {
    index_t first, count;
};

// A or B as panels of WIDTH lines (rows of A, columns of B). Panel numbers count from the start of the matrix.
template <int WIDTH>
struct Operand {
    const float *data;
    index_t across, along, lines;
    bool in_place;       // read whole panels through the strides; a last, narrower one is packed all the same
    float *packed;       // room for the panels of a slab
    Range slab, slab_k;  // the panels and the steps of k that are packed now

    bool is_in_place(index_t p) const { return in_place && (p + 1) * WIDTH <= lines; }
    float *packed_panel(index_t p) const { return packed + (p - slab.first) * WIDTH * slab_k.count; }

    Panel panel(index_t p) const {
        if (is_in_place(p)) return {data + p * WIDTH * across + slab_k.first * along, across, along};
        return {packed_panel(p), 1, WIDTH};
    }

    void pack(index_t p, Range steps) const {
        const float *from = data + p * WIDTH * across + steps.first * along;
        float *to = packed_panel(p) + (steps.first - slab_k.first) * WIDTH;
        const index_t width = min(WIDTH, lines - p * WIDTH);
        for (index_t k = 0; k < steps.count; ++k, from += along, to += WIDTH) {
            if (width == WIDTH && across == 1) {  // the same copy as the next one, but of vectors
                for (int i = 0; i < WIDTH; ++i) to[i] = from[i];
            } else if (width == WIDTH) {
#pragma GCC unroll 32
                for (int i = 0; i < WIDTH; ++i) to[i] = from[i * across];
            } else {
                for (int i = 0; i < WIDTH; ++i) to[i] = i < width ? from[i * across] : 0.0f;
            }
        }
    }

    // All threads of the team share the panels of a slab out among themselves; none waits at the end. Where lines lie
    // side by side, a few steps of k are copied for all panels before the next few: memory is read as it lies.
    void pack_slab() const {
        const index_t end = slab_k.first + slab_k.count, chunk = across == 1 ? PACK_K : slab_k.count;
#pragma omp for collapse(2) schedule(static) nowait
        for (index_t k = slab_k.first; k < end; k += chunk)
            for (index_t p = slab.first; p < slab.first + slab.count; ++p)
                if (!is_in_place(p)) pack(p, {k, min(chunk, end - k)});
    }
};

// One task: the j and i loops over a block of C, given as panels of A (rows) by panels of B (columns).
template <int MR, int NR>
void multiply_block(MicroKernel micro, const Operand<MR> &a, const Operand<NR> &b, Range rows, Range cols, float *c) {
    const index_t ldc = b.lines, kc = a.slab_k.count;
    const bool add = a.slab_k.first > 0;
    for (index_t j = cols.first; j < cols.first + cols.count; ++j) {
        for (index_t i = rows.first; i < rows.first + rows.count; ++i) {
            const index_t height = min(MR, a.lines - i * MR), width = min(NR, b.lines - j * NR);
            float *tile = c + i * MR * ldc + j * NR;
            if (height == MR && width == NR) {
                micro(kc, a.panel(i), b.panel(j), tile, ldc, add);
                continue;
            }
            float whole[MR * NR];  // the tile sticks out over the edge of C: compute it aside, store what is in C
            micro(kc, a.panel(i), b.panel(j), whole, NR, false);
            for (index_t y = 0; y < height; ++y)
                for (index_t x = 0; x < width; ++x)
                    tile[y * ldc + x] = whole[y * NR + x] + (add ? tile[y * ldc + x] : 0.0f);
        }
    }
}

// A thread's share of the tasks under one slab: consecutive, so that it meets the same part of C and A at each k, whose
// cache lines its core has. Each share has a cache line of its own.
struct alignas(64) Share {
    index_t next, end;
};

index_t take(Share &share) {
    index_t task;
#pragma omp atomic capture
    task = share.next++;
    return task;
}

// A slab of C cut into blocks of about MC x NC, or of fewer panels where threads would go without.
struct Blocks {
    index_t rows, cols, across, count;  // panels of A and of B in a block; blocks side by side; blocks in all
};

template <int MR, int NR>
Blocks cut_slab(index_t a_panels, index_t b_panels, int threads) {
    index_t rows = MC / MR, cols = NC / NR;
    const index_t enough = TASKS_PER_THREAD * threads;
    while (ceil_div(a_panels, rows) * ceil_div(b_panels, cols) < enough && rows * cols > 1) {
        const bool halve_rows = cols == 1 || (rows > 1 && rows * MR > cols * NR);
        (halve_rows ? rows : cols) = ceil_div(halve_rows ? rows : cols, 2);
    }
    rows = even_step(a_panels, rows);
    cols = even_step(b_panels, cols);
    return {rows, cols, ceil_div(b_panels, cols), ceil_div(a_panels, rows) * ceil_div(b_panels, cols)};
}

// Called by all threads of the team: pack a slab of A, wait for each other's packing, work off the tasks, wait again.
template <int MR, int NR>
void multiply_slab(MicroKernel micro, const Operand<MR> &a, const Operand<NR> &b, float *c, Share *shares) {
    const int team = omp_get_num_threads(), me = omp_get_thread_num();
    const Blocks blocks = cut_slab<MR, NR>(a.slab.count, b.slab.count, team);
    shares[me] = {blocks.count * me / team, blocks.count * (me + 1) / team};
    a.pack_slab();
#pragma omp barrier
    for (int turn = 0; turn < team; ++turn) {
        Share &share = shares[(me + turn) % team];
        for (index_t task = take(share); task < share.end; task = take(share)) {
            const index_t i = task / blocks.across * blocks.rows, j = task % blocks.across * blocks.cols;
            multiply_block(micro, a, b, {a.slab.first + i, min(blocks.rows, a.slab.count - i)},
                           {b.slab.first + j, min(blocks.cols, b.slab.count - j)}, c);
        }
    }
#pragma omp barrier
}

// Memory for the packed slabs, kept between calls: fresh pages would cost as much as the packing itself.
struct Workspace {
    float *data = nullptr;
    index_t size_bytes = 0;
    ~Workspace() { std::free(data); }
    bool reserve(index_t bytes) {
        if (bytes <= size_bytes) return true;
        std::free(data);
        data = static_cast<float *>(std::aligned_alloc(64, ceil_div(bytes, 64) * 64));
        size_bytes = data ? bytes : 0;
        return data != nullptr;
    }
};
thread_local Workspace workspace;
constexpr int MOST_THREADS = 256;
thread_local Share task_shares[MOST_THREADS];

struct Strided {
    const float *data;
    index_t row_stride, col_stride;
};

// The slab loops: pack a slab of B, then under it slab after slab of A, and multiply. False: no memory.
template <int MR, int NR>
bool gemm(MicroKernel micro, index_t M, index_t N, index_t K, Strided A, Strided B, float *c, int threads) {
    const index_t a_panels = ceil_div(M, MR), b_panels = ceil_div(N, NR);
    const index_t a_step = even_step(a_panels, SLAB / MR), b_step = even_step(b_panels, SLAB / NR);
    const index_t k_step = even_step(K, KC), a_floats = ceil_div(a_step * MR * k_step, 16) * 16;  // whole cache lines
    if (!workspace.reserve((a_floats + b_step * NR * k_step) * 4)) return false;
    // In place, A may have any strides, as its numbers are spread one by one; vectors of B need columns side by side.
    const bool a_in_place = b_panels <= USES_THAT_PAY_FOR_PACKING;
    const bool b_in_place = a_panels <= USES_THAT_PAY_FOR_PACKING && B.col_stride == 1;
    float *const packed = workspace.data;
    Share *const shares = task_shares;  // the caller's, shared by its team
#pragma omp parallel num_threads(min(threads, MOST_THREADS))
    {
        Operand<MR> a{A.data, A.row_stride, A.col_stride, M, a_in_place, packed, {}, {}};
        Operand<NR> b{B.data, B.col_stride, B.row_stride, N, b_in_place, packed + a_floats, {}, {}};
        for (index_t j = 0; j < b_panels; j += b_step) {
            for (index_t k = 0; k < K; k += k_step) {
                a.slab_k = b.slab_k = {k, min(k_step, K - k)};
                b.slab = {j, min(b_step, b_panels - j)};
                b.pack_slab();
                for (index_t i = 0; i < a_panels; i += a_step) {
                    a.slab = {i, min(a_step, a_panels - i)};
                    multiply_slab(micro, a, b, c, shares);
                }
            }
        }
    }
    return true;
}

}  // namespace

// The widest micro-kernel that this processor runs: 2 = AVX-512, 1 = AVX2 with FMA, 0 = plain.
extern "C" int widest_kernel() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
    return 0;
}

// c: M x N floats, contiguous. a, b: any strides, in floats. M, N, K >= 1. Returns 0, or 1 for no memory.
extern "C" int gemm_f32([[maybe_unused]] int kernel, int threads, index_t M, index_t N, index_t K,
                        const float *a, index_t a_row_stride, index_t a_col_stride,
                        const float *b, index_t b_row_stride, index_t b_col_stride, float *c) {
    const Strided A{a, a_row_stride, a_col_stride}, B{b, b_row_stride, b_col_stride};
#if defined(__x86_64__)
    if (kernel == 2) return gemm<14, 32>(micro_14x32, M, N, K, A, B, c, threads) ? 0 : 1;
    if (kernel == 1) return gemm<6, 16>(micro_6x16, M, N, K, A, B, c, threads) ? 0 : 1;
#endif
    return gemm<6, 8>(micro_6x8, M, N, K, A, B, c, threads) ? 0 : 1;
}
