namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Last stage, in the other direction: tokens to text. The pieces returned are joined without anything between.</summary>
public interface IDecoder
{
    IEnumerable<string> Decode(IReadOnlyList<string> tokens);
}
