namespace ReasonIR.Retrieval.Parquet.Pages;

/// <summary>The CRC-32 of gzip and PNG, which pages carry; four tables, four bytes a step.</summary>
static class Crc32
{
    const uint Polynomial = 0xEDB88320;

    static readonly uint[][] tables = Tables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0U;
        for (; bytes.Length >= 4; bytes = bytes[4..])
        {
            crc ^= BitConverter.ToUInt32(bytes);
            crc = tables[3][crc & 255] ^ tables[2][(crc >> 8) & 255] ^ tables[1][(crc >> 16) & 255] ^ tables[0][crc >> 24];
        }
        foreach (var part in bytes)
            crc = (crc >> 8) ^ tables[0][(crc ^ part) & 255];
        return ~crc;
    }

    static uint[][] Tables()
    {
        uint[][] made = [new uint[256], new uint[256], new uint[256], new uint[256]];
        for (var i = 0U; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            made[0][i] = crc;
        }
        for (var table = 1; table < 4; table++)
            for (var i = 0; i < 256; i++)
                made[table][i] = (made[table - 1][i] >> 8) ^ made[0][made[table - 1][i] & 255];
        return made;
    }
}
