// Classes of characters for scan_class and others, as the patterns of pre-tokenizers list them.
#pragma once
#include <string_view>

#include "text/character.h"

namespace straddle::text {

inline bool is_number(const Character& c) { return c.is(kNumber); }
inline bool is_ascii_digit(const Character& c) { return c.code >= '0' && c.code <= '9'; }
inline bool is_decimal(const Character& c) { return c.is(kDecimal); }
inline bool is_black(const Character& c) { return !c.is(kSpace); }
inline bool is_letter(const Character& c) { return c.is(kLetter); }
inline bool is_punctuation(const Character& c) { return c.is(kPunctuation); }
inline bool is_newline(const Character& c) { return c.is_newline(); }
inline bool is_line(const Character& c) { return c.code != '\n'; }
inline bool one_of(std::string_view ascii, const Character& c) {
  return c.code < 128 && ascii.find(static_cast<char>(c.code)) != ascii.npos;
}
inline bool is_default_mark(const Character& c) { return c.is(kPunctuation) || one_of("$+<=>^~|", c); }
inline bool is_falcon_mark(const Character& c) { return is_default_mark(c) || c.code == '`'; }

// [一-龥ࠀ-一가-퟿]
inline bool is_deepseek_cjk(const Character& c) {
  return (c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x800 && c.code <= 0x4E00) ||
         (c.code >= 0xAC00 && c.code <= 0xD7FF);
}

// [一-龥぀-ゟ゠-ヿ]
inline bool is_cjk_or_kana(const Character& c) {
  return (c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x3040 && c.code <= 0x30FF);
}

inline constexpr CodeRange kDeepseekLetters[] = {
    {0x41, 0x5A},       {0x61, 0x7A},       {0xB5, 0xB5},       {0xC0, 0xD6},       {0xD8, 0xF6},
    {0xF8, 0x1BA},      {0x1BC, 0x1BF},     {0x1C4, 0x293},     {0x295, 0x2AF},     {0x370, 0x373},
    {0x376, 0x376},     {0x377, 0x377},     {0x37B, 0x37D},     {0x37F, 0x37F},     {0x386, 0x386},
    {0x388, 0x38A},     {0x38C, 0x38C},     {0x38E, 0x3A1},     {0x3A3, 0x3F5},     {0x3F7, 0x481},
    {0x48A, 0x52F},     {0x531, 0x556},     {0x10A0, 0x10C5},   {0x13A0, 0x13F5},   {0x13F8, 0x13FD},
    {0x1C90, 0x1CBA},   {0x1CBD, 0x1CBF},   {0x1D00, 0x1D2B},   {0x1D6B, 0x1D77},   {0x1D79, 0x1D9A},
    {0x1E00, 0x1F15},   {0x1F18, 0x1F1D},   {0x1F20, 0x1F45},   {0x1F48, 0x1F4D},   {0x1F50, 0x1F57},
    {0x1F59, 0x1F59},   {0x1F5B, 0x1F5B},   {0x1F5D, 0x1F5D},   {0x1F5F, 0x1F7D},   {0x1F80, 0x1FB4},
    {0x1FB6, 0x1FBC},   {0x1FBE, 0x1FBE},   {0x1FC2, 0x1FC4},   {0x1FC6, 0x1FCC},   {0x1FD0, 0x1FD3},
    {0x1FD6, 0x1FDB},   {0x1FE0, 0x1FEC},   {0x1FF2, 0x1FF4},   {0x1FF6, 0x1FFC},   {0x2102, 0x2102},
    {0x2107, 0x2107},   {0x210A, 0x2113},   {0x2115, 0x2115},   {0x2119, 0x211D},   {0x2124, 0x2124},
    {0x2126, 0x2126},   {0x2128, 0x2128},   {0x212A, 0x212D},   {0x212F, 0x2134},   {0x2139, 0x2139},
    {0x213C, 0x213F},   {0x2145, 0x2149},   {0x214E, 0x214E},   {0x2183, 0x2183},   {0x2184, 0x2184},
    {0x2C00, 0x2C7B},   {0x2C7E, 0x2CE4},   {0x2CEB, 0x2CEE},   {0x2CF2, 0x2CF2},   {0x2CF3, 0x2CF3},
    {0xA640, 0xA66D},   {0xA680, 0xA69B},   {0xA722, 0xA76F},   {0xA771, 0xA787},   {0xA78B, 0xA78E},
    {0xAB70, 0xABBF},   {0xFB00, 0xFB06},   {0xFB13, 0xFB17},   {0xFF21, 0xFF3A},   {0xFF41, 0xFF5A},
    {0x10400, 0x1044F}, {0x104B0, 0x104D3}, {0x104D8, 0x104FB}, {0x10C80, 0x10CB2}, {0x10CC0, 0x10CF2},
    {0x118A0, 0x118DF}, {0x1E900, 0x1E943}};

inline constexpr CodeRange kDeepseekPunctuation[] = {
    {0x21, 0x2F}, {0x3A, 0x7E}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF5E}, {0x2018, 0x201F}, {0x3000, 0x3002}};

inline bool is_deepseek_letter(const Character& c) { return in_ranges(kDeepseekLetters, c.code); }
inline bool is_deepseek_mark(const Character& c) { return in_ranges(kDeepseekPunctuation, c.code); }

// [一-鿿㐀-䶿豈-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]
inline bool is_afmoe_script(const Character& c) {
  constexpr CodeRange kScripts[] = {
      {0x4E00, 0x9FFF}, {0x3400, 0x4DBF}, {0xF900, 0xFAFF}, {0x3040, 0x30FF}, {0xFF65, 0xFF9F},
      {0x2F00, 0x2FDF}, {0xE40, 0xEFF},   {0x1780, 0x17FF}, {0x1000, 0x109F}, {0xAA60, 0xAA7F},
      {0xA9E0, 0xA9FF}, {0xAC00, 0xD7AF}, {0x1100, 0x11FF}};
  return c.code >= 0x80 && in_ranges(kScripts, c.code);
}

// [가-힣ㄱ-ㆎ]
inline bool is_hangul(const Character& c) {
  return (c.code >= 0xAC00 && c.code <= 0xD7A3) || (c.code >= 0x3131 && c.code <= 0x318E);
}

// [！…“”‘’—：；，、-〿︰-﹏]
inline bool is_youtu_mark(const Character& c) {
  constexpr CodeRange kMarks[] = {{0xFF01, 0xFF01}, {0x2026, 0x2026}, {0x201C, 0x201D},
                                  {0x2018, 0x2019}, {0x2014, 0x2014}, {0xFF1A, 0xFF1B},
                                  {0xFF0C, 0xFF0C}, {0x3001, 0x303F}, {0xFE30, 0xFE4F}};
  return c.code >= 0x80 && in_ranges(kMarks, c.code);
}

// [ㄅ-ㄯ]
inline bool is_bopomofo(const Character& c) { return c.code >= 0x3105 && c.code <= 0x312F; }

// [\p{P}!-/:-@\[-`{-~]
inline bool is_ascii_mark_or_punctuation(const Character& c) {
  return c.is(kPunctuation) || (c.code < 128 && c.is(kSymbol));
}

// [^(\s|.,!?…。，、।۔،)]
inline bool is_bloom_word(const Character& c) {
  switch (c.code) {
    case 0x2026:
    case 0x3002:
    case 0xFF0C:
    case 0x3001:
    case 0x964:
    case 0x6D4:
    case 0x60C:
      return false;
  }
  return !c.is(kSpace) && !one_of("(|.,!?)", c);
}

}  // namespace straddle::text
