// JSON as places in a text and the bytes that lead from one to the next (RFC 8259; UTF-8 by RFC 3629,
// table 3-7 of the Unicode standard).
#pragma once
#include <array>
#include <cstdint>

namespace straddle::sample::json {

// clang-format off
enum Place : uint8_t {
  // Between tokens: white space may come.
  before, first_key, next_key, colon, value, first_value, after_value,
  // In a string. tail3: three more bytes of a character ...; after_E0: behind that byte ...
  characters, tail3, tail2, tail1, after_E0, after_ED, after_F0, after_F4,
  // Escapes. hex4: four more digits ...; after_D: the digits 8 to B begin a pair of surrogates; high2: two
  // more digits of its first half; pair_C: the digits C to F.
  escape, hex4, hex3, hex2, hex1, after_D, high2, high1, pair_backslash, pair_u, pair_D, pair_C,
  // In a number; zero, integer, fraction and exponent may be its end.
  minus, zero, integer, point, fraction, exponent_sign, exponent_first, exponent,
  // In a word: behind these letters.
  t, tr, tru, f, fa, fal, fals, n, nu, nul,
  done, n_places,
  // No places, but what else a byte does. end_of_number: and then the same behind the value.
  refuse = n_places, blank, new_line, open_object, open_array, close_object, close_array, comma,
  begin_key, begin_text, end_text, end_of_number,
};
// clang-format on

struct Transition {
  Place at;
  uint8_t first, last;  // these bytes
  Place next;
};

inline constexpr Transition kTransitions[] = {
    {before, '{', '{', open_object},
    {next_key, '"', '"', begin_key},
    {colon, ':', ':', value},
    {value, '{', '{', open_object},
    {value, '[', '[', open_array},
    {value, '"', '"', begin_text},
    {value, '-', '-', minus},
    {value, '0', '0', zero},
    {value, '1', '9', integer},
    {value, 't', 't', t},
    {value, 'f', 'f', f},
    {value, 'n', 'n', n},
    {after_value, ',', ',', comma},
    {after_value, '}', '}', close_object},
    {after_value, ']', ']', close_array},

    {characters, 0x20, 0x7F, characters},
    {characters, '"', '"', end_text},
    {characters, '\\', '\\', escape},
    {characters, 0xC2, 0xDF, tail1},
    {characters, 0xE0, 0xEF, tail2},
    {characters, 0xE0, 0xE0, after_E0},
    {characters, 0xED, 0xED, after_ED},
    {characters, 0xF0, 0xF4, tail3},
    {characters, 0xF0, 0xF0, after_F0},
    {characters, 0xF4, 0xF4, after_F4},
    {tail1, 0x80, 0xBF, characters},
    {tail2, 0x80, 0xBF, tail1},
    {tail3, 0x80, 0xBF, tail2},
    {after_E0, 0xA0, 0xBF, tail1},
    {after_ED, 0x80, 0x9F, tail1},
    {after_F0, 0x90, 0xBF, tail2},
    {after_F4, 0x80, 0x8F, tail2},

    {escape, '"', '"', characters},
    {escape, '\\', '\\', characters},
    {escape, '/', '/', characters},
    {escape, 'b', 'b', characters},
    {escape, 'f', 'f', characters},
    {escape, 'n', 'n', characters},
    {escape, 'r', 'r', characters},
    {escape, 't', 't', characters},
    {escape, 'u', 'u', hex4},
    {after_D, '0', '7', hex2},
    {after_D, '8', '9', high2},
    {after_D, 'A', 'B', high2},
    {after_D, 'a', 'b', high2},
    {pair_backslash, '\\', '\\', pair_u},
    {pair_u, 'u', 'u', pair_D},
    {pair_D, 'D', 'D', pair_C},
    {pair_D, 'd', 'd', pair_C},
    {pair_C, 'C', 'F', hex2},
    {pair_C, 'c', 'f', hex2},

    {minus, '0', '0', zero},
    {minus, '1', '9', integer},
    {integer, '0', '9', integer},
    {point, '0', '9', fraction},
    {fraction, '0', '9', fraction},
    {exponent_sign, '+', '+', exponent_first},
    {exponent_sign, '-', '-', exponent_first},
    {exponent_sign, '0', '9', exponent},
    {exponent_first, '0', '9', exponent},
    {exponent, '0', '9', exponent},

    {t, 'r', 'r', tr},
    {tr, 'u', 'u', tru},
    {tru, 'e', 'e', after_value},
    {f, 'a', 'a', fa},
    {fa, 'l', 'l', fal},
    {fal, 's', 's', fals},
    {fals, 'e', 'e', after_value},
    {n, 'u', 'u', nu},
    {nu, 'l', 'l', nul},
    {nul, 'l', 'l', after_value},
};

using Table = std::array<std::array<uint8_t, 256>, n_places>;

constexpr void add(Table& table, const Transition& t) {
  for (unsigned byte = t.first; byte <= t.last; ++byte) table[t.at][byte] = t.next;
}

constexpr void add_hex(Table& table, Place at, Place next) {
  add(table, {at, '0', '9', next});
  add(table, {at, 'A', 'F', next});
  add(table, {at, 'a', 'f', next});
}

// A later transition wins over an earlier one for the same byte.
constexpr Table make_table() {
  Table table{};
  for (auto& row : table) row.fill(refuse);
  for (const Transition& t : kTransitions) add(table, t);
  add_hex(table, hex4, hex3);
  add(table, {hex4, 'D', 'D', after_D});
  add(table, {hex4, 'd', 'd', after_D});
  add_hex(table, hex3, hex2);
  add_hex(table, hex2, hex1);
  add_hex(table, hex1, characters);
  add_hex(table, high2, high1);
  add_hex(table, high1, pair_backslash);
  for (const Place end : {zero, integer, fraction, exponent}) {
    for (const char byte : {' ', '\t', '\n', '\r', ',', '}', ']'})
      table[end][uint8_t(byte)] = end_of_number;
    if (end != exponent) table[end]['e'] = table[end]['E'] = exponent_sign;
    if (end == zero || end == integer) table[end]['.'] = point;
  }
  table[first_key] = table[next_key];
  table[first_key]['}'] = close_object;
  table[first_value] = table[value];
  table[first_value][']'] = close_array;
  for (const Place between : {before, first_key, next_key, colon, value, first_value, after_value}) {
    for (const char byte : {' ', '\t', '\r'}) table[between][uint8_t(byte)] = blank;
    table[between]['\n'] = new_line;
  }
  return table;
}

inline constexpr Table kTable = make_table();

// How many bytes may come without leaving a place, but for the characters of a string: 64 of white
// space, 20 digits before or behind a point and 2 of an exponent, of which the first one enters. So
// every number is finite.
constexpr uint8_t most_at(uint8_t place) {
  if (place <= after_value) return 64;
  return place == exponent ? 1 : 19;
}

}  // namespace straddle::sample::json
