using System.Security.Cryptography;
using System.Text.Json;
using ReasonIR.Tokenizers.AddedTokens;
using ReasonIR.Tokenizers.Limits;
using ReasonIR.Tokenizers.Models;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>Reads a tokenizer.json (huggingface/tokenizers, version 1.0). A component that is not known is an error that names it: nothing is passed over.</summary>
static class TokenizerJson
{
    /// <summary>Larger than any published vocabulary's file, bytes.</summary>
    const long MaxBytes = 512L << 20;

    public static TokenizerParts Read(string path)
    {
        using var stream = File.OpenRead(path);
        if (stream.Length > MaxBytes)
            throw new InvalidDataException($"{path}: {stream.Length} bytes; at most {MaxBytes} were expected of a tokenizer.json.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes, path);
    }

    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What errors call it.</param>
    public static TokenizerParts Read(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return Read(new JsonNode(name, "", document.RootElement), Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{name}: line {error.LineNumber + 1}: not valid JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // What the reader throws for a string that is no Unicode: bytes that are not UTF-8, half of an escaped surrogate pair.
            throw new InvalidDataException($"{name}: a string is not valid Unicode: {error.Message}", error);
        }
    }

    static TokenizerParts Read(JsonNode root, string hash)
    {
        if (root.Find("version") is { } version && version.Text() != "1.0")
            throw version.Bad($"version '{version.Text()}' is not known; 1.0 was expected");
        var model = ModelReader.Read(root.Get("model"));
        var added = root.Find("added_tokens")?.Items().Select(ReadAddedToken).ToList() ?? [];
        CheckAddedTokens(root, added, model);
        return new(added,
            root.Find("normalizer") is { } normalizer ? Components.Normalizer(normalizer) : null,
            root.Find("pre_tokenizer") is { } preTokenizer ? Components.PreTokenizer(preTokenizer) : null,
            model,
            root.Find("post_processor") is { } postProcessor ? Components.PostProcessor(postProcessor) : null,
            root.Find("decoder") is { } decoder ? Components.Decoder(decoder) : null,
            root.Find("truncation") is { } truncation ? ReadTruncation(truncation) : null,
            root.Find("padding") is { } padding ? ReadPadding(padding) : null,
            hash);
    }

    static AddedToken ReadAddedToken(JsonNode node) => new(
        node.Get("id").Integer(ModelReader.MaxId), node.Get("content").Text(), Flag(node, "special"),
        Flag(node, "single_word"), Flag(node, "lstrip"), Flag(node, "rstrip"), Flag(node, "normalized"));

    static bool Flag(JsonNode node, string field) => node.Find(field)?.Boolean() ?? false;

    static void CheckAddedTokens(JsonNode root, List<AddedToken> added, ITokenModel model)
    {
        var (ids, contents) = (new HashSet<int>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var token in added)
        {
            if (!ids.Add(token.Id) || !contents.Add(token.Content))
                throw root.Bad($"the added token '{token.Content}' ({token.Id}) stands twice, by its content or its id");
            if (model.TokenToId(token.Content) is { } id && id != token.Id)
                throw root.Bad($"the added token '{token.Content}' has the id {token.Id}, in the vocabulary {id}");
        }
    }

    static Truncation ReadTruncation(JsonNode node) => new(
        node.Get("max_length").Integer(),
        (node.Find("strategy")?.Text() ?? "LongestFirst") switch
        {
            "LongestFirst" or "longest_first" => TruncationStrategy.LongestFirst,
            "OnlyFirst" or "only_first" => TruncationStrategy.OnlyFirst,
            "OnlySecond" or "only_second" => TruncationStrategy.OnlySecond,
            var other => throw node.Bad($"the strategy '{other}' is not known"),
        },
        ReadSide(node));

    static Padding ReadPadding(JsonNode node)
    {
        int? length = null;
        if (node.Find("strategy") is { } strategy && strategy.Element.ValueKind == JsonValueKind.Object)
            length = strategy.Get("Fixed").Integer();
        else if (node.Find("strategy")?.Text() is { } name and not "BatchLongest")
            throw node.Bad($"the strategy '{name}' is not known");
        return new(node.Get("pad_id").Integer(), node.Get("pad_token").Text(), node.Find("pad_type_id")?.Integer() ?? 0, ReadSide(node), length,
            node.Find("pad_to_multiple_of")?.Integer());
    }

    static Side ReadSide(JsonNode node) => (node.Find("direction")?.Text() ?? "Right").ToLowerInvariant() switch
    {
        "right" => Side.Right,
        "left" => Side.Left,
        var other => throw node.Bad($"the direction '{other}' is not known"),
    };
}
