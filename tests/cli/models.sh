# Models as files: listed, shown, quantized, and used again.
straddle list 2>&1 | awk '{ print $1, $2, $3, $4 }'  # how old it is differs
straddle ls 2>/dev/null | head -n 1 | tr -s ' '
straddle show stories260K
straddle show "$TOY" --tensors | sed -n '/Tensors/,+2p'
straddle show "$TOY" --json | tr ',' '\n' | head -3
straddle quantize "$REFUSED/../golden/models/arch/llama.gguf" small.gguf Q8_0 2>&1
straddle show small.gguf | grep -i quantization
straddle logits "$REFUSED/../golden/models/arch/llama.gguf" --tokens 1,31,111 --top 1 | awk '{print $1}'
straddle logits small.gguf --tokens 1,31,111 --top 1 | awk '{print $1}'
attempt straddle run "$REFUSED/dims-5.gguf" hi
