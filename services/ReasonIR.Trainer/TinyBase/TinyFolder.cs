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
}
