// What a file is that does not begin like a GGUF file we read, so that the message can say what to
// do. ok: magic and version are fine.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace straddle::gguf {

Status check_magic(std::span<const uint8_t> bytes, const std::string& name);
Status check_version(uint32_t version, const std::string& name);

}  // namespace straddle::gguf
