using ReasonIR.Models.Transformers;
using ReasonIR.Training.Distributed;
using ReasonIR.Training.Scale;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>
/// Forward and backward of a batch as a spec states: in parts whose gradients are added up, in chunks (GradCache), spread over processes.
/// Each process encodes its share of the queries and their passages; the loss is that of all. The gradients are the same in every process,
/// and those that one process would have computed alone.
/// </summary>
public sealed class BatchGradients(SentenceModel model, ContrastiveTrainingSpec spec, IProcessGroup? processes = null)
{
    readonly IProcessGroup group = processes ?? SingleProcess.Instance;
    readonly Device device = model.Transformer.Device;

    /// <summary>Called with each part's batch and its vectors [queries, width], [passages, width], without a graph, before the backward pass.</summary>
    public Action<ContrastiveBatch, Tensor, Tensor>? Inspect { get; set; }

    /// <summary>Adds the gradients to the model's parameters and returns the loss.</summary>
    /// <param name="step">From 0: dropout is drawn by it.</param>
    /// <exception cref="ZeroVectorException">A text gave a vector of zeros.</exception>
    public double Run(ContrastiveBatch batch, int step)
    {
        using var scope = NewDisposeScope();
        var parts = Math.Min(spec.Scale.AccumulationSteps, batch.Queries.Count);
        var total = 0.0;
        for (var i = 0; i < parts; i++)
        {
            var (first, end) = (batch.Queries.Count * i / parts, batch.Queries.Count * (i + 1) / parts);
            var share = (double)(end - first) / batch.Queries.Count;
            total += share * Part(parts == 1 ? batch : batch.Part(first, end - first), share, step, i);
        }
        if (group.WorldSize > 1)
            Average(model.parameters().Where(p => p.requires_grad).ToList());
        return total;
    }

    /// <summary>One part of the batch; its gradients are those of its loss times <paramref name="share"/>.</summary>
    double Part(ContrastiveBatch batch, double share, int step, int part)
    {
        using var scope = NewDisposeScope();
        var queries = batch.Queries.Count;
        var (first, end) = (queries * group.Rank / group.WorldSize, queries * (group.Rank + 1) / group.WorldSize);
        // Passages in the order in which the processes hold them.
        var order = Enumerable.Range(0, group.WorldSize).SelectMany(rank => batch.PassagesOf(queries * rank / group.WorldSize, queries * (rank + 1) / group.WorldSize)).ToArray();
        var own = batch.PassagesOf(first, end);
        var count = end - first;
        var texts = batch.Queries.Skip(first).Take(count).Concat(own.Select(j => batch.Passages[j])).ToList();
        var places = order.Index().All(o => o.Item == o.Index) ? null : Inverse(order).to(device);

        var loss = 0.0;
        var target = new BatchLoss(spec.Loss, spec.Temperature, batch, device);
        var reasoned = spec.Loss.Reasoning is null ? null : Reasoned(batch, first, count, step, part);
        var chunks = Chunks(texts, count, (chunk, cut) => Encode(texts[cut], [step, group.Rank, part, chunk]));
        if (chunks.Count > 0)
            GradCache.Backward(chunks, Gradient);
        else
            Gradient(zeros([0, model.Dimension], device: device));
        return loss;

        Tensor Gradient(Tensor vectors)
        {
            using var inner = NewDisposeScope();
            var weighed = false;
            var (value, toQueries, toPassages) = GatheredLoss.Gradient(group, vectors.narrow(0, 0, count), vectors.narrow(0, count, own.Length), (q, p) =>
            {
                var passages = places is null ? p : p.index_select(0, places);
                using (no_grad())
                    Look(batch, q.detach(), passages.detach());
                if (reasoned is not null && !weighed)
                {
                    target.WeighByReasoning(q.detach(), group.AllGather(reasoned).All, passages.detach(), spec.Loss.Reasoning!);
                    weighed = true;
                }
                return target.Of(q, passages) * share;
            });
            loss = value / group.WorldSize / share;
            return cat([toQueries, toPassages]).MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// A vector of zeros has a gradient of 1e12, and clipping would then freeze everything else: the run must stop.
    /// </summary>
    void Look(ContrastiveBatch batch, Tensor queries, Tensor passages)
    {
        foreach (var (side, vectors) in new[] { ("query", queries), ("passage", passages) })
        {
            using var scope = NewDisposeScope();
            var smallest = vectors.norm(1).min().to(float32).item<float>();
            if (smallest != 0)
                continue;
            var row = vectors.norm(1).to(float32).data<float>().ToArray().AsSpan().IndexOf(0);
            throw new ZeroVectorException($"The vector of a {side} of example {batch.NameOf(side == "query" ? row : batch.Groups.QueryOf(row))} is all zeros; such a text cannot be compared.");
        }
        Inspect?.Invoke(batch, queries, passages);
    }

    /// <summary>Queries and passages apart where there are chunks, all together where not.</summary>
    List<Func<Tensor>> Chunks(List<TokenizedText> texts, int queries, Func<int, Range, Tensor> encode)
    {
        if (texts.Count == 0)
            return [];
        var scale = spec.Scale;
        if (scale.ChunkTexts is null && scale.ChunkTokens is null)
            return [() => encode(0, ..texts.Count)];
        var lengths = texts.ConvertAll(t => t.Ids.Length);
        var cuts = GradCache.Cut(lengths[..queries], scale.ChunkTexts, scale.ChunkTokens)
            .Concat(GradCache.Cut(lengths[queries..], scale.ChunkTexts, scale.ChunkTokens).Select(r => (r.Start.Value + queries)..(r.End.Value + queries)));
        return [.. cuts.Select<Range, Func<Tensor>>((cut, chunk) => () => encode(chunk, cut))];
    }

    /// <summary>Vectors of the process's own rewritten queries, without a graph.</summary>
    Tensor Reasoned(ContrastiveBatch batch, int first, int count, int step, int part)
    {
        var texts = (batch.ReasonedQueries ?? throw new InvalidDataException("The spec asks for weights from reasoning; the batch has no rewritten queries.")).Skip(first).Take(count).ToList();
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var vectors = Chunks(texts, texts.Count, (chunk, cut) => Encode(texts[cut], [step, group.Rank, part, chunk, 1])).Select(encode => encode()).ToList();
        return (vectors.Count == 0 ? zeros([0, model.Dimension], device: device) : cat(vectors)).MoveToOuterDisposeScope();
    }

    /// <summary>Without a scope of its own: recomputed layers read the packed batch again in the backward pass.</summary>
    /// <param name="draw">Decides dropout: a chunk that is encoded twice has the same.</param>
    Tensor Encode(List<TokenizedText> texts, ReadOnlySpan<long> draw)
    {
        manual_seed((long)new SeededDraw([spec.Seed, .. draw]).Next());
        return model.Encode(PackedBatch.From([.. texts.Select(t => t.Ids)]), model.IncludePrompt ? null : [.. texts.Select(t => t.Prompt)]);
    }

    /// <summary>The mean of each gradient over the processes; what has none anywhere keeps none.</summary>
    void Average(List<Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var present = tensor(parameters.Select(p =>
        {
            using var gradient = p.grad;
            return gradient is null ? 0f : 1f;
        }).ToArray());
        group.AllReduce([present]);
        var gradients = new List<Tensor>();
        foreach (var (parameter, anywhere) in parameters.Zip(present.data<float>().ToArray()))
        {
            if (anywhere == 0)
                continue;
            if (parameter.grad is not { } gradient)
                parameter.grad = gradient = zeros_like(parameter);
            gradients.Add(gradient);
        }
        group.AllReduce(gradients);
        foreach (var gradient in gradients)
            gradient.mul_(1.0 / group.WorldSize);
    }

    static Tensor Inverse(int[] order)
    {
        var places = new long[order.Length];
        for (var i = 0; i < order.Length; i++)
            places[order[i]] = i;
        return tensor(places);
    }
}

/// <summary>A text gave a vector of zeros.</summary>
public sealed class ZeroVectorException(string message) : InvalidOperationException(message);
