#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plan/profile.h"

namespace straddle::plan {
namespace {

using nlohmann::ordered_json;

const char* kCard = R"({"name": "a desktop",
  "cpu": {"ram_bytes": 64e9, "nominal_GBps": 51.2, "read_GBps": 45,
          "rates": {"4..8": {"1": 43, "2": 42, "4": 40, "8": 30}},
          "tile_GMACs": 500, "kv_GBps": {"f16": 40, "q8_0": 38}, "op_us": 4, "basis": "measured"},
  "gpus": [{"vram_bytes": 17179869184, "reserve_bytes": 1, "other_bytes": 2, "nominal_GBps": 288,
            "rates": {"4..8": {"1": 187, "2": 180, "4": 170, "8": 120}, "2..3": {"1": 160, "2": 150,
            "4": 120, "8": 80}}, "tile_GMACs": 9000, "kv_GBps": {"f16": 180, "q8_0": 170},
            "submit_us": 100, "wake_us": 20, "dispatch_us": 3, "up_GBps": 12, "down_GBps": 11,
            "basis": "default"}],
  "disk": {"read_GBps": 3, "latency_us": 90, "basis": "guessed"}})";

std::string error_of(const ordered_json& json) {
  const auto profile = parse_profile(json.dump(), "my.json");
  if (profile) return "";
  EXPECT_EQ(profile.error().kind, ErrorKind::bad_input);
  return one_line(profile.error());
}

TEST(ProfileJson, WhatIsReadIsWrittenAndReadAgain) {
  const auto profile = parse_profile(kCard, "my.json");
  ASSERT_TRUE(profile) << one_line(profile.error());
  ASSERT_EQ(profile->devices.size(), 2u);
  EXPECT_EQ(profile->devices[0].name, "cpu");
  EXPECT_EQ(profile->devices[0].bytes, 64'000'000'000u);
  EXPECT_EQ(profile->devices[1].name, "vulkan:0");
  EXPECT_EQ(profile->devices[1].rates[1].GBps[3], 80);
  EXPECT_TRUE(profile->overlap);
  ASSERT_TRUE(profile->disk);
  const std::string once = profile_json(*profile);
  const auto again = parse_profile(once, "my.json");
  ASSERT_TRUE(again) << one_line(again.error());
  EXPECT_EQ(profile_json(*again), once);
}

TEST(ProfileJson, AProductsNameIsForReadersADevicesNameForCommands) {
  const auto names = [](const char* cpu, const char* card) {
    auto json = ordered_json::parse(kCard);
    json["cpu"]["name"] = cpu;
    json["gpus"][0]["name"] = card;
    const auto profile = parse_profile(json.dump(), "my.json");
    return profile ? profile->devices[0].name + " " + profile->devices[1].name : "";
  };
  EXPECT_EQ(names("Ryzen 5600X", "RX 7600 XT"), "cpu vulkan:0");
  EXPECT_EQ(names("cpu", "vulkan:1"), "cpu vulkan:1");
  EXPECT_EQ(names("cpu", "disk"), "cpu vulkan:0");
  EXPECT_EQ(names("cpu", "cpu1"), "cpu cpu1");
}

TEST(ProfileJson, EachFigureThatIsMissingIsNamed) {
  const auto good = ordered_json::parse(kCard);
  const auto without = [&](const char* pointer) {
    ordered_json json = good;
    const nlohmann::ordered_json::json_pointer way(pointer);
    json[way.parent_pointer()].erase(way.back());
    return error_of(json);
  };
  EXPECT_EQ(without("/cpu"), "my.json: cpu is missing");
  for (const char* key : {"ram_bytes", "read_GBps", "rates", "tile_GMACs", "kv_GBps", "op_us", "basis"})
    EXPECT_EQ(without((std::string("/cpu/") + key).c_str()),
              std::string("my.json: cpu.") + key + " is missing");
  EXPECT_EQ(without("/cpu/rates/4..8/8"), "my.json: cpu.rates.4..8.8 is missing");
  EXPECT_EQ(without("/cpu/rates/4..8"), "my.json: cpu.rates names no format");
  EXPECT_EQ(without("/disk/latency_us"), "my.json: disk.latency_us is missing");
  ordered_json json = good;
  json["gpus"][0].erase("wake_us");
  EXPECT_EQ(error_of(json), "my.json: gpus[0].wake_us is missing");
}

// A bit that is unpacked slowly, on a slow machine that is watched while it computes.
TEST(ProfileJson, SlowFiguresAreTaken) {
  ordered_json json = ordered_json::parse(kCard);
  json["cpu"]["rates"]["4..8"]["8"] = 5e-5;
  EXPECT_EQ(error_of(json), "");
}

TEST(ProfileJson, ImpossibleFiguresAreRefused) {
  const auto good = ordered_json::parse(kCard);
  const auto with = [&](const char* pointer, const ordered_json& value) {
    ordered_json json = good;
    json[ordered_json::json_pointer(pointer)] = value;
    return error_of(json);
  };
  EXPECT_EQ(with("/cpu/op_us", -1), "my.json: cpu.op_us is negative");
  EXPECT_EQ(with("/cpu/op_us", nullptr), "my.json: cpu.op_us is no number");
  EXPECT_EQ(with("/cpu/rates/4..8/1", 0), "my.json: cpu.rates.4..8.1 is less than 1e-05");
  for (const double figure : {0.0, 1e-308}) {
    EXPECT_EQ(with("/gpus/0/up_GBps", figure), "my.json: gpus[0].up_GBps is less than 1e-05");
    EXPECT_EQ(with("/gpus/0/down_GBps", figure), "my.json: gpus[0].down_GBps is less than 1e-05");
    EXPECT_EQ(with("/gpus/0/tile_GMACs", figure), "my.json: gpus[0].tile_GMACs is less than 1e-05");
    EXPECT_EQ(with("/cpu/tile_GMACs", figure), "my.json: cpu.tile_GMACs is less than 1e-05");
    EXPECT_EQ(with("/disk/read_GBps", figure), "my.json: disk.read_GBps is less than 1e-05");
  }
  EXPECT_EQ(with("/cpu/rates/4..8/1", 46),
            "my.json: cpu.rates.4..8.1 46.0 GB/s is above read_GBps, 45.0");
  EXPECT_EQ(with("/cpu/read_GBps", 52), "my.json: cpu.read_GBps 52.0 GB/s is above nominal_GBps, 51.2");
  EXPECT_EQ(with("/cpu/kv_GBps/f16", 46), "my.json: cpu.kv_GBps.f16 46.0 GB/s is above read_GBps, 45.0");
  EXPECT_EQ(with("/gpus/0/rates/2..3/2", 300),
            "my.json: gpus[0].rates.2..3.2 300.0 GB/s is above nominal_GBps, 288.0");
  EXPECT_EQ(with("/gpus/0/vram_bytes", 1e30),
            "my.json: gpus[0].vram_bytes is larger than any machine's");
  EXPECT_EQ(with("/gpus/0/name", "cpu"), "my.json: gpus[0].name is another device's name");
  EXPECT_EQ(with("/gpus/0/kind", "tpu"), "my.json: gpus[0].kind is neither gpu nor cpu");
  EXPECT_EQ(with("/gpus", 7), "my.json: gpus is no list");
  EXPECT_EQ(with("/gpus/0", 7), "my.json: gpus[0] is no object");
  EXPECT_EQ(with("/overlap", 1), "my.json: overlap is neither true nor false");
  EXPECT_EQ(with("/scratch", "theirs"), "my.json: scratch may only be \"llama.cpp\"");
  EXPECT_EQ(with("/cpu/basis", "hoped"), "my.json: cpu.basis is none of measured, default, guessed");
  EXPECT_EQ(error_of(ordered_json::array()), "my.json: is no JSON object");
  EXPECT_FALSE(parse_profile("{\"cpu\": {\"op_us\": NaN}}", "my.json"));
  EXPECT_FALSE(parse_profile("{\"cpu\": 1e999}", "my.json"));
}

// More processors, as `devices --measure --device cpu,cpu` writes them, have no bus.
TEST(ProfileJson, ADeviceInHomesMemoryNeedsNoBus) {
  ordered_json json = ordered_json::parse(kCard);
  json["gpus"][0]["kind"] = "cpu";
  json["gpus"][0]["up_GBps"] = json["gpus"][0]["down_GBps"] = 0;
  EXPECT_EQ(error_of(json), "");
}

TEST(ProfileJson, WhatIsNoJsonIsSaidByLineAndColumn) {
  const auto error = [](const std::string& text) {
    const auto profile = parse_profile(text, "my.json");
    return profile ? "" : one_line(profile.error());
  };
  const std::string comma = error("{\"cpu\":\n  {\"op_us\": ,}}");  // the end is the parser's own words
  EXPECT_TRUE(comma.starts_with("my.json: is no JSON (line 2, column 13: ")) << comma;
  EXPECT_EQ(error("{\"cpu\": 1e999}"), "my.json: is no JSON (number overflow parsing '1e999')");
  EXPECT_LT(error("{\"cpu\": \"" + std::string(100'000, 'x')).size(), 250u);
}

// Deep or broken text ends in a refusal, never in a crash.
TEST(ProfileJson, EveryCutTextIsRefused) {
  const std::string text = kCard;
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_profile(text.substr(0, length), "my.json"));
  EXPECT_FALSE(parse_profile(std::string(100'000, '['), "my.json"));
}

}  // namespace
}  // namespace straddle::plan
