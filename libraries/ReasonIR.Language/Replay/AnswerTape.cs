using System.Text;
using ReasonIR.Language.Batches;
using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Replay;

/// <summary>
/// Recordings of answers as JSON lines. A file that is replayed takes the place of the network: what it does not hold is an error. A
/// file that is recorded gets every answer that is handed out, from the endpoint, a batch or the cache, once. Thread-safe.
/// </summary>
public sealed class AnswerTape : IDisposable
{
    /// <summary>Characters of a line: the largest answer allowed, and what JSON adds.</summary>
    const long LongestLine = 300_000_000;

    readonly Lock gate = new();
    readonly string? replayed;
    readonly Dictionary<string, RecordedAnswer>? answers;
    readonly StreamWriter? record;
    readonly HashSet<string> recorded = [];

    /// <param name="replay">A file to answer from, or null.</param>
    /// <param name="record">A file to add to, created where there is none, or null.</param>
    /// <exception cref="FormatException">A file cannot be read; the message names it, the line, and what was expected.</exception>
    public AnswerTape(string? replay, string? record)
    {
        replayed = replay;
        answers = replay is null ? null : Read(replay);
        if (record is null)
            return;
        if (File.Exists(record))
            recorded = [.. Read(record).Keys];
        this.record = new StreamWriter(new FileStream(record, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { AutoFlush = true };
    }

    /// <summary>Answers come from a file; nothing is sent.</summary>
    public bool IsReplaying => answers is not null;

    /// <exception cref="ChatException">The recording has no answer to this.</exception>
    internal ChatAnswer Find(ChatSettings settings, ChatRequest request, CallPurpose purpose)
    {
        var hash = RequestHash.Portable(settings, request);
        return answers!.TryGetValue(hash, out var found)
            ? found.Answer
            : throw new ChatException($"The recording {replayed} holds no answer of {settings.Model} to this request ({purpose.Purpose}, {hash}); record it again with REASONIR_CHAT_RECORD.", 404);
    }

    internal void Record(ChatSettings settings, ChatRequest request, CallPurpose purpose, ChatAnswer answer)
    {
        if (record is null)
            return;
        var hash = RequestHash.Portable(settings, request);
        lock (gate)
            if (recorded.Add(hash))
                record.WriteLine(RecordedAnswer.Of(hash, settings.Model!, purpose.Purpose, answer).ToLine());
    }

    public void Dispose() => record?.Dispose();

    static Dictionary<string, RecordedAnswer> Read(string path)
    {
        if (!File.Exists(path))
            throw new FormatException($"{path}: there is no such recording.");
        var answers = new Dictionary<string, RecordedAnswer>();
        using var reader = new StreamReader(path);
        var lines = new LineReader(reader, LongestLine);
        for (var number = 1; lines.ReadAsync(CancellationToken.None).GetAwaiter().GetResult() is { } line; number++)
            try
            {
                if (line.Length > 0 && RecordedAnswer.Parse(line) is var answer)
                    answers.TryAdd(answer.Hash, answer);
            }
            catch (FormatException error)
            {
                throw new FormatException($"{path}, line {number}: {error.Message}", error);
            }
        return answers;
    }
}
