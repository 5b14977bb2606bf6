# Variables that were set with blanks or quotes around the value, as env files have them.
few="--raw Once --set temperature=0 --set num_predict=2"
STRADDLE_ISA=' "generic" ' attempt straddle run "$TOY" $few
mkdir models
cp "$TOY" models/tale.gguf
STRADDLE_MODELS='"models" ' attempt straddle run tale $few
STRADDLE_SHARE="'$STRADDLE_SHARE' " attempt straddle run stories260K $few
OLLAMA_CONTEXT_LENGTH=' "4"' attempt straddle run "$TOY" --raw "A prompt of more than four tokens"
STRADDLE_CONTEXT_LENGTH='  ' OLLAMA_CONTEXT_LENGTH=few attempt straddle run "$TOY" $few
