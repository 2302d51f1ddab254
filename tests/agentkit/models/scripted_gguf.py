"""A model file whose weights are a script: turn n of a conversation is answered with reply n.

Embeddings are one-hot, attention and feed-forward are zero, and the output matrix is a table of which
token follows which. A whole reply is one token of the vocabulary; the chat template ends the prompt with
a mark that counts the assistant's turns so far, and each mark is followed by its reply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np

END = "<|im_end|>"

# Written after Hermes' way to call tools, which llama.cpp's parser reads out of a template.
TEMPLATE = """\
{%- set turns = namespace(count=0) -%}
{%- if tools -%}
<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}
{% endif %}You may call one or more functions. They are described within <tools></tools> tags:
<tools>
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}</tools>
For each call return a JSON object with its name and arguments within <tool_call></tool_call> tags:
<tool_call>
{"name": <name>, "arguments": <arguments>}
</tool_call><|im_end|>
{% elif messages[0].role == 'system' -%}
<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif -%}
{%- for message in messages -%}
{%- if message.role == 'user' -%}
<|im_start|>user
{{ message.content }}<|im_end|>
{% elif message.role == 'assistant' -%}
{%- set turns.count = turns.count + 1 -%}
<|im_start|>assistant
{% if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}
<|im_end|>
{% elif message.role == 'tool' -%}
<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{{ '<|turn' ~ turns.count ~ '|>' }}
{%- endif -%}
"""


def reply_text(text: str, *calls: tuple[str, Mapping[str, Any]]) -> str:
    """A reply with tool calls, as the template writes them."""
    parts = [text] if text else []
    for name, arguments in calls:
        parts.append(f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>")
    return "\n".join(parts)


def build(path: Path, replies: Sequence[str], context: int = 65_536) -> Path:
    """Write the model. After the last reply the last turn is repeated."""
    marks = [f"<|turn{number}|>" for number in range(len(replies))]
    tokens = ["<unk>", "<s>", END, "<|im_start|>", *(f"<0x{byte:02X}>" for byte in range(256))]
    first_mark, kinds = len(tokens), [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 3]
    kinds += [gguf.TokenType.BYTE] * 256
    # A vocabulary has no token twice, so equal replies are told apart by spaces at their end.
    texts = [text + " " * number for number, text in enumerate(replies)]
    tokens += [*marks, *texts]
    kinds += [gguf.TokenType.CONTROL] * len(marks) + [gguf.TokenType.USER_DEFINED] * len(texts)
    follows = {first_mark + n: first_mark + len(marks) + n for n in range(len(marks))}
    width = -(-len(tokens) // 32) * 32
    output = np.zeros((len(tokens), width), np.float32)
    output[2, : len(tokens)] = 1.0  # whatever else comes: the end
    for before, after in follows.items():
        output[after, before] = 10.0
    writer = gguf.GGUFWriter(path, "llama")
    describe(writer, width, context)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    add_weights(writer, width, output)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def describe(writer: Any, width: int, context: int) -> None:
    writer.add_name("scripted")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_key_length(32)
    writer.add_value_length(32)
    writer.add_rope_dimension_count(32)
    writer.add_layer_norm_rms_eps(1e-5)


def add_weights(writer: Any, width: int, output: np.ndarray[Any, Any]) -> None:
    embedding = np.zeros_like(output)
    np.fill_diagonal(embedding, 1.0)
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(width, np.float32))
    narrow, wide = np.zeros((32, width), np.float32), np.zeros((width, 32), np.float32)
    for name in ("attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"):
        writer.add_tensor(f"blk.0.{name}.weight", narrow)
    for name in ("attn_output", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", wide)
