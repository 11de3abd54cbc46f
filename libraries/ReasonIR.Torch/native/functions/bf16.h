// How bf16 is multiplied, and the weights that are kept in fixed point for it.
#pragma once
#include "common.h"
#include <unistd.h>
#include <memory>
#include <unordered_map>

namespace functions {

/// By libtorch's product (oneDNN) where the CPU multiplies bf16 itself; widened to f32 while it is packed elsewhere, since oneDNN's
/// emulation there is slower than f32; and with constant weights in 16-bit fixed point where that is faster (kernels/fixed.h).
enum class Bf16 { widened, fixed, onednn };

inline const char* name_of(Bf16 by) { return by == Bf16::onednn ? "onednn" : by == Bf16::fixed ? "fixed" : "widened"; }

inline bool runs(Bf16 by) { return by == Bf16::widened || (by == Bf16::fixed ? instruction_sets::has_vnni() : instruction_sets::has_bf16()); }

inline Bf16& bf16_by() { static Bf16 by = runs(Bf16::onednn) ? Bf16::onednn : runs(Bf16::fixed) ? Bf16::fixed : Bf16::widened; return by; }

inline void set_bf16_by(const std::string& name)
{
    for (auto by : {Bf16::widened, Bf16::fixed, Bf16::onednn})
        if (name == name_of(by)) {
            TORCH_CHECK(runs(by), "bf16: this CPU has no instructions for ", name);
            bf16_by() = by;
            return;
        }
    TORCH_CHECK(false, "bf16: widened, fixed or onednn was expected, got ", name);
}

/// Weights in fixed point beside the tensors that they were made of, which are known by their object, place and version. They go with
/// the tensor (forget); up to an eighth of the memory is kept, what is beyond it is packed for each product anew.
class FixedWeights {
    struct Entry { c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl> tensor; const void* data; int64_t version, bytes; std::shared_ptr<void> packed; };
    std::mutex mutex;
    std::unordered_map<const c10::TensorImpl*, Entry> entries;
    int64_t kept = 0, limit = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGE_SIZE) / 8;

    void erase(std::unordered_map<const c10::TensorImpl*, Entry>::iterator i) { kept -= i->second.bytes; entries.erase(i); }

public:
    /// Null: there are weights that are no finite numbers.
    std::shared_ptr<void> of(const Tensor& w)
    {
        std::lock_guard<std::mutex> lock(mutex);
        auto key = w.unsafeGetTensorImpl(); const int64_t version = w._version(); auto found = entries.find(key);
        if (found != entries.end()) {
            auto& e = found->second;
            if (e.data == w.data_ptr() && e.version == version) return e.packed;
            erase(found);
        }
        const int64_t n = w.size(0), k = w.size(1), bytes = kernel().fixed_bytes(n, k);
        void* p = nullptr;
        TORCH_CHECK(posix_memalign(&p, 64, (size_t)bytes) == 0, "not enough memory: a weight of ", bytes, " bytes in fixed point could not be allocated");
        std::shared_ptr<void> packed(p, std::free);
        if (!kernel().fix(w.data_ptr(), type_of(w, "linear"), k, n, k, p, threads())) packed = nullptr;
        for (auto i = entries.begin(); i != entries.end();) { auto next = std::next(i); if (i->second.tensor.expired()) erase(i); i = next; }
        const int64_t held = packed ? bytes : 0;
        if (kept + held <= limit) {
            entries.emplace(key, Entry{c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>(w.getIntrusivePtr()), w.data_ptr(), version, held, packed});
            kept += held;
        }
        return packed;
    }

    /// A handle of this tensor ends; where it was the last one, so does what was kept for it.
    void forget(const Tensor& w)
    {
        if (w.use_count() > 1 || w.dim() != 2) return;
        std::lock_guard<std::mutex> lock(mutex);
        auto i = entries.find(w.unsafeGetTensorImpl());
        if (i != entries.end()) erase(i);
    }
};

inline FixedWeights& fixed_weights() { static FixedWeights* all = new FixedWeights; return *all; } // never destroyed: tensors may outlive it

/// The weight [out, in] in fixed point for a product with x [rows, in]; null where it is not multiplied so.
inline std::shared_ptr<void> fixed_point(const Tensor& x, const Tensor& w)
{
    const bool wanted = bf16_by() == Bf16::fixed && kernel().fix && x.scalar_type() == at::kBFloat16 && w.numel() > 0 && x.numel() > 0;
    return wanted ? fixed_weights().of(w) : nullptr;
}

}
