using System.Text.Json;
using ReasonIR.Testing;

namespace ReasonIR.Deploy.Tests;

/// <summary>A third of the shipped sample in BEIR's shape: enough for every step of the loop, done in seconds.</summary>
static class SmallCorpus
{
    public static string Write(string folder, int documents = 45)
    {
        var sample = Directory.GetDirectories(Path.Combine(SharedData.Repository, "samples"))[0];
        Directory.CreateDirectory(Path.Combine(folder, "qrels"));
        var kept = File.ReadLines(Path.Combine(sample, "corpus.jsonl")).Take(documents).ToList();
        File.WriteAllLines(Path.Combine(folder, "corpus.jsonl"), kept);
        var ids = kept.Select(Id).ToHashSet();
        var judgments = File.ReadLines(Path.Combine(sample, "qrels", "test.tsv")).ToList();
        var good = judgments.Skip(1).Where(line => ids.Contains(line.Split('\t')[1])).ToList();
        File.WriteAllLines(Path.Combine(folder, "qrels", "test.tsv"), [judgments[0], .. good]);
        var queries = good.Select(line => line.Split('\t')[0]).ToHashSet();
        File.WriteAllLines(Path.Combine(folder, "queries.jsonl"), File.ReadLines(Path.Combine(sample, "queries.jsonl")).Where(line => queries.Contains(Id(line))));
        return folder;
    }

    static string Id(string line) => JsonDocument.Parse(line).RootElement.GetProperty("_id").GetString()!;
}
