namespace ReasonIR.Portal;

/// <summary>Bounds of a list request.</summary>
/// <param name="Skip">Rows to leave out, from 0.</param>
/// <param name="Take">Rows wanted, 1 to 200.</param>
public readonly record struct Paging(int? Skip, int? Take)
{
    /// <summary>Rows to leave out.</summary>
    public int First => Skip ?? 0;

    /// <summary>Rows wanted.</summary>
    public int Count => Take ?? 50;

    /// <summary>Refuses bounds that cannot be meant.</summary>
    /// <exception cref="ArgumentException">Names the field and what was expected.</exception>
    public Paging Checked()
    {
        if (First < 0)
            throw new ArgumentException($"skip: expected 0 or more, found {First}.");
        if (Count is < 1 or > 200)
            throw new ArgumentException($"take: expected 1 to 200, found {Count}.");
        return this;
    }
}
