namespace ReasonIR.Tokenizers.AddedTokens;

/// <summary>A token that is found in the text before anything else happens to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text it matches.</param>
/// <param name="Special">Left out when decoding without special tokens.</param>
/// <param name="SingleWord">Matches only where no word character touches it.</param>
/// <param name="LeftStrip">Takes the white space on its left.</param>
/// <param name="RightStrip">Takes the white space on its right.</param>
/// <param name="Normalized">Sought in the normalized text, in the normalized form of its content.</param>
public sealed record AddedToken(int Id, string Content, bool Special, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false, bool Normalized = false);
