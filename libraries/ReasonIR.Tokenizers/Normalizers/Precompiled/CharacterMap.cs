using System.Buffers.Binary;
using System.Text;

namespace ReasonIR.Tokenizers.Normalizers.Precompiled;

/// <summary>
/// sentencepiece's <c>precompiled_charsmap</c>: the number of the trie's bytes (u32), the trie, a double array as Darts-clone writes it
/// (u32 a unit, little endian), and after it the replacements, UTF-8, each ended by a zero byte. The trie maps the UTF-8 bytes of a text to
/// the byte where its replacement begins. Everything from outside is checked once, here; look-ups then stay inside.
/// </summary>
/// <remarks>A unit: bits 0-7 and 31 label, 8 has a value, 9 the offset is in steps of 256, 10-30 offset; a value's unit has bit 31 and the value.</remarks>
sealed class CharacterMap
{
    readonly uint[] units;
    readonly byte[] replacements;

    /// <exception cref="InvalidDataException">The map is broken; the message says where.</exception>
    public CharacterMap(ReadOnlySpan<byte> bytes)
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(bytes, out var size) || size > bytes.Length - 4 || size % 4 != 0 || size == 0)
            throw new InvalidDataException($"the character map has {bytes.Length} bytes and a trie of {size}; a trie of whole 4-byte units within it was expected");
        units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + i * 4)..]);
        replacements = bytes[(4 + (int)size)..].ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(replacements))
            throw new InvalidDataException("the replacements of the character map are not UTF-8");
        for (var i = 0; i < units.Length; i++)
            Check(i);
    }

    /// <summary>What stands for the shortest prefix of a text that the map holds; null where it holds none.</summary>
    public string? Find(ReadOnlySpan<byte> text)
    {
        var at = Offset(units[0]);
        foreach (var character in text)
        {
            if (character == 0)
                return null;
            at ^= character;
            var unit = units[at];
            if ((unit & 0x800000FF) != character)
                return null;
            at ^= Offset(unit);
            if ((unit >> 8 & 1) != 0)
                return Replacement((int)(units[at] & int.MaxValue));
        }
        return null;
    }

    string Replacement(int start)
    {
        var rest = replacements.AsSpan(start);
        var end = rest.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    /// <summary>A unit leads to a block of 256 that lies in the trie; a value lies in the replacements, at the start of a character.</summary>
    void Check(int index)
    {
        var unit = units[index];
        if ((unit & 0x80000000) != 0)
        {
            var value = unit & int.MaxValue;
            if (value >= replacements.Length || (replacements[value] & 0xC0) == 0x80)
                throw new InvalidDataException($"unit {index} of the character map's trie points at byte {value} of its {replacements.Length} bytes of replacements");
        }
        else if (((index ^ Offset(unit)) | 0xFF) >= units.Length)
            throw new InvalidDataException($"unit {index} of the character map's trie leads out of its {units.Length} units");
    }

    static int Offset(uint unit) => (int)(unit >> 10 << (int)((unit & 0x200) >> 6));
}
