using ReasonIR.Models.Decoders;
using ReasonIR.Models.Export;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Training;
using TorchSharp;

namespace ReasonIR.Trainer.TinyBase;

/// <summary>
/// The base <c>tiny</c>: a bidirectional Llama with random weights over a byte-level BPE vocabulary learned from the texts it will be
/// trained on, as a sentence-transformers folder (mean, normalized). The same texts, size and seed give the same bytes.
/// </summary>
public static class TinyFolder
{
    const string Pad = "<|pad|>", Begin = "<|begin|>";

    /// <summary>Makes the folder, unless it is there; it appears when it is whole.</summary>
    /// <returns>Tokens of the vocabulary.</returns>
    public static int Make(string folder, IEnumerable<string> texts, TinySize size, int seed, CancellationToken cancellation)
    {
        if (Directory.Exists(folder))
            return ModelShape.Read(folder).Vocabulary;
        var vocabulary = BpeTrainer.Train(texts, new BpeTrainerOptions(size.Vocabulary) { SpecialTokens = [Pad, Begin] }, cancellation);
        var whole = $"{folder}.whole-{Guid.NewGuid():N}";
        try
        {
            var config = size.Config(vocabulary.Tokens.Count, pad: 0);
            using var scope = torch.NewDisposeScope();
            using var model = new SentenceModel(DecoderModel.Random(config, seed));
            StartFromWords(model, config.InitializerRange);
            // With its modules, so that it is served as it will be trained.
            ModelExport.Write(model, ExportSource.FromScratch(DecoderConfigWriter.Write(config, bosId: 1), BpeFile.Write(vocabulary, Begin), size.MaxTokens), whole,
                new(Card: new ModelCard { Name = "tiny", Description = "Random weights over a vocabulary learned from a corpus: a start, not a model to be used." }));
            Directory.Move(whole, folder);
            return vocabulary.Tokens.Count;
        }
        finally
        {
            if (Directory.Exists(whole))
                Directory.Delete(whole, recursive: true);
        }
    }

    /// <summary>
    /// Embeddings of size 1, and attention and perceptron that add nothing at first (nanochat's start; Fixup, SkipInit): the untrained model is the
    /// mean of its tokens' vectors, and training begins with the words that texts share. With the usual 0.02 the random branches are several
    /// times as large as the embeddings, drown them in what all texts have in common (held-out pairs were found by chance), and a step of
    /// training moves them by as much as they are.
    /// </summary>
    /// <param name="drawnSize">Standard deviation that the embeddings were drawn with.</param>
    static void StartFromWords(SentenceModel model, double drawnSize)
    {
        using var mode = torch.no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal))
                parameter.zero_();
            else if (name.EndsWith("embed_tokens.weight", StringComparison.Ordinal))
                parameter.mul_(1 / drawnSize);
    }
}
