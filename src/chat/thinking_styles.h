// How families of models mark their thinking in what they write.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace straddle::chat {

enum class Place : uint8_t {
  between,  // messages: a header may follow
  header,
  thinking,
  answer,
  aside,  // a call of a tool
};

// What follows a mark, and where a mark that could be words is one.
enum class Leads : uint8_t {
  header,          // the header of a message
  body,            // the message that the header before it names
  between,         // nothing: a message ended
  thinking,        // at the beginning and behind another mark
  after_thinking,  // anywhere in thinking, and where none began (ThinkingFilter::counts)
  answer,          // one with a closing mark: at the beginning and behind another mark
  final_answer,    // both of these
  after_answer,    // where the answer's opening mark was met
};

struct Mark {
  std::string_view text;
  Leads leads;
};

// Says of a message whose header has a word that begins so what it is.
struct HeaderWord {
  std::string_view begins;
  Place place;
};

struct ThinkingStyle {
  std::string_view family;
  std::vector<std::string_view> known_by;  // one of them stands in the template
  std::vector<Mark> marks;
  std::vector<HeaderWord> words = {};  // the first that fits; none: an answer
  bool framed = false;                 // all that is written stands in messages
  bool one_line_headers = false;
};

// The first row that knows the template; null: the model does not think aloud.
const ThinkingStyle* thinking_style(std::string_view template_source);

}  // namespace straddle::chat
