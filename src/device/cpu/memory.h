// Memory of the device's own, zeroed by the system; moves, is not copied, and is given back when it
// goes. On huge pages where asked for and the system has them: right for what is used in full; caches
// come into being page by page, as they fill.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/result.h"

namespace straddle::device::cpu {

class Memory {
 public:
  enum class Pages : uint8_t { small, huge };

  static Result<Memory> make(uint64_t bytes, Pages pages = Pages::huge) {
    constexpr uint64_t kHuge = 2u << 20;
    if (bytes == 0) return Memory();
    // mmap aligns to pages only: two more MiB leave room to begin at a huge page.
    const auto padded = checked_add(bytes, bytes >= kHuge ? kHuge : 0);
    void* p = padded && *padded < SIZE_MAX
                  ? mmap(nullptr, *padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                  : MAP_FAILED;
    if (p == MAP_FAILED) {
      return fail(ErrorKind::no_memory, "memory", std::to_string(bytes) + " bytes cannot be had");
    }
    Memory out;
    out.base_ = p;
    out.mapped_ = *padded;
    out.bytes_ = bytes;
    if (pages == Pages::huge && bytes >= kHuge)
      madvise(p, *padded, MADV_HUGEPAGE);  // a wish: refusal costs speed only
    return out;
  }
  Memory() = default;
  Memory(Memory&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), mapped_(other.mapped_), bytes_(other.bytes_) {}
  Memory& operator=(Memory&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(mapped_, other.mapped_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Memory() {
    if (base_) munmap(base_, mapped_);
  }

  // Aligned to 2 MiB where that large, to 4 KiB otherwise.
  uint8_t* data() const {
    constexpr uintptr_t kHuge = 2u << 20;
    const auto at = reinterpret_cast<uintptr_t>(base_);
    return static_cast<uint8_t*>(base_) + (bytes_ >= kHuge ? (kHuge - at % kHuge) % kHuge : 0);
  }
  float* floats() const { return reinterpret_cast<float*>(data()); }
  uint64_t bytes() const { return base_ ? bytes_ : 0; }

 private:
  void* base_ = nullptr;
  uint64_t mapped_ = 0, bytes_ = 0;
};

}  // namespace straddle::device::cpu
