using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Retrieval.Questions;

/// <summary>
/// Sets of multiple-choice questions: MMLU's zip (<c>data/SPLIT/SUBJECT_SPLIT.csv</c> with question, choices and letter, no header), GPQA's
/// CSV (<c>Question</c>, <c>Correct Answer</c>, <c>Incorrect Answer 1</c> to <c>3</c>, shuffled by a seed), or JSON lines
/// (<c>question</c>, <c>choices</c>, <c>answer</c> as a letter or a number from 0; optionally <c>id</c>, <c>subject</c>, <c>split</c>).
/// </summary>
public static class QuestionFiles
{
    const int MostQuestions = 1_000_000, MostEntries = 10_000, MostChoices = 10;

    /// <summary>All questions of a file.</summary>
    /// <param name="path">A file that ends in .zip, .csv, .jsonl or .jsonl.gz.</param>
    /// <param name="seed">Decides the order of GPQA's choices.</param>
    /// <exception cref="CollectionFormatException">The file is broken; the message names file, line and column.</exception>
    public static async Task<IReadOnlyList<Question>> ReadAsync(string path, int seed, CancellationToken cancellation)
    {
        var name = Path.GetFileName(path);
        var questions = name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? MmluAsync(path, cancellation)
            : name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? GpqaAsync(path, seed, cancellation)
            : name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".jsonl.gz", StringComparison.OrdinalIgnoreCase) ? JsonLinesAsync(path, cancellation)
            : throw new ArgumentException($"{name}: expected .zip (MMLU), .csv (GPQA) or .jsonl.");
        var all = new List<Question>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var question in questions.WithCancellation(cancellation))
        {
            if (all.Count == MostQuestions)
                throw new ArgumentException($"{name}: expected {MostQuestions:N0} questions at most, found more.");
            if (!ids.Add(question.Id))
                throw new ArgumentException($"{name}: the question '{question.Id}' stands twice; expected once.");
            all.Add(question);
        }
        return all.Count > 0 ? all : throw new ArgumentException($"{name}: expected questions, found none.");
    }

    /// <summary>SHA-256 over all questions, in lower-case hexadecimal digits.</summary>
    public static string Hash(IEnumerable<Question> questions)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var question in questions)
            foreach (var part in (string[])[question.Id, question.Subject, question.Split, question.Text, $"{question.Answer}", .. question.Choices])
                hash.AppendData(Encoding.UTF8.GetBytes($"{part.Length}:{part}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static async IAsyncEnumerable<Question> MmluAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        using var zip = Open(file, Path.GetFileName(path));
        if (zip.Entries.Count > MostEntries)
            throw new ArgumentException($"{Path.GetFileName(path)}: expected {MostEntries:N0} files at most, found {zip.Entries.Count:N0}.");
        foreach (var entry in zip.Entries.Where(entry => entry.Name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && !entry.Name.StartsWith('.')).OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            var stem = Path.GetFileNameWithoutExtension(entry.Name);
            var cut = stem.LastIndexOf('_');
            if (cut <= 0 || stem[(cut + 1)..] is not ("dev" or "val" or "test"))
                throw new ArgumentException($"{entry.FullName}: expected SUBJECT_dev.csv, SUBJECT_val.csv or SUBJECT_test.csv.");
            await using var content = await entry.OpenAsync(cancellation);
            await using var records = new DelimitedRecords(content, entry.FullName, new(',', Header: false), CollectionLimits.Default);
            for (var number = 0; await records.NextAsync(cancellation) is { } fields; number++)
            {
                if (fields.Count is < 4 or > MostChoices + 2)
                    throw records.Wrong($"expected a question, 2 to {MostChoices} choices and a letter, found {fields.Count} columns.");
                var letter = fields[^1].Trim();
                var answer = letter.Length == 1 ? letter[0] - 'A' : -1;
                if (answer < 0 || answer >= fields.Count - 2)
                    throw records.Wrong($"expected a letter from A to {Question.Letter(fields.Count - 3)}, found '{letter}'.", $"{fields.Count}");
                yield return new($"{stem}/{number}", stem[..cut], stem[(cut + 1)..], fields[0], [.. fields.Skip(1).SkipLast(1)], answer);
            }
        }
    }

    static ZipArchive Open(Stream file, string name)
    {
        try
        {
            return new(file, ZipArchiveMode.Read);
        }
        catch (InvalidDataException e)
        {
            throw new ArgumentException($"{name}: expected a zip archive: {e.Message}", e);
        }
    }

    static async IAsyncEnumerable<Question> GpqaAsync(string path, int seed, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var name = Path.GetFileName(path);
        await using var records = new DelimitedRecords(File.OpenRead(path), name, DelimitedFormat.Csv, CollectionLimits.Default);
        var header = (await records.NextAsync(cancellation) ?? throw new ArgumentException($"{name}: expected a header, found nothing.")).Select(column => column.Trim('\uFEFF', ' ')).ToList();
        var wanted = new[] { "Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3" };
        var places = wanted.Select(column => header.IndexOf(column)).ToArray();
        if (Array.IndexOf(places, -1) is >= 0 and var missing)
            throw records.Wrong($"expected the columns {string.Join(", ", wanted)} (GPQA), found {string.Join(", ", header.Take(12))}.", wanted[missing]);
        var (subject, id) = (header.IndexOf("High-level domain"), header.IndexOf("Record ID"));
        for (var number = 0; await records.NextAsync(cancellation) is { } fields; number++)
        {
            if (fields.Count != header.Count)
                throw records.Wrong($"expected {header.Count} columns, found {fields.Count}.");
            // The order of each question's choices depends on the seed and the question alone.
            var order = new[] { 0, 1, 2, 3 };
            new Random(HashCode(seed, fields[places[0]])).Shuffle(order);
            var question = places.Select(place => fields[place].Trim()).ToArray();
            yield return new(
                id >= 0 && fields[id].Length > 0 ? fields[id] : $"{number}", subject >= 0 ? fields[subject].Trim() : "", "test", question[0], [.. order.Select(choice => question[1 + choice])], Array.IndexOf(order, 0));
        }
    }

    static int HashCode(int seed, string text) => BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {text}")));

    static async IAsyncEnumerable<Question> JsonLinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var question in JsonLine.ReadAsync(File.OpenRead(path), Path.GetFileName(path), CollectionLimits.Default, Read, cancellation))
            yield return question;

        static Question Read(JsonLine line)
        {
            var choices = line.Required("choices");
            if (choices.ValueKind != System.Text.Json.JsonValueKind.Array || choices.GetArrayLength() is < 2 or > MostChoices || choices.EnumerateArray().Any(choice => choice.ValueKind != System.Text.Json.JsonValueKind.String))
                throw line.Wrong($"expected a list of 2 to {MostChoices} texts.", "choices");
            var given = line.Required("answer");
            var answer = given.ValueKind == System.Text.Json.JsonValueKind.Number && given.TryGetInt32(out var place) ? place
                : given.ValueKind == System.Text.Json.JsonValueKind.String && given.GetString() is { Length: 1 } letter ? letter[0] - 'A' : -1;
            if (answer < 0 || answer >= choices.GetArrayLength())
                throw line.Wrong($"expected a letter from A to {Question.Letter(choices.GetArrayLength() - 1)} or a number from 0 to {choices.GetArrayLength() - 1}.", "answer");
            var split = line.Has("split") ? line.OptionalText("split") : "test";
            return new(line.Has("id") ? line.Id("id") : $"{line.Number}", line.OptionalText("subject"), split.Length == 0 ? "test" : split, line.Text("question"), [.. choices.EnumerateArray().Select(choice => choice.GetString()!)], answer);
        }
    }
}
