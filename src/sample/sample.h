// Logits -> id: a chain of small steps over candidates (chain.cpp has their order), and masks that say
// which tokens may come at all. docs/sampling.md.
//
// TokenBytes and JsonMask never change once made: several threads may use one. JsonState, JsonAnswer and
// Sampler belong to one text and are used by one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/options.h"
#include "text/text.h"

namespace straddle::sample {

using text::TokenSet;

// A text's randomness: a number in [0, 1) per position, from the seed alone, so that a text repeats
// whatever was computed beside it. Streams of one position are independent of each other.
double random_at(uint64_t seed, uint64_t position, uint64_t stream = 0);

// What each token adds to a text, in bytes. Made once per model, shared by its answers; keeps a copy of
// all bytes, so that the tokenizer may go. Views that it gives out are valid while it lives.
class TokenBytes {
 public:
  explicit TokenBytes(const text::Tokenizer& tokenizer);
  // bytes: empty for tokens that show nothing. ends: the tokens that end an answer.
  TokenBytes(std::span<const std::string> bytes, std::vector<int32_t> ends);

  size_t size() const { return starts_.size() - 1; }
  std::string_view of(int32_t id) const {  // empty out of range
    if (id < 0 || size_t(id) >= size()) return {};
    const size_t start = starts_[size_t(id)];
    return std::string_view(bytes_).substr(start, starts_[size_t(id) + 1] - start);
  }
  std::span<const int32_t> ends() const { return ends_; }

 private:
  void add(std::string_view bytes);
  std::string bytes_;
  std::vector<size_t> starts_{0};  // [tokens + 1], into bytes_
  std::vector<int32_t> ends_;
};

// How far a text has come on the way to one JSON object (RFC 8259). Bytes that could not lead there are
// refused at once. Strings are UTF-8, escaped surrogates come in pairs. Some things are bounded, so that
// a model cannot go on for ever but inside a string (docs/sampling.md). Plain data, to be copied for a
// try.
class JsonState {
 public:
  // False: refused; nothing has changed.
  bool accept(uint8_t byte);
  bool complete() const;   // one whole object: nothing may follow
  bool in_string() const;  // behind its opening quote, before the closing one
  // In a string, between two characters: until the closing quote, what may follow is always the same.
  bool between_characters() const;

 private:
  bool enter(uint8_t place);
  bool stay();
  bool open(bool object);
  bool close(bool object);
  bool begin_string(bool key);
  bool end_string();
  bool end_number(uint8_t byte);
  bool in_object() const { return objects_ & 1; }

  uint64_t objects_ = 0;  // a bit per level, the innermost lowest: an object, else an array
  uint8_t depth_ = 0;
  uint8_t place_ = 0;    // json_rules.h
  uint8_t run_ = 0;      // white space or digits so far at this place
  bool is_key_ = false;  // the string that is being read
};

class TokenOrder;

// Which tokens may follow a JsonState. Made once per model, shared by its answers.
class JsonMask {
 public:
  // tokens must outlive the mask. A token of more than 255 bytes is never allowed.
  explicit JsonMask(const TokenBytes& tokens);
  ~JsonMask();

  // Once the object is complete these are the tokens that end an answer, before that never. The set is
  // empty where the vocabulary has no token for any way on. Allocates nothing.
  void allow(const JsonState& state, TokenSet& allowed) const;
  const TokenBytes& tokens() const { return tokens_; }

 private:
  const TokenBytes& tokens_;
  // A string is where most tokens may follow: those that do not close it are kept as a set.
  TokenSet inside_;
  std::unique_ptr<const TokenOrder> all_, closing_;
};

// One answer in JSON: choose() with allowed(), then accept() what was chosen.
class JsonAnswer {
 public:
  // mask must outlive the answer.
  explicit JsonAnswer(const JsonMask& mask) : mask_(mask), allowed_(mask.tokens().size()) {}
  // Valid until the next call.
  const TokenSet& allowed() {
    mask_.allow(state_, allowed_);
    return allowed_;
  }
  void accept(int32_t id) {
    for (const char byte : mask_.tokens().of(id)) state_.accept(static_cast<uint8_t>(byte));
  }
  bool complete() const { return state_.complete(); }
  const JsonState& state() const { return state_; }

 private:
  const JsonMask& mask_;
  JsonState state_;
  TokenSet allowed_;
};

class Sampler {
 public:
  // Sizes everything for a vocabulary, and for histories of `context` tokens: choose() allocates
  // nothing after that. tokens: where DRY looks for its sequence breakers; without it there are none.
  // It must outlive the sampler; options are copied.
  Sampler(const options::Options& options, size_t vocabulary, uint64_t seed,
          const TokenBytes* tokens = nullptr, size_t context = 0);
  ~Sampler();
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;

  // logits: [vocabulary]; NaN counts as -infinity. history: all tokens so far, prompt included. allowed:
  // the tokens to choose from; -1 if there is none, then the answer ends here. Temperature 0 takes the
  // best token, the smallest id among equals. Nothing is kept of what is passed.
  int32_t choose(std::span<const float> logits, std::span<const int32_t> history,
                 const TokenSet* allowed = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace straddle::sample
