// A model that is ready to talk: file, chat template, engine.
#pragma once
#include <memory>

#include "cli/request.h"
#include "conversation/conversation.h"
#include "gguf/gguf.h"

namespace straddle::cli {

struct Speaker {
  gguf::File file;
  chat::Template chat_template;
  engine::Engine engine;
  conversation::Conversation conversation;  // refers to the engine beside it
  conversation::Duration load_time;
  bool said_clamped = false;  // warn_if_clamped: once

  Speaker(gguf::File f, text::Tokenizer t, chat::Template c, engine::Engine e)
      : file(std::move(f)),
        chat_template(std::move(c)),
        engine(std::move(e)),
        conversation(engine, std::move(t), chat_template),
        load_time(0) {}
};

// What the file leaves open is said on standard error.
Result<std::unique_ptr<Speaker>> load_speaker(gguf::File file, const Request& request,
                                              const options::Options& options);

}  // namespace straddle::cli
