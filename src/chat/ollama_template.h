// A Go template as Ollama's models carry it: new ones walk over .Messages; old ones show one turn, with
// .System, .Prompt and .Response, and are run once for each. What they are given, and how, is Ollama's
// (its template/template.go).
#pragma once
#include <string>

#include "chat/chat.h"

namespace straddle::chat {

class OllamaTemplate {
 public:
  static Result<OllamaTemplate> parse(std::string source, std::string name);

  Result<templates::AttributedText> render(const TemplateInput& input, std::chrono::local_seconds now,
                                           const Limits& limits) const;
  const std::string& source() const { return source_; }

 private:
  OllamaTemplate(std::string source, templates::GoTemplate whole);

  std::string source_;
  templates::GoTemplate whole_;  // with .Response at its end, where it names neither that nor .Messages
  templates::GoTemplate last_turn_;  // of an old template: up to where the answer begins
  bool takes_messages_;
};

}  // namespace straddle::chat
