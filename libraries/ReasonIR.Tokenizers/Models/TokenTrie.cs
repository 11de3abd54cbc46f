using System.Runtime.CompilerServices;

namespace ReasonIR.Tokenizers.Models;

/// <summary>
/// The tokens of a vocabulary by their UTF-16 units, for finding all that begin at a place in one walk. The edges of all nodes lie in one
/// hash table of 8 bytes an entry (open addressing, at most half full): a step is one multiplication and mostly one read. Thread-safe once built.
/// </summary>
sealed class TokenTrie
{
    public const int None = -1;

    /// <summary>The node of the empty text.</summary>
    public const int Root = 0;

    const int NodeBits = 24;

    // An entry: the node (24 bits), the unit (16), the child (24); no child is the root, so 0 is empty.
    ulong[] edges = new ulong[1024];
    int shift = 64 - 10;
    int[] values = new int[512];
    int nodes;

    public TokenTrie() => AddNode();

    /// <summary>Another root, for a second set of tokens.</summary>
    public int AddRoot() => AddNode();

    /// <summary>Adds a token below a root, or changes its value.</summary>
    /// <param name="root"><see cref="Root"/>, or what <see cref="AddRoot"/> gave.</param>
    /// <param name="token">The token.</param>
    /// <param name="value">0 or more.</param>
    /// <exception cref="InvalidDataException">The tokens have too many beginnings.</exception>
    public void Add(int root, ReadOnlySpan<char> token, int value)
    {
        var node = root;
        foreach (var unit in token)
        {
            var child = Step(node, unit);
            if (child == None)
            {
                child = AddNode();
                AddEdge((ulong)node << 16 | unit, child);
            }
            node = child;
        }
        values[node] = value;
    }

    /// <summary>The node that one more unit leads to, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Step(int node, char unit)
    {
        var key = (ulong)(uint)node << 16 | unit;
        var table = edges;
        for (var slot = Slot(key); ; slot = slot + 1 & table.Length - 1)
        {
            var entry = table[slot];
            if (entry >> NodeBits == key)
                return entry == 0 ? None : (int)(entry & (1 << NodeBits) - 1);
            if (entry == 0)
                return None;
        }
    }

    /// <summary>The value of the token that a node stands for, or <see cref="None"/>.</summary>
    public int Value(int node) => values[node];

    /// <summary>The value of a token, or <see cref="None"/>.</summary>
    public int Find(int root, ReadOnlySpan<char> token)
    {
        var node = root;
        foreach (var unit in token)
            if ((node = Step(node, unit)) == None)
                return None;
        return values[node];
    }

    int AddNode()
    {
        if (nodes == 1 << NodeBits)
            throw new InvalidDataException($"the vocabulary's tokens have more than {1 << NodeBits} beginnings");
        if (nodes == values.Length)
            Array.Resize(ref values, nodes * 2);
        values[nodes] = None;
        return nodes++;
    }

    void AddEdge(ulong key, int child)
    {
        // One edge a node but the roots.
        if (nodes * 2 > edges.Length)
        {
            var old = edges;
            edges = new ulong[old.Length * 2];
            shift--;
            foreach (var entry in old)
                if (entry != 0)
                    Put(entry);
        }
        Put(key << NodeBits | (uint)child);
    }

    void Put(ulong entry)
    {
        var slot = Slot(entry >> NodeBits);
        while (edges[slot] != 0)
            slot = slot + 1 & edges.Length - 1;
        edges[slot] = entry;
    }

    int Slot(ulong key) => (int)(key * 0x9E3779B97F4A7C15 >> shift);
}
