# Where every byte of a model would be and how fast it would run, on a machine that is written down.
on="--machine ryzen-5600x-rx-7600-xt --ctx 2048"
straddle synth llama3.3:70b 70b.gguf --header-only >made
straddle synth gemma3:27b 27b.gguf --header-only >made
straddle plan 70b.gguf $on
echo "# the last layers whole, on another engine"
straddle plan 70b.gguf --machine ryzen-5600x-rx-7600-xt-ollama-0.5.11 --ctx 2048 -ngl 27 | head -n 16
echo "# where a token's time goes"
straddle why 70b.gguf $on
straddle why 70b.gguf $on --json | tr ',' '\n' | head -n 4
echo "# less memory than the model takes: the disk"
straddle plan 70b.gguf $on --ram 30GB --vram 4GiB | sed -n '6,29p'
echo "# windows"
straddle plan 27b.gguf --machine ryzen-5600x-rx-7600-xt --ctx 32768 --kv q8_0 | head -n 6
echo "# a small one, which no card helps"
straddle plan "$TOY" $on --parallel 4
echo "# sizes, in all forms"
for size in 4GiB 4gib 4096MiB 4294967296 4294967296B; do
  straddle plan 70b.gguf $on --vram $size | grep '^vulkan:0  '
done
straddle plan 70b.gguf $on --vram vulkan:0=0 | grep '^vulkan:0'
straddle plan 70b.gguf $on --vram 1.5GB | grep '^vulkan:0  '
echo "# pins: later ones win"
straddle plan 70b.gguf $on --pin '*=cpu' --pin 'output=vulkan:0' | grep -E '^(offloaded|output)'
straddle plan 70b.gguf $on --pin '0-9.ffn=vulkan:0@0.5' -ngl 0 2>&1 | tail -n 1
straddle plan 70b.gguf $on --device cpu | grep -c vulkan
echo "# no header can be run"
attempt straddle run 70b.gguf hi
attempt straddle logits 70b.gguf --tokens 1
echo "# what Tab offers"
straddle __complete plan "$TOY" --machine ryzen-5600x-rx-7600-xt-o
