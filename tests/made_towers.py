"""Two towers of open_clip's own kinds in a size for tests: transformers and a ResNet."""

import json
from pathlib import Path

TOWERS = "open_clip:snapshelf-tiny?pretrained=false"
_TEXT = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
_VISION = {"image_size": 64, "layers": 2, "width": 32, "patch_size": 16, "head_width": 16}


def add_towers(folder: Path) -> None:
    """Makes them known to open_clip, with configurations kept in `folder`."""
    import open_clip

    seen = {"snapshelf-tiny": _VISION,
            "snapshelf-tiny-resnet": {**_VISION, "layers": [1, 1, 1, 1], "patch_size": None},
            "snapshelf-tiny-timm": {"timm_model_name": "test_vit", "image_size": 160,
                                    "timm_pool": "avg", "timm_proj": "linear"}}  # fmt: skip
    for name, vision in seen.items():
        config = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": _TEXT}
        (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
