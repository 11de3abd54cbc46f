using System.Text;
using ReasonIR.Tokenizers.ByteLevel;
using ReasonIR.Tokenizers.Decoders;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Normalizers.Precompiled;
using ReasonIR.Tokenizers.PostProcessors;
using ReasonIR.Tokenizers.PreTokenizers;
using ReasonIR.Tokenizers.Splitting;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>From a stage's <c>type</c> to the class: a new component is one entry here.</summary>
static class Components
{
    public static INormalizer Normalizer(JsonNode node) => node.Type() switch
    {
        "BertNormalizer" => new BertNormalizer(
            node.Find("clean_text")?.Boolean() ?? true, node.Find("handle_chinese_chars")?.Boolean() ?? true,
            node.Find("strip_accents")?.Boolean(), node.Find("lowercase")?.Boolean() ?? true),
        "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
        "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
        "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
        "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
        "Lowercase" => new LowercaseNormalizer(),
        "StripAccents" => new StripAccentsNormalizer(),
        "Nmt" => new NmtNormalizer(),
        "Strip" => new StripNormalizer(node.Get("strip_left").Boolean(), node.Get("strip_right").Boolean()),
        "Prepend" => new PrependNormalizer(node.Get("prepend").Text()),
        "Replace" => new ReplaceNormalizer(Patterns.Read(node.Get("pattern")), node.Get("content").Text()),
        "ByteLevel" => new ByteLevelNormalizer(),
        "Precompiled" => Precompiled(node.Get("precompiled_charsmap")),
        "Sequence" => new SequenceNormalizer([.. node.Get("normalizers").Items().Select(Normalizer)]),
        _ => throw node.Unknown("normalizer"),
    };

    public static IPreTokenizer PreTokenizer(JsonNode node) => node.Type() switch
    {
        "BertPreTokenizer" => new BertPreTokenizer(),
        "ByteLevel" => new ByteLevelPreTokenizer(node.Find("add_prefix_space")?.Boolean() ?? true, node.Find("use_regex")?.Boolean() ?? true),
        "Split" => Split(node),
        "Metaspace" => new Metaspace(node.Get("replacement").Character(), Scheme(node), node.Find("split")?.Boolean() ?? true),
        "Whitespace" => new SplitPreTokenizer(new WordMatcher(), SplitBehavior.Removed, invert: true),
        "WhitespaceSplit" => new SplitPreTokenizer(CharacterMatcher.WhiteSpace, SplitBehavior.Removed),
        "Punctuation" => new SplitPreTokenizer(new CharacterMatcher(Categories.IsPunctuation), node.Find("behavior") is { } behavior ? Patterns.Behavior(behavior) : SplitBehavior.Isolated),
        "Digits" => new SplitPreTokenizer(new CharacterMatcher(Categories.IsNumber), node.Get("individual_digits").Boolean() ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "CharDelimiterSplit" => new SplitPreTokenizer(new LiteralMatcher(node.Get("delimiter").Character()), SplitBehavior.Removed),
        "UnicodeScripts" => new UnicodeScriptsPreTokenizer(),
        "FixedLength" => new FixedLengthPreTokenizer(node.Find("length")?.Integer() ?? 5),
        "Sequence" => new SequencePreTokenizer([.. node.Get("pretokenizers").Items().Select(PreTokenizer)]),
        _ => throw node.Unknown("pre-tokenizer"),
    };

    public static IPostProcessor PostProcessor(JsonNode node) => node.Type() switch
    {
        "BertProcessing" => TemplateProcessor.Bert(TokenAndId(node.Get("cls")), TokenAndId(node.Get("sep"))),
        "TemplateProcessing" => Template(node),
        "RobertaProcessing" => new SequenceProcessor([ByteLevelOffsets(node), TemplateProcessor.Roberta(TokenAndId(node.Get("cls")), TokenAndId(node.Get("sep")))]),
        "ByteLevel" => ByteLevelOffsets(node),
        "Sequence" => Processors(node.Get("processors")),
        _ => throw node.Unknown("post-processor"),
    };

    public static IDecoder Decoder(JsonNode node) => node.Type() switch
    {
        "WordPiece" => new WordPieceDecoder(node.Find("prefix")?.Text() ?? "##", node.Find("cleanup")?.Boolean() ?? true),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Metaspace" => new MetaspaceDecoder(node.Get("replacement").Character(), Scheme(node) != PrependScheme.Never),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(node.Get("content").Character(), node.Get("start").Integer(), node.Get("stop").Integer()),
        "Replace" => new ReplaceDecoder(Patterns.Read(node.Get("pattern")), node.Get("content").Text()),
        "CTC" => new CtcDecoder(node.Find("pad_token")?.Text() ?? "<pad>", node.Find("word_delimiter_token")?.Text() ?? "|", node.Find("cleanup")?.Boolean() ?? true),
        "BPEDecoder" => new BpeDecoder(node.Find("suffix")?.Text() ?? "</w>"),
        "Sequence" => new SequenceDecoder([.. node.Get("decoders").Items().Select(Decoder)]),
        _ => throw node.Unknown("decoder"),
    };

    /// <summary>The published patterns of whole families of models are scanners; any other pattern and behavior is the general split's.</summary>
    static IPreTokenizer Split(JsonNode node) =>
        node.Get("pattern").Find("Regex")?.Text() is { } regex && node.Get("behavior").Text() == "Isolated" && !(node.Find("invert")?.Boolean() ?? false)
            && WordPatterns.Find(regex) is { } pattern
            ? new PatternPreTokenizer(pattern)
            : new SplitPreTokenizer(Patterns.Read(node.Get("pattern")), Patterns.Behavior(node.Get("behavior")), node.Find("invert")?.Boolean() ?? false);

    /// <summary>Older files have <c>add_prefix_space</c> alone: true is <c>always</c>, false <c>never</c>.</summary>
    static PrependScheme Scheme(JsonNode node)
    {
        var prefix = node.Find("add_prefix_space")?.Boolean();
        var scheme = node.Find("prepend_scheme") switch
        {
            null => prefix == false ? PrependScheme.Never : PrependScheme.Always,
            { } field => field.Text() switch
            {
                "always" => PrependScheme.Always,
                "first" => PrependScheme.First,
                "never" => PrependScheme.Never,
                var other => throw field.Bad($"the scheme '{other}' is not known; always, first or never was expected"),
            },
        };
        return prefix != false || scheme == PrependScheme.Never ? scheme : throw node.Bad("add_prefix_space is false and prepend_scheme is not never");
    }

    static PrecompiledNormalizer Precompiled(JsonNode map)
    {
        try
        {
            return new(Convert.FromBase64String(map.Text()));
        }
        catch (Exception error) when (error is FormatException or InvalidDataException)
        {
            throw map.Bad(error.Message);
        }
    }

    static ByteLevelProcessor ByteLevelOffsets(JsonNode node) =>
        new(node.Find("trim_offsets")?.Boolean() ?? true, node.Find("add_prefix_space")?.Boolean() ?? true);

    static SequenceProcessor Processors(JsonNode list)
    {
        IReadOnlyList<IPostProcessor> processors = [.. list.Items().Select(PostProcessor)];
        return processors.Count(processor => processor.Arranges) <= 1 ? new(processors) : throw list.Bad("at most one processor that adds special tokens was expected");
    }

    static (string Token, int Id) TokenAndId(JsonNode node) =>
        node.Items().ToList() is [var token, var id] ? (token.Text(), id.Integer(ModelReader.MaxId)) : throw node.Bad("a token and its id were expected");

    /// <summary>Pieces as <c>{"SpecialToken":{"id":"[CLS]","type_id":0}}</c> or <c>{"Sequence":{"id":"A","type_id":0}}</c>; the ids of a special token stand in <c>special_tokens</c>.</summary>
    static TemplateProcessor Template(JsonNode node)
    {
        var special = new Dictionary<string, IReadOnlyList<(int, string)>>(StringComparer.Ordinal);
        foreach (var (name, token) in node.Find("special_tokens")?.Fields() ?? [])
        {
            var (ids, tokens) = (token.Get("ids").Items().ToList(), token.Get("tokens").Items().ToList());
            if (ids.Count != tokens.Count)
                throw token.Bad($"{ids.Count} ids and {tokens.Count} tokens; as many were expected");
            special[name] = [.. ids.Zip(tokens, (id, text) => (id.Integer(ModelReader.MaxId), text.Text()))];
        }
        return new(Pieces(node.Get("single"), pair: false), Pieces(node.Get("pair"), pair: true), typesWithoutSpecials: true);

        List<TemplatePiece> Pieces(JsonNode list, bool pair)
        {
            var pieces = new List<TemplatePiece>();
            foreach (var item in list.Items())
                if (item.Find("Sequence") is { } sequence)
                    pieces.Add(TemplatePiece.Text(sequence.Get("id").Text() switch
                    {
                        "A" => 0,
                        "B" when pair => 1,
                        var other => throw sequence.Bad($"the sequence '{other}' is not known here"),
                    }, sequence.Get("type_id").Integer()));
                else if (item.Find("SpecialToken") is { } token)
                    pieces.Add(new(null, special.TryGetValue(token.Get("id").Text(), out var ids) ? ids : throw token.Bad("the token is missing in special_tokens"), token.Get("type_id").Integer()));
                else
                    throw item.Bad("Sequence or SpecialToken was expected");
            var (first, second) = (pieces.Count(piece => piece.Sequence == 0), pieces.Count(piece => piece.Sequence == 1));
            if (first != 1 || second != (pair ? 1 : 0))
                throw list.Bad(pair ? "the sequences A and B were expected once each" : "the sequence A was expected once");
            return pieces;
        }
    }
}
