// Thousands of damaged GGUF files, made from valid ones by a fixed seed: none may crash the reader,
// hang it, cost it much memory, or get by with a message that is not one line. Built with the address
// and undefined-behaviour sanitizers whatever the rest is built with.
//
//   test_gguf_mutants [--long] [--only N]      (STRADDLE_LONG=1 means --long)
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/show.h"
#include "gguf/gguf.h"
#include "testing/golden.h"

// Of the sanitizers' runtime; g++ 12 has it without its header.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, size_t),
                                                         void (*)(const volatile void*));
extern "C" void __sanitizer_set_death_callback(void (*)());

namespace straddle::gguf {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

constexpr uint64_t kMutants = 2'000, kLongMutants = 20'000;
constexpr uint64_t kMostBytes = 512'000'000;  // asked of the allocator for one mutant
constexpr double kMostSeconds = 1;            // of processor time for one mutant
constexpr unsigned kHangSeconds = 60;         // of wall time: the machine may be busy

// ---- What is measured ----

uint64_t asked_bytes = 0;     // the allocator's hook has no other place to count
uint64_t current_mutant = 0;  // for a report from a signal

void count_allocation(const volatile void*, size_t size) { asked_bytes += size; }
void count_release(const volatile void*) {}

void report_hang(int) {
  char line[64];
  const int length = std::snprintf(line, sizeof(line), "mutant %llu hangs\n",
                                   static_cast<unsigned long long>(current_mutant));
  if (::write(2, line, size_t(length)) < 0) ::_exit(2);
  ::_exit(1);
}

void report_crash() {
  std::fprintf(stderr, "mutant %llu crashes: repeat it with --only\n",
               static_cast<unsigned long long>(current_mutant));
}

// A promise of the room is broken.
[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "mutant %llu: %s\n", static_cast<unsigned long long>(current_mutant), what);
  std::exit(1);
}

double processor_seconds() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

// ---- Valid files ----

struct Original {
  std::string name;
  std::vector<Bytes> parts;
  // Of parts[i]: bytes where a length, type, count, dimension, offset or value begins.
  std::vector<std::vector<size_t>> spots;
};

size_t place_in(std::string_view view, const Bytes& bytes) {
  return size_t(reinterpret_cast<const uint8_t*>(view.data()) - bytes.data());
}

std::vector<size_t> spots_of(const Bytes& bytes) {
  std::vector<size_t> out = {0, 4, 8, 16};  // magic, version, counts
  auto file = File::parse(bytes, "original");
  if (!file) broken("an original cannot be read");
  for (const Entry& entry : file->entries()) {
    const size_t key = place_in(entry.key, bytes), type = key + entry.key.size();
    for (size_t at : {key - 8, key, type, type + 4, type + 8, type + 16}) out.push_back(at);
  }
  for (const Tensor& tensor : file->tensors()) {
    const size_t dims = place_in(tensor.name, bytes) + tensor.name.size() + 4;
    out.push_back(place_in(tensor.name, bytes) - 8);
    for (size_t at = dims - 4; at < dims + 8 * tensor.n_dims + 12; at += 4) out.push_back(at);
  }
  return out;
}

Original original(std::string name, std::vector<Bytes> parts) {
  Original out{std::move(name), std::move(parts), {}};
  for (const Bytes& bytes : out.parts) out.spots.push_back(spots_of(bytes));
  return out;
}

const Bytes& zeros() {
  static const Bytes bytes(4096);
  return bytes;
}

void add_matrix(Writer& writer, const std::string& name, quant::Format format, uint64_t columns,
                uint64_t rows) {
  const uint64_t shape[] = {columns, rows};
  const size_t bytes = *quant::row_bytes(format, columns) * rows;
  writer.add_tensor(name, format, shape, [bytes]() -> Result<std::span<const uint8_t>> {
    return std::span(zeros()).first(bytes);
  });
}

Bytes written(Writer& writer) {
  auto bytes = writer.bytes();
  if (!bytes) broken("an original cannot be written");
  return std::move(*bytes);
}

// As the vocabulary files: keys only, large arrays.
Bytes vocabulary() {
  Writer writer;
  std::vector<std::string> tokens, merges;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (int i = 0; i < 600; ++i) {
    tokens.push_back("token" + std::to_string(i));
    merges.push_back("t " + std::to_string(i));
    scores.push_back(float(-i));
    types.push_back(i % 6);
  }
  writer.add("general.architecture", "llama");
  writer.add("tokenizer.ggml.model", "llama");
  writer.add("tokenizer.ggml.tokens", tokens);
  writer.add("tokenizer.ggml.scores", scores);
  writer.add("tokenizer.ggml.token_type", types);
  writer.add("tokenizer.ggml.merges", merges);
  writer.add("tokenizer.ggml.bos_token_id", uint32_t{1});
  writer.add("tokenizer.ggml.add_bos_token", true);
  writer.add("tokenizer.chat_template", "{{ messages[0].content }}");
  return written(writer);
}

Bytes many_formats() {
  Writer writer;
  writer.add("general.architecture", "llama");
  writer.add("general.alignment", uint32_t{64});
  writer.add("llama.context_length", uint32_t{2048});
  writer.add("llama.rope.freq_base", 10000.0f);
  for (const quant::Traits& row : quant::all_formats())
    add_matrix(writer, "blk.0." + std::string(row.name), row.format, 256, 1);
  return written(writer);
}

std::vector<Bytes> split_set(uint32_t count) {
  std::vector<Bytes> out;
  for (uint32_t part = 0; part < count; ++part) {
    Writer writer;
    if (part == 0) writer.add("general.architecture", "llama");
    writer.add("split.no", part);
    writer.add("split.count", count);
    writer.add("split.tensors.count", count);
    add_matrix(writer, "blk." + std::to_string(part) + ".weight", quant::Format::Q4_0, 64, 8);
    out.push_back(written(writer));
  }
  return out;
}

constexpr size_t kMadeFiles = 4;

std::vector<Original> originals() {
  std::vector<Original> out;
  out.push_back(original("vocabulary", {vocabulary()}));
  out.push_back(original("formats", {many_formats()}));
  out.push_back(original("set of 2", split_set(2)));
  out.push_back(original("set of 3", split_set(3)));
  std::vector<std::string> paths;
  const std::string folder = testing::golden("models");
  if (folder.empty()) std::printf("no golden models: made files only\n");
  if (!folder.empty())
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".gguf") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) out.push_back(original(path, {testing::read_bytes(path)}));
  return out;
}

// ---- Damage ----

// splitmix64: the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  size_t below(size_t limit) { return limit ? size_t(next() % limit) : 0; }
  template <class List>
  const auto& one_of(const List& list) {
    return list[below(list.size())];
  }

 private:
  uint64_t state_;
};

// A file under damage, with what the strokes need to know.
struct Patient {
  Bytes& bytes;
  const std::vector<size_t>& spots;
  const Original& donor;
  Random& random;

  // Damage of the data hardly matters: nearly all of it goes to the header.
  size_t header() const { return std::min(bytes.size(), spots.back() + 16); }
  size_t any() const { return random.below(header()); }
  size_t spot() const { return random.one_of(spots); }
  void put(size_t at, uint64_t value, size_t size) const {
    if (at < bytes.size()) std::memcpy(bytes.data() + at, &value, std::min(size, bytes.size() - at));
  }
  uint64_t get(size_t at) const {
    uint64_t value = 0;
    if (at < bytes.size())
      std::memcpy(&value, bytes.data() + at, std::min<size_t>(8, bytes.size() - at));
    return value;
  }
};

uint64_t telling_number(const Patient& p) {
  const uint64_t edge = uint64_t{1} << p.random.below(64);
  const uint64_t numbers[] = {0,
                              1,
                              UINT64_MAX,
                              edge,
                              edge - 1,
                              uint64_t(0) - edge,
                              p.bytes.size(),
                              5,
                              13,
                              p.random.next(),
                              9,
                              8,
                              INT64_MAX - 63u,
                              UINT32_MAX,
                              32,
                              uint64_t{1} << 32,
                              0xffff,
                              7};
  return numbers[p.random.below(std::size(numbers))];
}

// One draw a line: the order of arguments is the compiler's choice, and a mutant is its seed's.
void number_at_spot(const Patient& p) {
  const size_t at = p.spot();
  const uint64_t number = telling_number(p);
  p.put(at, number, p.random.below(2) ? 8 : 4);
}
void nudge_at_spot(const Patient& p) {
  const size_t at = p.spot();
  const uint64_t step = p.random.below(65);
  p.put(at, p.get(at) + step - 32, 8);
}
void random_bytes(const Patient& p) {
  for (size_t i = p.random.below(8) + 1; i > 0; --i) {
    const size_t at = p.any();
    p.put(at, p.random.next(), 1);
  }
}
void flip_bit(const Patient& p) {
  const size_t at = p.any();
  p.put(at, p.get(at) ^ (uint64_t{1} << p.random.below(8)), 1);
}
// Mild: what stays readable is used.
void flip_text(const Patient& p) {
  for (size_t i = p.random.below(8) + 1; i > 0; --i) {
    const size_t at = p.any();
    if (at < p.bytes.size() && p.bytes[at] >= 'A') p.bytes[at] ^= 0x21;
  }
}
void swap_spots(const Patient& p) {
  const size_t a = p.spot();
  const size_t b = p.spot();
  const uint64_t kept = p.get(a);
  p.put(a, p.get(b), 8);
  p.put(b, kept, 8);
}
void truncate(const Patient& p) {
  p.bytes.resize(p.random.below(2) ? p.any() : p.random.below(p.bytes.size() + 1));
}
void splice(const Patient& p) {
  const Bytes& from = p.donor.parts[0];
  const auto& spots = p.donor.spots[0];
  const size_t start = std::min(p.random.one_of(spots), from.size());
  const size_t count = std::min(p.random.below(300), from.size() - start);
  const size_t at = std::min(p.spot(), p.bytes.size());
  const size_t gone = p.random.below(2) ? std::min(count, p.bytes.size() - at) : 0;
  p.bytes.erase(p.bytes.begin() + long(at), p.bytes.begin() + long(at + gone));
  p.bytes.insert(p.bytes.begin() + long(at), from.begin() + long(start),
                 from.begin() + long(start + count));
}
void erase_some(const Patient& p) {
  const size_t at = p.any();
  const size_t count = std::min(p.random.below(64) + 1, p.bytes.size() - at);
  p.bytes.erase(p.bytes.begin() + long(at), p.bytes.begin() + long(at + count));
}

using Stroke = void (*)(const Patient&);
constexpr Stroke kStrokes[] = {number_at_spot, flip_text,  number_at_spot, nudge_at_spot, random_bytes,
                               flip_bit,       swap_spots, truncate,       splice,        erase_some};

std::vector<Bytes> damaged(const Original& original, const Original& donor, Random& random) {
  std::vector<Bytes> out = original.parts;
  const size_t part = random.below(out.size());
  const Patient patient{out[part], original.spots[part], donor, random};
  const size_t most = random.below(2) ? 1 : 4;
  for (size_t strokes = random.below(most) + 1; strokes > 0; --strokes)
    if (!out[part].empty()) kStrokes[random.below(std::size(kStrokes))](patient);
  return out;
}

// ---- Use ----

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "mutants-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  // Writes a set; gives the path of one of its parts.
  std::string put(const std::vector<Bytes>& parts, size_t named) const {
    for (size_t i = 0; i < parts.size(); ++i) {
      std::ofstream out(name(i, parts.size()), std::ios::binary);
      out.write(reinterpret_cast<const char*>(parts[i].data()), long(parts[i].size()));
    }
    return name(named, parts.size());
  }

 private:
  std::string name(size_t part, size_t count) const {
    char tail[40];
    std::snprintf(tail, sizeof(tail), "set-%05zu-of-%05zu.gguf", part + 1, count);
    return (path_ / tail).string();
  }
  fs::path path_;
};

uint64_t use_data(const File& file) {
  uint64_t sum = 0;
  for (const Tensor& tensor : file.tensors()) {
    const auto data = file.data(tensor);
    if (data.size() != tensor.bytes || data.empty()) broken("a tensor lacks data");
    sum += uint64_t(data.front()) + data.back();
  }
  return sum;
}

uint64_t use_keys(const File& file) {
  uint64_t answers = 0;
  for (const Entry& entry : file.entries()) {
    answers += file.integer(entry.key).has_value() + file.number(entry.key).has_value() +
               file.boolean(entry.key, false).has_value() + file.string(entry.key).has_value() +
               file.integers(entry.key).has_value() + file.numbers(entry.key).has_value() +
               file.strings(entry.key).has_value() + (file.find(entry.key) == &entry.value);
  }
  return answers;
}

void use_show(const File& file) {
  size_t bytes = 0;
  for (bool json : {false, true}) {
    cli::show(file, {.tensors = true, .metadata = true, .json = json}, [&](std::string_view text) {
      bytes += text.size();
      return true;
    });
  }
  if (bytes == 0) broken("show says nothing");
}

// What we can read we can write, and read again.
void use_writer(const File& file) {
  if (file.integer("general.alignment", uint64_t{32}).value_or(0) > 4096)
    return;  // padding costs memory
  Writer writer;
  for (const Entry& entry : file.entries()) writer.add(entry);
  for (const Tensor& tensor : file.tensors())
    writer.add_tensor(tensor.name, tensor.format, std::span(tensor.shape, tensor.n_dims),
                      [&]() -> Result<std::span<const uint8_t>> { return file.data(tensor); });
  auto bytes = writer.bytes();
  if (!bytes || !File::parse(*bytes, "copy")) broken("it was read but cannot be written");
}

bool is_one_line(const std::string& line) {
  return !line.empty() && line.size() < 1000 &&
         std::none_of(line.begin(), line.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; });
}

Result<File> read(const std::vector<Bytes>& parts, bool header_only, const Folder& folder,
                  Random& random) {
  if (parts.size() == 1) return File::parse(parts[0], "mutant", header_only);
  return File::open(folder.put(parts, random.below(parts.size())), header_only);
}

// True if it was read; false if it was refused, as it should be.
bool survive(const std::vector<Bytes>& parts, const Folder& folder, Random& random) {
  const bool header_only = random.below(4) == 0;
  auto file = read(parts, header_only, folder, random);
  if (!file) {
    if (!is_one_line(one_line(file.error()))) broken("the refusal is not one line");
    return false;
  }
  use_keys(*file);
  use_show(*file);
  if (header_only) return true;
  use_data(*file);
  if (random.below(8) == 0) use_writer(*file);
  return true;
}

// ---- The run ----

struct Worst {
  double seconds = 0;
  uint64_t bytes = 0;
  uint64_t read = 0, failed = 0;
};

class Run {
 public:
  Run() : originals_(originals()) {}

  void one(uint64_t number) {
    current_mutant = number;
    Random random(number);
    // Half of them from the made files: small, and with all that golden models do not show.
    const Original& original =
        random.below(2) ? random.one_of(originals_) : originals_[random.below(kMadeFiles)];
    const auto parts = damaged(original, random.one_of(originals_), random);
    ::alarm(kHangSeconds);
    const double start = processor_seconds();
    asked_bytes = 0;
    worst_.read += survive(parts, folder_, random);
    judge(number, original, processor_seconds() - start, asked_bytes);
  }

  int report(uint64_t count) const {
    std::printf(
        "%llu mutants of %zu files: %llu read, %llu refused, %llu failed; at most %.3f s and %.1f MB\n",
        static_cast<unsigned long long>(count), originals_.size(),
        static_cast<unsigned long long>(worst_.read),
        static_cast<unsigned long long>(count - worst_.read),
        static_cast<unsigned long long>(worst_.failed), worst_.seconds, double(worst_.bytes) / 1e6);
    return worst_.failed ? 1 : 0;
  }

 private:
  void judge(uint64_t number, const Original& original, double seconds, uint64_t bytes) {
    worst_.seconds = std::max(worst_.seconds, seconds);
    worst_.bytes = std::max(worst_.bytes, bytes);
    if (seconds < kMostSeconds && bytes < kMostBytes) return;
    ++worst_.failed;
    std::printf("mutant %llu of %s: %.3f s, %.1f MB\n", static_cast<unsigned long long>(number),
                original.name.c_str(), seconds, double(bytes) / 1e6);
  }

  std::vector<Original> originals_;
  Folder folder_;
  Worst worst_;
};

int run(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);
  __sanitizer_set_death_callback(report_crash);
  std::signal(SIGALRM, report_hang);
  Run run;
  if (first == "--only" && argc > 2) {
    run.one(std::strtoull(argv[2], nullptr, 10));
    return run.report(1);
  }
  const bool is_long = first == "--long" || std::getenv("STRADDLE_LONG");
  const uint64_t count = is_long ? kLongMutants : kMutants;
  for (uint64_t i = 0; i < count; ++i) run.one(i);
  return run.report(count);
}

}  // namespace
}  // namespace straddle::gguf

int main(int argc, char** argv) { return straddle::gguf::run(argc, argv); }
