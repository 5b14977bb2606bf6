// Messages -> text by a model's chat template, so that it takes them and shows all of their words.
#pragma once
#include "conversation/forms.h"

namespace straddle::conversation {

// What was changed in messages for the template's sake.
struct Changes {
  Form form;
  std::vector<std::string> lost = {};             // roles whose words stand nowhere, in no form
  size_t empty_answers = 0, refused_answers = 0;  // left out
};

// A template is given messages as they are. Where it refuses them or passes over some, other forms are
// tried, and the first that shows all is used from then on: so that a turn costs one rendering.
class Rendering {
 public:
  Rendering(chat::Template chat_template, chat::TokenTexts words);

  // to_answer: with the words that begin an answer. Where no form is taken, the error is that of the
  // first.
  Result<chat::Rendered> render(std::span<const Message> messages, const AnswerRequest& asked,
                                bool to_answer);

  // A line for each thing that was changed in the last rendering and was not reported before.
  std::vector<std::string> new_warnings();

  const std::string& source() const { return template_.source(); }

 private:
  struct Attempt;
  struct Given;  // beside the messages

  Attempt attempt(std::span<const Message> messages, const Form& form, const Given& given) const;
  Attempt best_with(std::span<const Message> messages, const Form& form, const Given& given) const;
  Attempt best(std::span<const Message> messages, const Given& given) const;
  std::vector<Message> without_refused_answers(std::span<const Message> messages,
                                               const Given& given) const;

  chat::Template template_;
  chat::TokenTexts words_;
  Changes changes_, reported_;
};

}  // namespace straddle::conversation
