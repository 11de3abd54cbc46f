using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>A term in the file: where its postings and its text begin (they end where the next record's begin), and its documents.</summary>
[StructLayout(LayoutKind.Sequential)]
readonly record struct TermRecord(long Postings, uint Text, int Documents)
{
    public const int Bytes = 16;
}
