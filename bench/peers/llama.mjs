// llama.cpp (by way of node-llama-cpp) answers the questions that compare.py asks of straddle.
//   node llama.mjs greedy MODEL.gguf            64 greedy tokens after each of prompts.json
//   node llama.mjs rendered MODEL.gguf FILE     up to 64 greedy tokens after each prompt of FILE, a JSON list of
//                                               texts in which control tokens count as such; with the answer
//   node llama.mjs perplexity MODEL.gguf TEXT   over the stories of TEXT, split at <|endoftext|>
//   node llama.mjs speed MODEL.gguf [PROMPT_TOKENS] [DECODE_TOKENS]
//   node llama.mjs text MODEL.gguf PROMPT TOKENS
//   node llama.mjs logits MODEL.gguf IDS OUT    a row of logits after each of IDS (1,75,76), float32, into the file OUT
// --threads N anywhere. Prints one JSON object; says on standard error which CPU variant was loaded.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const GREEDY_TOKENS = 64;
const here = path.dirname(new URL(import.meta.url).pathname);

// The library picks one of its CPU back ends at load; the process map knows which.
function cpuVariant() {
  const maps = fs.readFileSync("/proc/self/maps", "utf8");
  return [...new Set(maps.match(/libggml-cpu[\w.-]*\.so/g) ?? ["unknown"])].join(" ");
}

async function open(file, threads) {
  const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: threads});
  const model = await llama.loadModel({modelPath: file, gpuLayers: 0});
  // As its users run it: float16 keys and values, fused attention where it chooses so.
  const context = await model.createContext({contextSize: 2048, batchSize: 512, threads, flashAttention: "auto"});
  const peer = {peer: "node-llama-cpp 3.22.1", cpu: cpuVariant(), threads};
  console.error(`llama.cpp: ${peer.cpu}, ${threads} threads`);
  return {model, sequence: context.getSequence(), peer};
}

function encode(model, text, special = false) {
  const ids = model.tokenize(text, special);
  const addBos = model.tokens.shouldPrependBosToken && ids[0] !== model.tokens.bos;
  return addBos ? [model.tokens.bos, ...ids] : ids;
}

// The two best tokens after the last of ids: [best, second, logit of best - logit of second].
async function twoBest(sequence, ids) {
  const wish = {generateNext: {logits: {filter: {tokens: [], includeTop: 2}}}};
  const input = ids.map((id, i) => (i + 1 < ids.length ? id : [id, wish]));
  const [last] = (await sequence.controlledEvaluate(input)).slice(-1);
  const [a, b] = [...last.next.logits].sort((x, y) => y[1] - x[1]);
  return [a[0], b[0], Number((a[1] - b[1]).toFixed(4))];
}

async function greedyAfter(sequence, prompt, ids, ends = () => false) {
  const steps = [];
  let fed = ids;
  await sequence.clearHistory();
  while (steps.length < GREEDY_TOKENS && !(steps.length && ends(steps.at(-1)[0]))) {
    steps.push(await twoBest(sequence, fed));
    fed = [steps.at(-1)[0]];
  }
  return {prompt, ids: [...ids], steps};
}

async function greedy({model, sequence, peer}) {
  const prompts = [];
  for (const prompt of JSON.parse(fs.readFileSync(path.join(here, "prompts.json"), "utf8")))
    prompts.push(await greedyAfter(sequence, prompt, encode(model, prompt)));
  return {...peer, prompts};
}

async function rendered({model, sequence, peer}, [file]) {
  const prompts = [];
  for (const prompt of JSON.parse(fs.readFileSync(file, "utf8"))) {
    const ends = (id) => model.isEogToken(id);
    const made = await greedyAfter(sequence, prompt, encode(model, prompt, true), ends);
    const said = made.steps.map(([id]) => id).filter((id) => !ends(id));
    prompts.push({...made, answer: model.detokenize(said)});
  }
  return {...peer, prompts};
}

// -ln p of each token after the first, from an empty cache. (With includeMax instead of includeTop
// version 3.22.1 leaves the largest logit out wherever tokens are named.)
async function logLoss(sequence, ids) {
  await sequence.clearHistory();
  const input = ids.slice(0, -1).map((id, i) =>
    [id, {generateNext: {totalLogitWeight: true, logits: {filter: {tokens: [ids[i + 1]], includeTop: 1}}}}]);
  const outputs = await sequence.controlledEvaluate(input);
  return outputs.map(({next}, i) => {
    const max = Math.max(...next.logits.values());
    return Math.log(next.totalLogitWeight) + max - next.logits.get(ids[i + 1]);
  });
}

async function perplexity({model, sequence, peer}, [file]) {
  const stories = fs.readFileSync(file, "utf8").split("<|endoftext|>").map((s) => s.trim()).filter(Boolean);
  let sum = 0, tokens = 0;
  for (const story of stories) {
    const losses = await logLoss(sequence, encode(model, story));
    sum += losses.reduce((a, b) => a + b, 0);
    tokens += losses.length;
  }
  return {...peer, parts: stories.length, tokens, nll: sum / tokens, perplexity: Math.exp(sum / tokens)};
}

function someTokens(model, count) {
  const text = JSON.parse(fs.readFileSync(path.join(here, "prompts.json"), "utf8")).join(" ");
  const ids = model.tokenize(text, false);
  return Array.from({length: count}, (_, i) => ids[i % ids.length]);
}

// Seconds until the first token after the prompt, then for the following ones.
async function timed(sequence, prompt, decodeTokens) {
  await sequence.clearHistory();
  const start = performance.now();
  let first = start, made = 0;
  for await (const _ of sequence.evaluate(prompt, {temperature: 0, yieldEogToken: true})) {
    if (made++ === 0) first = performance.now();
    if (made > decodeTokens) break;
  }
  return [(first - start) / 1e3, (performance.now() - first) / 1e3, made - 1];
}

async function speed({model, sequence, peer}, [promptTokens = "512", decodeTokens = "64"]) {
  const prompt = someTokens(model, Number(promptTokens));
  await timed(sequence, prompt.slice(0, 32), 4);  // warm
  const [promptSeconds] = await timed(sequence, prompt, 0);
  const [, decodeSeconds, decoded] = await timed(sequence, prompt.slice(0, 16), Number(decodeTokens));
  return {
    ...peer, prompt_tokens: prompt.length, prompt_tokens_per_s: prompt.length / promptSeconds,
    decode_tokens: decoded, decode_tokens_per_s: decoded / decodeSeconds
  };
}

async function text({model, sequence, peer}, [prompt, tokens]) {
  const ids = [];
  for await (const id of sequence.evaluate(encode(model, prompt), {temperature: 0})) {
    ids.push(id);
    if (ids.length >= Number(tokens)) break;
  }
  return {...peer, ids, text: model.detokenize(ids)};
}

async function logits({model, sequence, peer}, [ids, out]) {
  const fed = ids.split(",").map(Number);
  const outputs = await sequence.controlledEvaluate(fed.map((id) => [id, {generateNext: {logits: true}}]));
  const rows = outputs.map(({next}) => {
    const row = new Float32Array(next.logits.size);
    for (const [id, logit] of next.logits) row[id] = logit;
    return Buffer.from(row.buffer);
  });
  fs.writeFileSync(out, Buffer.concat(rows));
  return {...peer, rows: rows.length};
}

const MODES = {greedy, rendered, perplexity, speed, text, logits};

async function main(words) {
  const at = words.indexOf("--threads");
  const threads = at < 0 ? os.availableParallelism() : Number(words.splice(at, 2)[1]);
  const [mode, file, ...rest] = words;
  if (!(mode in MODES) || !file) {
    console.error("usage: node llama.mjs " + Object.keys(MODES).join("|") + " MODEL.gguf ... [--threads N]");
    return 2;
  }
  const peer = await open(file, threads);
  console.log(JSON.stringify(await MODES[mode](peer, rest)));
  return 0;
}

process.exit(await main(process.argv.slice(2)));
