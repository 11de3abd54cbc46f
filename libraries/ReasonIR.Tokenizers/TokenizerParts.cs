using ReasonIR.Tokenizers.AddedTokens;
using ReasonIR.Tokenizers.Decoders;
using ReasonIR.Tokenizers.Limits;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.PostProcessors;
using ReasonIR.Tokenizers.PreTokenizers;

namespace ReasonIR.Tokenizers;

/// <summary>The stages of a tokenizer, as a tokenizer.json names them; an absent stage does nothing.</summary>
sealed record TokenizerParts(
    IReadOnlyList<AddedToken> AddedTokens,
    INormalizer? Normalizer,
    IPreTokenizer? PreTokenizer,
    ITokenModel Model,
    IPostProcessor? PostProcessor,
    IDecoder? Decoder,
    Truncation? Truncation,
    Padding? Padding,
    string Hash);
