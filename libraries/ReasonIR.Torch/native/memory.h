// libtorch's memory on the CPU: blocks are counted, so that tests can say what a step holds, and kept for the next tensor of their
// size, since fresh pages from the kernel cost as much as a pass over them. What is kept is bounded and can be given back.
#pragma once
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <torch/version.h>
#include <unistd.h>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

namespace memory {

struct Counters { std::atomic<int64_t> live{0}, peak{0}, blocks{0}, kept{0}; };
inline Counters& counters() { static Counters c; return c; }

/// Before each block's first byte. `size`: the block's bytes without it; a mapped block has a page for it, so that the data begin where
/// a huge page does and end with one.
struct alignas(64) Header { size_t asked, size; bool mapped; };

constexpr size_t kept_from = 32 << 10, mapped_from = 4 << 20, huge_page = 2 << 20, page = 4096;

struct Store {
    std::mutex mutex;
    std::map<size_t, std::vector<Header*>> free;
    size_t limit = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGE_SIZE) / 8;
};
inline Store& store() { static Store* s = new Store; return *s; } // never destroyed: tensors may outlive it

/// Rounded so that blocks fit again: to whole lines, from kept_from on to eighths of a power of two.
inline size_t rounded(size_t n)
{
    size_t step = n < kept_from ? 64 : (size_t)1 << (63 - __builtin_clzll(n) - 3);
    return (n + step - 1) / step * step;
}

inline void release(Header* h)
{
    if (h->mapped) munmap((char*)(h + 1) - page, h->size + page); else std::free(h);
}

inline Header* fresh(size_t size)
{
    if (size >= mapped_from) {
        const size_t whole = size + huge_page + page;
        char* p = (char*)mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) return nullptr;
        char* data = (char*)(((uintptr_t)p + page + huge_page - 1) / huge_page * huge_page);
        // What lies before the header's page and behind the data goes back.
        if (data - page > p) munmap(p, data - page - p);
        if (p + whole > data + size) munmap(data + size, p + whole - (data + size));
        madvise(data, size, MADV_HUGEPAGE);
        return new (data - sizeof(Header)) Header{0, size, true};
    }
    void* p = nullptr;
    if (posix_memalign(&p, 64, size + sizeof(Header)) != 0) return nullptr;
    return new (p) Header{0, size, false};
}

inline void trim(size_t most)
{
    auto& s = store();
    std::lock_guard<std::mutex> lock(s.mutex);
    for (auto i = s.free.rbegin(); i != s.free.rend(); ++i)
        while (!i->second.empty() && (size_t)counters().kept > most) {
            auto h = i->second.back();
            i->second.pop_back();
            counters().kept -= (int64_t)h->size;
            release(h);
        }
}

inline void* allocate(size_t n)
{
    if (n == 0) return nullptr;
    size_t size = rounded(n);
    Header* h = nullptr;
    if (size >= kept_from) {
        auto& s = store();
        std::lock_guard<std::mutex> lock(s.mutex);
        auto i = s.free.find(size);
        if (i != s.free.end() && !i->second.empty()) {
            h = i->second.back();
            i->second.pop_back();
            counters().kept -= (int64_t)size;
        }
    }
    if (!h) h = fresh(size);
    if (!h) { trim(0); h = fresh(size); }
    TORCH_CHECK(h, "not enough memory: a tensor of ", n, " bytes could not be allocated");
    h->asked = n;
    auto& c = counters();
    int64_t live = c.live += (int64_t)n, peak = c.peak;
    c.blocks++;
    while (live > peak && !c.peak.compare_exchange_weak(peak, live)) {}
    return h + 1;
}

inline void deallocate(void* p)
{
    if (!p) return;
    auto h = (Header*)p - 1;
    counters().live -= (int64_t)h->asked;
    counters().blocks--;
    if (h->size >= kept_from) {
        auto& s = store();
        std::lock_guard<std::mutex> lock(s.mutex);
        if ((size_t)counters().kept + h->size <= s.limit) {
            s.free[h->size].push_back(h);
            counters().kept += (int64_t)h->size;
            return;
        }
    }
    release(h);
}

struct Allocator final : c10::Allocator {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
    c10::DataPtr allocate(size_t n) override { void* p = memory::allocate(n); return {p, p, &deallocate, c10::Device(c10::kCPU)}; }
    void copy_data(void* to, const void* from, size_t n) const override { default_copy_data(to, from, n); }
#else
    c10::DataPtr allocate(size_t n) const override { void* p = memory::allocate(n); return {p, p, &deallocate, c10::Device(c10::kCPU)}; }
#endif
    c10::DeleterFnPtr raw_deleter() const override { return &deallocate; }
};

inline void install()
{
    static Allocator* allocator = new Allocator;
    c10::SetCPUAllocator(allocator, 100);
}

/// Memory of the kernels: each thread's own, kept for its next call.
inline void* scratch(int slot, int64_t bytes)
{
    struct Slots {
        void* at[8] = {}; int64_t size[8] = {};
        ~Slots() { for (auto p : at) std::free(p); }
    };
    static thread_local Slots slots;
    if (slots.size[slot] < bytes) {
        std::free(slots.at[slot]);
        int64_t size = (bytes + bytes / 4 + 4095) / 4096 * 4096;
        if (posix_memalign(&slots.at[slot], 64, (size_t)size) != 0) { std::perror("reasonir_torch: scratch memory"); std::abort(); }
        slots.size[slot] = size;
    }
    return slots.at[slot];
}

}
