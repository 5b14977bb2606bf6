#include "engine/engine.h"

#include <algorithm>
#include <numeric>

#include "engine/state.h"

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

// Behind the slots of the sequences stand those of their kept copies.
uint32_t kept_slot(const Engine::State& state, uint32_t sequence) {
  return uint32_t(state.sequences.size()) + sequence;
}

}  // namespace

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

const model::Blueprint& Engine::blueprint() const { return state_->blueprint; }
const plan::Plan& Engine::plan() const { return state_->plan; }
const char* Engine::device() const { return state_->device.name(); }
uint32_t Engine::context() const { return state_->plan.request.context; }
uint32_t Engine::length(uint32_t sequence) const { return state_->sequences[sequence].length(); }

Status Engine::room_for(uint32_t sequence, size_t tokens) const {
  if (tokens <= context() - length(sequence)) return {};
  return fail(ErrorKind::bad_input, "prompt",
              std::to_string(length(sequence) + tokens) + " tokens do not fit in the context of " +
                  std::to_string(context()),
              "shorten it or use --set num_ctx=N");
}

uint32_t Engine::resume(uint32_t sequence, std::span<const int32_t> tokens) {
  Sequence& s = state_->sequences[sequence];
  const auto differ = std::mismatch(s.tokens.begin(), s.tokens.end(), tokens.begin(), tokens.end());
  auto length = uint32_t(differ.first - s.tokens.begin());
  if (length == s.length()) return length;
  if (state_->blueprint.recurrent()) {
    length = s.kept <= length ? s.kept : 0;
    if (length == 0)
      state_->device.clear_state(sequence);
    else
      state_->device.copy_state(kept_slot(*state_, sequence), sequence);
  }
  s.tokens.resize(length);
  s.kept = std::min(s.kept, length);
  return length;
}

void Engine::keep(uint32_t sequence) {
  Sequence& s = state_->sequences[sequence];
  s.kept = s.length();
  if (state_->blueprint.recurrent()) state_->device.copy_state(sequence, kept_slot(*state_, sequence));
}

namespace {

// Fills the arrays for rows of one sequence that follow its length.
ops::Step form_step(Engine::State& state, uint32_t sequence, std::span<const int32_t> tokens,
                    Wanted wanted) {
  StepBuffers& b = state.step;
  Sequence& s = state.sequences[sequence];
  const size_t rows = tokens.size();
  std::iota(b.positions.begin(), b.positions.begin() + long(rows), s.length());
  std::fill_n(b.sequences.begin(), rows, sequence);
  const std::span<const uint32_t> positions(b.positions.data(), rows);
  for (size_t i = 0; i < b.angles.size(); ++i) {
    b.angle_views[i] =
        std::span<const float>(b.angles[i]).first(rows * state.blueprint.ropes[i].rotated);
    model::rope_angles(state.blueprint.ropes[i], positions, b.angles[i]);
  }
  if (!b.row_factors.empty()) model::row_factors(state.blueprint.temperature, positions, b.row_factors);
  const size_t count = wanted == Wanted::all ? rows : wanted == Wanted::last ? 1 : 0;
  std::iota(b.wanted.begin(), b.wanted.begin() + long(count), uint32_t(rows - count));
  s.tokens.insert(s.tokens.end(), tokens.begin(), tokens.end());
  b.views[sequence] = {s.pages, sequence, s.length()};
  return {.tokens = tokens,
          .positions = positions,
          .sequences = {b.sequences.data(), rows},
          .views = b.views,
          .wanted = {b.wanted.data(), count},
          .angles = b.angle_views,
          .row_factors = b.row_factors};
}

}  // namespace

Result<std::span<const float>> Engine::feed(uint32_t sequence, std::span<const int32_t> tokens,
                                            Wanted wanted) {
  State& state = *state_;
  if (auto ok = check_tokens(tokens, state.blueprint.vocabulary); !ok) return fail(ok);
  if (auto ok = room_for(sequence, tokens.size()); !ok) return fail(ok);
  const size_t max_rows = state.plan.request.max_rows;
  if (!state.blueprint.causal && (length(sequence) > 0 || tokens.size() > max_rows)) {
    return fail(ErrorKind::bad_input, "text",
                "this model reads a text of at most " + std::to_string(max_rows) +
                    " tokens at once, and nothing after it");
  }
  size_t rows = 0;
  for (size_t at = 0; at < tokens.size(); at += rows) {
    rows = std::min(max_rows, tokens.size() - at);
    const bool final = at + rows == tokens.size();
    const auto step =
        form_step(state, sequence, tokens.subspan(at, rows), final ? wanted : Wanted::none);
    if (auto ok = state.device.run(step); !ok) return fail(ok);
    if (final) return state.device.result().first(step.wanted.size() * state.blueprint.result_width());
  }
  return std::span<const float>();
}

}  // namespace straddle::engine
