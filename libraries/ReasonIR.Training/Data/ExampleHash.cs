using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.Training.Data;

/// <summary>SHA-256 over examples in their order: texts, instructions, weights, scores and document numbers, each with its length or place.</summary>
sealed class ExampleHash : IDisposable
{
    readonly IncrementalHash content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Over what was added so far, hex.</summary>
    public string Current => Convert.ToHexStringLower(content.GetCurrentHash());

    public void Add(TextExample example)
    {
        Text(example.Query);
        Text(example.Instruction);
        Text(example.Reasoned);
        Number(BitConverter.SingleToInt32Bits(example.Weight));
        foreach (var passages in new[] { example.Positives, example.Negatives })
        {
            Number(passages.Count);
            foreach (var passage in passages)
            {
                Text(passage.Text);
                Text(passage.Instruction);
                Number(BitConverter.SingleToInt32Bits(passage.Score));
                Number(passage.Document);
            }
        }
    }

    void Text(string? text)
    {
        Number(text?.Length ?? -1);
        if (text is not null)
            content.AppendData(Encoding.UTF8.GetBytes(text));
    }

    void Number(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        content.AppendData(bytes);
    }

    public void Dispose() => content.Dispose();
}
