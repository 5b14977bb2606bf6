// Each tensor is tested by itself: nothing is summed over tensors, because a sum can wrap.
#include "gguf/places.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "gguf/value.h"

namespace straddle::gguf {
namespace {

tl::unexpected<Error> bad(const std::string& file, std::string what, std::string hint = {}) {
  return fail(ErrorKind::bad_file, file, std::move(what), std::move(hint));
}

Status place(Tensor& tensor, const std::string& file, uint64_t start, uint64_t end) {
  const auto subject = [&] { return "tensor " + in_quotes(tensor.name); };
  const auto length = checked_add(tensor.offset, tensor.bytes);
  if (!length || *length > kMaxSigned - start)
    return bad(file, subject() + ": " + std::to_string(tensor.bytes) + " bytes at offset " +
                         std::to_string(tensor.offset) + " are beyond any file");
  if (end <= start && tensor.bytes > 0)
    return bad(file, "it is a header alone, without weights", "get the whole file to run the model");
  if (start + *length > end)
    return bad(file,
               subject() + " ends at byte " + std::to_string(start + *length) + ", the file at " +
                   std::to_string(end),
               "download it again");
  tensor.offset += start;
  return {};
}

Status check_overlaps(const std::vector<Tensor>& tensors, const std::string& file) {
  std::vector<uint32_t> order(tensors.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(tensors[a].offset, a) < std::pair(tensors[b].offset, b);
  });
  for (size_t i = 1; i < order.size(); ++i) {
    const Tensor& before = tensors[order[i - 1]];
    const Tensor& after = tensors[order[i]];
    if (before.offset + before.bytes > after.offset)
      return bad(file,
                 "tensors " + in_quotes(before.name) + " and " + in_quotes(after.name) + " overlap");
  }
  return {};
}

}  // namespace

Status place_tensors(std::vector<Tensor>& tensors, const std::string& file, uint64_t start,
                     uint64_t end) {
  for (Tensor& tensor : tensors) TRY(place(tensor, file, start, end));
  return check_overlaps(tensors, file);
}

}  // namespace straddle::gguf
