"""A text tower to OpenVINO, with its tokens: words are then read without torch too.

open_clip splits text by a class that loads torch; its vocabulary is written for `tokenizers`, and
held against it over texts that are easily split otherwise.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from torch import Tensor, nn

from vision.errors import BadExport
from vision.exported import FORMAT, LEAST_COSINE, PARTS, digest_of, openvino
from vision.exported_text import TOKENS, ExportedText
from vision.head import unit
from vision.spec import Spec

# What splits otherwise in other tokenizers, or is cleaned first.
AWKWARD = (
    "", " ", "a", "A Red  STRAW hat\n\tfor summer", "it's we'll they've I'm he'd you're dogs'",
    "café naïve Ærøskøbing straße İstanbul Ĳ ﬁne", "cafe\u0301 A\u030angstro\u0308m",
    "ÅNGSTRÖM ΣΊΣΥΦΟΣ", "áo dài lụa đỏ, giá 1.250.000₫", "красная шляпа", "قبعة حمراء",
    "赤い帽子 夏物 ￥3,980", "👒👩‍🌾🇻🇳 🏳️‍🌈 ☀️ ™ © ½ ² Ⅻ",
    "100% cotton!!! size 42½ (EU) #sale @shop $9.99 -50%", "don’t rock’n’roll 'tis",
    "T-shirt/jeans & co. — “best” ‘buy’…", "Ã©tÃ© â€œquotedâ€\x9d", "<b>bold</b>",
    "AT&amp;T &amp;amp; &lt;b&gt; &eacute; &#128082;", "a\u200bb\u00a0c\u2028d\x00e",
    "snake_case CamelCase kebab-case e-mail@example.com", "<start_of_text> a hat <end_of_text>",
    "x" * 300, "hat " * 200, "1234567890" * 20, "!?" * 60, "ſtraße 'ſ K Å",
    "\ud7ff\U0010ffff\ufffd",
)  # fmt: skip


class _Reading(nn.Module):
    def __init__(self, towers: Any) -> None:
        super().__init__()
        self.towers = towers

    def forward(self, tokens: Tensor) -> Tensor:
        return self.towers.encode_text(tokens)


def write_text(spec: Spec, backbone: str, folder: Path) -> Mapping[str, Any]:
    """text.xml, .bin, .json and tokenizer.json in `folder`; what was measured.

    `backbone`: fingerprint of the image tower beside it. Weights are stored as fp16 and computed
    with as fp32. Raises BadExport; what open_clip raises is its own.
    """
    import open_clip

    from vision.backbone import load_towers, open_clip_name

    towers, split = load_towers(spec), open_clip.get_tokenizer(open_clip_name(spec)[0])
    del towers.visual
    _written_tokens(split).save(str(folder / TOKENS))
    library = openvino()
    library.save_model(
        _converted(spec, _Reading(towers), split.context_length),
        folder / "text.xml",
        compress_to_fp16=True,
    )
    files = [f"text{part}" for part in PARTS] + [TOKENS]
    told = {
        "format": FORMAT,
        "backbone": str(spec),
        "backbone_fingerprint": backbone,
        "clean": split.clean_fn.__name__.removeprefix("_clean_"),
        "sha256": {name: digest_of(folder / name) for name in files},
        "made_with": {"openvino": library.__version__, "open_clip": open_clip.__version__},
        "measured": {},
    }
    card = folder / "text.json"
    card.write_text(json.dumps(told), encoding="utf-8")
    told["measured"] = measured = _checked(ExportedText(folder, backbone), towers, split)
    card.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return measured


def _written_tokens(split: Any) -> Tokenizer:
    """open_clip's own byte-pair encoding; raises BadExport for another kind of tokenizer."""
    from open_clip.tokenizer import SimpleTokenizer

    if type(split) is not SimpleTokenizer or split.reduction_fn is not None:
        raise BadExport(f"its tokenizer ({type(split).__name__}) is not open_clip's own")
    merges = sorted(split.bpe_ranks, key=split.bpe_ranks.__getitem__)
    made = Tokenizer(models.BPE(split.encoder, merges, end_of_word_suffix="</w>"))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                Regex(r"(?i)'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"),
                behavior="removed",
                invert=True,
            ),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    special = {id_: split.decoder[id_] for id_ in split.all_special_ids}
    made.add_special_tokens(list(special.values()))
    first, last = (special[id_] for id_ in (split.sot_token_id, split.eot_token_id))
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(first, split.sot_token_id), (last, split.eot_token_id)],
    )
    made.enable_truncation(split.context_length)
    made.enable_padding(length=split.context_length, pad_id=0, pad_token=split.decoder[0])
    return made


def _converted(spec: Spec, reading: nn.Module, length: int) -> Any:
    from vision.export import quietly

    try:
        with quietly():
            return openvino().convert_model(
                reading.eval(),
                example_input=torch.zeros(2, length, dtype=torch.long),
                input=[-1, length],
            )
    except Exception as error:  # as for pictures
        raise BadExport(
            f"OpenVINO cannot take it ({type(error).__name__}: "
            f"{str(error).strip().splitlines()[-1][:200]})"
        ) from error


def _checked(exported: ExportedText, towers: Any, split: Any) -> dict[str, Any]:
    """Equal tokens, and the least cosine to torch, over AWKWARD, in a batch and alone."""
    with torch.inference_mode():
        wanted = split(list(AWKWARD))
        features = unit(towers.encode_text(wanted).float().numpy())
    found = exported.tokens(AWKWARD)
    other = next(
        (i for i, row in enumerate(wanted.numpy()) if not np.array_equal(row, found[i])), None
    )
    if other is not None:
        raise BadExport(f"its tokens come out otherwise, of {AWKWARD[other]!r} for one")
    batch, alone = exported.features(AWKWARD), exported.features(AWKWARD[3:4])
    cosine = float(min((batch * features).sum(axis=1).min(), (alone[0] * features[3]).sum()))
    if not cosine >= LEAST_COSINE:
        raise BadExport(f"it does not give torch's features (cosine {cosine:.5f})")
    return {"texts": len(AWKWARD), "cosine": round(cosine, 7)}
