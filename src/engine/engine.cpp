#include "engine/engine.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

#include "engine/impl.h"

namespace straddle::engine {
namespace {

Status check_tokens(std::span<const int32_t> tokens, uint32_t vocabulary) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || uint32_t(tokens[i]) >= vocabulary) {
      return fail(ErrorKind::bad_input, "token " + std::to_string(i),
                  "id " + std::to_string(tokens[i]) + " is outside the vocabulary of " +
                      std::to_string(vocabulary));
    }
  }
  return {};
}

// Rows of a Step whose logits are wanted.
size_t count_of(Wanted wanted, size_t rows) {
  return wanted == Wanted::all ? rows : wanted == Wanted::last ? 1 : 0;
}

// `all` rows come out of one Step.
Status check_wanted(const plan::LoadRequest& request, size_t tokens, Wanted wanted) {
  const size_t count = count_of(wanted, tokens);
  const size_t most = std::min(request.max_wanted, request.max_rows);
  if (count <= most) return {};
  return fail(ErrorKind::bad_input, "tokens",
              "the logits of " + std::to_string(count) + " are wanted at once, at most " +
                  std::to_string(most) + " can be had");
}

// A token may be impossible, but not every one.
bool are_logits(std::span<const float> row) {
  constexpr float most = std::numeric_limits<float>::max();
  uint32_t wrong = 0, possible = 0;  // counts, which the compiler makes vectors of
  for (const float x : row) {
    wrong += !(x <= most);  // NaN too
    possible += x >= -most;
  }
  return wrong == 0 && possible > 0;
}

bool are_finite(std::span<const float> row) {
  constexpr float most = std::numeric_limits<float>::max();
  uint32_t finite = 0;
  for (const float x : row) finite += x >= -most && x <= most;
  return finite == row.size();
}

// Rows for the tokens that end at `length` of a sequence.
Status check_numbers(const Engine::Impl& impl, std::span<const float> rows, uint32_t length) {
  const size_t width = impl.blueprint.result_width();
  const bool embeds = impl.blueprint.embeds_only();
  for (size_t at = 0; at < rows.size(); at += width) {
    const auto row = rows.subspan(at, width);
    if (embeds ? are_finite(row) : are_logits(row)) continue;
    return fail(ErrorKind::bad_file, impl.file.path(),
                std::string("NaN or infinity in the ") + (embeds ? "embedding" : "logits") +
                    " after token " + std::to_string(length - (rows.size() - at) / width + 1),
                "straddle logits MODEL --check finds where it begins");
  }
  return {};
}

Status check_causal(const Engine::Impl& impl, uint32_t length, size_t tokens) {
  const size_t most = impl.needs.request.max_rows;
  if (impl.blueprint.causal || (length == 0 && tokens <= most)) return {};
  return fail(ErrorKind::bad_input, "text",
              "this model reads a text of at most " + std::to_string(most) +
                  " tokens at once, and nothing after it");
}

// Behind the slots of the sequences stand those of their kept copies.
uint32_t kept_slot(const Engine::Impl& impl, uint32_t sequence) {
  return uint32_t(impl.sequences.size()) + sequence;
}

Sequence& at(Engine::Impl& impl, uint32_t sequence) {
  assert(sequence < impl.sequences.size());
  return impl.sequences[sequence];
}

// The last place up to `length` from which all that is seen is there: for a recurrent state where it
// was kept, or nothing.
uint32_t last_place(const Engine::Impl& impl, const Sequence& s, uint32_t length) {
  if (impl.blueprint.recurrent()) return s.kept <= length ? s.kept : 0;
  for (uint32_t before = ops::kNone; before != length;) {
    before = length;
    for (const PageTable& table : s.tables) length = table.last_place(length);
  }
  return length;
}

// Cuts a sequence to the last place up to `length`.
void go_back(Engine::Impl& impl, uint32_t sequence, uint32_t length) {
  Sequence& s = at(impl, sequence);
  length = last_place(impl, s, length);
  if (impl.blueprint.recurrent() && length == 0) impl.devices.clear_state(sequence);
  if (impl.blueprint.recurrent() && length > 0)
    impl.devices.copy_state(kept_slot(impl, sequence), sequence);
  for (PageTable& table : s.tables) table.cut(length);
  s.tokens.resize(length);
  s.kept = std::min(s.kept, length);
}

}  // namespace

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

const model::Blueprint& Engine::blueprint() const { return impl_->blueprint; }
const plan::Needs& Engine::needs() const { return impl_->needs; }
uint32_t Engine::devices() const { return uint32_t(impl_->devices.size()); }
const char* Engine::device(uint32_t device) const { return impl_->devices[device].name(); }
ops::Held Engine::held(uint32_t device) const { return impl_->devices.held(device); }
ops::Counters Engine::counters() const {
  ops::Counters sum;
  for (uint32_t i = 0; i < devices(); ++i) sum.clamped += impl_->devices[i].counters().clamped;
  return sum;
}
const StepTimes& Engine::decode_times() const { return impl_->devices.times(false); }
const StepTimes& Engine::prompt_times() const { return impl_->devices.times(true); }
uint32_t Engine::context() const { return impl_->needs.request.context; }
uint32_t Engine::length(uint32_t sequence) const { return at(*impl_, sequence).length(); }

Status Engine::check_room(uint32_t sequence, size_t tokens) const {
  if (tokens <= context() - length(sequence)) return {};
  return fail(ErrorKind::bad_input, "prompt",
              std::to_string(length(sequence) + tokens) + " tokens do not fit in the context of " +
                  std::to_string(context()),
              "shorten it or use --set num_ctx=N");
}

uint32_t Engine::resume(uint32_t sequence, std::span<const int32_t> tokens) {
  const Sequence& s = at(*impl_, sequence);
  const auto differ = std::mismatch(s.tokens.begin(), s.tokens.end(), tokens.begin(), tokens.end());
  const auto length = uint32_t(differ.first - s.tokens.begin());
  if (length < s.length()) go_back(*impl_, sequence, length);
  return s.length();
}

bool Engine::forgets() const {
  const uint32_t whole = plan::pages_of(needs().request, 0);
  return blueprint().recurrent() ||
         std::ranges::any_of(needs().pages, [whole](uint32_t pages) { return pages < whole; });
}

void Engine::keep(uint32_t sequence) {
  Sequence& s = at(*impl_, sequence);
  s.kept = s.length();
  for (PageTable& table : s.tables) table.keep(s.kept);
  if (impl_->blueprint.recurrent()) impl_->devices.copy_state(sequence, kept_slot(*impl_, sequence));
}

namespace {

// Fills the arrays for rows that follow the lengths of their sequences, and gives these pages. All
// arrays have their size since load: nothing is allocated here. Angles are made on the host in double,
// for these positions only.
ops::Step form_step(Engine::Impl& impl, std::span<const Fresh> fresh, std::span<const int32_t> tokens,
                    size_t wanted) {
  StepBuffers& b = impl.step;
  const size_t rows = tokens.size();
  size_t begin = 0;
  for (const auto& [sequence, count] : fresh) {
    Sequence& s = at(impl, sequence);
    for (PageTable& table : s.tables) table.append(s.length(), s.length() + uint32_t(count));
    std::iota(b.positions.begin() + long(begin), b.positions.begin() + long(begin + count), s.length());
    std::fill_n(b.sequences.begin() + long(begin), count, sequence);
    b.views[sequence] = {s.page_views, sequence, s.length() + uint32_t(count)};
    begin += count;
  }
  const std::span<const uint32_t> positions(b.positions.data(), rows);
  for (size_t i = 0; i < b.angles.size(); ++i) {
    b.angle_views[i] = std::span<const float>(b.angles[i]).first(rows * impl.blueprint.ropes[i].rotated);
    model::rope_angles(impl.blueprint.ropes[i], positions, b.angles[i]);
  }
  if (!b.row_factors.empty()) model::row_factors(impl.blueprint.temperature, positions, b.row_factors);
  std::iota(b.wanted.begin(), b.wanted.begin() + long(wanted), uint32_t(rows - wanted));
  return {.tokens = tokens,
          .positions = positions,
          .sequences = {b.sequences.data(), rows},
          .views = b.views,
          .wanted = {b.wanted.data(), wanted},
          .angles = b.angle_views,
          .row_factors = b.row_factors,
          .rings = {}};
}

// As many Steps as it takes; only the last one asks for logits. Where one fails, those before it have
// changed the sequence: feed takes them back.
Result<std::span<const float>> run_steps(Engine::Impl& impl, uint32_t sequence,
                                         std::span<const int32_t> tokens, Wanted wanted) {
  Sequence& s = at(impl, sequence);
  std::span<const float> result;
  while (!tokens.empty()) {
    const auto some = tokens.first(std::min<size_t>(impl.needs.request.max_rows, tokens.size()));
    tokens = tokens.subspan(some.size());
    const Fresh fresh{sequence, some.size()};
    const auto step = form_step(impl, {&fresh, 1}, some,
                                count_of(tokens.empty() ? wanted : Wanted::none, some.size()));
    TRY(impl.devices.run(kProgram, step));
    s.tokens.insert(s.tokens.end(), some.begin(), some.end());
    result = impl.devices.result().first(step.wanted.size() * impl.blueprint.result_width());
    TRY(check_numbers(impl, result, s.length()));
  }
  return result;
}

}  // namespace

Result<std::span<const float>> Engine::feed(uint32_t sequence, std::span<const int32_t> tokens,
                                            Wanted wanted) {
  Impl& impl = *impl_;
  TRY(check_tokens(tokens, impl.blueprint.vocabulary));
  TRY(check_room(sequence, tokens.size()));
  TRY(check_wanted(impl.needs.request, tokens.size(), wanted));
  TRY(check_causal(impl, length(sequence), tokens.size()));
  const uint32_t before = length(sequence);
  auto rows = run_steps(impl, sequence, tokens, wanted);
  if (!rows) go_back(impl, sequence, before);
  return rows;
}

namespace {

Result<std::span<const float>> run_each(Engine::Impl& impl, std::span<const Fresh> fresh,
                                        std::span<const int32_t> tokens) {
  const auto step = form_step(impl, fresh, tokens, tokens.size());
  TRY(impl.devices.run(kProgram, step));
  const size_t width = impl.blueprint.result_width();
  const auto result = impl.devices.result().first(tokens.size() * width);
  for (size_t i = 0; i < fresh.size(); ++i) {
    const uint32_t length = at(impl, fresh[i].sequence).length();
    TRY(check_numbers(impl, result.subspan(i * width, width), length + 1));
  }
  for (size_t i = 0; i < fresh.size(); ++i) at(impl, fresh[i].sequence).tokens.push_back(tokens[i]);
  return result;
}

}  // namespace

Result<std::span<const float>> Engine::feed_each(std::span<const uint32_t> sequences,
                                                 std::span<const int32_t> tokens) {
  Impl& impl = *impl_;
  assert(sequences.size() == tokens.size() && tokens.size() <= impl.needs.request.max_rows);
  TRY(check_tokens(tokens, impl.blueprint.vocabulary));
  TRY(check_wanted(impl.needs.request, tokens.size(), Wanted::all));
  for (const uint32_t sequence : sequences) {
    TRY(check_room(sequence, 1));
    TRY(check_causal(impl, length(sequence), 1));
  }
  if (tokens.empty()) return std::span<const float>();
  const std::span<Fresh> fresh(impl.step.fresh.data(), sequences.size());
  for (size_t i = 0; i < fresh.size(); ++i) fresh[i] = {sequences[i], 1};
  auto rows = run_each(impl, fresh, tokens);
  for (const uint32_t sequence : sequences)
    if (!rows) go_back(impl, sequence, length(sequence));
  return rows;
}

}  // namespace straddle::engine
