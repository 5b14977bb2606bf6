# What cannot be planned ends in one line that says what can.
on="--machine ryzen-5600x-rx-7600-xt"
straddle synth llama3.3:70b 70b.gguf --header-only >made
echo "# it does not fit: 4, with the nearest that does"
attempt straddle plan 70b.gguf $on --ram 0 --vram 0
attempt straddle plan 70b.gguf $on --vram 1GiB -ngl 40 --ctx 2048
attempt straddle plan 70b.gguf $on --vram 8GB --pin '*=vulkan:0'
attempt straddle plan "$TOY" $on --ram 1MB --vram 0
attempt straddle plan "$TOY" $on --ram 1MB --vram 0 --json
attempt straddle why 70b.gguf $on --ram 0
echo "# sizes"
for size in 12X 12G -1 '' 1e9 '.5GB' 5.GB 1.5 '1 GB' 99999999999999999999 999999999TiB 0x10 vulkan:0=; do
  attempt straddle plan "$TOY" $on --vram "$size"
done
attempt straddle plan "$TOY" $on --vram vulkan:7=1GB
attempt straddle plan "$TOY" $on --vram vulkan:0=1GB,vulkan:0=2GB
attempt straddle plan "$TOY" $on --vram 1GB,2GB
attempt straddle plan "$TOY" $on --vram =6GiB
attempt straddle plan "$TOY" $on --vram cpu=6GiB
attempt straddle plan "$TOY" $on --device cpu --vram 6GiB
attempt straddle plan "$TOY" $on --ram half
echo "# numbers"
attempt straddle plan "$TOY" $on --fill 1.5
attempt straddle plan "$TOY" $on --fill nan
attempt straddle plan "$TOY" $on --kv q4_0
attempt straddle plan "$TOY" $on --parallel 0
attempt straddle plan "$TOY" $on -ngl -2
attempt straddle plan "$TOY" $on -ngl
attempt straddle plan "$TOY" $on --n-gpu-layers 3
attempt straddle plan "$TOY" $on --num-gpu 3
attempt straddle plan "$TOY" $on -ctk q8_0
attempt straddle plan "$TOY" $on --cpu-moe
attempt straddle bench "$TOY" -r 3
attempt straddle run "$TOY" -ngl 3 hi
echo "# devices and pins"
attempt straddle plan "$TOY" $on --device cpu,vulkan:3
attempt straddle plan "$TOY" $on --device cpu,,cpu
attempt straddle plan "$TOY" $on --device cpu,vulkan:0,vulkan:0
attempt straddle plan "$TOY" $on --device cpu -ngl 3
attempt straddle plan "$TOY" $on --pin '*.experts=cpu'
attempt straddle plan "$TOY" $on --pin '5-9.ffn=cpu'
attempt straddle plan "$TOY" $on --pin '*.ffn=npu'
attempt straddle plan "$TOY" $on --pin '*.ffn'
attempt straddle plan "$TOY" $on --pin '*.ffn=vulkan:0@2'
attempt straddle plan "$TOY" $on --pin '*.ffn=vulkan:0@50%'
attempt straddle plan "$TOY" $on --pin '7-5.ffn=vulkan:0'
attempt straddle plan "$TOY" $on -ngl 2 --pin '0.ffn=vulkan:0'
echo "# machines"
attempt straddle plan "$TOY" --machine ryzen-5600x-rx-7600
attempt straddle plan "$TOY" --machine abacus 2>&1 | sed 's/one of: .*/one of: NAMES)/'
attempt straddle plan "$TOY" --machine none.json 2>&1 | sed 's/one of: .*/one of: NAMES)/'
attempt straddle plan "$TOY" --machine ./
attempt straddle plan "$TOY" --machine ''
attempt straddle plan "$TOY" --machine /dev/zero
attempt straddle plan "$TOY" --machine ryzen-5600x-rx-7600.json
mkfifo pipe
attempt timeout 60 straddle plan "$TOY" --machine ./pipe
attempt timeout 60 straddle plan "$TOY" --machine pipe
ln -s loop.json loop.json
attempt straddle plan "$TOY" --machine ./loop.json
good=$STRADDLE_SHARE/machines/ryzen-5600x-rx-7600-xt.json
spoilt() {
  sed "$1" "$good" >bad.json
  attempt straddle plan "$TOY" --machine bad.json
}
spoilt 's/"read_GBps": 46/"read_GBps": 52/'
spoilt 's/"ram_bytes": [0-9]*/"ram_bytes": -1/'
spoilt 's/"tile_GMACs": [0-9]*/"tile_GMACs": "many"/'
spoilt 's/"kv_GBps"/"kv"/'
spoilt 's/"basis": "[a-z]*"/"basis": "believed"/'
spoilt 's/"disk": {/"disk": [], "cupboard": {/'
spoilt 's/"1": 43.2/"1": 0/'
spoilt 's/"up_GBps": [0-9]*/"up_GBps": 0/'
spoilt 's/"tile_GMACs": [0-9]*/"tile_GMACs": 1e-308/'
spoilt 's/"kv_GBps": {/"kv_GBps": {,/'
echo "# a context beyond the model's own is said, as where it is loaded"
straddle plan "$TOY" $on --ctx 9999 2>&1 >planned
straddle logits "$TOY" --tokens 1 --ctx 9999 2>&1 >made
echo "# models"
attempt straddle plan nobody $on
attempt straddle plan "$REFUSED/dims-5.gguf" $on
attempt straddle why
