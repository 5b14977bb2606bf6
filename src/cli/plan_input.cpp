#include "cli/plan_input.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "cli/choices.h"
#include "cli/device_list.h"
#include "cli/output.h"
#include "cli/plan_json.h"
#include "cli/plan_words.h"
#include "cli/size.h"
#include "conversation/conversation.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

constexpr uint32_t kUsualContext = 4096;  // where the model allows more, as run has it

Result<plan::KvFormat> kv_format(const std::string& typed, const std::string& by_environment) {
  const std::string& name = typed.empty() ? by_environment : typed;
  if (name.empty()) return plan::KvFormat::f16;
  if (const auto known = kv_named(name)) return *known;
  return fail(ErrorKind::usage, "--kv", "'" + name + "' is not one of: f16 f32 q8_0");
}

Result<double> fill_of(const std::string& typed) {
  double value = plan::Request().fill;
  if (typed.empty()) return value;
  const char* end = typed.data() + typed.size();
  const auto [read, error] = std::from_chars(typed.data(), end, value);
  if (error == std::errc() && read == end && value >= 0 && value <= 1) return value;
  return fail(ErrorKind::usage, "--fill", "'" + typed + "' is not a number from 0 to 1");
}

// A device has one cap: of two, nobody knows which was meant.
Status check_caps(const std::vector<plan::Cap>& caps) {
  for (auto cap = caps.begin(); cap != caps.end(); ++cap) {
    const auto same = [&](const plan::Cap& other) { return other.device == cap->device; };
    if (std::find_if(caps.begin(), cap, same) == cap) continue;
    return fail(ErrorKind::usage, "--vram",
                cap->device.empty() ? "two sizes, and no device" : cap->device + " has two sizes",
                "vulkan:0=6GiB,vulkan:1=2GiB");
  }
  return {};
}

// "6GiB", or "vulkan:0=6GiB,vulkan:1=2GiB".
Result<std::vector<plan::Cap>> caps_of(const std::string& typed) {
  std::vector<plan::Cap> out;
  if (typed.empty()) return out;
  for (const std::string_view each : split(typed, ',')) {
    const size_t equals = each.find('=');
    if (equals == 0)
      return fail(ErrorKind::usage, "--vram", "'" + std::string(each) + "' names no device",
                  "6GiB, or vulkan:0=6GiB,vulkan:1=2GiB");
    plan::Cap cap;
    if (equals != each.npos) cap.device = each.substr(0, equals);
    cap.bytes = TRY(parse_size(equals == each.npos ? each : each.substr(equals + 1), "--vram"));
    out.push_back(std::move(cap));
  }
  TRY(check_caps(out));
  return out;
}

Result<std::vector<plan::Pin>> pins_of(const std::vector<std::string>& typed) {
  std::vector<plan::Pin> out;
  for (const std::string& each : typed) out.push_back(TRY(plan::parse_pin(each)));
  return out;
}

// The context decides factors of some models, so that a model may have to be described twice.
Result<model::Blueprint> describe(const gguf::File& file, uint32_t& context) {
  auto blueprint = TRY(model::describe(file, {.context = context, .header_only = true}));
  const uint32_t asked = context;
  if (context == 0) context = std::min(blueprint.context, kUsualContext);
  if (blueprint.position_table) context = std::min(context, blueprint.position_table.rows);
  if (asked > 0 || context == blueprint.context) return blueprint;
  return model::describe(file, {.context = context, .header_only = true});
}

Result<std::vector<std::string>> devices_of(const std::string& typed) {
  if (typed.empty() || typed == "auto") return std::vector<std::string>();
  return device_names(typed);
}

// Where parts may and must be.
Status add_places(const Request& request, const options::Options& options, plan::Request& out) {
  if (options.num_gpu >= 0) out.gpu_layers = uint32_t(options.num_gpu);
  out.pins = TRY(pins_of(request.pins));
  if (!request.ram.empty()) out.ram = TRY(parse_size(request.ram, "--ram"));
  out.vram = TRY(caps_of(request.vram));
  out.devices = TRY(devices_of(request.device));
  return {};
}

Result<plan::Request> plan_request(const Request& request, const options::Options& options) {
  plan::Request out{.context = uint32_t(options.num_ctx), .sequences = uint32_t(request.parallel)};
  out.max_rows = uint32_t(options.num_batch);
  out.kv = TRY(kv_format(request.kv, options.kv_type));
  out.fill = TRY(fill_of(request.fill));
  TRY(add_places(request, options, out));
  return out;
}

// no_memory, with flags to type.
Error does_not_fit(const PlanInput& input, Error error, std::optional<plan::Nearest>& nearest) {
  nearest = plan::nearest_request(input.file, input.blueprint, input.machine.profile, input.request);
  error.hint = nearest ? "it fits " + nearest_words(input.request, *nearest) + ", at " +
                             speed_text(nearest->tokens_per_s)
                       : "no request fits: a smaller file or more memory is needed";
  return error;
}

}  // namespace

Result<PlanInput> plan_input(const Request& request) {
  const auto options = TRY(read_options(request));
  auto asked = TRY(plan_request(request, options));
  auto machine = TRY(chosen_machine(request, options));
  auto file = TRY(store::open_vocabulary(request.words[0]));
  const uint32_t context = asked.context;
  auto out = TRY(plan_input(request.words[0], std::move(file), std::move(machine), std::move(asked)));
  conversation::warn_of_context(context, out.request.context, out.blueprint.context, warn);
  return out;
}

Result<plan::Request> load_request(const Request& request, const options::Options& options,
                                   const EngineNeeds& needs) {
  const auto load = load_options(options, needs);
  plan::Request out{.context = load.context, .sequences = load.sequences};
  out.max_rows = load.max_rows;
  out.max_wanted = load.max_wanted;
  out.kv = load.kv == ops::KvType::f32 ? plan::KvFormat::f32 : plan::KvFormat::f16;
  TRY(add_places(request, options, out));
  return out;
}

Result<PlanInput> plan_input(std::string model, gguf::File file, ChosenMachine machine,
                             plan::Request asked) {
  auto blueprint = TRY(describe(file, asked.context));
  auto parts = model::parts(blueprint);
  asked.measure = machine.measure;
  std::vector<plan::Correction> corrections;
  if (machine.corrections) corrections = machine.corrections(file);
  machine.profile = plan::corrected(std::move(machine.profile), corrections);
  return PlanInput{.model = std::move(model),
                   .file = std::move(file),
                   .blueprint = std::move(blueprint),
                   .parts = std::move(parts),
                   .machine = std::move(machine),
                   .corrections = std::move(corrections),
                   .request = std::move(asked)};
}

uint64_t file_bytes(const gguf::File& file) {
  std::vector<uint64_t> ends(file.files());
  for (const gguf::Tensor& tensor : file.tensors())
    ends[tensor.file] = std::max(ends[tensor.file], tensor.offset + tensor.bytes);
  return std::max(file.file_bytes(), std::accumulate(ends.begin(), ends.end(), uint64_t(0)));
}

Result<plan::Plan> make_plan(const PlanInput& in) {
  auto plan = plan::make_plan(in.file, in.blueprint, in.machine.profile, in.request);
  if (plan || plan.error().kind != ErrorKind::no_memory) return plan;
  std::optional<plan::Nearest> ignored;
  return tl::unexpected<Error>(does_not_fit(in, std::move(plan.error()), ignored));
}

Result<PlanResult> make_plan(const PlanInput& in, bool json) {
  const plan::MachineProfile& profile = in.machine.profile;
  auto plan = plan::make_plan(in.file, in.blueprint, profile, in.request);
  if (!plan && plan.error().kind == ErrorKind::no_memory) {
    std::optional<plan::Nearest> nearest;
    auto error = does_not_fit(in, std::move(plan.error()), nearest);
    if (json) say(misfit_json(error, nearest));
    return tl::unexpected<Error>(std::move(error));
  }
  if (!plan) return fail(plan);
  auto changes = plan::best_changes(in.file, in.blueprint, profile, *plan);
  return PlanResult{std::move(*plan), std::move(changes)};
}

}  // namespace straddle::cli
