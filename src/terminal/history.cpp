#include <algorithm>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/replaced.h"
#include "terminal/file.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr size_t kLongestEntry = 256'000;        // in a file
constexpr size_t kMostBytes = size_t{32} << 20;  // of a file that is read

// A newline of a message in the file: U+2028, LINE SEPARATOR. No other character means anything but
// itself, so older files and Ollama's read the same.
constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";

bool is_blank(std::string_view message) { return message.find_first_not_of(" \n\t\r") == message.npos; }

// The newest at the end; false where it is not worth an entry.
bool append(std::string message, std::vector<std::string>& entries) {
  if (is_blank(message)) return false;
  if (!entries.empty() && entries.back() == message) return false;
  entries.push_back(std::move(message));
  return true;
}

// The same for a file, which has limits.
bool append_to_file(std::string message, size_t limit, std::vector<std::string>& entries) {
  if (message.size() > kLongestEntry || !append(std::move(message), entries)) return false;
  if (entries.size() > limit) entries.erase(entries.begin(), entries.end() - ptrdiff_t(limit));
  return true;
}

Result<std::vector<std::string>> read_entries(const std::string& path, size_t limit) {
  std::vector<std::string> entries;
  auto text = path.empty() ? Result<std::string>() : read_text_file(path, kMostBytes);
  if (!text && text.error().kind == ErrorKind::not_found) return entries;
  if (!text) return fail(text);
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const std::string_view line = std::string_view(*text).substr(at, end - at);
    append_to_file(replaced(safe_text(line), kLineSeparator, "\n"), limit, entries);
    at = end + 1;
  }
  return entries;
}

Status write_entries(const std::string& path, const std::vector<std::string>& entries) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;  // the file itself will say it
  if (fs::create_directories(folder, ignored)) fs::permissions(folder, fs::perms::owner_all, ignored);
  std::string text;
  for (const std::string& entry : entries) text += replaced(entry, "\n", kLineSeparator) + "\n";
  auto file = TRY(AtomicFile::create(path, AtomicFile::Access::owner_only));
  TRY(file.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  return file.commit();
}

}  // namespace

Result<History> History::open(std::string path, size_t limit) {
  auto entries = TRY(read_entries(path, limit));
  History history(std::move(path), limit);
  history.entries_ = std::move(entries);
  return history;
}

Status History::add(std::string_view message) {
  std::string safe = safe_text(message);
  if (!append(safe, entries_) || path_.empty() || !enabled) return {};
  // Another program may have added its own meanwhile.
  auto in_file = read_entries(path_, limit_);
  Status written = in_file ? Status() : fail(in_file);
  if (in_file && append_to_file(std::move(safe), limit_, *in_file))
    written = write_entries(path_, *in_file);
  if (!written) path_.clear();
  return written;
}

}  // namespace straddle::terminal
