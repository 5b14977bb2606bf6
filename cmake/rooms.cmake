# One library per room. The rooms and what each may know stand in src/rooms.txt; a room is built
# from every .cpp below its folder, and NAME.avx2.cpp, NAME.avx512.cpp ... get their ISA's flags.

# -mno-fma comes first: behind -mavx512f, clang would drop AVX-512 with it, which implies FMA there.
set(ISA_FLAGS_avx2 -mavx2 -mf16c -mno-fma)
set(ISA_FLAGS_avx512
    -mno-fma -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mf16c -mprefer-vector-width=512)

# Floats follow the rule of numbers (docs/numbers.md): no contraction, no reordering.
set(NUMBER_FLAGS -ffp-contract=off -fno-math-errno -fno-trapping-math)

function(straddle_isa_flags)
  foreach(source ${ARGN})
    if(source MATCHES "\\.(avx2|avx512)\\.cpp$")
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS ${ISA_FLAGS_${CMAKE_MATCH_1}})
    endif()
  endforeach()
endfunction()

function(straddle_room room)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(${room} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(${room} STATIC ${sources})
    straddle_isa_flags(${sources})
    target_compile_options(${room} PRIVATE ${WARNING_FLAGS} ${NUMBER_FLAGS})
    set(scope PUBLIC)
  endif()
  target_include_directories(${room} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${room} ${scope} ${ARGN})
endfunction()

# Reads the table of arrows: makes every room whose folder exists.
function(straddle_rooms)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/rooms.txt)
  file(STRINGS ${CMAKE_SOURCE_DIR}/src/rooms.txt lines REGEX "^[a-z]+:")
  foreach(line ${lines})
    string(REGEX MATCH "^[a-z]+" room ${line})
    string(REGEX REPLACE "^[a-z]+: *" "" known ${line})
    string(REPLACE " " ";" known "${known}")
    if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/src/${room})
      set(links)
      foreach(other ${known})
        if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/src/${other})
          list(APPEND links ${other})
        endif()
      endforeach()
      if(NOT room STREQUAL base)
        list(APPEND links base)
      endif()
      straddle_room(${room} ${links})
    endif()
  endforeach()
endfunction()
