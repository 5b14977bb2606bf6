// From a Modelfile to a model of a store.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "base/environment.h"
#include "base/size_text.h"
#include "options/options.h"
#include "store/local_models.h"
#include "store/store.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// ---- parameters

// Options of Ollama that mean nothing here: kept for it, with their types.
enum class Holds : uint8_t { number, truth };
struct ForeignOption {
  std::string_view name;
  Holds kind;
};
constexpr ForeignOption kForeign[] = {
    {"num_keep", Holds::number},
    {"main_gpu", Holds::number},
    {"tfs_z", Holds::number},
    {"num_gqa", Holds::number},
    {"rope_frequency_base", Holds::number},
    {"rope_frequency_scale", Holds::number},
    {"numa", Holds::truth},
    {"low_vram", Holds::truth},
    {"f16_kv", Holds::truth},
    {"logits_all", Holds::truth},
    {"vocab_only", Holds::truth},
    {"use_mmap", Holds::truth},
    {"use_mlock", Holds::truth},
    {"penalize_newline", Holds::truth},
};

std::optional<Json> number_of(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  return json.is_number() ? std::optional(json) : std::nullopt;
}

std::optional<Json> foreign_value(const ForeignOption& option, const std::string& text) {
  if (option.kind == Holds::number) return number_of(text);
  if (text != "true" && text != "false") return std::nullopt;
  return Json(text == "true");
}

struct ToJson {
  const std::string& text;
  Json operator()(int64_t options::Options::*) const { return number_of(text).value_or(Json(text)); }
  Json operator()(double options::Options::*) const { return number_of(text).value_or(Json(text)); }
  template <class Other>
  Json operator()(Other options::Options::*) const {
    return text;
  }
};

// Appends to a list, else sets.
Status set_param(Json& params, const std::string& name, const std::string& text) {
  if (const options::Row* row = options::find(name)) {
    options::Options unused;
    TRY(options::set(unused, name, text));
    const Json value = std::visit(ToJson{text}, row->member);
    if (!options::is_list(*row))
      params[name] = value;
    else
      params[name].push_back(value);
    return {};
  }
  const auto foreign = std::ranges::find(kForeign, name, &ForeignOption::name);
  if (foreign == std::end(kForeign))
    return fail(ErrorKind::bad_input, "", "unknown parameter '" + name + "'");
  const auto value = foreign_value(*foreign, text);
  if (!value) return fail(ErrorKind::bad_input, name, "'" + text + "' is no value of it");
  params[name] = *value;
  return {};
}

// What can be told of a line without the model, before that is copied.
Status check_line(const ModelfileCommand& command) {
  Json unused = Json::object();
  if (command.word == ModelfileWord::parameter) return set_param(unused, command.name, command.text);
  if (command.word != ModelfileWord::adapter) return {};
  return fail(ErrorKind::unsupported, "ADAPTER " + command.text,
              "adapters (LoRA) are not supported yet");
}

// An error of a line names it, and is one of the Modelfile.
Status located(const ModelfileCommand& command, Status done) {
  if (done) return done;
  if (done.error().kind == ErrorKind::usage) done.error().kind = ErrorKind::bad_input;
  if (done.error().kind == ErrorKind::bad_input)
    done.error().where.insert(
        0, "line " + std::to_string(command.line) + (done.error().where.empty() ? "" : ": "));
  return done;
}

// ---- what FROM names

fs::path expanded(const std::string& text, const fs::path& folder) {
  if (text.starts_with("~/")) return environment("HOME") + text.substr(1);
  return text.starts_with('/') ? fs::path(text) : folder / text;
}

// The only model in a folder: a file, or a split set by its first part.
Result<fs::path> file_in(const fs::path& folder) {
  FolderWalk walk(nullptr);
  walk.add_one(folder);
  if (walk.models.size() == 1) return fs::path(walk.models[0].path);
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored))
    if (at->path().extension() == ".safetensors" && walk.models.empty())
      return fail(ErrorKind::unsupported, folder.string(),
                  "its weights are safetensors, not a GGUF file", "convert them to GGUF first");
  return fail(ErrorKind::not_found, folder.string(),
              walk.models.empty()
                  ? "there is no .gguf file in this folder"
                  : "there are " + std::to_string(walk.models.size()) + " models in this folder",
              "FROM takes one");
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const ModelStore& store)
      : path_(store.blobs() + "/new-" + std::to_string(::getpid()) + ".gguf") {}
  TemporaryFile(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// ---- the making

class Maker {
 public:
  Maker(const ModelStore& store, const CreateOptions& options) : store_(store), options_(options) {}

  Status from(const ModelfileCommand& command);
  Status apply(const ModelfileCommand& command);
  Result<Manifest> finish();

 private:
  using Kind = LayerKind;

  Status from_file(const fs::path& path);
  Status from_stored(const StoredModel& model);
  Result<Blob> model_blob(const gguf::File& file);
  Result<Blob> written(const std::function<Status(const std::string& path)>& write);
  Status put_text(Kind kind, const std::string& text);
  void drop(Kind kind) {
    std::erase_if(layers_, [&](const Blob& layer) { return layer.kind == kind; });
  }
  void say_layer(const Blob& blob, bool is_new) const {
    options_.status((is_new ? "creating new layer " : "using existing layer ") + blob.digest.text());
  }
  Status put(Result<Blob> blob) {
    if (!blob) return fail(blob);
    say_layer(*blob, true);
    layers_.push_back(std::move(*blob));
    return {};
  }
  Result<Blob> config();

  const ModelStore& store_;
  const CreateOptions& options_;
  std::vector<Blob> layers_;
  Json params_ = Json::object(), messages_ = Json::array();
  bool has_messages_ = false;
  std::vector<std::string> own_params_;  // set by this Modelfile: lists begin anew
  ModelConfig config_;
};

// Whole files are copied; a split set is joined; and with a recipe the weights are written anew.
Result<Blob> Maker::model_blob(const gguf::File& file) {
  if (options_.recipe) {
    options_.status("quantizing to " + std::string(options_.recipe->name));
    return written([&](const std::string& path) -> Status {
      QuantizeOptions how{.threads = options_.threads, .planned = {}, .progress = options_.quantizing};
      auto report = quantize(file, *options_.recipe, path, how);
      return report ? Status() : fail(report);
    });
  }
  if (file.files() == 1) return store_.add_file(Kind::model, file.path(), options_.copying);
  return written([&](const std::string& path) {
    gguf::Writer writer;
    for (const gguf::Entry& entry : file.entries()) writer.add(entry);
    for (const gguf::Tensor& t : file.tensors())
      writer.add_tensor(t.name, t.format, std::span(t.shape, t.n_dims),
                        [&file, &t]() -> Result<std::span<const uint8_t>> { return file.data(t); });
    return writer.write(path);
  });
}

Result<Blob> Maker::written(const std::function<Status(const std::string& path)>& write) {
  TRY(store_.make_folders());
  const TemporaryFile file(store_);
  TRY(write(file.path()));
  return store_.adopt_file(Kind::model, file.path(), options_.copying);
}

Status Maker::from_file(const fs::path& path) {
  const auto file = TRY(gguf::File::open(path.string()));
  const std::string type = file.text("general.type"), architecture = file.text("general.architecture");
  if (type == "adapter")
    return fail(ErrorKind::unsupported, path.string(), "is an adapter (LoRA), not a model");
  if (type == "mmproj" || architecture == "clip")
    return put(store_.add_file(Kind::projector, path.string(), options_.copying));
  TRY(file.check_weights());
  drop(Kind::model);
  return put(model_blob(file));
}

// Its layers are taken over; what lies in another store is copied.
Status Maker::from_stored(const StoredModel& model) {
  config_ = model.config;
  for (const Blob& layer : model.entry.manifest.layers) {
    const std::string path = model.store.blob_path(layer.digest);
    if (layer.kind == Kind::model && options_.recipe) {
      const auto file = TRY(gguf::File::open(path));
      TRY(put(model_blob(file)));
    } else if (layer.kind != Kind::params && layer.kind != Kind::messages) {
      TRY(model.store.check_blob(layer));
      if (!store_.check_blob(layer)) {
        TRY(store_.add_file(layer.kind, path, options_.copying));
      }
      say_layer(layer, false);
      layers_.push_back(layer);
    }
  }
  for (const ModelParameter& p : model.parameters) {
    if (auto ok = set_param(params_, p.name, p.value); !ok)
      options_.status("left out: " + one_line(ok.error()));
  }
  for (const ModelMessage& m : model.messages)
    messages_.push_back({{"role", m.role}, {"content", m.content}});
  return {};
}

Status Maker::from(const ModelfileCommand& command) {
  const fs::path path = expanded(command.text, options_.folder);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return from_file(TRY(file_in(path)));
  if (fs::exists(path, ignored)) return from_file(path);
  const auto found = TRY(find_model(command.text));
  return found.stored ? from_stored(*found.stored) : from_file(found.path);
}

Status Maker::put_text(Kind kind, const std::string& text) {
  if (kind != Kind::license) drop(kind);
  return text.empty() ? Status() : put(store_.add_text(kind, text));
}

Status Maker::apply(const ModelfileCommand& command) {
  switch (command.word) {
    case ModelfileWord::from:
      return from(command);
    case ModelfileWord::chat_template:
      return put_text(Kind::chat_template, command.text);
    case ModelfileWord::system:
      return put_text(Kind::system, command.text);
    case ModelfileWord::license:
      return put_text(Kind::license, command.text);
    case ModelfileWord::adapter:
      return check_line(command);
    case ModelfileWord::parameter:
      if (std::ranges::find(own_params_, command.name) == own_params_.end()) params_.erase(command.name);
      own_params_.push_back(command.name);
      return set_param(params_, command.name, command.text);
    case ModelfileWord::message:
      if (!has_messages_) messages_ = Json::array();  // not beside those of the model before
      has_messages_ = true;
      messages_.push_back({{"role", command.name}, {"content", command.text}});
      return {};
    case ModelfileWord::renderer:
      config_.renderer = command.text;
      return {};
    case ModelfileWord::parser:
      config_.parser = command.text;
      return {};
    case ModelfileWord::needs_version:
      config_.needs_version = command.text;
      return {};
    case ModelfileWord::draft:
      options_.status("DRAFT is passed over: nothing here guesses ahead with a second model");
      return {};
  }
  return {};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Blob> Maker::config() {
  const auto model = std::ranges::find(layers_, Kind::model, &Blob::kind);
  if (model == layers_.end()) return fail(ErrorKind::bad_input, "FROM", "names no model");
  const auto file = TRY(gguf::File::open(store_.blob_path(model->digest), true));
  const std::string family = file.text("general.architecture");
  const auto type = file.integer("general.file_type");
  uint64_t values = 0;
  for (const gguf::Tensor& tensor : file.tensors())
    values = checked_add(values, tensor.elements()).value_or(UINT64_MAX);
  nlohmann::ordered_json out{{"model_format", "gguf"},
                             {"model_family", family},
                             {"model_families", {family}},
                             {"model_type", short_count(values)},
                             {"file_type", type ? std::string(file_type_name(*type)) : ""}};
  const std::pair<const char*, const std::string*> kept[] = {{"renderer", &config_.renderer},
                                                             {"parser", &config_.parser},
                                                             {"requires", &config_.needs_version}};
  for (const auto& [key, text] : kept)
    if (!text->empty()) out[key] = *text;
  out["architecture"] = "amd64";
  out["os"] = "linux";
  out["rootfs"] = {{"type", "layers"}, {"diff_ids", nlohmann::ordered_json::array()}};
  for (const Blob& layer : layers_) out["rootfs"]["diff_ids"].push_back(layer.digest.text());
  return store_.add_text(Kind::config,
                         out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Result<Manifest> Maker::finish() {
  if (!params_.empty()) {
    TRY(put_text(Kind::params, text_of(params_)));
  }
  if (!messages_.empty()) {
    TRY(put_text(Kind::messages, text_of(messages_)));
  }
  auto blob = TRY(config());
  say_layer(blob, true);
  return Manifest{std::move(blob), layers_};
}

}  // namespace

Status create(const ModelStore& store, const ModelName& name, const Modelfile& modelfile,
              const CreateOptions& options) {
  options.status("gathering model components");
  for (const ModelfileCommand& command : modelfile.commands) TRY(located(command, check_line(command)));
  Maker maker(store, options);
  // FROM comes first, wherever it stands: what others say lies above it.
  for (const bool of_from : {true, false}) {
    for (const ModelfileCommand& command : modelfile.commands) {
      if ((command.word == ModelfileWord::from) != of_from) continue;
      TRY(located(command, maker.apply(command)));
    }
  }
  const auto manifest = TRY(maker.finish());
  options.status("writing manifest");
  TRY(store.write_manifest(name, manifest_text(manifest)));
  options.status("success");
  return {};
}

}  // namespace straddle::store
