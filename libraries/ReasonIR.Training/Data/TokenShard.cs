using System.Runtime.InteropServices;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Training.Data;

/// <summary>
/// A file of tokenized texts. Payload: ids (u16 where the vocabulary fits, else i32) [tokens], where each text begins i64 [texts + 1],
/// keys of the bare texts i64 [texts], lengths of the prompts i32 [texts].
/// </summary>
static class TokenShard
{
    public const string Magic = "RIRTOKEN";

    /// <summary>A shard is ended when it has so many.</summary>
    public const int MostTexts = 1 << 20, MostTokens = 1 << 26;

    public static string Name(int number) => $"tokens-{number:D5}.bin";
}

/// <summary>Writes one shard.</summary>
sealed class TokenShardWriter(string path, int vocabulary, int mostTexts = TokenShard.MostTexts) : IDisposable
{
    readonly PayloadWriter file = new(path);
    readonly bool narrow = vocabulary <= ushort.MaxValue + 1;
    readonly List<long> offsets = [0];
    readonly List<long> keys = [];
    readonly List<int> prompts = [];
    readonly List<byte> waiting = [];

    public int Texts => keys.Count;

    public long Tokens => offsets[^1];

    public bool IsFull => Texts >= mostTexts || Tokens >= TokenShard.MostTokens;

    /// <param name="key">Of the text without its prompt.</param>
    public void Add(TokenizedText text, long key)
    {
        if (narrow)
            foreach (var id in text.Ids)
            {
                waiting.Add((byte)id);
                waiting.Add((byte)(id >> 8));
            }
        else
            waiting.AddRange(MemoryMarshal.AsBytes<int>(text.Ids));
        if (waiting.Count >= 1 << 16)
            Flush();
        offsets.Add(offsets[^1] + text.Ids.Length);
        keys.Add(key);
        prompts.Add(text.Prompt);
    }

    void Flush()
    {
        file.Write<byte>(CollectionsMarshal.AsSpan(waiting));
        waiting.Clear();
    }

    public void Finish()
    {
        Flush();
        file.Pad();
        file.Write<long>(CollectionsMarshal.AsSpan(offsets));
        file.Write<long>(CollectionsMarshal.AsSpan(keys));
        file.Write<int>(CollectionsMarshal.AsSpan(prompts));
        file.Pad();
        file.Finish(TokenShard.Magic, Texts, Tokens, narrow ? 2 : 4);
    }

    public void Dispose() => file.Dispose();
}

/// <summary>A mapped shard. Thread-safe.</summary>
sealed unsafe class TokenShardReader : IDisposable
{
    readonly PayloadFile file;
    readonly byte* ids;
    readonly long* offsets, keys;
    readonly int* prompts;
    readonly int width;

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public TokenShardReader(string path)
    {
        file = new(path, TokenShard.Magic);
        try
        {
            var header = file.Header;
            width = header.Width is 2 or 4 ? header.Width : throw new InvalidDataException($"{path}: expected ids of 2 or 4 bytes, found {header.Width}.");
            if (header.First is < 0 or > TokenShard.MostTexts || header.Second is < 0 or > int.MaxValue)
                throw new InvalidDataException($"{path}: {header.First} texts of {header.Second} tokens are more than a shard holds.");
            Texts = (int)header.First;
            ids = file.Column<byte>(header.Second * width);
            offsets = file.Column<long>(Texts + 1L);
            keys = file.Column<long>(Texts);
            prompts = file.Column<int>(Texts);
            file.End();
            if (offsets[0] != 0 || offsets[Texts] != header.Second)
                throw new InvalidDataException($"{path}: the texts' places do not span the {header.Second} tokens.");
            for (var i = 0; i < Texts; i++)
                if (offsets[i + 1] <= offsets[i] || (uint)prompts[i] > (ulong)(offsets[i + 1] - offsets[i]))
                    throw new InvalidDataException($"{path}: text {i} has {offsets[i + 1] - offsets[i]} tokens, {prompts[i]} of them the prompt's.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public int Texts { get; }

    public long Tokens => offsets[Texts];

    public long Key(int text) => keys[text];

    public int Length(int text) => (int)(offsets[text + 1] - offsets[text]);

    public TokenizedText Read(int text)
    {
        var (at, count) = (offsets[text], Length(text));
        var read = new int[count];
        if (width == 4)
            new ReadOnlySpan<int>(ids + at * 4, count).CopyTo(read);
        else
        {
            var narrow = new ReadOnlySpan<ushort>(ids + at * 2, count);
            for (var i = 0; i < count; i++)
                read[i] = narrow[i];
        }
        return new(read, prompts[text], count);
    }

    public void Dispose() => file.Dispose();
}
