// The table of commands and flags.
#include <algorithm>
#include <array>

#include "cli/commands.h"
#include "cli/request.h"

namespace straddle::cli {
namespace {

using R = Request;
constexpr size_t kAny = 1u << 20;

// clang-format off
constexpr auto kCommands = std::to_array<Command>({
    {"run", "[MODEL|SESSION [PROMPT...]]", 0, kAny, "talk to a model; a prompt, as words or on standard input, gets one answer", true, run},
    {"show", "MODEL", 1, 1, "what a model says of itself", false, show_model},
    {"list", "[PREFIX]", 0, 1, "the models that are here", false, list},
    {"pull", "MODEL", 1, 1, "fetch a model from its registry into the store; what is there already is not fetched again", false, pull_model},
    {"push", "MODEL", 1, 1, "send a model of the store to the registry that its name names", false, push_model},
    {"create", "NAME", 1, 1, "make a model by a Modelfile, in the store", false, create_model},
    {"cp", "MODEL NAME", 2, 2, "give a model of the store another name too", false, copy_model},
    {"rm", "MODEL [MODEL...]", 1, kAny, "remove models from the store; nothing that another one needs", false, remove_models},
    {"plan", "MODEL", 1, 1, "where every byte of a model would be, and how fast it would run", false, plan_model},
    {"why", "[MODEL]", 0, 1, "where the time of a token goes, and what would help most", false, why},
    {"tokenize", "MODEL [TEXT...]", 1, kAny, "text to token ids; text from standard input where none is given", false, tokenize},
    {"detokenize", "MODEL [IDS...]", 1, kAny, "token ids to text; 1,2,3 or 1 2 3", false, detokenize},
    {"template", "MODEL|FILE.jinja", 1, 1, "the prompt that a chat template makes of a conversation", false, show_template},
    {"logits", "MODEL", 1, 1, "what the model thinks comes next, after --tokens", true, logits},
    {"perplexity", "MODEL", 1, 1, "how well the model foresees a text", true, perplexity},
    {"quantize", "IN OUT TYPE", 3, 3, "write a model in another number format, or a mix such as Q4_K_M", false, quantize},
    {"synth", "SHAPE OUT", 2, 2, "write a model of a known shape with random weights, for measuring", false, synth},
    {"devices", "", 0, 0, "what computes here, its memory, and how fast it was measured to be", false, devices},
    {"bench", "MODEL", 1, 1, "how fast a model decodes and reads prompts, beside what the machine can do", true, bench},
    {"manual", "man|bash|zsh|fish", 1, 1, "print the man page, or the completion of a shell", false, manual},
    {"version", "", 0, 0, "which version this is", false, version},
});

constexpr auto kFlags = std::to_array<Flag>({
    {"--set", "NAME=VALUE", "set an option; `straddle help options` lists them", SetsOption{}, "run logits perplexity"},
    {"--raw", "", "the prompt goes in as it is, without a chat template", &R::raw, "run"},
    {"--system", "TEXT", "what the model is told before all", &R::system, "run"},
    {"--format", "json", "the answer is one JSON object", &R::format, "run"},
    {"--think", "[=true|false|low|medium|high|max]", "let the model think first, or how much of it", &R::think, "run"},
    {"--hidethinking", "", "do not show what it thinks", &R::hide_thinking, "run"},
    {"--nowordwrap", "", "leave long lines to the terminal", &R::no_word_wrap, "run"},
    {"--verbose", "", "statistics at the end, with a line for each device; show: every key and tensor", &R::verbose, "run show logits perplexity bench"},
    {"--trace", "FILE.json", "what each device did when, as Chrome trace events (chrome://tracing, ui.perfetto.dev)", &R::trace, "run logits perplexity bench"},
    {"-v", "", "as --verbose", &R::verbose, "show"},
    {"--license", "", "its licence, and nothing else", &R::shows_license, "show"},
    {"--modelfile", "", "a Modelfile that makes it again", &R::shows_modelfile, "show"},
    {"--parameters", "", "the options that it sets", &R::shows_parameters, "show"},
    {"--system", "", "its system message", &R::shows_system, "show"},
    {"--template", "", "its chat template", &R::shows_template, "show"},
    {"--keepalive", "DURATION", "taken for Ollama's scripts: a model is held as long as its chat", &R::keepalive, "run"},
    {"--insecure", "", "by plain http: nobody vouches for the registry", &R::insecure, "run pull push"},
    {"--file", "FILE", "the Modelfile (default: Modelfile, and where there is none, FROM .)", &R::file, "create"},
    {"-f", "FILE", "as --file", &R::file, "create"},
    {"--quantize", "TYPE", "in another number format, or a mix such as Q4_K_M", &R::quantize, "create"},
    {"-q", "TYPE", "as --quantize", &R::quantize, "create"},
    {"--tokens", "IDS", "the tokens before: 1,2,3", &R::tokens, "logits"},
    {"--out", "FILE", "write float32 rows there instead of a list", &R::out, "logits"},
    {"--top", "N", "how many of the best to list (default 10)", &R::top, "logits"},
    {"--all", "", "every token's row, not just the last", &R::all, "logits"},
    {"--step", "", "one token at a time", &R::step, "logits"},
    {"--chunk", "N", "N tokens at a time", &R::chunk, "logits", 1},
    {"--check", "", "find where values stop being numbers: every weight, then every op on the reference device", &R::check, "logits"},
    {"--file", "FILE", "the text (default: standard input)", &R::file, "perplexity"},
    {"--split", "STRING", "cut the text there; each part starts from an empty context", &R::split, "perplexity"},
    {"--ctx", "N", "context in tokens", SetsOption{"num_ctx"}, "run logits perplexity plan why"},
    {"--pieces", "", "the piece of text beside each id", &R::pieces, "tokenize"},
    {"--bos", "", "with the tokens that the model wants in front and behind", &R::bos, "tokenize"},
    {"--no-special", "", "control tokens in the text are plain text", &R::no_special, "tokenize"},
    {"--batch", "FILE.jsonl", "one request a line, one answer a line", &R::batch, "tokenize detokenize template"},
    {"--messages", "FILE.json", "the conversation: a list of messages, or an object that holds one (default: standard input)", &R::messages, "template"},
    {"--now", "TIME", "the clock that the template sees: 2026-11-24T09:05:07", &R::now, "template"},
    {"--spans", "", "a line for each piece: the template's own, or said in a message", &R::spans, "template"},
    {"--tensors", "", "the table of tensors", &R::tensors, "show"},
    {"--json", "", "as JSON", &R::json, "tokenize show list perplexity devices bench plan why"},
    {"--measure", "", "measure again how fast the machine is", &R::measure, "devices"},
    {"--depth", "LIST", "tokens before what is measured: 0,4096 (default 0)", &R::depth, "bench"},
    {"--rows", "LIST", "sequences that get a token in one step (default 1,2,4,8)", &R::rows, "bench"},
    {"--prompts", "LIST", "tokens of the prompts (default 128,512; 0: none)", &R::prompts, "bench"},
    {"--repeat", "N", "turns; each figure is the median of so many (default 5)", &R::repeat, "bench", 1},
    {"--type", "TYPE", "number format, or mix, as of quantize (default Q4_K_M)", &R::type, "synth"},
    {"--layers", "N", "the first N layers only", &R::layers, "synth", 1},
    {"--header-only", "", "no weights: enough for show, too little to run", &R::header_only, "synth"},
    {"--seed", "N", "other weights", &R::seed, "synth"},
    {"--machine", "MACHINE|FILE.json", "plan for that machine, in place of this one", &R::machine, "plan why"},
    {"--kv", "f16|f32|q8_0", "numbers of the KV cache (default f16)", &R::kv, "plan why"},
    {"--fill", "SHARE", "how full of tokens the context is expected to be, 0 to 1 (default 0.5)", &R::fill, "plan why"},
    {"--parallel", "N", "room for N texts at once (default 1)", &R::parallel, "plan why", 1},
    {"--device", "LIST|cpu|cpu,cpu|reference", "where to compute, the first is home: cpu, reference, cpu,cpu (default cpu); of a machine with --machine: cpu,vulkan:0", &R::device, "* plan why devices"},
    {"--vram", "SIZE", "memory that a device behind home may use: 12GiB, 300MB, 0; or cpu1=6GiB,vulkan:1=2GiB", &R::vram, "* plan why"},
    {"--ram", "SIZE", "memory that may be used of this machine", &R::ram, "* plan why"},
    {"-ngl", "N", "the last N layers on the second device, whole, and nothing else there", SetsOption{"num_gpu"}, "* plan why"},
    {"--pin", "WHERE=DEVICE[@SHARE|@most]", "a part of the model to a device: *.ffn=cpu1@0.4; WHERE: *, LAYERS.attention, .mixer, .ffn, .experts, output, embedding; may be given more than once", &R::pins, "* plan why"},
    {"--isa", "generic|avx2|avx512", "force these instructions (also STRADDLE_ISA)", &R::isa, "* plan why devices"},
    {"--threads", "N", "threads; 0: the cores given to this process", SetsOption{"num_thread"}, "* plan why devices"},
    {"--kv", "f16|f32", "numbers of the KV cache", SetsOption{"kv_type"}, "*"},
});
// clang-format on

bool names(std::string_view list, std::string_view word) {
  for (size_t at = list.find(word); at != list.npos; at = list.find(word, at + 1)) {
    const bool begins = at == 0 || list[at - 1] == ' ';
    const size_t end = at + word.size();
    if (begins && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Flag> flags() { return kFlags; }

const Command* find_command(std::string_view name) {
  if (name == "-v" || name == "--version") name = "version";
  if (name == "ls") name = "list";
  const auto found = std::ranges::find(kCommands, name, &Command::name);
  return found == kCommands.end() ? nullptr : &*found;
}

const Flag* find_flag(const Command& command, std::string_view name) {
  const auto is_it = [&](const Flag& flag) { return flag.name == name && takes(command, flag); };
  const auto found = std::ranges::find_if(kFlags, is_it);
  return found == kFlags.end() ? nullptr : &*found;
}

bool takes(const Command& command, const Flag& flag) {
  return (command.computes && names(flag.commands, "*")) || names(flag.commands, command.name);
}

}  // namespace straddle::cli
