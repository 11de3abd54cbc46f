using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Encoder.Registration;

/// <summary>What a folder has shown of itself.</summary>
/// <param name="Kind">Its architecture, or <c>cross-encoder</c>.</param>
/// <param name="Dimension">Width of its vectors; of a cross-encoder, its labels.</param>
/// <param name="MaxTokens">Longer texts are cut; 0: no limit.</param>
/// <param name="Pooling">How token vectors become one; empty for a cross-encoder.</param>
/// <param name="WeightsHash">SHA-256 of the weight files.</param>
/// <param name="TokenizerHash">SHA-256 of tokenizer.json.</param>
public sealed record ModelFacts(string Kind, int Dimension, int MaxTokens, string Pooling, string WeightsHash, string TokenizerHash);

/// <summary>Takes folders of the artifact store into the registry of models, after they have shown that they can be served.</summary>
public sealed class ModelRegistrar(ModelServer models, ModelCatalog catalog, ArtifactStore artifacts)
{
    /// <summary>Opens the folder as it would be served and encodes a text.</summary>
    /// <param name="name">What it will be called.</param>
    /// <param name="path">Relative to the artifact store.</param>
    /// <exception cref="InvalidDataException">It is no model, or gives values that are not finite.</exception>
    /// <exception cref="NotSupportedException">It is of a kind that is not implemented, or larger than the memory for models.</exception>
    public async Task<ModelFacts> CheckAsync(string name, string path, ServingSettings? serving, CancellationToken cancellation)
    {
        var folder = artifacts.Resolve(path);
        var isPairs = ModelFolder.IsCrossEncoder(folder);
        var trial = new Model
        {
            Name = name,
            Kind = isPairs ? ServedKinds.CrossEncoder : ModelFolder.TypeOf(folder),
            Path = path,
            Revision = $"trial-{Guid.NewGuid():N}",
            Metadata = Metadata("{}", serving, null).ToJsonString(),
        };
        try
        {
            using var lease = await models.OpenAsync(trial, cancellation);
            return await Task.Run(() => isPairs ? CheckPairs(lease.Pairs, folder) : CheckTexts(lease.Encoder), cancellation);
        }
        finally
        {
            models.Unload(trial.Revision);
        }
    }

    static ModelFacts CheckTexts(ITextEncoder encoder)
    {
        if (encoder.Encode(["A first text shows that the model works."], new(Prompt: "")).Any(value => !float.IsFinite(value)))
            throw new InvalidDataException("The model encodes a plain text into a vector with values that are not finite.");
        var description = encoder.Description;
        return new(description.ModelType, description.Dimension, description.MaxTokens == int.MaxValue ? 0 : description.MaxTokens, description.Pooling, description.WeightsHash, description.TokenizerHash);
    }

    static ModelFacts CheckPairs(ServedReranker reranker, string folder)
    {
        var encoder = reranker.Encoder;
        if (encoder.Logits([new("A first query", "and a text show that the model works.")]).Any(value => !float.IsFinite(value)))
            throw new InvalidDataException("The model scores a plain pair of texts with values that are not finite.");
        return new(ServedKinds.CrossEncoder, encoder.Labels.Count, encoder.MaxTokens, "", WeightFiles.Hash(WeightFiles.Paths(folder)), encoder.TokenizerHash);
    }

    /// <summary>The model that this one takes the place of, or null.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or was trained here: its results would lie about their weights.</exception>
    public static async Task<Model?> FindAsync(IQueryable<Model> models, string name, ModelFacts facts, CancellationToken cancellation) =>
        await models.SingleOrDefaultAsync(row => row.Name == name, cancellation) switch
        {
            { BaseModel.Length: > 0 } trained => throw new ArgumentException($"name: model '{name}' was trained here (run {trained.RunId}); choose another name."),
            { } other when other.Kind != facts.Kind => throw new ArgumentException($"name: model '{name}' is there already and of kind '{other.Kind}', not '{facts.Kind}'; choose another name."),
            var model => model,
        };

    /// <summary>Writes the model's row and tells what was registered.</summary>
    /// <param name="source">Where it came from: fields of the metadata; null: nothing is known.</param>
    public async Task<RegisteredModel> WriteAsync(
        RunContext run, string name, string path, (string Sha256, long Bytes) folder, ModelFacts facts, ServingSettings? serving, JsonObject? source, CancellationToken cancellation)
    {
        var id = await run.WriteAsync(async db =>
        {
            var model = await FindAsync(db.Models, name, facts, cancellation);
            if (model is null)
                db.Models.Add(model = new() { Name = name, Kind = facts.Kind, Path = path, RunId = run.RunId });
            (model.Path, model.Revision, model.Dimension, model.MaxTokens, model.Pooling, model.WeightsHash, model.TokenizerHash) =
                (path, folder.Sha256, facts.Dimension, facts.MaxTokens, facts.Pooling, facts.WeightsHash, facts.TokenizerHash);
            model.Metadata = Metadata(model.Metadata, serving, source).ToJsonString();
            await db.SaveChangesAsync(cancellation);
            return model.Id;
        }, cancellation);
        catalog.Forget();
        await run.LinkAsync(LinkDirection.Output, "model", id, cancellation: cancellation);
        await run.LogAsync($"Registered {name}: {facts.Kind}, {facts.Dimension} dimensions, {folder.Bytes / 1048576.0:N1} MiB.");
        var registered = new RegisteredModel(name, facts.Kind, facts.Dimension, folder.Sha256, folder.Bytes, (string?)source?["commit"], (string?)source?["license"]);
        await run.SetOutputAsync(registered, cancellation);
        return registered;
    }

    /// <summary>What is there already stays, but for what is given anew.</summary>
    static JsonObject Metadata(string before, ServingSettings? serving, JsonObject? source)
    {
        var metadata = JsonNode.Parse(before) as JsonObject ?? [];
        if (serving is not null)
            metadata[ServingSettings.Field] = JsonSerializer.SerializeToNode(serving, ReasonIrJson.Web);
        if (source is not null)
            metadata["source"] = source.DeepClone();
        return metadata;
    }
}
