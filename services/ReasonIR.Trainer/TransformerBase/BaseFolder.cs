using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>A base model's folder, before its weights are loaded.</summary>
/// <param name="Folder">Its modules and prompts.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Tokens">Its tokenizer and limit.</param>
public sealed record BaseFolder(SentenceTransformersFolder Folder, ModelShape Shape, TextTokens Tokens)
{
    /// <param name="poolPrompt">Whether prompts count in the pooling of a plain folder; null: they do.</param>
    public static BaseFolder Open(string path, bool? poolPrompt)
    {
        var folder = SentenceTransformersFolder.Open(path);
        var shape = ModelShape.Read(folder.Body);
        var excludes = folder.Modules.Count == 0 ? poolPrompt == false : !folder.Pooling().IncludePrompt;
        return new(folder, shape, new(TextTokens.LoadTokenizer(folder), Math.Min(folder.MaxTokens ?? int.MaxValue, shape.MaxPositions), excludes));
    }
}
