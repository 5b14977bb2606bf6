#include "conversation/prompt.h"

#include <algorithm>

namespace straddle::conversation {
namespace {

bool is_system(const Message& message) { return message.role == "system"; }

// Where turns begin: at each message of a user, after what comes before any.
std::vector<size_t> turns_of(std::span<const Message> messages) {
  std::vector<size_t> out;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role == "user") out.push_back(i);
  }
  return out;
}

// The messages from `begin` on, behind all system messages before it.
std::vector<Message> from_turn(std::span<const Message> messages, size_t begin) {
  std::vector<Message> out;
  std::copy_if(messages.begin(), messages.begin() + long(begin), std::back_inserter(out), is_system);
  out.insert(out.end(), messages.begin() + long(begin), messages.end());
  return out;
}

// The ranges of a text that lie behind `begin`, counted from there.
std::vector<text::Range> ranges_from(std::span<const text::Range> ranges, size_t begin) {
  std::vector<text::Range> out;
  for (const text::Range& r : ranges) {
    if (r.end > begin) out.push_back({std::max(r.begin, begin) - begin, r.end - begin});
  }
  return out;
}

}  // namespace

// Where a text goes on from the transcript, its tokens stay as they are: a model does not always write
// its words in the tokens that the tokenizer would choose. The seam must be a special token, which
// nothing merges with.
std::vector<text::TokenId> PromptMaker::ids_of(const chat::Rendered& rendered,
                                               const Transcript& transcript) const {
  const std::string_view text = rendered.text;
  if (!transcript.ids.empty() && text.starts_with(transcript.text)) {
    const size_t seam = transcript.text.size();
    const auto rest =
        tokenizer.encode_prompt(text.substr(seam), ranges_from(rendered.quoted, seam), guarded, false);
    if (!rest.empty() && tokenizer.type(rest[0]) != text::TokenType::normal) {
      std::vector<text::TokenId> out = transcript.ids;
      out.insert(out.end(), rest.begin(), rest.end());
      return out;
    }
  }
  return tokenizer.encode_prompt(text, rendered.quoted, guarded, true);
}

Result<Prompt> PromptMaker::encode(std::span<const Message> messages, const AnswerRequest& asked,
                                   const Transcript& transcript) const {
  auto rendered = TRY(rendering.render(messages, asked, true));
  Prompt out{.ids = ids_of(rendered, transcript), .text = std::move(rendered.text)};
  if (!rendered.quoted.empty()) out.opening = rendered.quoted.back().end;
  if (!wants_lasting) return out;
  auto settled = TRY(rendering.render(messages, asked, false));
  const auto ids = ids_of(settled, transcript);
  const auto differ = std::mismatch(out.ids.begin(), out.ids.end(), ids.begin(), ids.end());
  out.lasting = size_t(differ.first - out.ids.begin());
  return out;
}

// Turns are dropped down to half of the context, so that the next turns find their beginning unchanged.
Result<Prompt> PromptMaker::encode_last_turns(std::span<const Message> messages,
                                              const AnswerRequest& asked) const {
  const auto turns = turns_of(messages);
  Result<Prompt> best = Prompt{};
  for (size_t low = 1, high = turns.size(); low < high;) {
    const size_t first = (low + high) / 2;
    const auto kept = from_turn(messages, turns[first]);
    auto prompt = TRY(encode(kept, asked, {}));
    const bool fits = prompt.ids.size() <= context / 2;
    if (fits || first + 1 == turns.size()) {
      best = std::move(prompt);
      best->dropped = messages.size() - kept.size();
    }
    (fits ? high : low) = fits ? first : first + 1;
  }
  return best;
}

Result<Prompt> PromptMaker::make(std::span<const Message> messages, const AnswerRequest& asked,
                                 const Transcript& transcript, size_t reserve) const {
  auto prompt = encode(messages, asked, transcript);
  if (!prompt || prompt->ids.size() + reserve <= context || turns_of(messages).size() < 2) return prompt;
  return encode_last_turns(messages, asked);
}

}  // namespace straddle::conversation
