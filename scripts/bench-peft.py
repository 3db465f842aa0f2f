#!/usr/bin/env python3
"""Times training steps of transformers + PEFT LoRA: what `alpha-llm bench` is compared with.

    chrt -r 10 python3 scripts/bench-peft.py --model DIR | --shape roberta-base|minilm  [--batch 32] [--length 128]
        [--steps 8] [--warmup 2] [--precision fp32|bf16] [--device cpu|cuda] [--threads N] [--seed 0]

LoRA of rank 8 on query and value, the whole head trained, AdamW, dropout on, random ids without padding, 2 labels. bf16 is
autocast over fp32 weights, the usual way. --shape builds the model with random weights; --model reads a local folder.
Prints one line of JSON: seconds of a step (median, min) and its parts (medians), tokens/s at the median, peak memory before
and after training. Needs torch, transformers and peft. `chrt` keeps other work on the machine from disturbing; it is optional.
"""
import argparse
import json
import os
import resource
import statistics
import sys
import time
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", metavar="DIR")
    source.add_argument("--shape", choices=["roberta-base", "minilm"])
    parser.add_argument("--batch", type=positive, default=32)
    parser.add_argument("--length", type=positive, default=128)
    parser.add_argument("--steps", type=positive, default=8)
    parser.add_argument("--warmup", type=int, default=2, help="steps before the timed ones; 0 or more")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=positive, help="default: torch's own choice")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.warmup < 0:
        parser.error("--warmup must be at least 0")
    return args


ARGS = arguments()
try:
    import peft
    import torch
    import transformers
except ImportError as error:
    print(f"bench-peft: needs torch, transformers and peft: pip install torch transformers peft\n({error})", file=sys.stderr)
    sys.exit(2)

SHAPES = {
    "roberta-base": lambda: transformers.RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5,
        pad_token_id=1, bos_token_id=0, eos_token_id=2),
    "minilm": lambda: transformers.BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
}


def peak_rss_mb():
    """High-water mark of this process's resident memory (ru_maxrss is in KiB on Linux)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def build():
    auto = transformers.AutoModelForSequenceClassification
    if ARGS.model:
        model = auto.from_pretrained(ARGS.model, num_labels=2, dtype=torch.float32, local_files_only=True)
    else:
        config = SHAPES[ARGS.shape]()
        config.num_labels = 2
        model = auto.from_config(config)
    room = model.config.max_position_embeddings - (2 if model.config.model_type == "roberta" else 0)
    if ARGS.length > room:
        sys.exit(f"bench-peft: --length {ARGS.length} is more than the {room} positions of the model")
    lora = peft.LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=8, lora_dropout=0.0, target_modules=["query", "value"])
    return peft.get_peft_model(model, lora).to(ARGS.device).train()


def clock():
    if ARGS.device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def main():
    warnings.filterwarnings("ignore", category=FutureWarning)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if ARGS.device == "cuda" and not torch.cuda.is_available():
        sys.exit("bench-peft: --device cuda, but this torch sees no GPU")
    if ARGS.threads:
        torch.set_num_threads(ARGS.threads)
    torch.manual_seed(ARGS.seed)
    model = build()
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.01)
    before = peak_rss_mb()

    times = {"step": [], "forward": [], "backward": [], "update": []}
    for step in range(ARGS.warmup + ARGS.steps):
        # Above the special tokens of both families.
        ids = torch.randint(1000, model.config.vocab_size, (ARGS.batch, ARGS.length)).to(ARGS.device)
        labels = torch.randint(2, (ARGS.batch,)).to(ARGS.device)
        mask = torch.ones_like(ids)
        start = clock()
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(ARGS.device, dtype=torch.bfloat16, enabled=ARGS.precision == "bf16"):
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        forward = clock()
        loss.backward()
        backward = clock()
        optimiser.step()
        end = clock()
        if not torch.isfinite(loss):
            sys.exit("bench-peft: the loss is not finite")
        if step >= ARGS.warmup:
            for name, seconds in zip(times, (end - start, forward - start, backward - forward, end - backward)):
                times[name].append(seconds)

    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    result = {
        "model": os.path.basename(os.path.normpath(ARGS.model)) if ARGS.model else ARGS.shape,
        "batch": ARGS.batch, "length": ARGS.length, "steps": ARGS.steps, "warmup": ARGS.warmup,
        "precision": ARGS.precision, "attention": model.config._attn_implementation,
        "trainable": sum(p.numel() for p in trainable),
        "median_step_s": round(median["step"], 5), "min_step_s": round(min(times["step"]), 5),
        "tokens_per_s": round(ARGS.batch * ARGS.length / median["step"], 1),
        "forward_s": round(median["forward"], 5), "backward_s": round(median["backward"], 5), "update_s": round(median["update"], 5),
        "peak_rss_before_mb": before, "peak_rss_mb": peak_rss_mb(),
        "device": torch.cuda.get_device_name() if ARGS.device == "cuda" else "cpu", "threads": torch.get_num_threads(),
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    }
    if ARGS.device == "cuda":
        result["peak_gpu_mb"] = round(torch.cuda.max_memory_allocated() / 2**20, 1)
    print(json.dumps(result))


main()
