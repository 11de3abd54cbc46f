using System.Text;

namespace ReasonIR.Tokenizers.Text;

/// <summary>
/// A value for each code point, computed once it is asked for and kept in pages of 256 for the basic plane. Thread-safe: a race computes
/// the same value twice.
/// </summary>
/// <param name="compute">From the code point to its value; null is a value like others, but it is computed again.</param>
sealed class CharacterPages<T>(Func<Rune, T> compute) where T : class
{
    readonly T?[]?[] pages = new T?[]?[256];

    public T this[Rune rune]
    {
        get
        {
            if (!rune.IsBmp)
                return compute(rune);
            var page = pages[rune.Value >> 8] ??= new T?[256];
            return page[rune.Value & 255] ??= compute(rune);
        }
    }
}
