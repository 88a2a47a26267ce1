"""Whatever library a file of weights was written by, the names its tensors have in the network they are for.

timm's, torchvision's and a wrapper's are matched as they are; those of open_clip, OpenAI's CLIP and DINOv2 are known to
timm; those of transformers (CLIP, SigLIP, DINOv2) are translated here.
"""

import re
from typing import Any

import torch
from torch import Tensor, nn

State = dict[str, Tensor]

_WRAPPERS = ("", "module.", "model.", "backbone.", "encoder.", "net.")

_OF_TRANSFORMERS = (
    (r"^dinov2(_with_registers)?\.", ""),
    (r"^embeddings\.class_embedding$|^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.(register_tokens|mask_token)$", r"\1"),
    (r"^embeddings\.position_embeddings?(\.weight)?$", "pos_embed"),
    (r"^embeddings\.patch_embedding(s\.projection)?\.", "patch_embed.proj."),
    (r"^encoder\.layers?\.", "blocks."),
    (r"^pre_layrnorm\.", "norm_pre."),  # transformers spells it so
    (r"^(post_layernorm|layernorm)\.", "norm."),
    (r"\.layer_norm(\d)\.", r".norm\1."),
    (r"\.layer_scale(\d)\.lambda1$", r".ls\1.gamma"),
    (r"\.(self_attn\.out_proj|attention\.output\.dense)\.", ".attn.proj."),
    (r"\.(self_attn|attention\.attention)\.(q|k|v)(_proj|uery|ey|alue)\.", r".attn.\2."),
)
_DIMENSIONS = {"cls_token": 3, "pos_embed": 3}  # timm has them for a batch


def matching(state: State, net: nn.Module) -> State:
    """The tensors of a file that `net` has too, by its names for them."""
    own = net.state_dict()
    candidates = []
    transformer = getattr(net, "model", None)
    if hasattr(transformer, "patch_embed"):
        candidates.append({f"model.{name}": tensor for name, tensor in _as_timms(state, transformer).items()})
    for prefix in _WRAPPERS:
        stripped = {k.removeprefix(prefix): v for k, v in state.items()}
        # timm's features_only wrappers join the first two levels of a name with an underscore
        candidates.append({k.replace(".", "_", 1): v for k, v in stripped.items()} | stripped)
    fitting = [{k: v for k, v in one.items() if k in own and own[k].shape == v.shape} for one in candidates]
    return max(fitting, key=len)


def _as_timms(state: State, transformer: Any) -> State:
    """The tensors of a vision transformer under timm's names; its position table stretched where it is for views of
    another size."""
    from timm.models.vision_transformer import checkpoint_filter_fn

    vision = {k.split("vision_model.", 1)[1]: v for k, v in state.items() if "vision_model." in k} or state
    if any(re.match(r"(dinov2\w*\.)?embeddings\.", name) for name in vision):
        state = _from_transformers(vision)
    return checkpoint_filter_fn(dict(state), transformer)


def _from_transformers(state: State) -> State:
    named: State = {}
    for name, tensor in state.items():
        for pattern, ours in _OF_TRANSFORMERS:
            name = re.sub(pattern, ours, name)
        named[name] = tensor.reshape((1,) * (_DIMENSIONS.get(name, 0) - tensor.ndim) + tuple(tensor.shape))
    for query in [name for name in named if ".attn.q." in name]:
        parts = [named.pop(query.replace(".attn.q.", f".attn.{one}.")) for one in "qkv"]
        named[query.replace(".attn.q.", ".attn.qkv.")] = torch.cat(parts)
    return named
